"""People of zones from a raster, on a grid small enough to add up by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from siting.errors import StudyError
from siting.study.read import read_study

rasterio = pytest.importorskip("rasterio")

# Four by four cells of one degree from lon -100, lat 34 down; row 0 is the north.
PEOPLE = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [-1, 14, 15, 16]], dtype="float32")
NORTH_WEST, EAST = box(-100, 32, -98, 34), box(-98, 30, -96, 34)


def _write(path, values=PEOPLE, crs="EPSG:4326", nodata=-1.0):
    transform = rasterio.Affine(1, 0, -100, 0, -1, 34)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype=values.dtype, crs=crs, nodata=nodata,
        transform=transform,
    ) as file:  # fmt: skip
        file.write(values, 1)


def _folder(make_study, zones, section="", crs="EPSG:4326", extra=None):
    settings = f'[tables.areas]\npopulation_raster = "people.tif"\n{section}\n'
    folder = make_study({"areas.csv": None, "study.toml": settings})
    frame = {"id": [f"z{i}" for i in range(len(zones))], **(extra or {})}
    gpd.GeoDataFrame(frame, geometry=zones, crs="EPSG:4326").to_crs(crs).to_file(
        folder / "areas.gpkg", layer="areas", driver="GPKG"
    )
    _write(folder / "people.tif")
    return folder


def test_sums_are_those_of_the_cells_inside(make_study):
    """North-west: 1 + 2 + 5 + 6 = 14; east: 3 + 4 + 7 + 8 + 11 + 12 + 15 + 16 = 76."""
    study = read_study(_folder(make_study, [NORTH_WEST, EAST]))
    assert study.tables["areas"]["population"].tolist() == [14.0, 76.0]
    assert "people.tif" in study.inputs


def test_zones_in_another_system_give_the_same_sums(make_study):
    """Zones in Web Mercator are brought to the raster's system."""
    study = read_study(_folder(make_study, [NORTH_WEST, EAST], crs="EPSG:3857"))
    assert study.tables["areas"]["population"].tolist() == [14.0, 76.0]


def test_population_weighted_centre(make_study):
    """North-west: lon = (-99.5 x (1+5) - 98.5 x (2+6)) / 14, lat = (33.5 x (1+2) + 32.5 x (5+6)) / 14."""
    study = read_study(_folder(make_study, [NORTH_WEST, EAST], 'centroid = "population_weighted"'))
    area = study.tables["areas"].iloc[0]
    assert area["lon"] == pytest.approx((-99.5 * 6 - 98.5 * 8) / 14)
    assert area["lat"] == pytest.approx((33.5 * 3 + 32.5 * 11) / 14)


def test_no_data_counts_as_nobody_and_people_outside_are_noted(make_study):
    """South-west: no data + 14 + 9 + 10 = 33 are in no zone: 33 of 123 people are 27 %."""
    notes = read_study(_folder(make_study, [NORTH_WEST, EAST])).notes
    assert "people.tif: 27% of its people live in none of the areas." in notes


@pytest.mark.parametrize(
    ("zones", "section", "text"),
    [
        ([box(-99.9, 33.8, -99.8, 33.9)], "", "1 of 1 zones hold no centre of a cell"),
        ([NORTH_WEST, box(-90, 30, -89, 31)], "", "1 of 2 zones hold no centre of a cell"),
        ([NORTH_WEST], 'layer = "areas"\ncolumns = { name = "label" }', 'no column "label"'),
    ],
)
def test_zones_without_cells_are_refused(make_study, zones, section, text):
    """A zone smaller than a cell, or beyond the raster, has no sum; it is not zero."""
    with pytest.raises(StudyError, match=text):
        read_study(_folder(make_study, zones, section))


def test_bad_rasters_are_refused(make_study):
    """No reference system, negative people, no raster at all, and a raster that is missing."""
    folder = _folder(make_study, [NORTH_WEST, EAST])
    for write, text in (
        (lambda path: _write(path, crs=None), "names no coordinate reference system"),
        (lambda path: _write(path, nodata=None), "holds -1: people cannot be negative"),
        (lambda path: path.write_text("no raster"), "cannot be read as a raster"),
        (lambda path: path.unlink(), "the population raster is missing"),
    ):
        write(folder / "people.tif")
        with pytest.raises(StudyError, match=text):
            read_study(folder)


def test_a_population_of_its_own_and_a_raster_are_refused(make_study):
    """Two sources of the same number are one too many."""
    with pytest.raises(StudyError, match="has a population already"):
        read_study(_folder(make_study, [NORTH_WEST], extra={"population": [5]}))


def test_weights_need_a_raster(make_study):
    """A centre of people is asked for without people."""
    with pytest.raises(StudyError, match="population_weighted needs population_raster"):
        read_study(make_study({"study.toml": '[tables.areas]\ncentroid = "population_weighted"\n'}))
