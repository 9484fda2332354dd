"""Who is out of reach, and how far away the nearest hospital is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Repair
from siting.network.demand import base_demand
from siting.network.travel import km_per_unit, trip_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.network.network import Network
    from siting.study.study import Study

MOST_NAMED = 3
"""Areas that a message describes one by one."""


def beyond_limits(study: Study, network: Network, areas: Sequence[int]) -> pd.DataFrame:
    """Return the nearest hospital that can treat, travel limits apart, for areas that reach none.

    Parameters
    ----------
    study : Study
        Its tables and travel section.
    network : Network
        Says which hospitals treat or could start to, and can send cells somewhere.
    areas : sequence of int
        Positions of areas.

    Returns
    -------
    DataFrame
        ``area, patients`` (a year), ``hospital`` (-1 where the trips table knows none), ``km, minutes``, neediest
        first.
    """
    travel = study.config.travel.model_copy(update={"max_min": None, "max_distance": None})
    endless = replace(study, config=study.config.model_copy(update={"travel": travel}))
    sends = np.isin(np.arange(len(network.hospitals)), network.lanes["hospital"])
    trips = trip_table(endless, pd.Series(sends))
    nearest = trips.loc[trips.groupby("area")["minutes"].idxmin()].set_index("area")
    rows = nearest.reindex(list(areas)).reset_index(names="area")
    rows["hospital"] = rows["hospital"].fillna(-1).astype(int)
    rows["patients"] = base_demand(study)[rows["area"].to_numpy(int)].sum(axis=1)
    return rows.sort_values("patients", ascending=False, ignore_index=True)


def unreached_problem(study: Study, network: Network, areas: Sequence[int], by_law: str) -> Repair:
    """Return what is wrong with areas that no hospital is in reach of, and what each remedy would take."""
    rows, unit = beyond_limits(study, network, areas), study.config.study.distance_unit
    known = rows[rows["hospital"] >= 0]
    described = "; ".join(_area(row, network, km_per_unit(study), unit) for row in rows.head(MOST_NAMED).itertuples())
    settings = raised_limits(study, known)
    raised = " and ".join(f"{key} to {value:g}" for key, value in settings.items())
    remedy = f"raise {raised}, add" if raised and len(known) == len(rows) else "add"
    return Repair(
        "areas",
        f"{len(areas):,} of {len(network.ids.areas):,} areas have no hospital that can treat in reach{by_law}: "
        f"{described}",
        f"{remedy} hospitals nearer by, or set limits.allow_unreachable = true, which leaves them unserved",
        tuple(f"{network.ids.areas[area]} {network.areas['name'].iloc[area]}" for area in sorted(areas)),
        settings=tuple(settings.items()) if len(known) == len(rows) else (),
    )


def raised_limits(study: Study, rows: pd.DataFrame) -> dict[str, float]:
    """Return the travel limits, rounded up, at which every row of `beyond_limits` is in reach; empty if none is set."""
    if rows.empty:
        return {}
    section = study.config.travel
    needed = {"max_min": rows["minutes"].max(), "max_distance": rows["km"].max() / km_per_unit(study)}
    return {
        f"travel.{name}": float(np.ceil(most))
        for name, most in needed.items()
        if getattr(section, name) is not None and most > getattr(section, name)
    }


def _area(row: Any, network: Network, km_of_unit: float, unit: str) -> str:
    who = f"{network.areas['name'].iloc[row.area]}, {row.patients:,.3g} patients a year"
    if row.hospital < 0:
        return f"{who}, no trip is known"
    where = network.hospitals["name"].iloc[row.hospital]
    return f"{who}, nearest is {where} at {row.minutes:,.0f} min ({row.km / km_of_unit:,.0f} {unit})"
