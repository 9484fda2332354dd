"""The parameters of a study with low, base and high values.

A range comes, in this order, from ``[ranges]`` of study.toml, from the columns ``<name>_low`` and ``<name>_high``
beside a parameter, or from a default: 0.5 to 1.5 times the base for the parameters that nobody publishes
(`UNPUBLISHED`), 0.75 to 1.25 times for the others. The defaults are assumptions and move only the rows whose own source
is one. All rows of a column move together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem, StudyError
from siting.study.assumptions import setting_source, unit_shown
from siting.study.columns import ASSUMPTION
from siting.study.ranges import numeric_columns, numeric_settings
from siting.study.spelling import did_you_mean
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from siting.study.columns import Column
    from siting.study.study import Study

    Floats = NDArray[np.float64]

UNPUBLISHED = (
    "platforms.fixed_opex", "platforms.fixed_opex_per_platform", "costs.headquarters_per_year",
    "modes.capex_host_share", "modes.opex_host_share", "modes.capex_factor", "modes.fixed_opex_factor",
    "modes.oversight_per_year", "modes.entry_fee", "modes.fee_per_start", "modes.fee_per_dose", "modes.royalty_share",
    "modes.success_change",
)  # fmt: skip
"""Fixed yearly cost and the terms of franchises: what decides most and is published least."""
UNPUBLISHED_FACTORS = (0.5, 1.5)
OTHER_FACTORS = (0.75, 1.25)


@dataclass(frozen=True)
class Parameter:
    """One parameter with its range.

    Attributes
    ----------
    key : str
        Setting (``costs.discount_rate``) or column (``platforms.fixed_opex``).
    unit : str
        Unit, in the study's currency.
    low, base, high : ndarray
        Values by row of the table; one value for a setting. NaN where the study has none.
    range_source : str
        Where the range is from; starts with "assumption" for a default.
    """

    key: str
    unit: str
    low: Floats
    base: Floats
    high: Floats
    range_source: str

    @property
    def can_move(self) -> bool:
        """Whether low and high differ from each other anywhere."""
        return bool((self.low < self.high).any())

    def moved(self, study: Study, values: Floats) -> Study:
        """Return the study with this parameter at `values`, one by row; StudyError if that contradicts the rest."""
        table, _, column = self.key.partition(".")
        if self.key in numeric_columns(study.tables):
            return varied(study, {table: study.tables[table].assign(**{column: values})})
        return study.replace({self.key: float(values[0])})


def parameters_of(study: Study, keys: Sequence[str] | None = None, every: bool = False) -> list[Parameter]:
    """Return parameters with their ranges.

    Parameters
    ----------
    study : Study
        Read with its ranges.
    keys : sequence of str, optional
        Exactly these. By default `UNPUBLISHED` and all that the study gives a range of its own.
    every : bool
        All parameters that are assumptions or have a range of their own, instead of the default choice.

    Returns
    -------
    list of Parameter
        Those that can move, in the order of settings and tables.

    Raises
    ------
    StudyError
        If a key names no parameter.
    """
    settings, columns = numeric_settings(study.config), numeric_columns(study.tables)
    assumed = {key: setting_source(leaf, study.config.sources).startswith(ASSUMPTION) for key, leaf in settings.items()}
    known = assumed | dict.fromkeys(columns, True)
    unknown = [key for key in keys or () if key not in known]
    if unknown:
        raise StudyError(
            Problem("tornado", f'there is no parameter "{key}"', did_you_mean(key, known)) for key in unknown
        )
    found = []
    for key, is_assumed in known.items():
        ranged = key in study.config.ranges or (key in columns and _bounded(study, key))
        if key in keys if keys is not None else ranged or key in UNPUBLISHED or (every and is_assumed):
            found.append(_of_setting(study, key) if key in settings else _of_column(study, key, columns[key]))
    return [parameter for parameter in found if parameter.can_move]


def _bounded(study: Study, key: str) -> bool:
    table, _, column = key.partition(".")
    rows = study.tables[table]
    return any(bound in rows and rows[bound].notna().any() for bound in (f"{column}_low", f"{column}_high"))


def _default(key: str) -> tuple[float, float, str]:
    low, high = UNPUBLISHED_FACTORS if key in UNPUBLISHED else OTHER_FACTORS
    return low, high, f"{ASSUMPTION}: {low:g} to {high:g} times the base"


def _of_setting(study: Study, key: str) -> Parameter:
    leaf = numeric_settings(study.config)[key]
    base = np.array([float(leaf.value)])
    low, high, source = _around(study, key, base)
    least = next((float(rule.ge) for rule in leaf.field.metadata if hasattr(rule, "ge")), -np.inf)
    most = next((float(rule.le) for rule in leaf.field.metadata if hasattr(rule, "le")), np.inf)
    return Parameter(key, unit_shown(leaf.extra("unit"), study.config), np.clip(low, least, most), base,
                     np.clip(high, least, most), source)  # fmt: skip


def _around(study: Study, key: str, base: Floats) -> tuple[Floats, Floats, str]:
    """Return low, high and source from ``[ranges]`` or the default factors."""
    given = study.config.ranges.get(key)
    if given is None:
        low, high, source = _default(key)
        return np.minimum(base * low, base * high), np.maximum(base * low, base * high), source
    source = given.source or "given in the study"
    ends = (given.low, given.high)
    if given.times_base:
        return np.minimum(base * ends[0], base * ends[1]), np.maximum(base * ends[0], base * ends[1]), source
    known = np.isfinite(base)
    return np.where(known, ends[0], np.nan), np.where(known, ends[1], np.nan), source


def _of_column(study: Study, key: str, declared: Column) -> Parameter:
    table, _, column = key.partition(".")
    rows, unit = study.tables[table], unit_shown(declared.unit, study.config)
    base, sources = rows[column].to_numpy(float), rows[f"{column}_source"].astype(str)
    if key not in study.config.ranges and _bounded(study, key):
        bounds = [
            np.where(np.isfinite(given := _numbers(rows, f"{column}_{end}", len(base))), given, base)
            for end in ("low", "high")
        ]
        return Parameter(key, unit, bounds[0], base, bounds[1], "; ".join(dict.fromkeys(sources)))
    low, high, source = _around(study, key, base)
    if key not in study.config.ranges:
        assumed = sources.str.startswith(ASSUMPTION).to_numpy()
        low, high = np.where(assumed, low, base), np.where(assumed, high, base)
    least = -np.inf if declared.low is None else declared.low
    most = np.inf if declared.high is None else declared.high
    return Parameter(key, unit, np.clip(low, least, most), base, np.clip(high, least, most), source)


def _numbers(rows: pd.DataFrame, name: str, size: int) -> Floats:
    return rows[name].to_numpy(float) if name in rows else np.full(size, np.nan)
