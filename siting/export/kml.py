"""KML 2.2, for Google Earth and whatever reads it: a folder for each layer, typed data, colours by mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import shapely

from siting.export.convert import Change, converted
from siting.export.fields import kind_of
from siting.export.geo import facts
from siting.export.palette import CANDIDATE_COLOUR, LANE_COLOUR, TRIP_COLOUR, mode_colours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import geopandas as gpd

    from siting.export.layers import Layer
    from siting.plan.plan import Plan

SHOWN = ("openings", "candidates", "desire_lines", "catchments_unit")
"""Layers that are switched on when the file is opened."""
COLOURS = {"trips": TRIP_COLOUR, "desire_lines": TRIP_COLOUR, "lanes": LANE_COLOUR, "catchments_hospital": TRIP_COLOUR,
           "catchments_unit": LANE_COLOUR}  # fmt: skip
TYPES = {"boolean": "bool", "integer": "int", "number": "double", "text": "string"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_kml(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    """Write layers as one KML document.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    layers : sequence of Layer
        Layers to write.
    path : Path
        File to write.

    Returns
    -------
    list of Change
        Columns that the file cannot hold as they are.
    """
    about = "\n".join(f"{name}: {value}" for name, value in facts(plan).items())
    styles = mode_colours(plan) | {layer.name: COLOURS.get(layer.name, CANDIDATE_COLOUR) for layer in layers}
    changes: list[Change] = []
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>')
        file.write(f"<name>{_text(plan.network.name)}</name><description>{_text(about)}</description>")
        file.writelines(_style(name, colour) for name, colour in styles.items())
        tables = []
        for layer in layers:
            rows, description = layer.read()
            rows, changed = converted(rows, layer.name, {"boolean"})
            changes += changed
            tables.append((layer, rows, description))
            file.write(_schema(layer, rows))
        for layer, rows, description in tables:
            file.write(f"\n<Folder><name>{_text(layer.name)}</name><visibility>{int(layer.name in SHOWN)}</visibility>")
            file.write(f"<description>{_text(f'{layer.title}. {description}')}</description>")
            file.writelines(_placemarks(layer, rows, set(styles)))
            file.write("</Folder>")
        file.write("</Document></kml>\n")
    return changes


def _text(value: Any) -> str:
    return escape(_NOT_XML.sub(" ", str(value)))


def _style(name: str, colour: str) -> str:
    # KML writes colours as opacity, blue, green, red.
    mixed = f"{colour[5:7]}{colour[3:5]}{colour[1:3]}"
    return (
        f"<Style id={quoteattr(f'style-{name}')}><IconStyle><color>ff{mixed}</color></IconStyle>"
        f"<LineStyle><color>b0{mixed}</color><width>2</width></LineStyle>"
        f"<PolyStyle><color>40{mixed}</color></PolyStyle></Style>"
    )


def _schema(layer: Layer, rows: gpd.GeoDataFrame) -> str:
    fields = "".join(
        f"<SimpleField name={quoteattr(name)} type={quoteattr(TYPES[kind_of(rows[name])])}></SimpleField>"
        for name in rows.columns.drop(rows.geometry.name)
    )
    return f"<Schema name={quoteattr(layer.name)} id={quoteattr(layer.name)}>{fields}</Schema>"


def _placemarks(layer: Layer, rows: gpd.GeoDataFrame, styles: set[str]) -> Iterator[str]:
    columns = list(rows.columns.drop(rows.geometry.name))
    shown = int(layer.name in SHOWN)
    records = rows[columns].astype(object).where(rows[columns].notna(), None).to_dict("records")
    for shape, record in zip(rows.geometry, records, strict=True):
        style = record.get("mode") if record.get("mode") in styles else layer.name
        name = record.get("name") or " - ".join(str(record[c]) for c in ("from_name", "to_name") if record.get(c))
        data = "".join(
            f"<SimpleData name={quoteattr(key)}>{_text(_plain(value))}</SimpleData>"
            for key, value in record.items()
            if value is not None
        )
        yield (
            f"\n<Placemark><name>{_text(name or '')}</name><visibility>{shown}</visibility>"
            f"<styleUrl>{_text(f'#style-{style}')}</styleUrl><ExtendedData>"
            f"<SchemaData schemaUrl={quoteattr(f'#{layer.name}')}>{data}</SchemaData></ExtendedData>"
            f"{_geometry(shape) if shape is not None else ''}</Placemark>"
        )


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _coordinates(line: shapely.Geometry) -> str:
    return f"<coordinates>{' '.join(f'{x:.7f},{y:.7f}' for x, y in shapely.get_coordinates(line))}</coordinates>"


def _polygon(shape: shapely.Polygon) -> str:
    rings = [("outerBoundaryIs", shape.exterior), *(("innerBoundaryIs", ring) for ring in shape.interiors)]
    body = "".join(f"<{where}><LinearRing>{_coordinates(ring)}</LinearRing></{where}>" for where, ring in rings)
    return f"<Polygon>{body}</Polygon>"


_SINGLE: dict[str, Callable[[Any], str]] = {
    "Point": lambda shape: f"<Point>{_coordinates(shape)}</Point>",
    "LineString": lambda shape: f"<LineString><tessellate>1</tessellate>{_coordinates(shape)}</LineString>",
    "LinearRing": lambda shape: f"<LinearRing>{_coordinates(shape)}</LinearRing>",
    "Polygon": _polygon,
}


def _geometry(shape: shapely.Geometry) -> str:
    if shape.geom_type in _SINGLE:
        return _SINGLE[shape.geom_type](shape)
    return f"<MultiGeometry>{''.join(_geometry(part) for part in shapely.get_parts(shape))}</MultiGeometry>"
