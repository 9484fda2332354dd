"""What the map page is told: one JSON document made from the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import Problem, StudyError
from siting.export.fields import flat
from siting.export.manifest import plain
from siting.export.map.shapes import SCALE, home, packed_lines, packed_polygons, simplified, wrap
from siting.export.map.views import UNIT_COLUMNS, View
from siting.export.palette import CLASS_COLOURS, NO_DATA_COLOUR, RAMP, breaks, mode_colours
from siting.export.shapes import area_shapes, border_layers
from siting.plan.proof import proof

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from siting.plan.plan import Plan

MOST_TRIPS = 8_000
MOST_LANES = 4_000
ROUNDING = {"lon": 4, "lat": 4, "population": 0, "cost_per_year": 0, "utilization": 4}
PLACE_COLUMNS = ("name", "city", "region", "lon", "lat", "is_central", "is_open", "treats_today", "beds", "status_in")


def map_data(plan: Plan, views: dict[str, View], classes: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return everything that the page shows, as plain values; tables are lists by column, rows refer by position.

    Parameters
    ----------
    plan : Plan
        The plan to show.
    views : dict of str to View
        "after" and, where there is one, "before"; see `siting.export.map.views.views_of`.
    classes : DataFrame, optional
        ``site_id, class`` (core, swing, never), ``is_proven, share`` (of the near-optimal plans), as
        `siting.whatif.alternatives.Alternatives.sites` has them.

    Returns
    -------
    dict
        Flows are means over periods and scenarios by weight, patients a year; coordinates in WGS 84.

    Raises
    ------
    StudyError
        `classes` have sites that the plan lacks.
    """
    areas, places = flat(plan, "areas"), flat(plan, "candidates")
    shapes = area_shapes(plan)
    centre = float(areas["lon"].median())
    for table in (areas, places):
        table["lon"] = wrap(table["lon"].to_numpy(dtype=float), centre)
    cuts: list[str] = []
    return plain(
        {
            "status": plan.status,
            "proof": proof(plan),
            "distance_unit": plan.network.distance_unit,
            "money": plan.network.currency,
            "scale": SCALE,
            "home": _home(areas, places, shapes),
            "modes": mode_colours(plan),
            "periods": list(plan.network.ids.periods),
            "measures": _measures(plan, views),
            "no_data": NO_DATA_COLOUR,
            "areas": _columns(areas, ["name", "region", "lon", "lat", "population"])
            | {"shape": [None] * len(areas) if shapes is None else packed_polygons(simplified(shapes), centre)},
            "borders": [line for layer in border_layers(plan).values() for line in packed_lines(layer, centre)],
            "places": _columns(places, PLACE_COLUMNS) | _classes(places, classes),
            "classes": CLASS_COLOURS if classes is not None else {},
            "views": {key: _view(plan, view, areas, places, cuts) for key, view in views.items()},
            "cuts": cuts,
        }
    )


def _view(plan: Plan, view: View, areas: pd.DataFrame, places: pd.DataFrame, cuts: list[str]) -> dict[str, Any]:
    of_area = {area: row for row, area in enumerate(areas["area_id"])}
    of_place = {site: row for row, site in enumerate(places["site_id"])}
    made_at = view.lanes.sort_values("patients", ascending=False, kind="stable").drop_duplicates("hospital_id")
    per_place = pd.DataFrame(
        {
            "treated": places["site_id"].map(view.trips.groupby("hospital_id")["treated"].sum()).fillna(0.0),
            "made_at": places["site_id"].map(made_at.set_index("hospital_id")["site_id"].map(of_place)),
        }
    ).astype({"made_at": "Int64"})
    trips = _cut(view.trips, "referred", MOST_TRIPS, "patient trips", cuts)
    away = view.lanes[view.lanes["hospital_id"] != view.lanes["site_id"]]
    lanes = _cut(away, "patients", MOST_LANES, "cell lanes", cuts)
    rows = view.areas.assign(main=view.areas["main"].map(of_place).astype("Int64"))
    return {
        "note": view.note,
        "areas": _columns(rows, [name for name in rows.columns if name != "area_id"]),
        "places": _columns(per_place, ["treated", "made_at"]),
        "units": _units(plan, view.units, of_place),
        "trips": _ends(trips, "area_id", of_area, "hospital_id", of_place)
        | _columns(trips, ["referred", "distance", "minutes"]),
        "lanes": _ends(lanes, "hospital_id", of_place, "site_id", of_place)
        | _columns(lanes, ["patients", "distance", "hours", "link_class"]),
    }


def _cut(flows: pd.DataFrame, amount: str, most: int, what: str, cuts: list[str]) -> pd.DataFrame:
    """Keep the largest flows and note what was left out."""
    flows = flows.sort_values(amount, ascending=False, kind="stable")
    if len(flows) > most:
        drawn = flows[amount].head(most).sum() / flows[amount].sum()
        cuts.append(f"Only the {most:,} largest of {len(flows):,} {what} are drawn: {drawn:.1%} of the patients.")
    return flows.head(most)


def _columns(rows: pd.DataFrame, names: list[str] | tuple[str, ...]) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = {}
    for name in names:
        values = rows[name]
        if pd.api.types.is_float_dtype(values):
            values = values.round(ROUNDING.get(name, 2))
        result[name] = values.astype(object).where(values.notna(), None).tolist()
    return result


def _ends(
    flows: pd.DataFrame, start: str, starts: dict[str, int], end: str, ends: dict[str, int]
) -> dict[str, list[int]]:
    return {"from": flows[start].map(starts).tolist(), "to": flows[end].map(ends).tolist()}


def _home(areas: pd.DataFrame, places: pd.DataFrame, shapes: gpd.GeoSeries | None) -> list[list[float]]:
    units = places[places["is_open"] & ~places["is_central"]].assign(demand=0.0)
    points = pd.concat([areas[["lon", "lat", "demand"]], units[["lon", "lat", "demand"]]]).to_numpy(dtype=float)
    return home(points[:, 0], points[:, 1], points[:, 2], shapes)


def _classes(places: pd.DataFrame, classes: pd.DataFrame | None) -> dict[str, list[Any]]:
    """Return for each place its class among near-optimal plans, None for those that were not asked about."""
    if classes is None:
        return {}
    strange = tuple(sorted(set(classes["site_id"]) - set(places["site_id"])))
    if strange:
        what = "have a class and are no sites of the plan"
        raise StudyError([Problem("alternatives", what, "name the alternatives of the same study", strange)])
    rows = classes.set_index("site_id").reindex(places["site_id"])
    return _columns(rows, ["class", "is_proven", "share"])


def _units(plan: Plan, units: pd.DataFrame, of_place: dict[str, int]) -> dict[str, list[Any]]:
    """Return units with their periods and places as positions, largest first."""
    rows = units.sort_values("patients_made", ascending=False, kind="stable")
    order = {period: row for row, period in enumerate(plan.network.ids.periods)}
    columns = _columns(rows, UNIT_COLUMNS)
    columns["period"] = [order[period] for period in columns["period"]]
    return columns | {"place": rows["site_id"].map(of_place).tolist()}


def _measures(plan: Plan, views: dict[str, View]) -> list[dict[str, Any]]:
    """Return what areas may be coloured by, with the limits of the classes, alike in all views, and their colours.

    The plan's values make the classes; those of all views where the plan has none above 0.
    """
    unit = plan.network.distance_unit
    labels = {
        "distance": f"Travel: mean one-way trip ({unit})",
        "minutes": "Travel: mean one-way trip (minutes)",
        "vein_to_vein_d": "Vein to vein (days)",
        "unmet": "Unmet: patients served nowhere (% of demand)",
        "missed": "Patients not infused (% of demand)",
        "demand": "Patients a year (demand)",
    }
    every = pd.concat([view.areas for view in views.values()])
    return [
        {
            "key": key,
            "label": label,
            "limits": breaks(_values(views["after"].areas, key)) or breaks(_values(every, key)),
            "colours": list(RAMP),
        }
        for key, label in labels.items()
    ]


def _values(areas: pd.DataFrame, key: str) -> NDArray[np.float64]:
    """Return what a measure says of areas; NaN where nobody needs care."""
    demand = areas["demand"].where(areas["demand"] > 0)
    shares = {"unmet": areas["unmet"] / demand, "missed": 1 - areas["infused"] / demand}
    return (100 * shares[key] if key in shares else areas[key]).to_numpy(dtype=float)
