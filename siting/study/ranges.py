"""Which parameters of a study may be given a range, and whether the ranges of study.toml make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem
from siting.study.columns import TABLES
from siting.study.settings import leaves
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from siting.study.columns import Column
    from siting.study.config import RangeSection, StudyConfig
    from siting.study.settings import Leaf


def numeric_settings(config: StudyConfig) -> dict[str, Leaf]:
    """Return the settings whose value is a number with decimals, by dotted key; ranges themselves are left out."""
    return {
        leaf.key: leaf
        for leaf in leaves(config)
        if isinstance(leaf.value, float) and leaf.key.split(".")[0] not in {"ranges", "solve"}
    }


def numeric_columns(tables: Iterable[str]) -> dict[str, Column]:
    """Return the columns of some tables that are parameters of the model, by ``table.column``."""
    return {f"{name}.{column.name}": column for name in tables for column in TABLES[name].columns if column.range_names}


def check_ranges(config: StudyConfig, frames: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> list[Problem]:
    """Return every range of study.toml that names no parameter or does not hold the value in use.

    Parameters
    ----------
    config : StudyConfig
        The settings.
    frames : mapping of table to DataFrame
        Tables whose columns are all there.
    files : mapping of table to str
        Not used; rules of a study share one signature.
    """
    settings, columns = numeric_settings(config), numeric_columns(frames)
    problems = []
    for key, section in config.ranges.items():
        where = f'ranges."{key}"'
        if key in settings:
            problems += _around(where, section, [settings[key].value])
        elif key in columns:
            table, _, column = key.partition(".")
            problems += _around(where, section, frames[table][column].dropna().astype(float).unique())
        else:
            remedy = did_you_mean(key, [*settings, *columns])
            problems.append(Problem("study.toml", f"{where} is no setting and no column with a number", remedy))
    return problems


def _around(where: str, section: RangeSection, values: Iterable[float]) -> list[Problem]:
    inside = [1.0] if section.times_base else list(values)
    outside = [f"{value:g}" for value in inside if not section.low <= value <= section.high]
    if not outside:
        return []
    what = f"{where} runs from {section.low:g} to {section.high:g} and leaves out {', '.join(outside[:3])}"
    return [Problem("study.toml", what, "low <= value in use <= high; the value in use is 1 with times_base")]
