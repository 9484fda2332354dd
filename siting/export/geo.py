"""GeoPackage and GeoJSON: what a GIS opens."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyogrio
import shapely

from siting.export.convert import HOLDS_ALL, Change, converted
from siting.export.layers import plan_layers
from siting.export.manifest import plain
from siting.plan.proof import proof
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import geopandas as gpd

    from siting.export.layers import Layer
    from siting.plan.plan import Plan

SCHEMA_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
    description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
    min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_extensions VALUES
    ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec120/#extension_schema', 'read-write'),
    ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec120/#extension_schema',
     'read-write');
"""


def facts(plan: Plan) -> dict[str, str]:
    """Return what a reader must know about a plan, as texts for the metadata of a file.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict of str to str
        ``title, status, proof, objective, bound, gap, money, distances, assumptions, notes``; unknown figures are left
        out.
    """
    network = plan.network
    assumed = int(plan.assumptions["is_assumption"].sum())
    figures = {"objective": plan.objective, "bound": plan.bound, "gap": plan.gap}
    return {
        "title": network.name,
        "status": plan.status,
        "proof": proof(plan),
        **{name: f"{value:.10g}" for name, value in figures.items() if plain(value) is not None},
        "money": f"{network.currency}, prices of {network.price_year}",
        "distances": network.distance_unit,
        "assumptions": f"{assumed:,} of {count(len(plan.assumptions), 'parameter')}",
        **({"notes": " ".join(network.notes)} if network.notes else {}),
    }


def write_geopackage(plan: Plan, path: Path, layers: Sequence[Layer] | None = None) -> list[Change]:
    """Write GeoPackage 1.3: typed layers with spatial index, descriptions, units, QGIS styles and metadata.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    path : Path
        File that does not exist yet.
    layers : sequence of Layer, optional
        Layers to write; by default those of the plan.

    Returns
    -------
    list of Change
        Columns that the file cannot hold as they are.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    return write_layers(plan_layers(plan) if layers is None else layers, path, facts(plan), f"{proof(plan)}.")


def write_layers(
    layers: Sequence[Layer], path: Path, metadata: dict[str, str] | None = None, ending: str = ""
) -> list[Change]:
    """Write layers as GeoPackage 1.3; see `write_geopackage`.

    Parameters
    ----------
    layers : sequence of Layer
        Layers to write.
    path : Path
        File that does not exist yet.
    metadata : dict of str to str, optional
        Metadata of the file.
    ending : str
        Follows the description of each layer that was not added.
    """
    changes: list[Change] = []
    columns: dict[str, list[str]] = {}
    with _without_waiting():
        for layer in layers:
            rows, description = layer.read()
            rows, changed = converted(rows, layer.name, HOLDS_ALL)
            changes += changed
            columns[layer.name] = [str(name) for name in rows.columns]
            words = description if layer.is_added else f"{description} {ending}".rstrip()
            _write_layer(rows, path, layer, words, metadata or {})
        _write_styles(layers, path)
    _describe_columns(layers, columns, path)
    return changes


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Let SQLite go on before the disk has each layer: the file takes its name only when it is whole."""
    option = "OGR_SQLITE_SYNCHRONOUS"
    before = pyogrio.get_gdal_config_option(option)
    pyogrio.set_gdal_config_options({option: "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({option: before})


def _write_layer(rows: gpd.GeoDataFrame, path: Path, layer: Layer, description: str, metadata: dict[str, str]) -> None:
    # GDAL 3.6 and QGIS 3.22 warn about GeoPackage 1.4, which newer GDAL writes unless told otherwise.
    pyogrio.write_dataframe(
        rows, path, layer=layer.name, driver="GPKG", geometry_type=layer.kind,
        promote_to_multi=layer.kind.startswith("Multi"), dataset_options={"VERSION": "1.3"},
        layer_options={"IDENTIFIER": layer.title, "DESCRIPTION": description, "GEOMETRY_NAME": "geom"}, append=False,
        dataset_metadata=None if path.exists() else metadata,
    )  # fmt: skip


def _write_styles(layers: Sequence[Layer], path: Path) -> None:
    names = [layer.name for layer in layers]
    styles = pd.DataFrame(
        {
            "f_table_catalog": "", "f_table_schema": "", "f_table_name": names, "f_geometry_column": "geom",
            "styleName": names, "styleQML": [layer.style for layer in layers], "styleSLD": "", "useAsDefault": True,
            "description": "", "owner": "", "ui": "", "update_time": pd.Timestamp.now(tz="UTC").floor("s"),
        }
    )  # fmt: skip
    # A layer without geometry gets its row of type "attributes" in gpkg_contents, which QGIS asks for.
    pyogrio.write_dataframe(styles, path, layer="layer_styles", driver="GPKG", layer_options={"FID": "id"})


def _describe_columns(layers: Sequence[Layer], columns: dict[str, list[str]], path: Path) -> None:
    rows = [
        (layer.name, field.name, f"{field.description}{f' Unit: {field.unit}.' if field.unit else ''}",
         f"{field.name} [{field.unit}]" if field.unit else field.name)
        for layer in layers
        for field in layer.fields
        if field.name in columns[layer.name]
    ]  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA_TABLES)
        connection.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, description, title) VALUES (?, ?, ?, ?)", rows
        )


def write_geojson(plan: Plan, path: Path, layer: Layer | None = None) -> list[Change]:
    """Write a layer as GeoJSON by RFC 7946: longitude and latitude, WGS 84, 7 decimals, no ``crs`` member.

    The top level carries ``status``, ``gap`` and ``proof`` as foreign members, which RFC 7946 section 6.1 allows.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    path : Path
        File to write.
    layer : Layer, optional
        The layer; openings by default.

    Returns
    -------
    list of Change
        Columns that the file cannot hold as they are.
    """
    layer = plan_layers(plan)[0] if layer is None else layer
    rows, _ = layer.read()
    rows, changes = converted(rows, layer.name, HOLDS_ALL - {"datetime"})
    # Outer rings run against the clock (section 3.1.6).
    shapes = shapely.orient_polygons(rows.geometry.to_numpy())
    records = rows.drop(columns=rows.geometry.name).astype(object).where(lambda table: table.notna(), None)
    collection = {
        "type": "FeatureCollection",
        "status": plan.status,
        "gap": plain(plan.gap),
        "proof": proof(plan),
        "features": [
            {"type": "Feature", "geometry": _geometry(shape), "properties": plain(record)}
            for shape, record in zip(shapes, records.to_dict("records"), strict=True)
        ],
    }
    path.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return changes


def _geometry(shape: shapely.Geometry | None) -> dict[str, Any] | None:
    if shape is None:
        return None
    mapped = shapely.geometry.mapping(shape)
    return {"type": mapped["type"], "coordinates": _rounded(mapped["coordinates"])}


def _rounded(values: Any) -> Any:
    return [_rounded(value) for value in values] if isinstance(values, tuple | list) else round(values, 7)
