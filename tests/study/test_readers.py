"""Every format gives the same table; ids keep their zeros; places come from any coordinate reference system."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from shapely.geometry import LineString, Point, box

from siting.errors import StudyError
from siting.study.read import read_study

DATA = Path(os.environ.get("SITING_DATA", Path(__file__).parents[3] / "shared" / "data"))
FIPS = ["01001", "01003"]
LON, LAT, PEOPLE = [-97.0, -98.0], [31.0, 30.0], [1000, 2000]


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"id": FIPS, "lon": LON, "lat": LAT, "population": PEOPLE})


def _points(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    frame = _frame().drop(columns=["lon", "lat"])
    return gpd.GeoDataFrame(frame, geometry=[Point(xy) for xy in zip(LON, LAT, strict=True)], crs=crs)


def _write_zip(path: Path) -> None:
    _points().rename(columns={"population": "people"}).to_file(path.with_suffix(".shp"), driver="ESRI Shapefile")
    with zipfile.ZipFile(path, "w") as bundle:
        for part in path.parent.glob(f"{path.stem}.*"):
            if part != path and part.suffix not in {".csv", ".toml"}:
                bundle.write(part, part.name)


WRITERS = {
    "areas.csv.gz": lambda path: path.write_bytes(gzip.compress(_frame().to_csv(index=False).encode())),
    "areas.parquet": lambda path: _frame().to_parquet(path),
    "areas.xlsx": lambda path: _frame().to_excel(path, index=False),
    "areas.gpkg": lambda path: _points().to_file(path, driver="GPKG", layer="areas"),
    "areas.geojson": lambda path: _points().to_file(path, driver="GeoJSON"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_format_gives_the_same_table_as_csv(make_study, name):
    """A table is found beside study.toml in every format and holds what the CSV holds, zeros of FIPS codes included."""
    expected = read_study(make_study(name="as_csv")).tables["areas"]
    folder = make_study({"areas.csv": None})
    WRITERS[name](folder / name)
    study = read_study(folder)
    pd.testing.assert_frame_equal(study.tables["areas"], expected)
    assert study.tables["areas"]["id"].tolist() == FIPS
    assert study.origins["areas"].crs == "EPSG:4326"


def test_zipped_shapefile_with_mapped_column(make_study):
    """A zipped Shapefile is read, with a column under another name."""
    edits = {"areas.csv": None, "study.toml": '[tables.areas]\nfile = "a.zip"\ncolumns = { population = "people" }\n'}
    folder = make_study(edits)
    _write_zip(folder / "a.zip")
    areas = read_study(folder).tables["areas"]
    assert areas["id"].tolist() == FIPS
    assert areas["population"].tolist() == PEOPLE


def test_numeric_ids_become_text_without_decimals(make_study):
    """Ids that a file stores as whole numbers or floats are text without ".0"."""
    folder = make_study({"areas.csv": None})
    _frame().assign(id=[1001.0, 1003.0]).to_parquet(folder / "areas.parquet")
    assert read_study(folder).tables["areas"]["id"].tolist() == ["1001", "1003"]


def test_excel_numbers_as_ids(make_study):
    """A numeric Excel cell in an id column reads as "1001", not "1001.0"."""
    folder = make_study({"areas.csv": None})
    _frame().assign(id=[1001, 1003]).to_excel(folder / "areas.xlsx", index=False)
    assert read_study(folder).tables["areas"]["id"].tolist() == ["1001", "1003"]


def test_semicolons_and_byte_order_mark(make_study):
    """A CSV as Excel exports it, with semicolons and a byte order mark, is read."""
    text = "\ufeff" + _frame().to_csv(index=False, sep=";")
    assert read_study(make_study({"areas.csv": text})).tables["areas"]["lon"].tolist() == LON


def test_spaces_and_yes_and_no(make_study):
    """Cells are stripped, and true/false, yes/no and 1/0 are read alike."""
    words = ["true", "No", "1", "0", " yes ", "FALSE"]
    rows = "".join(f" h{number} ,-97,3{number},{word}\n" for number, word in enumerate(words))
    hospitals = read_study(make_study({"hospitals.csv": "id,lon,lat,can_host\n" + rows})).tables["hospitals"]
    assert hospitals["can_host"].tolist() == [True, False, True, False, True, False]
    assert hospitals["id"].tolist() == [f"h{number}" for number in range(6)]


@pytest.mark.parametrize("crs", ["EPSG:3083", "EPSG:4269"])
def test_columns_in_another_crs(make_study, crs):
    """Coordinates in a declared system come back as longitude and latitude (to a millimetre, 1e-8 degrees)."""
    east, north = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(LON, LAT)
    text = pd.DataFrame({"id": FIPS, "x": east, "y": north, "population": PEOPLE}).to_csv(index=False)
    settings = f'[tables.areas]\ncrs = "{crs}"\ncolumns = {{ lon = "x", lat = "y" }}\n'
    study = read_study(make_study({"areas.csv": text, "study.toml": settings}))
    np.testing.assert_allclose(study.tables["areas"][["lon", "lat"]].T, [LON, LAT], atol=1e-8)
    assert study.origins["areas"].crs == crs


def test_polygons_become_points_inside_and_are_kept(make_study):
    """Polygons in metres give a point inside each, and stay in study.geometry as WGS 84 by id."""
    polygons = _points().set_geometry([box(x - 0.1, y - 0.1, x + 0.1, y + 0.1) for x, y in zip(LON, LAT, strict=True)])
    folder = make_study({"areas.csv": None})
    polygons.set_crs("EPSG:4326", allow_override=True).to_crs("EPSG:3083").to_file(folder / "areas.gpkg", driver="GPKG")
    study = read_study(folder)
    kept = study.geometry["areas"]
    assert kept.index.tolist() == FIPS
    assert kept.crs == "EPSG:4326"
    areas = study.tables["areas"]
    assert kept.contains(gpd.GeoSeries(gpd.points_from_xy(areas.lon, areas.lat, crs=4326), index=kept.index)).all()
    np.testing.assert_allclose(areas[["lon", "lat"]].T, [LON, LAT], atol=0.01)


def _refused(folder: Path) -> str:
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    return str(caught.value)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_geometry_without_crs_is_refused_or_declared(make_study):
    """Geometry that names no system is refused, and read once study.toml declares one."""
    folder = make_study({"areas.csv": None})
    _points(crs=None).to_file(folder / "areas.gpkg", driver="GPKG")
    assert "names no coordinate reference system -> declare it: [tables.areas] crs" in _refused(folder)
    assert read_study(folder, {"tables.areas.crs": "EPSG:4326"}).tables["areas"]["lon"].tolist() == LON


def test_two_crs_contradict_each_other(make_study):
    """A declared system that is not the file's is refused."""
    folder = make_study({"areas.csv": None, "study.toml": '[tables.areas]\ncrs = "EPSG:3083"\n'})
    _points().to_file(folder / "areas.gpkg", driver="GPKG")
    assert "the file is in EPSG:4326 but tables.areas.crs says EPSG:3083" in _refused(folder)


def test_metres_in_geojson_are_noticed(make_study):
    """GeoJSON is in degrees by its standard; metres in it are refused."""
    folder = make_study({"areas.csv": None})
    metres = _points().to_crs("EPSG:3083").set_crs("EPSG:4326", allow_override=True)
    metres.to_file(folder / "areas.geojson", driver="GeoJSON")
    assert "look like metres" in _refused(folder)


def test_lines_are_refused(make_study):
    """Places are points or polygons."""
    folder = make_study({"areas.csv": None})
    lines = _points().set_geometry([LineString([(0, 1), (1, 2)])] * 2).set_crs("EPSG:4326", allow_override=True)
    lines.to_file(folder / "areas.gpkg", driver="GPKG")
    assert "geometry is of type LineString -> points or polygons are needed" in _refused(folder)


def test_row_without_geometry_is_refused(make_study):
    """A feature without a place is named."""
    folder = make_study({"areas.csv": None})
    _points().set_geometry([Point(-97, 31), None]).set_crs("EPSG:4326", allow_override=True).to_file(
        folder / "areas.gpkg", driver="GPKG"
    )
    assert "the row has no geometry, or an empty one (01003)" in _refused(folder)


def test_layer_must_be_clear(make_study):
    """Of several sheets the one named like the table is taken; else the study must say which."""
    folder = make_study({"areas.csv": None})
    with pd.ExcelWriter(folder / "areas.xlsx") as book:
        _frame().to_excel(book, sheet_name="new", index=False)
        _frame().to_excel(book, sheet_name="old", index=False)
    assert "has 2 layers and it is not clear which is areas" in _refused(folder)
    assert len(read_study(folder, {"tables.areas.layer": "new"}).tables["areas"]) == 2
    with pytest.raises(StudyError, match='has no layer "nwe" -> did you mean "new"'):
        read_study(folder, {"tables.areas.layer": "nwe"})


def test_damaged_file(make_study):
    """A file that is not what its suffix says is reported, not raised as it comes."""
    folder = make_study({"areas.csv": None, "areas.xlsx": "no workbook"})
    assert "areas.xlsx: cannot be read" in _refused(folder)


def test_text_in_another_encoding(make_study):
    """A CSV that is not UTF-8 is refused with the remedy."""
    folder = make_study()
    (folder / "areas.csv").write_bytes("id,name,lon,lat,population\na,Málaga,-4,36,1\n".encode("latin-1"))
    assert "save the file as UTF-8" in _refused(folder)


def test_missing_words_and_constants(make_study):
    """Texts listed as missing are unknown; a constant goes over what the file says."""
    settings = "[tables.hospitals]\nmissing = ['-999', 'NA']\nvalues = { region = 'Texas', treats_today = true }\n"
    text = "id,lon,lat,region,beds,space_m2\nH1,-97,31,x,-999,NA\nH2,-98,30,y,20,5\n"
    hospitals = read_study(make_study({"hospitals.csv": text, "study.toml": settings})).tables["hospitals"]
    assert hospitals["beds"].isna().tolist() == [True, False]
    assert hospitals["space_m2"].isna().tolist() == [True, False]
    assert hospitals["region"].tolist() == ["Texas", "Texas"]
    assert hospitals["treats_today"].tolist() == [True, True]


def test_filtered_hospitals_leave_the_matrices(make_study):
    """Rows of a matrix follow the filter of the table they refer to."""
    edits = {
        "study.toml": "[tables.hospitals]\nwhere = \"id != 'H2'\"\n",
        "trips.csv": "area,hospital,minutes\n01001,H1,30\n01003,H1,30\n01003,H2,10\n",
    }
    study = read_study(make_study(edits))
    assert study.tables["trips"]["hospital"].tolist() == ["H1", "H1"]
    assert study.origins["hospitals"].rows_in_file == 2


@pytest.mark.skipif(not (DATA / "us").is_dir(), reason="the shared US data are not here")
def test_national_hospital_list_loads_unchanged(make_study):
    """The HIFLD list loads as it is: 8,013 rows, of which a filter takes open ones with at least 200 beds."""
    path = DATA / "us" / "hospitals_hifld_2022.csv"
    settings = f"""
[tables.hospitals]
file = '{path}'
columns = {{ id = "hifld_id", region = "state" }}
values = {{ status = "candidate" }}
where = "status == 'OPEN' and type in ['GENERAL ACUTE CARE', 'CHILDREN'] and beds >= 200"
"""
    study = read_study(make_study({"hospitals.csv": None, "study.toml": settings}))
    hospitals, origin = study.tables["hospitals"], study.origins["hospitals"]
    raw = pd.read_csv(path, dtype=str)
    kept = raw[
        raw["status"].eq("OPEN")
        & raw["type"].isin(["GENERAL ACUTE CARE", "CHILDREN"])
        & (pd.to_numeric(raw["beds"]) >= 200)
    ]
    assert origin.rows_in_file == len(raw) == 8013
    assert hospitals["id"].tolist() == kept["hifld_id"].tolist()
    assert hospitals["region"].tolist() == kept["state"].tolist()
    assert "county_fips" in origin.ignored
