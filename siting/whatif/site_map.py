"""Points that answer a question: a GeoPackage layer with its style, and a map as SVG inside a page, with no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.export.answers import answer_layer
from siting.export.geo import write_layers
from siting.export.shapes import border_layers

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from siting.plan.plan import Plan

WIDTH, LEAST_HEIGHT, MARGIN = 900.0, 240.0, 24.0
FINEST = 1.0
"""Outlines are simplified to so many pixels."""
MOST_NAMES = 20
"""More points than this carry no name; the table beside the map lists them."""


def write_layer(rows: gpd.GeoDataFrame, path: Path, layer: str, description: str, style: str) -> None:
    """Write a GeoPackage 1.3 with one layer of points and its QGIS style.

    Parameters
    ----------
    rows : GeoDataFrame
        Points, EPSG:4326.
    path : Path
        File that does not exist yet.
    layer, description : str
        Name of the layer, a key of `siting.export.answers.ANSWERS`, and what it shows, with its proof.
    style : str
        QML, as `siting.export.styles.point_style` returns it.
    """
    write_layers([answer_layer(rows, layer, description, style)], path)


class View:
    """Longitude and latitude to pixels, true to scale at the middle latitude; bounds are west, south, east, north."""

    def __init__(self, bounds: np.ndarray) -> None:
        west, south, east, north = bounds
        self.west, self.north = west, north
        self.stretch = float(np.cos(np.radians((south + north) / 2.0)))
        wide = max((east - west) * self.stretch, 1e-6)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, 900.0 / max(north - south, 1e-6))
        self.height = max((north - south) * self.scale + 2 * MARGIN, LEAST_HEIGHT)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return pixels of points, shape (points, 2)."""
        x = (points[:, 0] - self.west) * self.stretch * self.scale + MARGIN
        return np.column_stack([x, (self.north - points[:, 1]) * self.scale + MARGIN])


def map_svg(plan: Plan, rows: gpd.GeoDataFrame, looks: list[tuple[str, float, str]], legend: dict[str, str]) -> str:
    """Return a map of points as SVG over the outlines of the study.

    Parameters
    ----------
    plan : Plan
        Its areas and outlines are the background.
    rows : GeoDataFrame
        Points, EPSG:4326.
    looks : list of (colour, radius in pixels, words)
        By row; the words show when the pointer rests on the point.
    legend : dict of str to str
        Label -> colour.
    """
    points = np.column_stack([rows.geometry.x, rows.geometry.y])
    homes = plan.areas[["lon", "lat"]].to_numpy(float)
    view = View(np.r_[np.vstack([points, homes]).min(axis=0), np.vstack([points, homes]).max(axis=0)])
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="#b9c4cd"/>' for x, y in view.pixels(homes))
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity=".85" stroke="#fff">'
        f"<title>{escape(words)}</title></circle>"
        for (x, y), (colour, radius, words) in zip(view.pixels(points), looks, strict=True)
    )
    named = zip(view.pixels(points), rows["name"], looks, strict=True)
    names = "".join(
        f'<text x="{x + radius + 3:.1f}" y="{y + 4:.1f}" font-size="11" fill="#3c4650">{escape(str(name))}</text>'
        for (x, y), name, (_, radius, _) in (named if len(rows) <= MOST_NAMES else ())
    )
    keys = "".join(
        f'<circle cx="{MARGIN}" cy="{view.height + 14 + 20 * k:.0f}" r="6" fill="{colour}"/>'
        f'<text x="{MARGIN + 14}" y="{view.height + 18 + 20 * k:.0f}">{escape(label)}</text>'
        for k, (label, colour) in enumerate({**legend, "middle of an area": "#b9c4cd"}.items())
    )
    height = view.height + 20 * (len(legend) + 1) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" '
        f'role="img" font-family="inherit" font-size="13" style="max-width:100%;height:auto">'
        f"{outlines(plan, view)}{dots}{marks}{names}{keys}</svg>"
    )


def outlines(plan: Plan, view: View) -> str:
    """Return the borders that only orient the reader as one SVG path."""
    paths = []
    for layer in border_layers(plan).values():
        for shape in layer.simplify(FINEST / view.scale):
            lines = shape.boundary if shape is not None and shape.geom_type.endswith("Polygon") else shape
            for line in shapely.get_parts(lines) if lines is not None else ():
                ends = view.pixels(np.asarray(line.coords)[:, :2])
                paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends))
    return f'<path d="{"".join(paths)}" fill="none" stroke="#c9d2da" stroke-width=".8"/>' if paths else ""
