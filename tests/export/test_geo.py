"""GeoPackage and GeoJSON, read back as others read them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
import pytest
import shapely

from siting.export.fields import FIELDS, GEOMETRY_TYPES
from siting.export.geo import write_geojson, write_geopackage
from siting.export.layers import TITLES
from siting.export.styles import style_of
from tests.export.fake_plan import CRS, EVIL, emptied, fake_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


@pytest.fixture
def package(plan: SimpleNamespace, tmp_path: Path) -> Path:
    """Write the GeoPackage of the small plan."""
    path = tmp_path / "network.gpkg"
    write_geopackage(plan, path)
    return path


def _query(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_layers_and_geometry_types(package: Path) -> None:
    """Tables, and what is drawn from them, with their geometry, in WGS 84; the table of styles has none."""
    layers = {str(name): kind for name, kind in pyogrio.list_layers(package)}
    assert layers == {"openings": "Point", "candidates": "Point", "areas": "MultiPolygon", "trips": "LineString",
                      "lanes": "LineString", "desire_lines": "LineString", "catchments_hospital": "MultiPolygon",
                      "catchments_unit": "MultiPolygon", "borders": "MultiLineString",
                      "layer_styles": None}  # fmt: skip
    assert {gpd.read_file(package, layer=layer).crs.to_epsg() for layer in layers if layers[layer]} == {4326}


def test_version_is_1_3(package: Path) -> None:
    """The file says GeoPackage 1.3 (user_version 10300), which older GIS open without a warning."""
    assert _query(package, "PRAGMA user_version") == [(10300,)]


@pytest.mark.parametrize("make", [fake_plan, lambda: emptied(fake_plan())], ids=["full", "empty"])
def test_column_types(make, tmp_path: Path) -> None:
    """Integers, numbers, booleans and texts have those types in the file, also in layers without rows."""
    path = tmp_path / "network.gpkg"
    write_geopackage(make(), path)
    types = {"text": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "BOOLEAN"}
    for layer in GEOMETRY_TYPES:
        found = {name: kind for _, name, kind, *_ in _query(path, f"PRAGMA table_info({layer})")}
        for field in FIELDS[layer]:
            assert found[field.name.format(distance="mi")].startswith(types[field.kind]), (layer, field.name)


def test_ids_and_missing_values_survive(package: Path) -> None:
    """Leading zeros stay, a plant without a limit has no capacity, an unserved area no distance."""
    openings = gpd.read_file(package, layer="openings").set_index("site_id")
    assert list(openings.index) == ["001", "002", "C1"]
    assert openings["capacity_starts_per_year"].isna().tolist() == [False, False, True]
    assert openings.loc["002", "name"] == EVIL
    areas = gpd.read_file(package, layer="areas").set_index("area_id")
    assert areas["distance_mi"].isna().tolist() == [False] * 8 + [True]


def test_areas_take_polygons_of_the_study_first(tmp_path: Path) -> None:
    """Polygons that the areas table itself gave are used before an outline layer, joined by id and not by position."""
    squares = fake_plan().outlines["counties"].set_index("id").geometry.iloc[::-1]
    own = gpd.GeoSeries(shapely.buffer(squares.to_numpy(), 0.1), index=squares.index, crs=CRS)
    path = tmp_path / "network.gpkg"
    write_geopackage(fake_plan(area_shapes=own), path)
    areas = gpd.read_file(path, layer="areas").set_index("area_id")
    assert areas.geometry["01"].bounds == pytest.approx((-100.1, 29.9, -98.9, 31.1))


def test_areas_without_outlines_are_points(tmp_path: Path) -> None:
    """A study without polygons gets points."""
    path = tmp_path / "network.gpkg"
    write_geopackage(fake_plan(outlines={}), path)
    assert pyogrio.read_info(path, layer="areas")["geometry_type"] == "Point"


def test_an_area_without_outline_is_said(tmp_path: Path) -> None:
    """One area is missing from the outlines: its row stays, without geometry, and the layer's description counts it."""
    outlines = fake_plan().outlines
    outlines["counties"] = outlines["counties"].iloc[1:]
    path = tmp_path / "network.gpkg"
    write_geopackage(fake_plan(outlines=outlines), path)
    assert gpd.read_file(path, layer="areas").geometry.isna().sum() == 1
    [(description,)] = _query(path, "SELECT description FROM gpkg_contents WHERE table_name = 'areas'")
    assert "Areas without an outline, and so without geometry: 1." in description


def test_proof_travels_into_every_layer(package: Path) -> None:
    """Each layer's description says that the plan is not proven optimal."""
    rows = _query(package, "SELECT description FROM gpkg_contents WHERE data_type = 'features'")
    assert len(rows) == 9
    assert all("Not proven optimal: at most 2.80 % from the best possible plan" in text for (text,) in rows)


def test_columns_are_described_with_units(package: Path) -> None:
    """The schema extension holds a sentence and a unit for the columns."""
    rows = dict(_query(package, "SELECT column_name, description FROM gpkg_data_columns WHERE table_name = 'openings'"))
    assert rows["cost_per_year"] == (
        "Yearly cost, with the price of patients lost by delay and quality. Unit: USD 2025/year."
    )
    assert set(rows) == {field.name for field in FIELDS["openings"]}


def test_styles_are_embedded_as_defaults(package: Path) -> None:
    """Every layer has one default style; the table is registered as attributes, which QGIS asks for."""
    rows = _query(package, "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles")
    assert [row[:3] for row in rows] == [(name, "geom", 1) for name in TITLES]
    assert all(ET.fromstring(qml).tag == "qgis" for *_, qml in rows)
    assert _query(package, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'") == [("attributes",)]


def test_style_of_openings_has_a_category_for_each_mode(plan: SimpleNamespace) -> None:
    """Modes are the categories, each with a symbol of its own, and the size follows the batches."""
    root = ET.fromstring(style_of(plan, "openings", has_polygons=True))
    assert [one.get("value") for one in root.iter("category")] == ["owned", "franchise", "central"]
    assert len(list(root.iter("symbol"))) == 3
    assert "starts_per_year" in ET.tostring(root, encoding="unicode")


def test_ogrinfo_opens_it_without_warnings(package: Path) -> None:
    """GDAL's own command reads all layers and says nothing on stderr."""
    command = shutil.which("ogrinfo")
    if command is None:
        pytest.skip("ogrinfo (GDAL's command line) is not installed")
    run = subprocess.run([command, "-ro", "-so", "-al", str(package)], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    assert run.stdout.count("Layer name:") == 10
    assert "platforms: Integer64" in run.stdout
    assert "is_central: Integer(Boolean)" in run.stdout


@pytest.fixture
def geojson(plan: SimpleNamespace, tmp_path: Path) -> Path:
    """Write the GeoJSON file of the small plan, one hospital at a position with many decimals."""
    plan.openings = plan.openings.set_geometry(plan.openings.geometry.translate(1e-9 / 3, 0.123456789))
    write_geojson(plan, tmp_path / "openings.geojson")
    return tmp_path / "openings.geojson"


def test_geojson_follows_rfc_7946(geojson: Path) -> None:
    """No crs member, longitude first, at most 7 decimals, strict JSON (no NaN)."""
    text = geojson.read_text(encoding="utf-8")
    collection = json.loads(text, parse_constant=pytest.fail)
    assert "crs" not in collection
    assert collection["type"] == "FeatureCollection"
    # 30.6 + 0.123456789 = 30.723456789, 7 decimals: 30.7234568.
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [-99.4, 30.7234568]}
    assert all(feature["type"] == "Feature" for feature in collection["features"])


def test_geojson_keeps_types_and_proof(geojson: Path) -> None:
    """Ids are text, counts integers, flags booleans, unknown is null; the file itself says it is not proven."""
    collection = json.loads(geojson.read_text(encoding="utf-8"))
    first, _, plant = (feature["properties"] for feature in collection["features"])
    assert (first["site_id"], first["platforms"], first["is_central"]) == ("001", 3, False)
    assert type(first["platforms"]) is int
    assert plant["utilization"] is None
    assert collection["proof"].startswith("Not proven optimal")
    assert len(gpd.read_file(geojson)) == 3


def test_geojson_is_written_in_wgs84(tmp_path: Path) -> None:
    """Openings in another CRS are turned into longitude and latitude."""
    plan = fake_plan()
    plan.openings = plan.openings.to_crs("EPSG:3857")
    write_geojson(plan, tmp_path / "openings.geojson")
    first = json.loads((tmp_path / "openings.geojson").read_text())["features"][0]
    assert first["geometry"]["coordinates"] == pytest.approx([-99.4, 30.6], abs=1e-6)


def test_it_keeps_the_rules_of_geopackage(package: Path) -> None:
    """GDAL's validator finds nothing against the standard, and every layer has a spatial index."""
    found = subprocess.run(["/usr/bin/python3", "-c", "import osgeo_utils.samples.validate_gpkg"], check=False)
    if found.returncode:
        pytest.skip("GDAL's validate_gpkg (Debian's python3-gdal) is not installed")
    command = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", "--extra", str(package)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    rows = _query(package, "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'")
    assert {name for (name,) in rows} == set(TITLES)


def test_metadata_say_how_good_the_plan_is(package: Path) -> None:
    """The file's own metadata hold status, gap, proof and how much is assumed; 345,678.9 / 12,345,678.9 is 0.028."""
    [(text,)] = _query(package, "SELECT metadata FROM gpkg_metadata WHERE md_scope = 'dataset'")
    items = {one.get("key"): one.text for one in ET.fromstring(text).iter() if one.get("key")}
    assert items["status"] == "feasible"
    assert float(items["gap"]) == pytest.approx(345_678.9 / 12_345_678.9)
    assert items["proof"].startswith("Not proven optimal")
    assert items["assumptions"] == "1 of 1 parameter"
    assert items["money"] == "USD, prices of 2025"
