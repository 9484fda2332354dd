"""Outlines for maps: the us-atlas topology with fewer points.

Each arc (a border between two counties, or a coast) is simplified once and used by both sides, so that neighbours still
meet. Points are dropped, never moved. Islands too small to draw are left out, and so are holes: a city inside a county
is a feature of its own.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

FIRST_TERRITORY = 57
"""Two-digit codes from here on are territories, not states."""

Shape = dict[str, Any]


def build_outlines(topology: dict[str, Any], tolerance: float, state: str = "") -> str:
    """Return a TopoJSON text with the layers states and counties; ids are FIPS codes.

    Parameters
    ----------
    topology : dict
        us-atlas ``counties-10m.json``.
    tolerance : float
        Largest distance of a dropped point from the line drawn, in degrees of latitude.
    state : str
        Two-digit FIPS code of the only state wanted; the 50 states and DC if empty.
    """
    arcs = [np.cumsum(np.array(arc), axis=0) for arc in topology["arcs"]]
    scale, shift = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    drawn = [arc[kept_points(arc * scale + shift, tolerance)] for arc in arcs]
    layers: dict[str, list[Shape]] = {}
    for layer in ("states", "counties"):
        shapes = sorted(topology["objects"][layer]["geometries"], key=lambda shape: shape["id"])
        wanted = [shape for shape in shapes if _is_wanted(shape["id"], state)]
        layers[layer] = [_outline(shape, arcs, drawn) for shape in wanted]
    used = sorted({_number(arc) for shapes in layers.values() for shape in shapes for arc in _arcs(shape)})
    place = {old: new for new, old in enumerate(used)}
    for shapes in layers.values():
        for shape in shapes:
            shape["arcs"] = [[[_renumbered(arc, place) for arc in ring] for ring in part] for part in shape["arcs"]]
    return _text(topology["transform"], layers, [drawn[old] for old in used])


def kept_points(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which points Douglas and Peucker keep; the ends always stay.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Longitude and latitude in degrees.
    tolerance : float
        In degrees of latitude.
    """
    scaled = points * [np.cos(np.radians(points[:, 1].mean())), 1.0]
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        along, offset = scaled[last] - scaled[first], scaled[first + 1 : last] - scaled[first]
        length = float(np.hypot(*along))
        if length == 0:
            away = np.hypot(offset[:, 0], offset[:, 1])
        else:
            away = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length
        worst = int(away.argmax())
        if away[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return keep


def _is_wanted(code: str, state: str) -> bool:
    return code[:2] == state if state else int(code[:2]) < FIRST_TERRITORY


def _outline(shape: Shape, arcs: list[np.ndarray], drawn: list[np.ndarray]) -> Shape:
    """Return the shape without holes and small islands; where nothing would be left, its arcs keep all their points."""
    parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
    outer = [part[0] for part in parts]
    kept = [ring for ring in outer if _has_area(ring, drawn)]
    if not kept:
        kept = [max(outer, key=lambda ring: sum(len(arcs[_number(arc)]) for arc in ring))]
        for arc in kept[0]:
            drawn[_number(arc)] = arcs[_number(arc)]
    return {
        "type": "MultiPolygon",
        "id": shape["id"],
        "properties": {"name": shape["properties"]["name"]},
        "arcs": [[ring] for ring in kept],
    }


def _has_area(ring: list[int], arcs: list[np.ndarray]) -> bool:
    """Whether a ring has at least three corners."""
    corners = {tuple(point) for arc in ring for point in arcs[_number(arc)].tolist()}
    return len(corners) >= 3


def _number(arc: int) -> int:
    """Return the position of an arc; TopoJSON writes ``~position`` for one walked backwards."""
    return arc if arc >= 0 else ~arc


def _renumbered(arc: int, place: dict[int, int]) -> int:
    return place[arc] if arc >= 0 else ~place[~arc]


def _arcs(shape: Shape) -> list[int]:
    return [arc for part in shape["arcs"] for ring in part for arc in ring]


def _text(transform: dict[str, Any], layers: dict[str, list[Shape]], arcs: list[np.ndarray]) -> str:
    objects = {name: {"type": "GeometryCollection", "geometries": shapes} for name, shapes in layers.items()}
    steps = [np.diff(arc, axis=0, prepend=0 * arc[:1]).tolist() for arc in arcs]
    topology = {"type": "Topology", "transform": transform, "objects": objects, "arcs": steps}
    return json.dumps(topology, separators=(",", ":")) + "\n"
