"""QGIS styles (QML) of the GeoPackage layers: modes by colour, amounts by size, travel by a sequential ramp."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from siting.export.palette import (
    CANDIDATE_COLOUR,
    CENTRE_COLOUR,
    LANE_COLOUR,
    NO_DATA_COLOUR,
    RAMP,
    TRIP_COLOUR,
    breaks,
    mode_colours,
)

if TYPE_CHECKING:
    from siting.plan.plan import Plan

SYMBOL_LAYERS = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}
GEOMETRY_CODES = {"marker": 0, "line": 1, "fill": 2}
OUTLINED = {
    "catchments_hospital": ("MultiPolygon", TRIP_COLOUR, 0.35),
    "catchments_unit": ("MultiPolygon", LANE_COLOUR, 0.5),
    "borders": ("MultiLineString", CANDIDATE_COLOUR, 0.3),
}
"""Geometry, colour and width (mm) of layers that are drawn as outlines only."""


def style_of(plan: Plan, layer: str, *, has_polygons: bool) -> str:
    """Return the QML of one GeoPackage layer.

    Parameters
    ----------
    plan : Plan
        Modes, travel classes and the largest amounts shape the style.
    layer : str
        A layer of `siting.export.layers.TITLES`.
    has_polygons : bool
        Whether the layer ``areas`` holds polygons and not points.

    Returns
    -------
    str
        A QML document for QGIS 3.16 or later.
    """
    if layer == "openings":
        return _openings(plan)
    if layer == "candidates":
        return _candidates()
    if layer == "areas":
        return _areas(plan, "fill" if has_polygons else "marker")
    if layer == "desire_lines":
        return _desire_lines(plan)
    if layer in OUTLINED:
        return plain_style(*OUTLINED[layer])
    if layer == "trips":
        return _flows("referred", TRIP_COLOUR, float(plan.trips["referred"].max() or 0))
    return _flows("patients", LANE_COLOUR, float(plan.lanes["patients"].max() or 0))


def plain_style(kind: str, colour: str = CANDIDATE_COLOUR, width: float = 0.3) -> str:
    """Return the QML of a layer in one colour: outlines for polygons, lines, dots.

    Parameters
    ----------
    kind : str
        Geometry type.
    colour : str
        ``#rrggbb``.
    width : float
        Width of lines in mm.
    """
    if kind.endswith("Point"):
        return _single(_symbol(0, "marker", {"color": _rgba(colour), "outline_style": "no", "size": "2"}), "marker")
    line = {"line_color": _rgba(colour), "line_width": f"{width}", "joinstyle": "round"}
    if kind.endswith("LineString"):
        return _single(_symbol(0, "line", line), "line")
    fill = {"style": "no", "outline_color": _rgba(colour), "outline_width": f"{width}", "joinstyle": "round"}
    return _single(_symbol(0, "fill", fill), "fill")


def _openings(plan: Plan) -> str:
    top = float(plan.openings["starts_per_year"].max()) if len(plan.openings) else 0.0
    size = f'2.5 + 5 * sqrt(coalesce("starts_per_year", 0) / {max(top, 1e-9):.6g})'
    colours = mode_colours(plan)
    symbols = [
        _symbol(i, "marker", {"color": _rgba(colour), "outline_color": "255,255,255,255", "outline_width": "0.4",
                              "name": "circle", "size": "4"}, {"size": size})
        for i, colour in enumerate(colours.values())
    ]  # fmt: skip
    return _categorized("mode", list(colours), list(colours), symbols, "marker")


def _candidates() -> str:
    today = {"name": "cross_fill", "color": _rgba(CENTRE_COLOUR), "outline_style": "no", "size": "2.4"}
    other = {"name": "circle", "color": _rgba(CANDIDATE_COLOUR), "outline_style": "no", "size": "1.4"}
    symbols = [_symbol(0, "marker", today), _symbol(1, "marker", other)]
    labels = ["treatment centre today", "other hospital or plant"]
    return _categorized("treats_today", ["true", "false"], labels, symbols, "marker")


def _areas(plan: Plan, kind: str) -> str:
    column = f"distance_{plan.network.distance_unit}"
    unit = plan.network.distance_unit
    values = plan.areas[column].to_numpy(dtype=float)
    limits = breaks(values)
    lows, highs = [0.0, *limits], [*limits, 1e9]
    if not limits:
        return _single(_symbol(0, kind, {"color": _rgba(NO_DATA_COLOUR)}), kind)
    ranges = "".join(
        f'<range symbol="{i}" lower="{low:.10g}" upper="{high:.10g}" render="true" label='
        f"{quoteattr(f'{low:g} - {high:g} {unit}' if high < 1e9 else f'over {low:g} {unit}')}/>"
        for i, (low, high) in enumerate(zip(lows, highs, strict=True))
    )
    outline = {"outline_color": "255,255,255,255", "outline_width": "0.15", "size": "2"}
    symbols = "".join(
        _symbol(i, kind, {"color": _rgba(RAMP[min(i, len(RAMP) - 1)]), **outline}) for i in range(len(lows))
    )
    body = f"<ranges>{ranges}</ranges><symbols>{symbols}</symbols>"
    return _document("graduatedSymbol", f'attr="{column}" graduatedMethod="GraduatedColor"', body, kind)


def _flows(column: str, colour: str, top: float) -> str:
    width = f'0.15 + 1.6 * sqrt(coalesce("{column}", 0) / {max(top, 1e-9):.6g})'
    look = {"line_color": _rgba(colour, 140), "line_width": "0.4", "capstyle": "round"}
    return _single(_symbol(0, "line", look, {"outlineWidth": width}), "line")


def _desire_lines(plan: Plan) -> str:
    amounts = {"patients": float(plan.trips["referred"].max() or 0), "cells": float(plan.lanes["patients"].max() or 0)}
    looks = {"patients": (TRIP_COLOUR, "solid"), "cells": (LANE_COLOUR, "dash")}
    symbols = [
        _symbol(i, "line", {"line_color": _rgba(colour, 150), "line_style": dash, "capstyle": "round"},
                {"outlineWidth": f'0.15 + 1.6 * sqrt(coalesce("patients", 0) / {max(amounts[kind], 1e-9):.6g})'})
        for i, (kind, (colour, dash)) in enumerate(looks.items())
    ]  # fmt: skip
    labels = ["patients to hospitals", "cells to units (straight lines)"]
    return _categorized("kind", list(looks), labels, symbols, "line")


def _categorized(column: str, values: list[str], labels: list[str], symbols: list[str], kind: str) -> str:
    categories = "".join(
        f'<category symbol="{i}" value={quoteattr(value)} label={quoteattr(label)} render="true"/>'
        for i, (value, label) in enumerate(zip(values, labels, strict=True))
    )
    body = f"<categories>{categories}</categories><symbols>{''.join(symbols)}</symbols>"
    return _document("categorizedSymbol", f'attr="{column}"', body, kind)


def _single(symbol: str, kind: str) -> str:
    return _document("singleSymbol", "", f"<symbols>{symbol}</symbols>", kind)


def _document(renderer: str, attributes: str, body: str, kind: str) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.16" styleCategories="Symbology">'
        f'<renderer-v2 type="{renderer}" {attributes} symbollevels="0" enableorderby="0" forceraster="0">'
        f"{body}</renderer-v2><layerGeometryType>{GEOMETRY_CODES[kind]}</layerGeometryType></qgis>"
    )


def _symbol(number: int, kind: str, look: dict[str, str], expressions: dict[str, str] | None = None) -> str:
    properties = "".join(f"<prop k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in look.items())
    return (
        f'<symbol type="{kind}" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{SYMBOL_LAYERS[kind]}" enabled="1" locked="0" pass="0">{properties}'
        f"{_data_defined(expressions or {})}</layer></symbol>"
    )


def _data_defined(expressions: dict[str, str]) -> str:
    properties = "".join(
        f'<Option type="Map" name="{key}"><Option type="bool" name="active" value="true"/>'
        f'<Option type="QString" name="expression" value={quoteattr(expression)}/>'
        '<Option type="int" name="type" value="3"/></Option>'
        for key, expression in expressions.items()
    )
    return (
        '<data_defined_properties><Option type="Map"><Option type="QString" name="name" value=""/>'
        f'<Option type="Map" name="properties">{properties}</Option>'
        '<Option type="QString" name="type" value="collection"/></Option></data_defined_properties>'
    )


def _rgba(colour: str, alpha: int = 255) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + f",{alpha}"


def class_style(column: str, colours: dict[str, str], kind: str) -> str:
    """Return the QML of a layer of points or polygons, coloured by the values of a column; each is its own label."""
    if kind.endswith("Point"):
        return point_style(column, colours)
    symbols = [
        _symbol(k, "fill", {"color": _rgba(colour), "outline_color": "255,255,255,255", "outline_width": "0.15"})
        for k, colour in enumerate(colours.values())
    ]
    return _categorized(column, list(colours), list(colours), symbols, "fill")


def point_style(column: str, colours: dict[str, str], size: str = "3") -> str:
    """Return the QML of a layer of points, coloured by the values of a column.

    Parameters
    ----------
    column : str
        Column with the values.
    colours : dict of str to str
        Value -> ``#rrggbb``; the value is its own label.
    size : str
        QGIS expression of the size in millimetres.
    """
    symbols = [
        _symbol(k, "marker", {"color": _rgba(colour), "outline_color": "255,255,255,255", "name": "circle"},
                {"size": size})
        for k, colour in enumerate(colours.values())
    ]  # fmt: skip
    return _categorized(column, list(colours), list(colours), symbols, "marker")
