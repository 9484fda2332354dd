"""Floor space: whether a unit fits a hospital, and what its rooms cost.

A room below the grade that a platform needs is raised grade by grade where the study prices that, and a capability
that the hospital lacks is added where its table prices that; otherwise the unit cannot be there. Space is rented by the
year, or bought at once where the hospital states a price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.places import GRADES
from siting.words import parts

if TYPE_CHECKING:
    from siting.study.study import Study


def fit_out_cost(study: Study, rows: pd.DataFrame) -> pd.Series:
    """Return the one-off cost of making rooms ready, row by row; infinite where the unit cannot be there at all.

    Parameters
    ----------
    study : Study
        Prices of clean rooms and capabilities.
    rows : DataFrame
        ``space_m2, cleanroom_grade, capabilities`` of the hospital, ``area_m2, grade, needs, fit_out_per_m2`` of the
        unit. Unknown space and an unknown clean room are taken to be enough.

    Returns
    -------
    Series
        Money, same index.
    """
    area = rows["area_m2"].astype(float)
    known = rows["cleanroom_grade"] != ""
    steps = (rows["grade"] - rows["cleanroom_grade"].map(GRADES).astype(float)).clip(lower=0.0).where(known, 0.0)
    price = study.config.costs.cleanroom_upgrade_per_m2
    raising = (steps * area * price) if price is not None else pd.Series(np.where(steps > 0, np.inf, 0.0), rows.index)
    cost = area * rows["fit_out_per_m2"].astype(float) + raising + _adding(study, rows)
    return cost.where(~(area > rows["space_m2"].astype(float)), np.inf)


def _adding(study: Study, rows: pd.DataFrame) -> pd.Series:
    """Return the one-off cost of the capabilities that the hospital lacks; infinite where one cannot be added."""
    if not (rows["needs"] != "").any():
        return pd.Series(0.0, rows.index)
    prices: dict[str, float] = {}
    if "capabilities" in study.tables:
        table = study.tables["capabilities"]
        prices = dict(zip(table["id"], table["cost_to_add"].astype(float).fillna(np.inf), strict=True))
    pairs = rows[["needs", "capabilities"]].drop_duplicates()
    pairs["adding"] = [
        sum(prices.get(need, np.inf) for need in parts(needs) if need not in parts(has))
        for needs, has in pairs[["needs", "capabilities"]].to_numpy()
    ]
    return rows[["needs", "capabilities"]].merge(pairs, how="left")["adding"].astype(float).set_axis(rows.index)
