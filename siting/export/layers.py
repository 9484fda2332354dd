"""The layers of a plan, each with its fields, its words and its style, for every format that holds geometry."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio

from siting.errors import Problem, StudyError
from siting.export.catchments import catchments
from siting.export.fields import GEOMETRY_TYPES, Field, as_declared, fields_of, kind_of, typed
from siting.export.flows import desire_lines
from siting.export.shapes import WGS84, area_shapes, border_layers
from siting.export.styles import plain_style, style_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from siting.plan.plan import Plan

    Made = tuple[gpd.GeoDataFrame, str]

TITLES = {
    "openings": ("Units and plants in use",
                 "Units the plan opens and central plants it uses, one row for each period."),
    "candidates": ("Hospitals and plants", "Hospitals and plants the plan could choose from."),
    "areas": ("Areas by mean trip", "Where patients live, with what the plan means for them."),
    "trips": ("Trips by product and period", "Patients from area to hospital."),
    "lanes": ("Lanes by product and period", "Cells from hospital to unit."),
    "desire_lines": ("Patients and cells a year", "Patients from area to hospital and cells from hospital to unit, "
                     "summed over products, in a mean year, as straight lines."),
    "catchments_hospital": ("Catchments of hospitals", "Areas by the hospital that most of their patients go to."),
    "catchments_unit": ("Catchments of units", "Areas by the unit or plant that makes most of their patients' cells."),
    "borders": ("Borders", "Outlines of the study that orient the reader."),
}  # fmt: skip
"""Title and description of each layer, in the order of the GeoPackage."""


@dataclass(frozen=True)
class Layer:
    """One layer for a GIS.

    Attributes
    ----------
    name, title, description : str
        Name in files, name for people, one sentence.
    kind : str
        Geometry type: Point, LineString, MultiPolygon and so on.
    fields : tuple of Field
        Declared columns; a column without a declaration is written as it is.
    style : str
        QGIS style (QML).
    make : callable
        Returns the rows in EPSG:4326, and a note on them that follows the description; empty if there is none.
    is_added : bool
        Whether it comes from another file than the plan, such as a comparison.
    """

    name: str
    title: str
    description: str
    kind: str
    fields: tuple[Field, ...]
    style: str
    make: Callable[[], Made]
    is_added: bool = False

    def read(self) -> Made:
        """Return the rows with declared columns typed, and the whole description with its note; made only once."""
        return self._content

    @cached_property
    def _content(self) -> Made:
        rows, note = self.make()
        return as_declared(rows, self.fields), f"{self.description} {note}".rstrip()


def plan_layers(plan: Plan, added: Sequence[Layer] = ()) -> list[Layer]:
    """Return the layers of a plan, then those added to it.

    Parameters
    ----------
    plan : Plan
        The plan.
    added : sequence of Layer
        Further layers, such as `read_layers` returns them.

    Raises
    ------
    StudyError
        Two layers have one name.
    """
    shapes = area_shapes(plan)
    kinds = GEOMETRY_TYPES | {"areas": "Point" if shapes is None else "MultiPolygon"}
    makers: dict[str, Callable[[], Made]] = {table: _table_maker(plan, table, shapes) for table in GEOMETRY_TYPES}
    makers["desire_lines"] = lambda: desire_lines(plan)
    makers["catchments_hospital"] = lambda: catchments(plan, "hospital")
    makers["catchments_unit"] = lambda: catchments(plan, "unit")
    kinds |= {"desire_lines": "LineString", "catchments_hospital": "MultiPolygon", "catchments_unit": "MultiPolygon"}
    if border_layers(plan):
        makers["borders"] = lambda: (_borders(plan), "")
        kinds["borders"] = "MultiLineString"
    layers = [
        Layer(name, *TITLES[name], kinds[name], fields_of(plan, name),
              style_of(plan, name, has_polygons=shapes is not None), make)
        for name, make in makers.items()
    ]  # fmt: skip
    result = [*layers, *added]
    names = [layer.name.lower() for layer in result]
    twice = tuple(sorted({name for name in names if names.count(name) > 1}))
    if twice:
        raise StudyError([Problem("--add", "two layers have one name", "rename one of them", twice)])
    return result


def _table_maker(plan: Plan, table: str, shapes: gpd.GeoSeries | None) -> Callable[[], Made]:
    def make() -> Made:
        rows = typed(plan, table).to_crs(WGS84)
        if table != "areas" or shapes is None:
            return rows, ""
        missing = int(shapes.isna().sum())
        attributes = pd.DataFrame(rows.drop(columns=rows.geometry.name))
        note = f"Areas without an outline, and so without geometry: {missing:,}." if missing else ""
        return gpd.GeoDataFrame(attributes, geometry=shapes.to_numpy(), crs=WGS84), note

    return make


def _borders(plan: Plan) -> gpd.GeoDataFrame:
    """Return the borders as lines, each common border once."""
    layers = border_layers(plan)
    lines = [
        (shapes.boundary if shapes.geom_type.str.endswith("Polygon").all() else shapes).union_all()
        for shapes in (layer.dropna() for layer in layers.values())
    ]
    return gpd.GeoDataFrame({"layer": list(layers)}, geometry=lines, crs=WGS84)


def read_layers(path: str | Path) -> list[Layer]:
    """Return the layers of a GeoPackage with their descriptions and QGIS styles, to be added to an export.

    ``siting compare`` and ``siting alternatives`` write such files.

    Parameters
    ----------
    path : str or Path
        A GeoPackage.

    Returns
    -------
    list of Layer
        In EPSG:4326.

    Raises
    ------
    StudyError
        The file cannot be read, has no layer with geometry, or a layer has no CRS.
    """
    path = Path(path)
    try:
        kinds = {str(name): str(kind) for name, kind in pyogrio.list_layers(path) if kind is not None}
        tables = {name: gpd.read_file(path, layer=name) for name in kinds}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise StudyError([Problem(str(path), f"cannot be read: {error}", "name a GeoPackage")]) from error
    problems = [
        Problem(str(path), f"layer {name} has no CRS", "set one, such as EPSG:4326")
        for name, rows in tables.items()
        if rows.crs is None
    ]
    if not tables:
        problems = [Problem(str(path), "holds no layer with geometry", "name a GeoPackage with one")]
    if problems:
        raise StudyError(problems)
    return [_read_layer(path, name, kinds[name], rows.to_crs(WGS84)) for name, rows in tables.items()]


def _read_layer(path: Path, name: str, kind: str, rows: gpd.GeoDataFrame) -> Layer:
    described = _ask(path, "gpkg_data_columns", "column_name, description", "table_name", name)
    columns = {row[0]: row[1] for row in described}
    [(title, words)] = _ask(path, "gpkg_contents", "identifier, description", "table_name", name) or [(name, "")]
    styles = _ask(path, "layer_styles", "styleQML", "f_table_name", name)
    fields = tuple(
        Field(str(column), kind_of(rows[column]), columns.get(column) or "")
        for column in rows.columns.drop(rows.geometry.name)
        if kind_of(rows[column]) != "text" or pd.api.types.is_string_dtype(rows[column])
    )
    title = title or name
    title = title.replace("_", " ").capitalize() if title == name else title
    style = styles[0][0] if styles and styles[0][0] else plain_style(kind)
    return Layer(name, title, words or "", kind, fields, style, lambda: (rows, ""), is_added=True)


def _ask(path: Path, table: str, columns: str, key: str, value: str) -> list[tuple[str, ...]]:
    """Return columns of the rows of one layer; nothing where the file has no such table."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(f"SELECT {columns} FROM {table} WHERE {key} = ?", (value,)).fetchall()
        except sqlite3.Error:
            return []
