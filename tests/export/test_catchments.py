"""Catchments and desire lines, against hand arithmetic and brute force."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPoint, Point, box

from siting.export.catchments import catchments, voronoi_cells
from siting.export.flows import desire_lines, makers
from tests.export.fake_plan import CRS, emptied, fake_plan


def test_catchments_of_hospitals_by_hand() -> None:
    """Hospital 001 has areas 1 to 5 and 002 areas 6 to 8, of one square degree each; area 9 has no hospital.

    Referred are 2 x the area's number: 2 x 15 = 30 and 2 x 21 = 42; minutes are 15 x it, so the mean over 001's
    patients is 15 x (1 + 4 + 9 + 16 + 25) / 15 = 55.
    """
    rows, words = catchments(fake_plan(), "hospital")
    rows = rows.set_index("site_id")
    assert list(rows.index) == ["001", "002"]
    assert rows["areas"].tolist() == [5, 3]
    assert rows["referred"].tolist() == [30.0, 42.0]
    assert rows["share_here"].tolist() == [1.0, 1.0]
    assert rows.loc["001", "minutes"] == pytest.approx(55.0)
    assert [shape.area for shape in rows.geometry] == pytest.approx([5.0, 3.0])
    assert words == "Areas joined along their own outlines. Areas that nobody serves, in no catchment: 1."


def test_catchments_of_units_follow_the_cells() -> None:
    """Hospital 001 sends 30 of 60 to itself and 30 to the plant, half of its areas' cells; the first id wins a tie."""
    plan = fake_plan()
    rows = catchments(plan, "unit")[0].set_index("site_id")
    assert rows["share_here"].to_dict() == pytest.approx({"001": 0.5, "002": 1.0})
    made = makers(plan).groupby("site_id")["treated"].sum()
    assert made.to_dict() == pytest.approx({"001": 15.0, "002": 42.0, "C1": 15.0})


def test_unknown_population_stays_unknown() -> None:
    """One area of 001 has no known population: that of its catchment is unknown, not the sum of the others."""
    plan = fake_plan()
    known = catchments(plan, "hospital")[0].set_index("site_id")["population"]
    plan.areas.loc[plan.areas["area_id"] == "01", "population"] = np.nan
    rows = catchments(plan, "hospital")[0].set_index("site_id")
    assert np.isnan(rows.loc["001", "population"])
    assert rows.loc["002", "population"] == known["002"]


def test_an_area_without_outline_is_in_no_catchment() -> None:
    """The other areas are drawn, the figures still count it, and the words say so."""
    outlines = fake_plan().outlines
    outlines["counties"] = outlines["counties"].iloc[1:]
    rows, words = catchments(fake_plan(outlines=outlines), "hospital")
    assert rows["areas"].tolist() == [5, 3]
    assert [shape.area for shape in rows.geometry] == pytest.approx([4.0, 3.0])
    assert "Areas without an outline, in no catchment: 1." in words


def test_broken_polygons_are_mended() -> None:
    """A ring that crosses itself gives polygons only, so that the layer keeps its type."""
    plan = fake_plan()
    knot = gpd.GeoSeries.from_wkt(["POLYGON ((-100 30, -99 31, -99 30, -100 31, -100 30))"]).iloc[0]
    shapes = plan.outlines["counties"].set_index("id").geometry.copy()
    shapes["01"] = knot
    rows, _ = catchments(fake_plan(area_shapes=shapes), "hospital")
    assert set(rows.geom_type) == {"MultiPolygon"}
    assert rows.geometry.is_valid.all()


def test_points_get_the_ground_nearest_to_them() -> None:
    """Of 400 random places inside the rim, each lies in the cell of the area that is nearest by brute force."""
    random = np.random.default_rng(7)
    points = gpd.GeoSeries(gpd.points_from_xy(random.uniform(9, 10, 12), random.uniform(45, 46, 12)), crs=CRS)
    cells, words = voronoi_cells(points)
    assert words.startswith("Areas are points")
    local = f"+proj=laea +lat_0={points.y.median():.4f} +lon_0={points.x.median():.4f} +datum=WGS84 +units=m"
    asked = gpd.GeoSeries(gpd.points_from_xy(random.uniform(9, 10, 400), random.uniform(45, 46, 400)), crs=CRS)
    asked = asked[asked.within(MultiPoint(points.to_list()).convex_hull)]
    assert len(asked) > 100
    flat, homes = asked.to_crs(local), points.to_crs(local)
    nearest = [int(np.argmin([place.distance(home) for home in homes])) for place in flat]
    assert all(cells.iloc[k].buffer(1e-9).contains(place) for k, place in zip(nearest, asked, strict=True))


@pytest.mark.parametrize(
    "places", [[(9.0, 45.0)], [(9.0, 45.0), (9.0, 45.0)], [(9.0, 45.0), (9.1, 45.1), (9.2, 45.2)]],
    ids=["one point", "twice the same", "on a line"],
)  # fmt: skip
def test_few_points_have_cells_too(places: list[tuple[float, float]]) -> None:
    """One point, equal points and points on a line have cells with area, which hold them."""
    points = gpd.GeoSeries([Point(place) for place in places], crs=CRS)
    cells, _ = voronoi_cells(points)
    assert (cells.to_crs("EPSG:3035").area > 0).all()
    assert all(cell.buffer(1e-9).contains(point) for cell, point in zip(cells, points, strict=True))


def test_outlines_cut_the_cells_of_points() -> None:
    """Where an outline layer holds the areas, no catchment leaves it."""
    outline = gpd.GeoDataFrame({"id": ["x"]}, geometry=[box(-100, 30, -97, 33)], crs=CRS)
    rows, words = catchments(fake_plan(outlines={"country": outline}), "hospital")
    assert "inside the study's outlines" in words
    assert rows.geometry.within(outline.geometry.iloc[0].buffer(1e-6)).all()


def test_desire_lines_carry_volumes() -> None:
    """8 areas travel: 2 x 36 = 72 patients; cells go 30 to the plant and 15 from 003 to 001, 4.5 h = 270 minutes."""
    rows, words = desire_lines(fake_plan())
    of_kind = rows.groupby("kind")["patients"].agg(["size", "sum"])
    assert of_kind.T.to_dict("list") == {"cells": [2, 45], "patients": [8, 72]}
    assert rows.loc[rows["from_id"] == "003", ["to_id", "minutes"]].to_numpy().tolist() == [["001", 270.0]]
    assert rows["patients"].is_monotonic_increasing
    # The lanes from 001 and 002 to themselves: 30 + 15.
    assert words == "Flows within one place are not drawn: 45.0 patients a year."


def test_desire_lines_are_means_over_scenarios() -> None:
    """A scenario of weight 1/4 and one of 3/4, with 8 and 4 patients on one trip: 8 / 4 + 4 x 3 / 4 = 5."""
    plan = fake_plan()
    plan.network.ids.scenarios = ("low", "high")
    plan.network.slices = pd.DataFrame({"period": [0, 0], "scenario": [0, 1], "weight": [1.0, 3.0]})
    one = plan.trips.iloc[[0, 0]].reset_index(drop=True)
    plan.trips = one.assign(scenario=["low", "high"], referred=[8.0, 4.0])
    plan.lanes = plan.lanes.iloc[:0]
    rows, _ = desire_lines(plan)
    assert rows["patients"].tolist() == [5.0]


def test_a_plan_without_flows_has_empty_layers() -> None:
    """Nobody is served: no line, no catchment, no error."""
    plan = emptied(fake_plan())
    plan.areas["main_hospital"] = ""
    assert len(desire_lines(plan)[0]) == 0
    assert [len(catchments(plan, by)[0]) for by in ("hospital", "unit")] == [0, 0]
