"""Polygons: which point stands for one, and what is said of broken ones and of places off the outlines."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Polygon, box

from siting.errors import StudyError
from siting.study.read import read_study

# An L of three unit squares, (0,0)-(2,1) and (0,1)-(1,2): its centre of area is 5/6, 5/6 by hand.
ELL = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
BOWTIE = Polygon([(-97, 31), (-96, 32), (-96, 31), (-97, 32)])
BOX = box(-98.5, 29.5, -97.5, 30.5)


def _folder(make_study, shapes, crs="EPSG:4326", section="", **edits):
    folder = make_study({"areas.csv": None, "study.toml": f"[tables.areas]\n{section}\n", **edits})
    frame = {"id": [f"a{i}" for i in range(len(shapes))], "population": 1000}
    gpd.GeoDataFrame(frame, geometry=shapes, crs=crs).to_file(folder / "areas.gpkg", layer="areas", driver="GPKG")
    return folder


def _outlines(folder, *shapes):
    gpd.GeoDataFrame({"name": range(len(shapes))}, geometry=list(shapes), crs="EPSG:4326").to_file(
        folder / "outlines.geojson", driver="GeoJSON"
    )


def _points(study):
    return study.tables["areas"][["lon", "lat"]].to_numpy().tolist()


def test_representative_point_lies_inside_and_centroid_is_the_centre_of_area(make_study):
    """The centroid of an L of 3 km2 in metres is 5/6 km from its corner; the usual point lies inside any shape."""
    ring = Polygon([(500_000 + 1000 * x, 3_300_000 + 1000 * y) for x, y in ELL.exterior.coords])
    folder = _folder(make_study, [ring], "EPSG:32614", 'centroid = "centroid"')
    study = read_study(folder)
    centre = gpd.GeoSeries.from_xy(*zip(*_points(study), strict=True), crs="EPSG:4326").to_crs("EPSG:32614")[0]
    assert (centre.x - 500_000, centre.y - 3_300_000) == pytest.approx((5000 / 6, 5000 / 6), abs=0.01)
    inside = read_study(folder, {"tables.areas.centroid": "representative_point"})
    assert inside.geometry["areas"].iloc[0].contains(gpd.points_from_xy(*zip(*_points(inside), strict=True))[0])


def test_centroid_in_degrees_is_by_area(make_study):
    """From 0 to 60 degrees half the area of a strip lies below asin(sin 60 / 2) = 25.66 degrees, its mean sine."""
    folder = _folder(make_study, [box(-97, 0, -96, 60)], section='centroid = "centroid"')
    assert _points(read_study(folder))[0] == pytest.approx([-96.5, 25.66], abs=0.15)


def test_a_polygon_that_crosses_itself_is_repaired_and_named(make_study):
    """A bow tie becomes two triangles; the study says so."""
    study = read_study(_folder(make_study, [BOWTIE, BOX]))
    assert study.geometry["areas"].is_valid.all()
    assert any("1 polygon was repaired" in note and "(a0)" in note for note in study.notes)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Polygon(), "the row has no geometry, or an empty one (a1)"),
        (None, "the row has no geometry, or an empty one (a1)"),
        (Polygon([(-97, 31), (-96, 31), (-97, 31), (-97, 31)]), "the polygon has no area (a1)"),
        (LineString([(-97, 31), (-96, 31)]), "points or polygons are needed"),
    ],
)
def test_empty_and_flat_geometry_is_refused(make_study, shape, text):
    """A polygon without area, an empty one, none at all and a line are each refused with their row."""
    with pytest.raises(StudyError) as caught:
        read_study(_folder(make_study, [BOX, shape]))
    assert text in str(caught.value)


def test_metres_with_axes_exchanged_are_refused(make_study):
    """Northing in the place of easting puts Greenwich far from Britain, and back on it once exchanged."""
    areas = "id,lon,lat,population\na,177500,538900,1000\nb,400000,651400,1000\n"
    edits = {"areas.csv": areas, "hospitals.csv": "id,lon,lat\nh,-0.1,51.5\n",
             "study.toml": '[tables.areas]\ncrs = "EPSG:27700"\n'}  # fmt: skip
    swapped = edits | {"areas.csv": "id,lon,lat,population\na,1200000,300000,1\n"}
    assert read_study(make_study(edits)).tables["areas"]["lat"].iloc[0] == pytest.approx(54.7, abs=0.2)
    read_study(make_study(swapped | {"areas.csv": "id,lon,lat,population\na,300000,1200000,1\n"}, name="fine"))
    utm = {"study.toml": '[tables.areas]\ncrs = "EPSG:32633"\n',
           "areas.csv": "id,lon,lat,population\na,5800000,390000,1000\n"}  # fmt: skip
    with pytest.raises(StudyError, match="east and north look exchanged"):
        read_study(make_study(edits | utm, name="swapped"))


def test_a_system_of_another_country_is_refused(make_study):
    """British metres declared as a zone of Texas land far from where that zone is used."""
    edits = {"areas.csv": "id,lon,lat,population\na,-9000000,9000000,1000\n",
             "study.toml": '[tables.areas]\ncrs = "EPSG:32614"\n'}  # fmt: skip
    with pytest.raises(StudyError, match="places are far from where EPSG:32614 is used"):
        read_study(make_study(edits))


def test_a_place_in_the_sea_is_a_note(make_study):
    """One of two areas lies two degrees off the only outline: it stays, and the study says so."""
    folder = make_study({})
    _outlines(folder, box(-99, 29, -97.9, 32))
    notes = read_study(folder).notes
    assert "areas.csv: 1 place lies off the outlines of the study, in the sea or abroad (01001)." in notes


def test_places_near_an_outline_are_on_it(make_study):
    """Outlines are drawn in few points: 0.05 degrees off is no note."""
    folder = make_study({})
    _outlines(folder, box(-99, 29, -97.05, 32))
    assert read_study(folder).notes == ()


def test_lon_and_lat_exchanged_are_found_by_the_outlines(make_study):
    """Both tables exchanged fit each other, and only the outlines tell: refused with the remedy."""
    areas = "id,lon,lat,population\na,51.5,-0.1,1000\nb,52.5,-1.9,1000\n"
    folder = make_study({"areas.csv": areas, "hospitals.csv": "id,lon,lat\nh,51.6,-0.2\n"})
    _outlines(folder, box(-6, 50, 2, 56))
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    assert "2 of 2 places are on the outlines only once lon and lat change places (a, b)" in str(caught.value)
    assert "lon is east-west" in str(caught.value)
