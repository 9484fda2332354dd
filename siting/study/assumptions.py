"""Every parameter of a study with its value and where the value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.study.columns import ASSUMPTION, TABLES
from siting.study.settings import leaves
from siting.study.tables import GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siting.study.columns import Column
    from siting.study.config import StudyConfig
    from siting.study.settings import Leaf
    from siting.study.study import Study

_FIELDS = ["where", "id", "column", "value", "unit", "source"]
_MOST_ROWS = 12
"""A column with more different values than this is shown as a range for each source."""


def assumptions(study: Study) -> pd.DataFrame:
    """List the parameters of tables and settings with their sources.

    Rows of a table that share value and source share a row here. A parameter that is empty (no limit) is left out.

    Returns
    -------
    DataFrame
        ``where`` (file), ``id`` (rows concerned, or "all"; empty for settings), ``column`` (or dotted key), ``value``,
        ``unit`` (in the study's currency and distance unit), ``source``, ``is_assumption`` (the source starts with
        "assumption").
    """
    rows = [*_of_settings(study.config), *_of_tables(study)]
    listed = pd.DataFrame(rows, columns=_FIELDS)
    listed["unit"] = [unit_shown(unit, study.config) for unit in listed["unit"]]
    listed["is_assumption"] = listed["source"].str.startswith(ASSUMPTION)
    return listed


def unit_shown(unit: str, config: StudyConfig) -> str:
    """Return a declared unit in the study's currency and distance unit."""
    return unit.replace("money", config.study.currency).replace("distance_unit", config.study.distance_unit)


def setting_source(leaf: Leaf, sources: Mapping[str, str]) -> str:
    """Return the source of a setting's value; "" for settings that are choices of the analyst, not parameters."""
    declared = leaf.extra("source")
    return sources.get(leaf.key) or (GIVEN if declared and leaf.is_given else declared)


def _of_settings(config: StudyConfig) -> Iterator[tuple[object, ...]]:
    for leaf in leaves(config):
        source = setting_source(leaf, config.sources)
        if source and leaf.value is not None:
            yield "study.toml", "", leaf.key, leaf.value, leaf.extra("unit"), source


def _of_tables(study: Study) -> Iterator[tuple[object, ...]]:
    for name, frame in study.tables.items():
        for column in TABLES[name].columns:
            if column.is_parameter:
                yield from _of_column(
                    study.origins[name].file if name in study.origins else f"{name} (changed)",
                    frame,
                    column,
                    TABLES[name].key,
                )


def _of_column(file: str, frame: pd.DataFrame, column: Column, key: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    known = frame[frame[column.name].notna()]
    sources, values = known[f"{column.name}_source"], known[column.name]
    groups: list[pd.Series] = [group for _, group in values.groupby([sources, values], sort=False)]
    if len(groups) > _MOST_ROWS:
        groups = [group for _, group in values.groupby(sources, sort=False)]
    for group in groups:
        low, high = group.min(), group.max()
        value = low if low == high else f"{low:g} to {high:g}"
        yield file, _rows_named(frame.loc[group.index, list(key)], len(frame)), column.name, value, column.unit, (
            sources[group.index[0]]
        )  # fmt: skip


def _rows_named(ids: pd.DataFrame, count: int) -> str:
    if len(ids) == count > 1:
        return "all"
    names = [" / ".join(map(str, row)) for row in ids.head(5).itertuples(index=False)]
    more = f" and {len(ids) - 5:,} more" if len(ids) > 5 else ""
    return ", ".join(names) + more
