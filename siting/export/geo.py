"""GeoPackage and GeoJSON: what a GIS opens."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio

from siting.export.fields import GEOMETRY_TYPES, fields_of, typed
from siting.export.manifest import plain
from siting.export.shapes import WGS84, area_shapes
from siting.export.styles import style_of
from siting.plan.proof import proof

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan

DESCRIPTIONS = {
    "openings": "Units the plan opens and central plants it uses, one row for each period.",
    "candidates": "Hospitals and plants the plan could choose from.",
    "areas": "Where patients live, with what the plan means for them.",
    "trips": "Patients from area to hospital.",
    "lanes": "Cells from hospital to unit.",
}
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


def write_geopackage(plan: Plan, path: Path) -> None:
    """Write network.gpkg: GeoPackage 1.3 with five typed layers, their QGIS styles and their column descriptions.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    path : Path
        File that does not exist yet.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    shapes = area_shapes(plan)
    for table, kind in GEOMETRY_TYPES.items():
        rows = typed(plan, table)
        description = f"{DESCRIPTIONS[table]} {proof(plan)}."
        if table == "areas" and shapes is not None:
            rows, kind = _with_polygons(rows, shapes), "MultiPolygon"
            missing = int(shapes.isna().sum())
            description += f" {missing} areas without an outline have no geometry." if missing else ""
        _write_layer(rows, path, table, kind, description)
    _write_styles(plan, path, has_polygons=shapes is not None)
    _describe_columns(plan, path)


def _with_polygons(rows: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    attributes = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    return gpd.GeoDataFrame(attributes, geometry=shapes.to_numpy(), crs=WGS84)


def _write_layer(rows: gpd.GeoDataFrame, path: Path, layer: str, kind: str, description: str) -> None:
    # GDAL 3.6 and QGIS 3.22 warn about GeoPackage 1.4, which newer GDAL writes unless told otherwise.
    pyogrio.write_dataframe(
        rows.to_crs(WGS84), path, layer=layer, driver="GPKG", geometry_type=kind,
        promote_to_multi=kind.startswith("Multi"), dataset_options={"VERSION": "1.3"},
        layer_options={"DESCRIPTION": description, "GEOMETRY_NAME": "geom"}, append=False,
    )  # fmt: skip


def _write_styles(plan: Plan, path: Path, *, has_polygons: bool) -> None:
    styles = pd.DataFrame(
        {
            "f_table_catalog": "", "f_table_schema": "", "f_table_name": list(GEOMETRY_TYPES),
            "f_geometry_column": "geom", "styleName": list(GEOMETRY_TYPES),
            "styleQML": [style_of(plan, table, has_polygons=has_polygons) for table in GEOMETRY_TYPES],
            "styleSLD": "", "useAsDefault": True, "description": "", "owner": "", "ui": "",
            "update_time": pd.Timestamp.now(tz="UTC").floor("s"),
        }
    )  # fmt: skip
    # A layer without geometry gets its row of type "attributes" in gpkg_contents, which QGIS asks for.
    pyogrio.write_dataframe(styles, path, layer="layer_styles", driver="GPKG", layer_options={"FID": "id"})


def _describe_columns(plan: Plan, path: Path) -> None:
    rows = [
        (table, field.name, f"{field.description}{f' Unit: {field.unit}.' if field.unit else ''}")
        for table in GEOMETRY_TYPES
        for field in fields_of(plan, table)
        if field.name in getattr(plan, table)
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA_TABLES)
        connection.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, description) VALUES (?, ?, ?)", rows
        )


def write_geojson(plan: Plan, path: Path) -> None:
    """Write openings.geojson by RFC 7946: longitude and latitude, WGS 84, 7 decimals, no ``crs`` member.

    The top level carries ``status``, ``gap`` and ``proof`` as foreign members, which RFC 7946 section 6.1 allows.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    path : Path
        File to write.
    """
    rows = typed(plan, "openings")
    points = rows.geometry.to_crs(WGS84)
    records = rows.drop(columns=rows.geometry.name).astype(object).where(lambda table: table.notna(), None)
    collection = {
        "type": "FeatureCollection",
        "status": plan.status,
        "gap": plain(plan.gap),
        "proof": proof(plan),
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [round(point.x, 7), round(point.y, 7)]},
                "properties": plain(record),
            }
            for point, record in zip(points, records.to_dict("records"), strict=True)
        ],
    }
    path.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False), encoding="utf-8")
