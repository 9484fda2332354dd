"""Every format, read back by GDAL's own commands: counts, types, CRS, and values to the dollar."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyogrio.errors import DataSourceError

from siting.errors import StudyError
from siting.export.convert import converted, short_names
from siting.export.export import export, export_file, export_formats
from siting.export.fields import FIELDS
from siting.export.formats import FORMATS, formats_of
from siting.export.layers import plan_layers, read_layers
from siting.export.shapefile import SHORT
from tests.export.fake_plan import CRS, EVIL, emptied, fake_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

MONEY = ("capex", "cost_per_year", "host_income_per_year", "host_cost_per_year")
ALL = "gpkg,qgz,geojson,fgb,parquet,kml,shp,xlsx,csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small plan in all formats."""
    target = tmp_path_factory.mktemp("formats") / "all"
    export_formats(fake_plan(), target, ALL.split(","))
    return target


def _gdal(command: str, *words: object) -> str:
    if shutil.which(command) is None:
        pytest.skip(f"{command} (GDAL's command line) is not installed")
    run = subprocess.run([command, *map(str, words)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    return run.stdout


def _rows(file: Path, layer: str) -> list[dict[str, str]]:
    """Return a layer as ogr2ogr writes it to CSV: all values are text."""
    text = _gdal("ogr2ogr", "-f", "CSV", "/vsistdout/", file, layer, "-lco", "SEPARATOR=COMMA")
    rows = list(csv.DictReader(io.StringIO(text)))
    # FlatGeobuf keeps rows in the order of its spatial index.
    return sorted(rows, key=lambda row: row.get("site_id", ""))


FILES = {
    "gpkg": "network.gpkg", "geojson": "geojson/openings.geojson", "fgb": "flatgeobuf/openings.fgb",
    "kml": "network.kml", "shp": "shapefile/openings.shp",
}  # fmt: skip


@pytest.mark.parametrize("name", list(FILES))
def test_gdal_reads_units_to_the_dollar(folder: Path, name: str) -> None:
    """Three rows, ids with their zeros, hospital names as they were, money to the dollar, unknown capacity empty."""
    layer = "openings"
    found = _rows(folder / FILES[name], layer)
    assert len(found) == 3
    wanted = fake_plan().openings
    short = {field.name: SHORT.get(field.name, field.name) if name == "shp" else field.name for field in FIELDS[layer]}
    assert [row["site_id"] for row in found] == ["001", "002", "C1"]
    assert [row.get("name", row.get("Name")) for row in found] == ["Alpha General", EVIL, "Eastern Plant"]
    for column in MONEY:
        values = [float(row[short[column]]) for row in found]
        assert np.round(values).tolist() == wanted[column].tolist(), column
    assert [row[short["capacity_starts_per_year"]] for row in found][2] == ""
    flags = [row[short["is_central"]].lower() for row in found]
    assert flags in (["0", "0", "1"], ["false", "false", "true"])


@pytest.mark.parametrize("name", list(FILES))
def test_gdal_reads_crs_and_place(folder: Path, name: str) -> None:
    """WGS 84, longitude first: the units lie between 99.4 and 75 degrees west and 30.6 and 40 degrees north."""
    text = _gdal("ogrinfo", "-ro", "-so", folder / FILES[name], "openings")
    assert 'ID["EPSG",4326]' in text
    # LIBKML knows no extent without being told to count.
    if name != "kml":
        assert "Extent: (-99.400000, 30.600000) - (-75.000000, 40.000000)" in text
        assert "Feature Count: 3" in text


@pytest.mark.parametrize(("name", "number", "flag"), [
    ("gpkg", "capex: Real", "is_central: Integer(Boolean)"), ("fgb", "capex: Real", "is_central: Integer(Boolean)"),
    ("geojson", "capex: Real", "is_central: Integer(Boolean)"), ("kml", "capex: Real", "is_central: Integer"),
    ("shp", "capex: Real (24.15)", "is_central: Integer"),
])  # fmt: skip
def test_gdal_reads_types(folder: Path, name: str, number: str, flag: str) -> None:
    """Money is a number, counts are integers, flags are truth values where the format has them."""
    text = _gdal("ogrinfo", "-ro", "-so", folder / FILES[name], "openings")
    assert number in text
    assert flag in text
    assert "platforms: Integer" in text
    assert "site_id: String" in text


@pytest.mark.parametrize("name", ["gpkg", "kml"])
def test_gdal_reads_every_layer(folder: Path, name: str) -> None:
    """Files of many layers hold them all with their counts: 6 places, 9 areas, 10 desire lines, 2 catchments."""
    counts = {"openings": 3, "candidates": 6, "areas": 9, "trips": 8, "lanes": 4, "desire_lines": 10,
              "catchments_hospital": 2, "catchments_unit": 2, "borders": 1}  # fmt: skip
    assert {layer: len(_rows(folder / FILES[name], layer)) for layer in counts} == counts


def test_polygons_and_lines_survive(folder: Path) -> None:
    """The area of the catchments in square degrees, 5 and 3 squares, is the same in all formats."""
    for file in ("flatgeobuf/{}.fgb", "geojson/{}.geojson", "shapefile/{}.shp"):
        shapes = gpd.read_file(folder / file.format("catchments_hospital")).sort_values("site_id").geometry
        assert [shape.area for shape in shapes] == pytest.approx([5.0, 3.0]), file
        lines = gpd.read_file(folder / file.format("desire_lines"))
        assert lines["patients"].sum() == pytest.approx(72.0 + 45.0)


def test_rings_of_geojson_run_against_the_clock(folder: Path) -> None:
    """RFC 7946, section 3.1.6: outer rings have a positive signed area."""
    collection = json.loads((folder / "geojson" / "areas.geojson").read_text(encoding="utf-8"))
    ring = collection["features"][0]["geometry"]["coordinates"][0]
    assert sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) > 0


def test_geoparquet_holds_values_crs_and_meaning(folder: Path) -> None:
    """The metadata ``geo`` of GeoParquet 1.1 is there; each column says its unit; values are to the dollar."""
    file = folder / "geoparquet" / "openings.parquet"
    schema = pq.read_schema(file)
    geo = json.loads(schema.metadata[b"geo"])
    assert (geo["version"], geo["columns"]["geometry"]["encoding"]) == ("1.1.0", "WKB")
    assert json.loads(schema.metadata[b"siting"])["plan"]["status"] == "feasible"
    assert schema.field("capex").metadata[b"unit"] == b"USD 2025"
    rows = gpd.read_parquet(file)
    assert rows.crs.to_epsg() in (4326, None) or rows.crs.to_string() == "OGC:CRS84"
    assert rows["capex"].tolist() == [3e6, 1e6, 0.0]
    assert rows["site_id"].tolist() == ["001", "002", "C1"]


def test_shapefiles_say_their_limits(folder: Path) -> None:
    """fields.csv leads from each short name to the full one; flags are said to be 1 and 0."""
    table = pd.read_csv(folder / "shapefile" / "fields.csv").set_index(["layer", "column"])
    assert table.loc[("openings", "host_income_per_year"), "name_in_file"] == "host_incom"
    assert table.loc[("openings", "host_income_per_year"), "unit"] == "USD 2025/year"
    assert table.loc[("openings", "is_new_centre"), "converted"] == "1 for true and 0 for false"
    assert table["name_in_file"].str.len().max() <= 10
    assert "254 bytes" in (folder / "shapefile" / "README.txt").read_text()


def test_short_names_are_unique_without_regard_to_case() -> None:
    """Names that are the same when cut get a number; names that formats keep for themselves are left to them."""
    names = short_names(["cost_per_year_a", "cost_per_year_b", "COST_PER_Y", "fid"], 10)
    assert list(names.values()) == ["cost_per_y", "cost_per_2"[:8] + "_2", "COST_PER_3"[:8] + "_3", "fid_2"]


def test_long_texts_are_kept_beside_shapefiles(tmp_path: Path) -> None:
    """A name of 300 letters of two bytes is cut to 127 letters, and long_texts.csv has it whole."""
    plan = fake_plan()
    plan.openings.loc[0, "name"] = "é" * 300
    export(plan, tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.extractall(tmp_path / "x")
    assert gpd.read_file(tmp_path / "x" / "openings.shp")["name"][0] == "é" * 127
    whole = pd.read_csv(tmp_path / "x" / "long_texts.csv")
    assert whole[["layer", "row", "column", "text"]].to_numpy().tolist() == [["openings", 0, "name", "é" * 300]]


ODD: dict[str, tuple[Any, Any]] = {
    "when": (pd.to_datetime(["2025-01-02T03:04:05"] * 3), "2025-01-02T03:04:05"),
    "tags": (pd.Series([["a", "b"]] * 3), '["a", "b"]'),
    "facts": (pd.Series([{"k": 1}] * 3), '{"k": 1}'),
    "span": (pd.to_timedelta([1, 1, 1], unit="D"), "P1DT0H0M0S"),
    "fid": (pd.Series([7, 7, 7]), "7"),
    "kind": (pd.Categorical(["x"] * 3), "x"),
    "mixed": (pd.Series([1, "a", None], dtype=object), "1"),
}


@pytest.mark.parametrize("name", [*FILES, "parquet"])
def test_odd_columns_are_converted_and_said(name: str, tmp_path: Path) -> None:
    """Times, lists, mappings, spans, categories, mixtures and a column called fid are in every format, and listed."""
    plan = fake_plan()
    for column, (values, _) in ODD.items():
        plan.openings[column] = values
    changes = export_formats(plan, tmp_path / "out", [name])[name]
    said = {change.column: change for change in changes if change.layer == "openings"}
    assert {"tags", "facts", "span", "fid", "mixed"} <= set(said)
    assert ("when" in said) == (name in {"geojson", "kml", "shp"})
    one = FORMATS[name]
    file = tmp_path / "out" / (f"{one.name}/openings{one.suffix}" if one.one_layer else FILES.get(name, ""))
    if name == "parquet":
        rows = pd.read_parquet(file).drop(columns="geometry").astype(str).to_dict("records")
    else:
        rows = _rows(file, "openings")
    for column, (_, text) in ODD.items():
        held = rows[0][said[column].name if column in said else column]
        assert held.replace("/", "-").replace(" ", "T" if column == "when" else " ").startswith(text[:10]), column
    table = pd.read_csv(tmp_path / "out" / "fields.csv")
    assert "JSON text" in table.loc[table["column"] == "tags", "converted"].tolist()


def test_a_second_geometry_is_kept_as_text() -> None:
    """Formats have one geometry a row: another becomes well-known text."""
    rows = fake_plan().openings
    rows["centre"] = gpd.GeoSeries(rows.geometry, crs=CRS)
    held, [change] = converted(rows, "openings", {"boolean"})
    assert (change.column, change.what) == ("centre", "well-known text")
    assert held["centre"][0] == "POINT (-99.4 30.6)"


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet", ".kml", ".zip", ".xlsx", ".qgz"])
def test_suffix_chooses_the_format(plan: SimpleNamespace, tmp_path: Path, suffix: str) -> None:
    """One call, one file (two for a QGIS project), nothing else left behind."""
    path = export(plan, tmp_path / "deep" / f"plan{suffix}")
    expected = {f"plan{suffix}"} | ({"plan.gpkg"} if suffix == ".qgz" else set())
    assert {file.name for file in path.parent.iterdir()} == expected


def test_a_single_file_with_conversions_has_a_list_beside_it(plan: SimpleNamespace, tmp_path: Path) -> None:
    """What was converted in x.fgb stands in x.fgb.fields.csv."""
    plan.openings["tags"] = pd.Series([["a"]] * 3)
    export(plan, tmp_path / "x.fgb")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.fgb", "x.fgb.fields.csv"]


def test_layer_is_chosen(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A format of one layer takes the one that is named; a wrong name lists those there are."""
    export(plan, tmp_path / "areas.fgb", layer="areas")
    assert len(gpd.read_file(tmp_path / "areas.fgb")) == 9
    with pytest.raises(StudyError, match=r"no layer 'arears' -> choose from openings, .*borders"):
        export(plan, tmp_path / "x.fgb", layer="arears")


@pytest.mark.parametrize("name", list(FORMATS))
def test_empty_plans_and_missing_outlines_are_written(name: str, tmp_path: Path) -> None:
    """No unit, no flow and an area without an outline are no reason for a format to fail."""
    plan = emptied(fake_plan())
    plan.outlines["counties"] = plan.outlines["counties"].iloc[1:]
    plan.areas["main_hospital"] = ""
    export_formats(plan, tmp_path / "out", [name])
    if name == "fgb":
        assert len(gpd.read_file(tmp_path / "out" / "flatgeobuf" / "areas.fgb")) == 9


def test_unknown_suffix_and_format_are_named(plan: SimpleNamespace, tmp_path: Path) -> None:
    """The message lists what there is; nothing is written; a version is no suffix."""
    with pytest.raises(StudyError, match=r"suffix .tiff is of no format -> use .gpkg, .qgz"):
        export(plan, tmp_path / "x.tiff")
    with pytest.raises(StudyError, match=r"Shapefiles are several files: use .zip"):
        export(plan, tmp_path / "x.shp")
    with pytest.raises(StudyError, match=r"no such format \(tab, dwg\) -> choose from gpkg, qgz"):
        formats_of(["fgb", "tab", "dwg"])
    assert list(tmp_path.iterdir()) == []
    assert export(plan, tmp_path / "texas-0.5").is_dir()


def test_existing_files_are_refused(plan: SimpleNamespace, tmp_path: Path) -> None:
    """Neither the file nor what comes with it is replaced without being told to."""
    (tmp_path / "x.gpkg").write_text("mine")
    for suffix in (".gpkg", ".qgz"):
        with pytest.raises(FileExistsError, match=r"x.gpkg exists already; choose another name"):
            export(plan, tmp_path / f"x{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == ["x.gpkg"]
    export(plan, tmp_path / "x.qgz", overwrite=True)
    assert len(gpd.read_file(tmp_path / "x.gpkg", layer="areas")) == 9


def test_folder_of_formats_is_replaced_only_if_it_is_one(plan: SimpleNamespace, tmp_path: Path) -> None:
    """An earlier export may be overwritten; a folder with something else in it may not."""
    target = tmp_path / "out"
    export_formats(plan, target, ["csv"])
    with pytest.raises(FileExistsError, match="exists already"):
        export_formats(plan, target, ["xlsx"])
    export_formats(plan, target, ["xlsx"], overwrite=True)
    assert sorted(path.name for path in target.iterdir()) == ["README.txt", "fields.csv", "plan.xlsx"]
    (target / "thesis.docx").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"thesis.docx"):
        export_formats(plan, target, ["xlsx"], overwrite=True)


def test_a_failure_leaves_nothing(plan: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that cannot be written, and a writer that fails half way, leave neither file nor folder."""
    (tmp_path / "file").write_text("mine")
    for name in ("x.gpkg", "folder"):
        with pytest.raises(NotADirectoryError, match="file is not a folder; choose another place"):
            export(plan, tmp_path / "file" / "deep" / name)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="may not be written to; choose another place"):
        export(plan, tmp_path / "x.gpkg")
    monkeypatch.undo()

    def fail(plan: object, layers: object, path: Path) -> None:
        path.write_text("half")
        msg = "disk full"
        raise DataSourceError(msg)

    for name in ("fgb", "gpkg"):
        monkeypatch.setitem(FORMATS, name, FORMATS[name].__class__(**{**vars(FORMATS[name]), "write": fail}))
        with pytest.raises(OSError, match="cannot be written: disk full"):
            export_file(plan, tmp_path / f"x.{name}")
        with pytest.raises(OSError, match="cannot be written: disk full"):
            export_formats(plan, tmp_path / "out", [name])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_layers_of_other_files_come_along(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A comparison's GeoPackage keeps its words and its style inside the plan's."""
    rows = fake_plan().candidates[["site_id", "geometry"]].assign(share=0.5)
    rows.to_file(tmp_path / "alternatives.gpkg", layer="stability", driver="GPKG")
    export_file(plan, tmp_path / "x.gpkg", added=read_layers(tmp_path / "alternatives.gpkg"))
    found = gpd.read_file(tmp_path / "x.gpkg", layer="stability")
    assert found["share"].tolist() == [0.5] * 6
    assert [one.name for one in read_layers(tmp_path / "x.gpkg")][-1] == "stability"
    with pytest.raises(StudyError, match=r"two layers have one name \(areas, borders"):
        plan_layers(plan, read_layers(tmp_path / "x.gpkg"))


def test_files_that_hold_no_layers_are_refused(tmp_path: Path) -> None:
    """What is no GeoPackage, or has no layer or no CRS, is said."""
    (tmp_path / "x.gpkg").write_text("no database")
    with pytest.raises(StudyError, match="cannot be read"):
        read_layers(tmp_path / "x.gpkg")
    with pytest.warns(UserWarning, match="crs"):
        fake_plan().candidates.set_crs(None, allow_override=True).to_file(tmp_path / "y.gpkg", driver="GPKG")
    with pytest.raises(StudyError, match="layer y has no CRS"):
        read_layers(tmp_path / "y.gpkg")
