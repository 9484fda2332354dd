"""The formats of `siting export`: what each is called, who writes it and what it cannot hold."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from siting.errors import Problem, StudyError
from siting.export.convert import HOLDS_ALL, Change, converted
from siting.export.geo import facts, write_geojson, write_geopackage
from siting.export.kml import write_kml
from siting.export.project import write_project
from siting.export.shapefile import write_shapefiles, zipped
from siting.export.tables import write_csv, write_workbook
from siting.plan.proof import proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from siting.export.layers import Layer
    from siting.plan.plan import Plan

    Write = Callable[[Plan, Sequence[Layer], Path], list[Change]]


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes
    ----------
    name : str
        File or folder in a folder of several formats.
    suffix : str
        Suffix by which a single file asks for it.
    write : callable
        Writes a plan's layers to a path; what it returns was converted.
    one_layer : bool
        Whether a file holds one layer, so that several layers make a folder.
    words : str
        What it is and what it cannot hold.
    """

    name: str
    suffix: str
    write: Write
    one_layer: bool
    words: str


def _flatgeobuf(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    [layer] = layers
    rows, description = layer.read()
    rows, changes = converted(rows, layer.name, HOLDS_ALL)
    # The spatial index of FlatGeobuf has no room for rows without geometry.
    index = "NO" if rows.geometry.isna().any() else "YES"
    pyogrio.write_dataframe(
        rows, path, driver="FlatGeobuf", layer=layer.name, geometry_type=layer.kind,
        promote_to_multi=layer.kind.startswith("Multi"),
        layer_options={"SPATIAL_INDEX": index, "TITLE": layer.title, "DESCRIPTION": f"{description} {proof(plan)}."},
    )  # fmt: skip
    return changes


def _parquet(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    """Write GeoParquet 1.1 with a box for each row; meaning and unit of columns are in the Arrow schema."""
    [layer] = layers
    rows, description = layer.read()
    rows, changes = converted(rows, layer.name, HOLDS_ALL)
    rows.to_parquet(path, index=False, schema_version="1.1.0", write_covering_bbox=True)
    table = pq.read_table(path)
    about = {field.name: {"description": field.description, "unit": field.unit} for field in layer.fields}
    schema = pa.schema([field.with_metadata(about.get(field.name)) for field in table.schema], table.schema.metadata)
    words = {"title": layer.title, "description": description, "plan": facts(plan)}
    metadata = {**(table.schema.metadata or {}), b"siting": json.dumps(words, ensure_ascii=False).encode()}
    pq.write_table(table.cast(schema.with_metadata(metadata)), path)
    return changes


def _geojson(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    [layer] = layers
    return write_geojson(plan, path, layer)


def _shapefiles(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    """Write a folder of Shapefiles with its fields.csv, packed if the path says so."""
    if path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(dir=path.parent) as draft:
            folder = Path(draft) / path.stem
            changes = _shapefiles(plan, layers, folder)
            zipped(folder, path)
        return changes
    changes = write_shapefiles(plan, layers, path)
    field_table({"shp": changes}, layers).to_csv(path / FIELDS_FILE, index=False, encoding="utf-8", lineterminator="\n")
    return changes


def _package(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    return write_geopackage(plan, path, layers)


def _qgis(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    """Write a project and the GeoPackage that it shows, unless that is there already."""
    package = path.with_suffix(".gpkg")
    changes = [] if package.exists() else write_geopackage(plan, package, layers)
    write_project(plan, layers, path)
    return changes


def _workbook(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    write_workbook(plan, path)
    return []


def _csv(plan: Plan, layers: Sequence[Layer], path: Path) -> list[Change]:
    write_csv(plan, path)
    return []


FIELDS_FILE = "fields.csv"
FORMATS = {
    "gpkg": Format("network.gpkg", ".gpkg", _package, False, "GeoPackage 1.3: all layers, types, units, styles."),
    "qgz": Format("network.qgz", ".qgz", _qgis, False, "QGIS project ready to print, with the GeoPackage it shows."),
    "geojson": Format("geojson", ".geojson", _geojson, True, "GeoJSON (RFC 7946), a file a layer; times are text."),
    "fgb": Format("flatgeobuf", ".fgb", _flatgeobuf, True,
                  "FlatGeobuf, a file a layer; rows are in the order of the spatial index."),
    "parquet": Format("geoparquet", ".parquet", _parquet, True, "GeoParquet 1.1, a file a layer; no styles."),
    "kml": Format("network.kml", ".kml", write_kml, False, "KML 2.2 for Google Earth; times are text; colours only."),
    "shp": Format("shapefile", ".zip", _shapefiles, False,
                  "Shapefiles; names of 10 characters, texts of 254 bytes, no yes and no; see its README.txt."),
    "xlsx": Format("plan.xlsx", ".xlsx", _workbook, False, "Excel workbook with a data dictionary; no geometry."),
    "csv": Format("tables", "", _csv, False, "CSV files; no geometry."),
}  # fmt: skip
"""Formats by the name that ``--format`` takes."""
BY_SUFFIX = {one.suffix: name for name, one in FORMATS.items() if one.suffix} | {".json": "geojson"}
"""Formats by the suffix of a file."""
TABLES_ONLY = ("xlsx", "csv")
"""Formats that hold the tables and not the layers."""
ALONGSIDE = {".qgz": (".gpkg",)}
"""Files that a format writes beside the one that is asked for."""


def formats_of(names: Iterable[str]) -> dict[str, Format]:
    """Return formats by name, without regard to case or a leading dot.

    Raises
    ------
    StudyError
        None, or one that does not exist; the message lists those that do.
    """
    asked = [name.strip().lower().lstrip(".") for name in names if name.strip()]
    asked = [BY_SUFFIX.get(f".{name}", name) for name in asked]
    unknown = tuple(name for name in asked if name not in FORMATS)
    if unknown or not asked:
        what = "there is no such format" if unknown else "names no format"
        raise StudyError([Problem("--format", what, f"choose from {', '.join(FORMATS)}", unknown)])
    # The project comes after the package that it would otherwise write itself.
    return {name: FORMATS[name] for name in FORMATS if name in asked}


def write_formats(
    plan: Plan, formats: dict[str, Format], layers: Sequence[Layer], folder: Path
) -> dict[str, list[Change]]:
    """Write formats into an existing folder, with fields.csv and README.txt.

    Returns
    -------
    dict of str to list of Change
        What each format holds under another name or as another type.
    """
    changes: dict[str, list[Change]] = {}
    for name, one in formats.items():
        if not one.one_layer:
            changes[name] = one.write(plan, layers, folder / one.name)
            continue
        (folder / one.name).mkdir()
        parts = [one.write(plan, [layer], folder / one.name / f"{layer.name}{one.suffix}") for layer in layers]
        changes[name] = [change for part in parts for change in part]
    field_table(changes, layers).to_csv(folder / FIELDS_FILE, index=False, encoding="utf-8", lineterminator="\n")
    (folder / "README.txt").write_text(_readme(plan, formats, layers, changes), encoding="utf-8")
    return changes


def field_table(changes: dict[str, list[Change]], layers: Sequence[Layer]) -> pd.DataFrame:
    """Return a row for each column of each layer and format: its name in the file, type, unit, meaning, conversion."""
    rows = []
    for name, changed in changes.items():
        if name in TABLES_ONLY:
            continue
        said = {(change.layer, change.column): change for change in changed}
        for layer in layers:
            known = {field.name: field for field in layer.fields}
            others = [column for where, column in said if where == layer.name and column not in known]
            for column in [*known, *others]:
                field, change = known.get(column), said.get((layer.name, column))
                rows.append(
                    {
                        "format": name, "layer": layer.name, "column": column,
                        "name_in_file": change.name if change else column, "type": field.kind if field else "",
                        "unit": field.unit if field else "", "description": field.description if field else "",
                        "converted": change.what if change else "",
                    }
                )  # fmt: skip
    columns = ["format", "layer", "column", "name_in_file", "type", "unit", "description", "converted"]
    return pd.DataFrame(rows, columns=columns)


def _readme(plan: Plan, formats: dict[str, Format], layers: Sequence[Layer], changes: dict[str, list[Change]]) -> str:
    lines = [f"{key}: {value}" for key, value in facts(plan).items()]
    lines += ["", "Files:", *(f"- {one.name}: {one.words}" for one in formats.values())]
    lines += ["", "Layers:", *(f"- {layer.name}: {layer.title}. {layer.description}" for layer in layers)]
    said = [f"- {name}: {change}" for name, changed in changes.items() for change in changed if name != "shp"]
    lines += ["", "Converted columns:", *said] if said else []
    lines += ["", f"{FIELDS_FILE} gives name, type, unit and meaning of every column.", ""]
    return "\n".join(lines)
