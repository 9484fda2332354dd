"""A QGIS project that shows the GeoPackage beside it and opens ready to print; written without QGIS."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pyproj import CRS
from shapely.geometry import box

from siting.export.geo import facts
from siting.export.map.figures import headline
from siting.export.shapes import WGS84, area_shapes
from siting.roads.result import ATTRIBUTION
from siting.study.travel_record import ROADS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.export.layers import Layer
    from siting.plan.plan import Plan

HERE = Path(__file__).parent
PROJECTIONS = ("EPSG:27700", "EPSG:5070", "EPSG:3035")
"""British National Grid, Conus Albers, Europe LAEA: the first whose area of use holds the study is the map's."""
ANYWHERE = "EPSG:3857"
"""Web Mercator, for a study that none of them holds."""
GROUPS = {
    "Plan": ("openings", "candidates"),
    "Flows": ("desire_lines", "lanes", "trips"),
    "Catchments": ("catchments_unit", "catchments_hospital"),
    "Areas": ("borders", "areas"),
}
"""Groups of layers, the one on top first."""
HIDDEN = ("lanes", "trips", "catchments_hospital")
PAGE = {"width": 297.0, "height": 210.0}
MAP = {"x": 8.0, "y": 25.0, "width": 205.0, "height": 163.0}
"""Millimetres; A4 across."""
MARGIN, POINT_MARGIN = 0.05, 0.15
"""Share of the extent that is left free on each side; more where areas are points, for the rim of their catchments."""
SCALE_UNITS = {"mi": ("mi", 1609.344), "km": ("km", 1000.0)}


def write_project(plan: Plan, layers: Sequence[Layer], path: Path) -> None:
    """Write a QGIS project for the GeoPackage of the same name in the same folder.

    Parameters
    ----------
    plan : Plan
        Gives words and extent.
    layers : sequence of Layer
        The layers of the GeoPackage; those added to the plan get groups of their own: points and lines on top, areas in
        the place of the plan's, which can be switched on.
    path : Path
        File to write: ``.qgz``.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.qgs", project_text(plan, layers, f"./{path.stem}.gpkg"))


def project_text(plan: Plan, layers: Sequence[Layer], package: str) -> str:
    """Return the project as XML, for QGIS 3.16 or later.

    Parameters
    ----------
    plan : Plan
        Gives words and extent.
    layers : sequence of Layer
        The layers of the GeoPackage.
    package : str
        Path of the GeoPackage, relative to the project.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    bounds = _bounds(plan)
    crs = _projection(bounds)
    extent = _extent(bounds, crs, MARGIN if area_shapes(plan) is not None else POINT_MARGIN)
    known = facts(plan)
    return environment.get_template("project.qgs").render(
        title=plan.network.name,
        subtitle="; ".join(f"{one['label']}: {one['value']}" for one in headline(plan)),
        status=f"{known['proof']}. Assumed, not published: {known['assumptions']}. Money: {known['money']}.",
        attribution=_attribution(plan),
        groups=_groups(layers),
        package=package,
        crs=CRS(crs),
        wgs84=CRS(WGS84),
        extent=extent,
        page=PAGE,
        map=MAP,
        scale=_scale(plan, extent),
    )


def _groups(layers: Sequence[Layer]) -> dict[str, list[dict[str, Any]]]:
    """Return groups with their layers in order; areas of other files would hide what lies under them."""
    by_name = {layer.name: layer for layer in layers}
    added = [layer for layer in layers if layer.is_added]
    grounds = [layer.name for layer in added if layer.kind.endswith("Polygon")]
    groups = {"Added": [layer.name for layer in added if layer.name not in grounds]}
    groups |= {group: [name for name in names if name in by_name] for group, names in GROUPS.items()}
    groups["Areas"] = [name for name in groups["Areas"] if name != "areas"] + grounds + ["areas"]
    hidden = (*HIDDEN, "areas") if grounds else HIDDEN
    return {
        group: [_entry(by_name[name], is_shown=name not in hidden) for name in names]
        for group, names in groups.items()
        if names
    }


def _entry(layer: Layer, *, is_shown: bool) -> dict[str, Any]:
    start = layer.style.index("<renderer-v2")
    end = layer.style.index("</renderer-v2>") + len("</renderer-v2>")
    geometry = layer.kind.removeprefix("Multi")
    return {
        "id": f"siting_{layer.name}",
        "name": layer.name,
        "title": layer.title,
        "description": layer.description,
        "geometry": {"LineString": "Line"}.get(geometry, geometry),
        "kind": layer.kind,
        "renderer": Markup(layer.style[start:end]),
        "is_shown": is_shown,
        "label": "name" if layer.name == "openings" else "",
    }


def _bounds(plan: Plan) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the areas and of the units at hospitals; plants far away do not shrink it."""
    shapes = area_shapes(plan)
    units = plan.openings[~plan.openings["is_central"].astype(bool)]
    parts = [plan.areas.geometry.to_crs(WGS84), units.geometry.to_crs(WGS84)]
    if shapes is not None:
        parts.append(shapes.dropna())
    corners = np.array([part.total_bounds for part in parts if len(part)])
    west, south = np.nanmin(corners[:, :2], axis=0)
    east, north = np.nanmax(corners[:, 2:], axis=0)
    return float(west), float(south), float(east), float(north)


def _projection(bounds: tuple[float, float, float, float]) -> str:
    for name in PROJECTIONS:
        use = CRS(name).area_of_use
        if use is not None and box(use.west, use.south, use.east, use.north).contains(box(*bounds)):
            return name
    return ANYWHERE


def _extent(bounds: tuple[float, float, float, float], crs: str, margin: float) -> dict[str, float]:
    """Return the extent in the map's projection, with a margin, in the shape of the map on the page."""
    corners = gpd.GeoSeries([box(*bounds).segmentize(0.5)], crs=WGS84).to_crs(crs).total_bounds
    width, height = (max(float(corners[i + 2] - corners[i]), 1000.0) * (1 + 2 * margin) for i in (0, 1))
    shape = MAP["width"] / MAP["height"]
    width, height = max(width, height * shape), max(height, width / shape)
    x, y = float(corners[0] + corners[2]) / 2, float(corners[1] + corners[3]) / 2
    return {"xmin": x - width / 2, "ymin": y - height / 2, "xmax": x + width / 2, "ymax": y + height / 2}


def _scale(plan: Plan, extent: dict[str, float]) -> dict[str, Any]:
    """Return unit, label and round length of a segment of the scale bar, about an eighth of the map's width."""
    label = plan.network.distance_unit
    unit, metres = SCALE_UNITS[label]
    rough = (extent["xmax"] - extent["xmin"]) / metres / 8
    power = 10.0 ** np.floor(np.log10(rough))
    step = max(power * nice for nice in (1, 2, 5) if power * nice <= rough)
    return {"unit": unit, "label": label, "step": f"{step:g}"}


def _attribution(plan: Plan) -> str:
    used = set(pd.concat([plan.trips["source"], plan.lanes["source"]]).astype(str))
    roads = f" Travel: {ATTRIBUTION}." if used & set(ROADS) else ""
    return f"Made with siting from the study {plan.network.name}; sources: assumptions table of the study.{roads}"
