"""Catchments: areas dissolved by where most of their patients, or the cells of these, go.

Areas with polygons are joined as they are. Areas that are points get the part of the plane that is nearer to them than
to any other area (Voronoi cells), cut at the rim of the study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.export.flows import makers, pair_flows
from siting.export.shapes import WGS84, area_shapes, border_layers

if TYPE_CHECKING:
    from siting.plan.plan import Plan

LEAST_MARGIN_M = 5_000.0
"""Assumption, for drawing only: the rim of areas that are points lies at least so far outside them."""
LEAST_INSIDE = 0.95
"""Outlines cut Voronoi cells only if they hold so large a share of the areas."""
AMOUNTS = ["population", "demand", "referred", "treated", "unmet"]


def area_cells(plan: Plan) -> tuple[gpd.GeoSeries, str]:
    """Return the ground that belongs to each area, and the rule in words.

    Parameters
    ----------
    plan : Plan
        Its areas, polygons and outlines.

    Returns
    -------
    tuple of GeoSeries and str
        Polygons by area id, EPSG:4326; areas without an outline are left out where others have one.
    """
    shapes = area_shapes(plan)
    if shapes is not None:
        missing = int(shapes.isna().sum())
        words = "Areas joined along their own outlines."
        return (
            shapes.dropna().make_valid(),
            f"{words} Areas without an outline, in no catchment: {missing:,}." if missing else words,
        )
    points = gpd.GeoSeries(plan.areas.geometry.to_numpy(), index=plan.areas["area_id"].astype(str), crs=WGS84)
    return voronoi_cells(points, _outline(plan, points))


def voronoi_cells(points: gpd.GeoSeries, outline: shapely.Geometry | None = None) -> tuple[gpd.GeoSeries, str]:
    """Return the Voronoi cell of each point, in an equal-area projection around their middle, and the rule in words.

    The rim is the convex hull of the points, widened by half their mean spacing (the root of the hull's area a point),
    at least `LEAST_MARGIN_M`. Points at one place share a cell.

    Parameters
    ----------
    points : GeoSeries
        Points, EPSG:4326.
    outline : shapely geometry, optional
        Cells are also cut along it; EPSG:4326.

    Returns
    -------
    tuple of GeoSeries and str
        Polygons with the index of `points`, EPSG:4326.
    """
    local = f"+proj=laea +lat_0={points.y.median():.4f} +lon_0={points.x.median():.4f} +datum=WGS84 +units=m"
    flat = points.to_crs(local)
    places, place = np.unique(shapely.get_coordinates(flat.to_numpy()), axis=0, return_inverse=True)
    hull = shapely.convex_hull(shapely.multipoints(places))
    rim = hull.buffer(max(0.5 * float(np.sqrt(hull.area / len(places))), LEAST_MARGIN_M))
    words = "Areas are points: each place belongs to the nearest area, inside the convex hull of the areas widened by "
    words += "half their mean spacing"
    if outline is not None:
        rim = rim.intersection(gpd.GeoSeries([outline], crs=WGS84).to_crs(local).make_valid().iloc[0])
        words += " and inside the study's outlines"
    whole = np.array([rim], dtype=object)
    if len(places) > 1:
        whole = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(places), extend_to=rim.envelope, ordered=True)
        )
    cells = shapely.intersection(whole, rim)
    return gpd.GeoSeries(cells[place], index=points.index, crs=local).to_crs(WGS84), f"{words}."


def _outline(plan: Plan, points: gpd.GeoSeries) -> shapely.Geometry | None:
    """Return the joined outlines of the first layer of polygons that holds nearly all areas."""
    for layer in border_layers(plan).values():
        if layer.geom_type.isin(["Polygon", "MultiPolygon"]).all():
            outline = layer.make_valid().union_all()
            if points.within(outline).mean() >= LEAST_INSIDE:
                return outline
    return None


def catchments(plan: Plan, by: str) -> tuple[gpd.GeoDataFrame, str]:
    """Return one row for each hospital, or unit, that is where most of some area's patients, or their cells, go.

    Parameters
    ----------
    plan : Plan
        The plan.
    by : {"hospital", "unit"}
        Whether patients or their cells count.

    Returns
    -------
    tuple of GeoDataFrame and str
        Columns as `siting.export.fields.LAYER_FIELDS` declares them, EPSG:4326; and the rules in words.
    """
    areas = pd.DataFrame(plan.areas.drop(columns=plan.areas.geometry.name))
    areas["main"], share = _main(plan, areas) if by == "hospital" else _main_maker(plan, areas)
    areas["here"] = share * areas["treated"]
    served = areas[areas["main"] != ""]
    cells, words = area_cells(plan)
    distance = f"distance_{plan.network.distance_unit}"
    travel = served[[distance, "minutes"]].mul(served["referred"], axis=0).fillna(0.0)
    sums = served[[*AMOUNTS, "here"]].join(travel).groupby(served["main"]).sum()
    sums["population"] = sums["population"].mask(served["population"].isna().groupby(served["main"]).any())
    ground = cells.reindex(served["area_id"].astype(str)).groupby(served["main"].to_numpy())
    sites = plan.candidates.set_index("site_id").loc[sums.index]
    rows = sums[AMOUNTS].assign(
        name=sites["name"], city=sites["city"], areas=served.groupby("main").size(),
        share_here=sums["here"] / sums["treated"].where(sums["treated"] > 0),
        **sums[[distance, "minutes"]].div(sums["referred"].where(sums["referred"] > 0), axis=0),
    )  # fmt: skip
    shapes = ground.agg(_joined).reindex(rows.index)
    unserved = len(areas) - len(served)
    words += f" Areas that nobody serves, in no catchment: {unserved:,}." if unserved else ""
    rows = rows.rename_axis("site_id").reset_index()
    return gpd.GeoDataFrame(rows, geometry=shapes.to_numpy(), crs=WGS84), words


def _joined(parts: gpd.GeoSeries) -> shapely.Geometry | None:
    """Return the union of polygons, without lines and points that mending them left over; None where nothing is."""
    found = shapely.get_parts(shapely.union_all(parts.dropna().to_numpy()))
    polygons = [part for part in found if part.geom_type == "Polygon"]
    return shapely.multipolygons(polygons) if polygons else None


def _main(plan: Plan, areas: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return for each area the hospital that most patients are referred to, and the share of patients who are."""
    flows = pair_flows(plan, "trips", ["area_id", "hospital_id"], ["referred"])
    there = flows.set_index(["area_id", "hospital_id"])["referred"]
    total = flows.groupby("area_id")["referred"].sum()
    pairs = pd.MultiIndex.from_frame(areas[["area_id", "main_hospital"]])
    share = there.reindex(pairs).to_numpy() / total.reindex(areas["area_id"]).to_numpy()
    return areas["main_hospital"].astype(object).fillna(""), pd.Series(share, index=areas.index).fillna(0.0)


def _main_maker(plan: Plan, areas: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return for each area the unit or plant that makes most of its patients' cells, and the share that it makes."""
    flows = makers(plan).sort_values(["treated", "site_id"], ascending=[False, True], kind="stable")
    most = flows.drop_duplicates("area_id").set_index("area_id")
    share = most["treated"] / flows.groupby("area_id")["treated"].sum().reindex(most.index)
    of = areas["area_id"]
    return of.map(most["site_id"].astype(object)).astype(object).fillna(""), of.map(share).astype(float).fillna(0.0)
