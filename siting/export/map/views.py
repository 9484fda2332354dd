"""The two views of the map: the plan, and what was there before it; both in the same columns.

A view has areas (one row for each area of the plan, in its order), trips and lanes (sums over products, means over
periods and scenarios by weight), units, and figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.export.fields import flat
from siting.export.flows import pair_flows
from siting.export.map.before import NOTE, nearest_today
from siting.plan.outcomes import frame_mean
from siting.plan.proof import proof

if TYPE_CHECKING:
    from siting.plan.plan import Plan

AREA_COLUMNS = ["demand", "referred", "infused", "unmet", "distance", "minutes", "vein_to_vein_d", "main"]
UNIT_COLUMNS = [
    "period", "mode", "platform", "platforms", "capacity_starts_per_year", "starts_per_year", "utilization",
    "patients_made", "patients_infused", "patients_treated_here", "is_new_centre", "cost_per_year", "vein_to_vein_d",
]  # fmt: skip


@dataclass(frozen=True)
class View:
    """What the map shows at one position of its switch.

    Attributes
    ----------
    note : str
        What the view is, in words.
    areas : DataFrame
        `AREA_COLUMNS`; ``main`` is the id of the hospital that most patients go to, "" for none.
    trips : DataFrame
        ``area_id, hospital_id, referred, treated, distance, minutes``.
    lanes : DataFrame
        ``hospital_id, site_id, patients, distance, hours, link_class``.
    units : DataFrame
        ``site_id`` and `UNIT_COLUMNS`; unknown where the view does not say.
    figures : tuple of float
        Shares of demand infused and unserved, mean trip in the study's unit and in minutes (by patients referred), mean
        days from vein to vein (by patients infused); NaN for unknown.
    """

    note: str
    areas: pd.DataFrame
    trips: pd.DataFrame
    lanes: pd.DataFrame
    units: pd.DataFrame
    figures: tuple[float, ...]


def views_of(plan: Plan, before: Plan | None = None) -> dict[str, View]:
    """Return the views of a map by key: "after" is the plan, "before" (where there is one) what it is held against.

    Parameters
    ----------
    plan : Plan
        The plan on the map.
    before : Plan, optional
        A solved network of the same areas, such as `siting.today(study)`; without it `nearest_today` is shown, if today
        somebody treats and makes cells.

    Raises
    ------
    StudyError
        `before` has other areas, or sites that the plan does not have.
    """
    first = _nearest_view(plan) if before is None else _solved_view(plan, before)
    return {"after": plan_view(plan)} | ({} if first is None else {"before": first})


def plan_view(plan: Plan, note: str = "") -> View:
    """Return the view of a solved plan."""
    distance, kpis = f"distance_{plan.network.distance_unit}", plan.kpis
    areas = flat(plan, "areas").rename(columns={distance: "distance", "main_hospital": "main"})
    trips = pair_flows(plan, "trips", ["area_id", "hospital_id"], ["referred", "treated"])
    lanes = pair_flows(plan, "lanes", ["hospital_id", "site_id"], ["patients"])
    demand = float(areas["demand"].sum())
    unserved = float(areas["unmet"].sum()) / demand if demand else None
    means = (
        kpis["share_infused"],
        unserved,
        kpis[f"{distance}_mean"],
        kpis["minutes_mean"],
        kpis["vein_to_vein_d_mean"],
    )
    return View(
        note,
        areas[["area_id", *AREA_COLUMNS]],
        trips.rename(columns={distance: "distance"}),
        lanes.rename(columns={distance: "distance"}),
        flat(plan, "openings")[["site_id", *UNIT_COLUMNS]],
        tuple(np.nan if value is None else float(value) for value in means),
    )


def _solved_view(plan: Plan, before: Plan) -> View:
    problems = []
    if list(before.network.ids.areas) != list(plan.network.ids.areas):
        problems.append(Problem("before", "has other areas than the plan", "name a plan of the same study"))
    strange = tuple(sorted(set(before.network.ids.sites) - set(plan.network.ids.sites)))
    if strange:
        problems.append(Problem("before", "has sites that the plan lacks", "name a plan of the same study", strange))
    if problems:
        raise StudyError(problems)
    return plan_view(before, f"Before: {before.name}, solved by the same model. {proof(before)}.")


def _nearest_view(plan: Plan) -> View | None:
    network = plan.network
    rows = nearest_today(network)
    if rows.empty:
        return None
    ids = network.ids
    rows = rows.assign(
        area_id=np.array(ids.areas, dtype=object)[rows["area"]],
        hospital_id=np.array(ids.hospitals, dtype=object)[rows["hospital"]],
        site_id=np.array(ids.sites, dtype=object)[rows["site"]],
        waits=rows["vein_to_vein_d"] * rows["treated"],
        far=rows["distance"] * rows["referred"],
        long=rows["minutes"] * rows["referred"],
    )
    lanes = rows.groupby(["hospital_id", "site_id"], as_index=False).agg(
        patients=("treated", "sum"), distance=("lane_distance", "first"), hours=("hours", "first"),
        link_class=("link_class", "first"),
    )  # fmt: skip
    trips = rows.groupby(["area_id", "hospital_id"], as_index=False).agg(
        referred=("referred", "sum"), treated=("treated", "sum"), distance=("distance", "first"),
        minutes=("minutes", "first"),
    )  # fmt: skip
    areas = _nearest_areas(plan, rows)
    demand = float(areas["demand"].sum())
    means = [frame_mean(rows[name], rows["referred"]) for name in ("distance", "minutes")]
    wait = frame_mean(rows["vein_to_vein_d"], rows["infused"])
    shares = (rows["infused"].sum() / demand, areas["unmet"].sum() / demand)
    return View(NOTE, areas, trips, lanes, _makers(plan, rows), (*map(float, shares), *means, wait))


def _nearest_areas(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    sums = rows.groupby("area_id")[["referred", "treated", "infused", "waits", "far", "long"]].sum()
    main = rows.sort_values("referred", ascending=False, kind="stable").drop_duplicates("area_id").set_index("area_id")
    areas = flat(plan, "areas")[["area_id", "demand"]]
    found = sums.reindex(areas["area_id"]).reset_index(drop=True)
    return areas.assign(
        referred=found["referred"].fillna(0.0),
        infused=found["infused"].fillna(0.0),
        unmet=(areas["demand"] - found["referred"].fillna(0.0)).clip(lower=0.0).round(9),
        distance=found["far"] / found["referred"],
        minutes=found["long"] / found["referred"],
        vein_to_vein_d=found["waits"] / found["treated"],
        main=main["hospital_id"].reindex(areas["area_id"]).fillna("").to_numpy(),
    )


def _makers(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Return central plants and existing units that make the cells, as rows of units of every period."""
    network = plan.network
    here = rows.groupby("hospital_id")["treated"].sum()
    made = rows.groupby("site_id").agg(
        configuration=("configuration", "first"), patients_made=("treated", "sum"), patients_infused=("infused", "sum"),
        waits=("waits", "sum"),
    ).reset_index()  # fmt: skip
    configuration = network.configurations.iloc[made["configuration"]].reset_index(drop=True)
    made = made.assign(
        mode=configuration["mode"],
        platform=configuration["platform"],
        patients_treated_here=made["site_id"].map(here).fillna(0.0),
        is_new_centre=False,
        vein_to_vein_d=made["waits"] / made["patients_made"],
        **dict.fromkeys(
            ("platforms", "capacity_starts_per_year", "starts_per_year", "utilization", "cost_per_year"), np.nan
        ),
    )
    periods = pd.DataFrame({"period": network.ids.periods})
    return made.merge(periods, how="cross")[["site_id", *UNIT_COLUMNS]]
