"""Where a candidate that is not in the list would be worth most.

The prices of the demand rows say what serving each area costs at the margin: once with the units of the plan in hand
fixed (a unit beside them), once with units free and continuous (a unit instead of one of them). A hospital is imagined
at the middle of every area, with the defaults of the hospitals table, and priced by the network like any other. What it
could save is estimated, for each of its options, by filling its capacity with the patients for whom its way is cheapest
against their price:

    max_o  sum_a max(price[a] - trip - making, 0)  within the capacity  -  cost of the option

The better of the two estimates counts.

The best few that are not next to one another are then added to the study, one by one and all together, and solved
again; the saving reported is that of the re-solve, and the estimate is only the order in which they were tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.network.build import build_network
from siting.network.distance import geodesic_km
from siting.network.travel import km_per_unit
from siting.optimize import options_of
from siting.solve.values import demand_values
from siting.study.columns import TABLES
from siting.study.declare import REQUIRED
from siting.whatif.runs import Case, Result, RunOptions, decisions_of, not_money, run_all, whole
from siting.whatif.vary import varied
from siting.words import count, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.network.network import Network
    from siting.plan.plan import Plan
    from siting.solve.options import SolveOptions
    from siting.study.study import Study

APART_KM = 40.0
"""Places nearer than this to a better one are not tried; assumption."""
PREFIX = "new-"
TOGETHER = "all together"


@dataclass(frozen=True)
class Greenfield:
    """Suggested places.

    Attributes
    ----------
    plan : Plan
        The plan without them.
    table : GeoDataFrame
        One row for each place tried, the most saving first: ``site_id, area_id, name, region, estimate, saving,
        saving_at_most`` (money a year), ``is_open, mode, platform, platforms, patients`` (made there a year),
        ``lon, lat``, geometry.
    together : tuple of float
        Saving with all of them added, best known and at most.
    """

    plan: Plan
    table: gpd.GeoDataFrame
    together: tuple[float, float]

    def summary(self) -> str:
        """Return the suggestions in words."""
        currency = self.plan.network.currency
        lines = [
            f"{self.plan.name}: {count(len(self.table), 'place')} tried that the study does not list, by solving again."
        ]
        for row in self.table.drop(columns="geometry").itertuples(index=False):
            what = (
                f"{row.mode}, {row.platforms} x {row.platform}, {row.patients:,.0f} patients a year"
                if row.is_open
                else ""
            )
            saved = (
                f"saves {money(row.saving, currency)} a year ({what})"
                if row.saving > 0.5
                else "saves nothing that was found"
            )
            limit = money(row.saving_at_most, currency)
            lines.append(f"  near {row.name} ({row.lat:.3f}, {row.lon:.3f}): {saved}; at most {limit}")
        best, most = self.together
        lines.append(f"All of them added at once save {money(best, currency)} a year, at most {money(most, currency)}.")
        lines.append("A place is a point, not a hospital: look for one nearby, and give it its own figures.")
        return "\n".join(lines) + "\n"

    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "places": self.table.drop(columns="geometry").to_dict("records"),
            "together": {"saving": self.together[0], "saving_at_most": self.together[1]},
        }


def greenfield(study: Study, number: int = 5, options: RunOptions | None = None) -> Greenfield:
    """Suggest places for candidates that the study does not list.

    Parameters
    ----------
    study : Study
        Its objective is the total cost.
    number : int
        Places to try by re-solves.
    options : RunOptions, optional
        Time and gap of each solve, solves side by side.

    Returns
    -------
    Greenfield
        Places with the saving of a re-solve; travel and courier times to a place come from the great circle, also where
        the study has its own tables.

    Raises
    ------
    StudyError
        A number below 1, an objective that is not money, or a study without a plan.
    """
    _check(study, number)
    options = options or RunOptions()
    [first] = run_all([Case(("the plan in hand",), study)], options, whole)
    plan = first.found
    if plan is None:
        raise StudyError([Problem("study", f"has no plan: {first.failure}", "see siting diagnose")])
    areas = study.tables["areas"].reset_index(drop=True)
    estimates = _estimates(with_places(study, areas), plan, options_of(study))
    chosen = _best(areas, estimates, number)
    cases = []
    for k in chosen:
        grown = with_places(study, areas.iloc[[k]])
        cases += [Case((str(k), "kept"), grown, decisions_of(plan)), Case((str(k), "anew"), grown)]
    if chosen:
        cases.append(Case((TOGETHER, "anew"), with_places(study, areas.iloc[chosen])))
    solved = {result.name: result for result in run_all(cases, options, whole)}
    rows = [_row(plan, areas.iloc[k], estimates[k], [solved[str(k), how] for how in ("kept", "anew")]) for k in chosen]
    table = pd.DataFrame(rows, columns=_COLUMNS).sort_values("saving", ascending=False, ignore_index=True)
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")
    saving, most = _saved(plan, [solved[TOGETHER, "anew"]]) if chosen else (0.0, 0.0)
    return Greenfield(plan, points, (max(saving, float(table["saving"].max()) if chosen else 0.0), most))


_COLUMNS = ["site_id", "area_id", "name", "region", "estimate", "saving", "saving_at_most", "is_open", "mode",
            "platform", "platforms", "patients", "lon", "lat"]  # fmt: skip


def _check(study: Study, number: int) -> None:
    problems = []
    if number < 1:
        problems.append(Problem("--count", f"{number} is no number of places", "1 or more"))
    problems += not_money(study.config.objective.kind, "savings are money")
    if problems:
        raise StudyError(problems)


def with_places(study: Study, areas: pd.DataFrame) -> Study:
    """Return the study with a candidate at the middle of each area; its id is "new-" and the area's.

    Parameters
    ----------
    study : Study
        Own trips and lanes get rows for the new candidates, from the great circle, detour and speed.
    areas : DataFrame
        Rows of the areas table.
    """
    hospitals = study.tables["hospitals"]
    new = hospitals.iloc[np.zeros(len(areas), dtype=int)].reset_index(drop=True).copy()
    for column in TABLES["hospitals"].columns:
        if column.default is not REQUIRED and column.name in new:
            new[column.name] = np.nan if column.default is None else column.default
        if f"{column.name}_source" in new:
            new[f"{column.name}_source"] = "assumption"
    for name in ("lon", "lat", "region", "name"):
        new[name] = areas[name].to_numpy()
    new["id"], new["city"], new["beds"] = PREFIX + areas["id"].to_numpy(), "", study.config.study.min_beds or np.nan
    tables = {"hospitals": pd.concat([hospitals, new.astype(hospitals.dtypes)], ignore_index=True)}
    if "trips" in study.tables:
        tables["trips"] = _with_trips(study, new)
    if "lanes" in study.tables:
        tables["lanes"] = _with_lanes(study, new)
    return varied(study, tables)


def _between(starts: pd.DataFrame, ends: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the positions of every pair of places and the kilometres between them."""
    start, end = (axis.ravel() for axis in np.indices((len(starts), len(ends))))
    places = [rows[axis].to_numpy(float)[k] for rows, k in ((starts, start), (ends, end)) for axis in ("lon", "lat")]
    return start, end, geodesic_km(*places)


def _with_trips(study: Study, new: pd.DataFrame) -> pd.DataFrame:
    areas, section = study.tables["areas"], study.config.travel
    start, end, straight = _between(areas, new)
    km = straight * section.detour
    minutes = section.fixed_min + km / section.speed_kmh * 60.0
    rows = pd.DataFrame({"area": areas["id"].to_numpy()[start], "hospital": new["id"].to_numpy()[end],
                         "minutes": minutes, "km": km})  # fmt: skip
    most = (section.max_distance or np.inf) * km_per_unit(study)
    return pd.concat([study.tables["trips"], rows[(km <= most) & (minutes <= 6000)]], ignore_index=True)


def _with_lanes(study: Study, new: pd.DataFrame) -> pd.DataFrame:
    section, hospitals = study.config.courier, study.tables["hospitals"]
    parts = [study.tables["lanes"]]
    for starts, ends in ((hospitals, new), (new, hospitals), (new, new)):
        start, end, straight = _between(starts, ends)
        km = straight * section.detour
        rows = pd.DataFrame({"hospital": starts["id"].to_numpy()[start], "site": ends["id"].to_numpy()[end],
                             "hours": km / section.speed_kmh, "km": km})  # fmt: skip
        most = np.inf if section.max_distance is None else section.max_distance * km_per_unit(study)
        parts.append(rows[(rows["hospital"] != rows["site"]) & (km <= most) & (rows["hours"] <= 1000)])
    return pd.concat(parts, ignore_index=True)


def _estimates(grown: Study, plan: Plan, options: SolveOptions) -> np.ndarray:
    """Return by area what a candidate at its middle could save a year, from the prices of the demand rows."""
    network, demands = build_network(grown), plan.network.demands
    weight = plan.network.slices["weight"].to_numpy()
    found = [
        _priced(network, demands.assign(value=values, weight=weight[demands["slice"]]), len(plan.network.ids.hospitals))
        for values in (demand_values(plan.network, units, options) for units in (plan.solution, None))
    ]
    return np.maximum(*found)


def _priced(network: Network, demands: pd.DataFrame, first: int) -> np.ndarray:
    """Return what each hospital from position `first` on could save a year at the prices of the demand rows."""
    items, cost, years = _items(network, demands, first), network.cost("options"), float(network.slices["weight"].sum())
    found = np.full(len(network.ids.hospitals) - first, -np.inf)
    for option in network.options.itertuples():
        if first <= option.site < len(network.ids.hospitals):
            mine = items.get((option.site, option.configuration))
            gained = 0.0 if mine is None else _filled(mine, option.capacity)
            place = option.site - first
            found[place] = max(found[place], gained / years - cost[option.Index])
    return found


def _items(network: Network, demands: pd.DataFrame, first: int) -> dict[tuple[int, int], pd.DataFrame]:
    """Return by (site, configuration) what each demand row would gain there, and its slots."""
    trips = network.trips.assign(price=network.cost("trips"))
    trips = trips[trips["hospital"] >= first].merge(demands, on=["area", "product"])
    own = network.lanes[network.lanes["hospital"].to_numpy() == network.lanes["site"].to_numpy()]
    makings = network.makings.assign(price=network.cost("makings"))
    makings = makings[(makings["site"] >= first) & (makings["site"] < len(network.ids.hospitals))]
    makings = makings.merge(own[["site", "product", "link"]], on=["site", "product", "link"])
    made = makings[["site", "configuration", "product", "slots", "price"]]
    where, here = ["hospital", "product"], ["site", "product"]
    rows = trips.merge(made, left_on=where, right_on=here, suffixes=("", "_made"))
    arriving = rows["patients"] * rows["uptake"] * rows["weight"]
    rows["gain"] = rows["value"] - rows["price"] * rows["patients"] * rows["weight"] - rows["price_made"] * arriving
    rows["used"] = rows["slots"] * rows["patients"] * rows["uptake"]
    return dict(list(rows[rows["gain"] > 0].groupby(["site", "configuration"])[["slice", "gain", "used"]]))


def _filled(items: pd.DataFrame, capacity: float) -> float:
    """Return the most gain that fits into a capacity in each slice: the best gain for a slot first."""
    total = 0.0
    for _, rows in items.groupby("slice"):
        order = np.argsort(-(rows["gain"] / np.maximum(rows["used"], 1e-12)).to_numpy())
        gain, used = rows["gain"].to_numpy()[order], rows["used"].to_numpy()[order]
        room = np.clip(capacity - (np.cumsum(used) - used), 0.0, used)
        total += float((gain * room / np.maximum(used, 1e-12)).sum())
    return total


def _best(areas: pd.DataFrame, estimates: np.ndarray, number: int) -> list[int]:
    """Return the areas with the highest estimates that are apart from one another."""
    chosen: list[int] = []
    lon, lat = areas["lon"].to_numpy(float), areas["lat"].to_numpy(float)
    for k in np.argsort(-estimates, kind="stable").tolist():
        if len(chosen) == number or not np.isfinite(estimates[k]):
            break
        if all(geodesic_km(lon[[k]], lat[[k]], lon[[j]], lat[[j]])[0] >= APART_KM for j in chosen):
            chosen.append(k)
    return chosen


def _saved(plan: Plan, results: Sequence[Result[Plan]]) -> tuple[float, float]:
    """Return the saving a year of the best plan found, and the most that the bound of the last one leaves open."""
    years = float(plan.network.slices["weight"].sum())
    known = max(
        (plan.objective - result.found.objective for result in results if result.found is not None), default=0.0
    )
    last = results[-1].found
    most = float("inf") if last is None or last.bound is None else plan.objective - last.bound
    return max(known, 0.0) / years, max(most, known, 0.0) / years


def _row(plan: Plan, area: pd.Series, estimate: float, results: Sequence[Result[Plan]]) -> dict[str, Any]:
    site = PREFIX + area["id"]
    saving, most = _saved(plan, results)
    plans = [result.found for result in results if result.found is not None]
    best = min(plans, key=lambda found: found.objective) if plans else plan
    units = best.openings[best.openings["site_id"] == site]
    unit = units.iloc[-1] if len(units) and saving > 0.0 else None
    return {
        "site_id": site, "area_id": area["id"], "name": area["name"] or area["id"], "region": area["region"],
        "estimate": float(estimate), "saving": saving, "saving_at_most": most, "is_open": unit is not None,
        "mode": "" if unit is None else unit["mode"], "platform": "" if unit is None else unit["platform"],
        "platforms": 0 if unit is None else int(unit["platforms"]),
        "patients": 0.0 if unit is None else float(unit["patients_made"]), "lon": area["lon"], "lat": area["lat"],
    }  # fmt: skip
