"""What the map page is told, and how large it gets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

import siting
from siting.errors import StudyError
from siting.export.map import data as map_data_module
from siting.export.map import shapes as shapes_module
from siting.export.map.data import map_data
from siting.export.map.figures import changes, headline
from siting.export.map.page import map_page
from siting.export.map.shapes import SCALE, home, packed_lines, packed_polygons, simplified, wrap
from siting.export.map.views import views_of
from siting.export.palette import breaks, mode_colours
from tests.export.fake_plan import CRS, EVIL, emptied, fake_plan

if TYPE_CHECKING:
    from types import SimpleNamespace


def _script_data(page: str) -> dict:
    [text] = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, flags=re.DOTALL)
    return json.loads(text)


def _after(plan: SimpleNamespace) -> dict:
    return map_data(plan, views_of(plan))["views"]["after"]


def test_page_fetches_nothing(plan: SimpleNamespace) -> None:
    """No element of the page names an outside address, and its policy forbids all requests."""
    page = map_page(plan)
    assert "default-src 'none'" in page
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', page.split("<script id=", maxsplit=1)[0]) == []
    assert "sourceMappingURL" not in page


def test_names_cannot_become_markup(plan: SimpleNamespace) -> None:
    """A hospital called <img ...></script> is only data: escaped in the page, whole when parsed."""
    plan.network.name = EVIL
    page = map_page(plan)
    assert "<img" not in page.replace('createElement("img")', "")
    assert EVIL in _script_data(page)["places"]["name"]


def test_headline_figures(plan: SimpleNamespace) -> None:
    """The plan's key figures in words: 65.16 of 99 patients are 65.8 %."""
    figures = {figure["label"]: (figure["value"], figure["note"]) for figure in headline(plan)}
    assert figures == {
        "Units": ("2", "1 owned and 1 franchise"),
        "Patients infused a year": ("65", "65.8% of a demand of 99"),
        "Mean one-way trip": ("68 mi", "85 minutes"),
        "Vein to vein": ("18.0 days", "mean of the cells made"),
        "Cost a year, lost patients priced": ("USD 4 M", "USD 2.5 M without, USD 38.37 k for an infused patient"),
        "Made in a central plant": ("33.3%", "Eastern Plant"),
    }


def test_cost_is_that_of_summary_and_report() -> None:
    """Where no lost patient has a price, what is paid is all, and the label says no more."""
    plan = fake_plan()
    plan.kpis["cost_per_year"] = plan.kpis["cost_without_lost_patients_per_year"]
    [cost] = [figure for figure in headline(plan) if figure["label"] == "Cost a year"]
    assert (cost["value"], cost["note"]) == ("USD 2.5 M", "USD 38.37 k for an infused patient")


def test_plan_without_units_has_a_page() -> None:
    """Nothing opened and nobody treated: means are unknown and the page is still made."""
    plan = emptied(fake_plan())
    means = ("distance_mi_mean", "minutes_mean", "vein_to_vein_d_mean", "cost_per_infused", "share_central")
    plan.kpis |= {"units": 0, "units_by_mode": {}} | dict.fromkeys(means)
    plan.areas = plan.areas.assign(infused=0.0, main_hospital="")
    figures = {figure["label"]: (figure["value"], figure["note"]) for figure in headline(plan)}
    assert figures["Units"] == ("0", "no hospital hosts one")
    assert figures["Made in a central plant"] == ("unknown", "no central plant is used")
    assert map_page(plan).startswith("<!DOCTYPE html>")


def test_flows_are_means_over_slices() -> None:
    """Two scenarios with weights 3 and 1: 0.75 x 2 + 0.25 x 6 = 3 patients a year on the lane 003 -> 001."""
    plan = fake_plan()
    plan.network.ids.scenarios = ("low", "high")
    plan.network.slices = pd.DataFrame({"period": [0, 0], "scenario": [0, 1], "weight": [3.0, 1.0]})
    lane = plan.lanes[plan.lanes["hospital_id"] == "003"]
    plan.lanes = pd.concat([lane.assign(scenario="low", patients=2.0), lane.assign(scenario="high", patients=6.0)])
    plan.trips = plan.trips.assign(scenario="low")
    lanes = _after(plan)["lanes"]
    assert (lanes["patients"], lanes["from"], lanes["to"]) == ([3.0], [2], [0])


def test_before_everybody_goes_to_the_nearest_hospital_of_today(plan: SimpleNamespace) -> None:
    """Ten times 2.2 patients go 40 miles, 26 x 2.2 go 100, 9 x 2.2 nowhere; the central plant makes all cells.

    Mean trip (22 x 40 + 57.2 x 100) / 79.2 = 83.3 miles; infused (22 + 0.9 x 57.2) x 0.8 / 99 = 59.4 %; 32 days.
    """
    view = views_of(plan)["before"]
    assert view.areas["main"].tolist() == ["001"] * 4 + ["003"] * 4 + [""]
    assert view.areas["unmet"].tolist() == pytest.approx([0.0] * 8 + [19.8])
    assert view.lanes[["hospital_id", "site_id"]].to_numpy().tolist() == [["001", "C1"], ["003", "C1"]]
    assert view.lanes["patients"].tolist() == pytest.approx([22.0, 51.48])
    assert changes(plan, views_of(plan))["rows"] == [
        ("Infused, of demand", "59.4%", "65.8%"),
        ("Served nowhere, of demand", "20.0%", "27.3%"),
        ("Mean one-way trip", "83 mi", "68 mi"),
        ("Its time", "83 min", "85 min"),
        ("Vein to vein", "32.0 days", "18.0 days"),
    ]


def test_existing_unit_makes_cells_before(plan: SimpleNamespace) -> None:
    """With a unit at Alpha today its cells stay there: 15 days for 22 patients; Corvo sends 51.48 to the plant."""
    plan.network.options["is_existing"] = [True, False]
    view = views_of(plan)["before"]
    assert view.units.set_index("site_id")["patients_made"].to_dict() == pytest.approx({"001": 22.0, "C1": 51.48})
    assert view.areas["vein_to_vein_d"].iloc[[0, 4]].tolist() == pytest.approx([15.0, 32.0])


def test_nobody_makes_cells_today(plan: SimpleNamespace) -> None:
    """Without a central plant or an existing unit there is no view of before, and the page has no figures of it."""
    plan.network.options = plan.network.options.iloc[:1]
    assert list(views_of(plan)) == ["after"]
    assert changes(plan, views_of(plan))["rows"] == []
    assert "changes-title" not in map_page(plan)


def test_before_is_what_today_costs_where_capacity_does_not_bind() -> None:
    """In tiny the nearest hospitals and the plant serve as the solved network of today does."""
    study = siting.read_study("tiny")
    plan, today = siting.optimize(study, gap=0.0), siting.today(study)
    quick, solved = (views_of(plan, before)["before"] for before in (None, today))
    assert quick.figures == pytest.approx(solved.figures, rel=1e-6)
    assert quick.areas["minutes"].tolist() == pytest.approx(solved.areas["minutes"].tolist(), nan_ok=True)


def test_before_of_another_study_is_refused(plan: SimpleNamespace) -> None:
    """Areas and sites must be those of the plan; strange sites are listed."""
    other = fake_plan()
    other.network.ids.areas = ("elsewhere",)
    other.network.ids.sites = ("001", "Z9")
    with pytest.raises(StudyError, match="Z9") as raised:
        views_of(plan, other)
    assert "has other areas than the plan" in str(raised.value)


def test_measures_share_classes_before_and_after(plan: SimpleNamespace) -> None:
    """The plan's days make the classes: 18 / 5 = 3.6, next round step 5; where the plan has none, those before do."""
    plan.areas["unmet"] = 0.0
    measures = {measure["key"]: measure for measure in map_data(plan, views_of(plan))["measures"]}
    assert list(measures) == ["distance", "minutes", "vein_to_vein_d", "unmet", "missed", "demand"]
    assert measures["vein_to_vein_d"]["limits"] == [5.0, 10.0, 15.0, 20.0]
    # Before, 1 of 9 areas has 100 % unmet; of 18 values the 95th percentile is 0.15 x 100 = 15 %, in steps of 5.
    assert measures["unmet"]["limits"] == [5.0, 10.0, 15.0]


def test_classes_of_near_optimal_plans(plan: SimpleNamespace) -> None:
    """Every place carries its class, those that were not asked about none; classes of another study are refused."""
    classes = pd.DataFrame(
        {"site_id": ["001", "004"], "class": ["core", "swing"], "is_proven": [True, False], "share": [1.0, 0.5]}
    )
    places = map_data(plan, views_of(plan), classes)["places"]
    assert places["class"] == ["core", None, None, "swing", None, None]
    with pytest.raises(StudyError, match="X1"):
        map_data(plan, views_of(plan), classes.assign(site_id=["001", "X1"]))


def test_cut_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of eight trips are kept: the largest, areas 8 and 7 with (16 + 14) / 72 = 41.7 % of the patients."""
    monkeypatch.setattr(map_data_module, "MOST_TRIPS", 2)
    plan = fake_plan()
    plan.network.trips = plan.network.trips.iloc[:2]
    data = map_data(plan, views_of(plan))
    assert data["views"]["after"]["trips"]["from"] == [7, 6]
    assert data["cuts"] == ["Only the 2 largest of 8 patient trips are drawn: 41.7% of the patients."]


def test_units_take_rows_of_their_period() -> None:
    """Periods become positions, in the study's order."""
    plan = fake_plan()
    plan.network.ids.periods = ("base", "later")
    plan.network.slices = pd.DataFrame({"period": [0, 1], "scenario": [0, 0], "weight": [1.0, 1.0]})
    plan.openings = pd.concat([plan.openings, plan.openings.assign(period="later")], ignore_index=True)
    assert sorted(_after(plan)["units"]["period"]) == [0, 0, 0, 1, 1, 1]


def test_rings_unpack_to_the_polygon() -> None:
    """Running sums of the packed differences are the corners, without the closing one."""
    [[[ring]]] = packed_polygons(gpd.GeoSeries([box(10, 50, 11, 52)], crs=CRS), 10.0)
    corners = np.array(ring).reshape(-1, 2).cumsum(axis=0) / SCALE
    assert {tuple(corner) for corner in corners.tolist()} == {(10.0, 50.0), (11.0, 50.0), (11.0, 52.0), (10.0, 52.0)}


def test_common_borders_are_packed_once() -> None:
    """Two squares side by side have 7 edges, not 8, so 7 unit lengths of line in all."""
    lines = packed_lines(gpd.GeoSeries([box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=CRS), 0.0)
    length = sum(np.abs(np.array(line).reshape(-1, 2)[1:]).sum() for line in lines) / SCALE
    assert length == pytest.approx(7.0)


def test_islands_beyond_the_date_line_stay_near() -> None:
    """Attu at 173 east is shown at 187 west, beside the rest of Alaska."""
    assert wrap(np.array([173.0, -150.0]), -95.0) == pytest.approx([-187.0, -150.0])
    [[[ring]]] = packed_polygons(gpd.GeoSeries([box(172, 52, 173, 53)], crs=CRS), -95.0)
    assert ring[0] / SCALE in (-187.0, -188.0)


def test_first_view_is_not_shrunk_by_far_islands() -> None:
    """In a wide study the view holds the middle 98 % of the patients; in a small one everything, polygons included."""
    lon, lat, weight = np.array([-170.0, -120.0, -75.0]), np.array([20.0, 40.0, 42.0]), np.array([0.001, 1.0, 1.0])
    (south, west), (north, east) = home(lon, lat, weight, None)
    assert (south, west, north, east) == pytest.approx((39.9, -122.25, 42.1, -72.75))
    shapes = gpd.GeoSeries([box(-101, 30, -99, 33)], crs=CRS)
    assert home(np.array([-100.0]), np.array([31.0]), np.array([1.0]), shapes) == [[30.0, -101.0], [33.0, -99.0]]


def test_detailed_outlines_are_simplified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the budget vertices are dropped, below it none."""
    circle = gpd.GeoSeries([box(0, 0, 1, 1).buffer(0.5, quad_segs=500)], crs=CRS)
    assert len(simplified(circle)[0].exterior.coords) == len(circle[0].exterior.coords)
    monkeypatch.setattr(shapes_module, "MOST_VERTICES", 100)
    assert len(simplified(circle)[0].exterior.coords) <= 100


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        # 95th percentile of 0..100 is 95; 95 / 5 = 19, next round step 20.
        (np.arange(101.0), [20.0, 40.0, 60.0, 80.0, 100.0]),
        (np.array([np.nan, 0.0]), []),
        (np.array([]), []),
        # One value of 3: 3 / 5 = 0.6, next round step 1.
        (np.array([3.0, np.nan]), [1.0, 2.0, 3.0]),
    ],
)
def test_classes_are_round(values: np.ndarray, limits: list[float]) -> None:
    """Class limits are multiples of 1, 2, 2.5 or 5 times a power of ten; without values there are none."""
    assert breaks(values) == limits


def test_modes_keep_their_colour_in_every_plan(plan: SimpleNamespace) -> None:
    """Colours follow the study's modes, not the modes that happen to be open."""
    before = mode_colours(plan)
    plan.openings = plan.openings.iloc[1:]
    assert mode_colours(plan) == before
    assert len(set(before.values())) == 3


def test_page_of_a_nation_is_small() -> None:
    """3,100 areas, 2,000 hospitals and 9,300 trips fit into 5 MB."""
    page = map_page(_nation())
    assert len(page.encode()) < 5e6
    data = _script_data(page)
    assert len(data["areas"]["name"]) == 3100
    assert len(data["views"]["after"]["trips"]["from"]) == map_data_module.MOST_TRIPS


def _nation() -> SimpleNamespace:
    """Return the small plan blown up: areas on a grid of 62 x 50, circles of 25 vertices, three trips each."""
    plan = fake_plan()
    rng = np.random.default_rng(0)
    areas = plan.areas.iloc[np.zeros(3100, dtype=int)].reset_index(drop=True)
    areas["area_id"] = [f"{i:05d}" for i in range(3100)]
    areas["lon"], areas["lat"] = -120 + 0.9 * (np.arange(3100) % 62), 25 + 0.48 * (np.arange(3100) // 62)
    areas = areas.set_geometry(gpd.points_from_xy(areas["lon"], areas["lat"]), crs=CRS)
    sites = plan.candidates.iloc[np.full(2000, 3)].reset_index(drop=True)
    sites["site_id"] = [f"H{i:04d}" for i in range(2000)]
    sites["lon"], sites["lat"] = rng.uniform(-120, -65, 2000), rng.uniform(25, 48, 2000)
    trips = plan.trips.iloc[np.zeros(9300, dtype=int)].reset_index(drop=True)
    trips["area_id"] = np.repeat(areas["area_id"].to_numpy(), 3)
    trips["hospital_id"] = [f"H{i % 2000:04d}" for i in range(9300)]
    plan.areas, plan.candidates, plan.trips = areas, pd.concat([plan.candidates, sites], ignore_index=True), trips
    circles = shapely.buffer(areas.geometry.to_numpy(), 0.3, quad_segs=6)
    plan.area_shapes = gpd.GeoSeries(circles, index=areas["area_id"], crs=CRS)
    return plan
