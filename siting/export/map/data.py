"""What the map page is told: one JSON document made from the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.export.fields import flat
from siting.export.flows import pair_flows
from siting.export.manifest import plain
from siting.export.map.shapes import SCALE, home, packed_lines, packed_polygons, simplified, wrap
from siting.export.palette import NO_DATA_COLOUR, RAMP, breaks, mode_colours
from siting.export.shapes import area_shapes, border_layers
from siting.plan.proof import proof

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.plan.plan import Plan

MOST_TRIPS = 8_000
MOST_LANES = 4_000
ROUNDING = {"lon": 4, "lat": 4, "population": 0, "cost_per_year": 0, "capex": 0, "utilization": 4}
PLACE_COLUMNS = ("name", "city", "region", "lon", "lat", "is_central", "is_open", "treats_today", "beds", "status_in")
UNIT_COLUMNS = (
    "period", "mode", "platform", "platforms", "capacity_starts_per_year", "starts_per_year", "utilization",
    "patients_made", "patients_infused", "patients_treated_here", "is_new_centre", "cost_per_year", "vein_to_vein_d",
)  # fmt: skip


def map_data(plan: Plan) -> dict[str, Any]:
    """Return everything that the page shows, as plain values; tables are lists by column, rows refer by position.

    Parameters
    ----------
    plan : Plan
        The plan to show.

    Returns
    -------
    dict
        Flows are means over periods and scenarios by weight, patients a year; coordinates in WGS 84.
    """
    network = plan.network
    areas = flat(plan, "areas")
    places = flat(plan, "candidates")
    shapes = area_shapes(plan)
    centre = float(areas["lon"].median())
    positions = {site: row for row, site in enumerate(places["site_id"])}
    trips = pair_flows(plan, "trips", ["area_id", "hospital_id"], ["referred", "treated"])
    lanes = pair_flows(plan, "lanes", ["hospital_id", "site_id"], ["patients"])
    places["treated"] = places["site_id"].map(trips.groupby("hospital_id")["treated"].sum()).fillna(0.0)
    places["made_at"] = _largest(lanes, "hospital_id", "site_id").reindex(places["site_id"]).map(positions).to_numpy()
    trips, trips_note = _cut(trips, "referred", MOST_TRIPS, "patient trips")
    lanes, lanes_note = _cut(lanes[lanes["hospital_id"] != lanes["site_id"]], "patients", MOST_LANES, "cell lanes")
    rows_of_areas = {area: row for row, area in enumerate(areas["area_id"])}
    for table in (areas, places):
        table["lon"] = wrap(table["lon"].to_numpy(dtype=float), centre)
    return plain(
        {
            "status": plan.status,
            "proof": proof(plan),
            "distance_unit": network.distance_unit,
            "money": network.currency,
            "scale": SCALE,
            "home": _home(areas, places, shapes),
            "modes": mode_colours(plan),
            "periods": list(network.ids.periods),
            "measures": _measures(plan, areas),
            "no_data": NO_DATA_COLOUR,
            "areas": _areas(plan, areas, positions) | {"shape": _packed(shapes, len(areas), centre)},
            "borders": [line for layer in border_layers(plan).values() for line in packed_lines(layer, centre)],
            "places": _columns(places, [*PLACE_COLUMNS, "treated", "made_at"]),
            "units": _units(plan, positions),
            "trips": _ends(trips, "area_id", rows_of_areas, "hospital_id", positions)
            | _columns(trips, ["referred", _distance(plan), "minutes"]),
            "lanes": _ends(lanes, "hospital_id", positions, "site_id", positions)
            | _columns(lanes, ["patients", _distance(plan), "hours", "link_class"]),
            "cuts": [note for note in (trips_note, lanes_note) if note],
        }
    )


def _distance(plan: Plan) -> str:
    return f"distance_{plan.network.distance_unit}"


def _largest(flows: pd.DataFrame, start: str, end: str) -> pd.Series:
    """Return for each start the end that most goes to."""
    return flows.sort_values("patients", ascending=False, kind="stable").drop_duplicates(start).set_index(start)[end]


def _cut(flows: pd.DataFrame, amount: str, most: int, what: str) -> tuple[pd.DataFrame, str]:
    """Keep the largest flows and say what was left out."""
    flows = flows.sort_values(amount, ascending=False, kind="stable")
    if len(flows) <= most:
        return flows, ""
    drawn = flows[amount].head(most).sum() / flows[amount].sum()
    note = f"Only the {most:,} largest of {len(flows):,} {what} are drawn: {drawn:.1%} of the patients."
    return flows.head(most), note


def _columns(rows: pd.DataFrame, names: list[str] | tuple[str, ...]) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = {}
    for name in names:
        values = rows[name]
        if pd.api.types.is_float_dtype(values):
            values = values.round(ROUNDING.get(name, 2))
        key = "distance" if name.startswith("distance_") else name
        result[key] = values.astype(object).where(values.notna(), None).tolist()
    return result


def _ends(
    flows: pd.DataFrame, start: str, starts: dict[str, int], end: str, ends: dict[str, int]
) -> dict[str, list[int]]:
    return {"from": flows[start].map(starts).tolist(), "to": flows[end].map(ends).tolist()}


def _home(areas: pd.DataFrame, places: pd.DataFrame, shapes: gpd.GeoSeries | None) -> list[list[float]]:
    units = places[places["is_open"] & ~places["is_central"]].assign(demand=0.0)
    points = pd.concat([areas[["lon", "lat", "demand"]], units[["lon", "lat", "demand"]]]).to_numpy(dtype=float)
    return home(points[:, 0], points[:, 1], points[:, 2], shapes)


def _areas(plan: Plan, areas: pd.DataFrame, positions: dict[str, int]) -> dict[str, list[Any]]:
    rows = areas.assign(
        main=areas["main_hospital"].map(positions).astype("Int64"),
        lost=areas[["lost_distance", "lost_quality", "lost_delay"]].sum(axis=1),
    )
    names = ["name", "region", "lon", "lat", "population", "demand", "referred", "infused", "unmet", "lost",
             _distance(plan), "minutes", "vein_to_vein_d", "main"]  # fmt: skip
    return _columns(rows, names)


def _packed(shapes: gpd.GeoSeries | None, count: int, centre: float) -> list[Any]:
    return [None] * count if shapes is None else packed_polygons(simplified(shapes), centre)


def _units(plan: Plan, positions: dict[str, int]) -> dict[str, list[Any]]:
    rows = flat(plan, "openings").sort_values("starts_per_year", ascending=False, kind="stable")
    order = {period: row for row, period in enumerate(plan.network.ids.periods)}
    columns = _columns(rows, UNIT_COLUMNS)
    columns["period"] = [order[period] for period in columns["period"]]
    return columns | {"place": rows["site_id"].map(positions).tolist()}


def _measures(plan: Plan, areas: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what areas may be coloured by: where the value is, its classes and its colours."""
    demand = areas["demand"].to_numpy(dtype=float)
    missed = 100 * (1 - areas["infused"].to_numpy(dtype=float) / np.where(demand > 0, demand, np.nan))
    unit = plan.network.distance_unit
    choices = [
        ("distance", f"Mean one-way trip ({unit})", unit, areas[_distance(plan)].to_numpy(dtype=float)),
        ("minutes", "Mean one-way trip (minutes)", "min", areas["minutes"].to_numpy(dtype=float)),
        ("missed", "Patients not infused (% of demand)", "%", missed),
        ("demand", "Patients a year (demand)", "", demand),
    ]
    return [
        {"key": key, "label": label, "unit": measure_unit, "limits": breaks(values), "colours": list(RAMP)}
        for key, label, measure_unit, values in choices
    ]
