"""The committed tables say what is known about the places they describe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
STUDIES = ("tiny", "texas", "us", "uk")
PARAMETER_TABLES = ("products", "platforms", "modes", "central_plants", "capacities")
FACTS = {
    "host_must_break_even",
    "id",
    "name",
    "lon",
    "lat",
    "region",
    "platform",
    "count",
    "is_fresh_only",
    "may_close",
    "cleanroom_grade",
}
"""Columns of the tables of parameters that carry no source of their own."""
SIBLINGS = ("_source", "_low", "_high")
"""Endings of the columns that say more of the one they are named after."""
MOST_BYTES = 1_000_000
CITIES = {  # lon, lat of city centres, general knowledge
    ("MD Anderson", "TX"): (-95.37, 29.76),
    ("Houston Methodist", "TX"): (-95.37, 29.76),
    ("Texas Children's", "TX"): (-95.37, 29.76),
    ("UT Southwestern", "TX"): (-96.80, 32.78),
    ("Methodist Hospital San Antonio", "TX"): (-98.49, 29.43),
    ("Memorial Sloan Kettering", "NY"): (-73.98, 40.75),
    ("Roswell Park", "NY"): (-78.88, 42.89),
    ("Dana-Farber", "MA"): (-71.06, 42.36),
    ("Massachusetts General", "MA"): (-71.06, 42.36),
    ("Moffitt", "FL"): (-82.46, 27.99),
    ("Sylvester", "FL"): (-80.19, 25.77),
    ("Mayo Clinic Hospital Jacksonville", "FL"): (-81.50, 30.28),
    ("Mayo Clinic Hospital Rochester", "MN"): (-92.47, 44.02),
    ("Mayo Clinic Hospital Phoenix", "AZ"): (-111.98, 33.60),
    ("City of Hope", "CA"): (-117.98, 34.14),
    ("Stanford Hospital", "CA"): (-122.16, 37.43),
    ("UCSF Medical Center", "CA"): (-122.42, 37.77),
    ("Ronald Reagan UCLA", "CA"): (-118.44, 34.07),
    ("Cleveland Clinic", "OH"): (-81.69, 41.50),
    ("James Cancer Hospital", "OH"): (-83.00, 39.96),
    ("Fred Hutchinson", "WA"): (-122.33, 47.61),
    ("University of Pennsylvania", "PA"): (-75.16, 39.95),
    ("Children's Hospital of Philadelphia", "PA"): (-75.16, 39.95),
    ("University of Chicago", "IL"): (-87.63, 41.88),
    ("Northwestern Memorial", "IL"): (-87.63, 41.88),
    ("Barnes-Jewish", "MO"): (-90.20, 38.63),
    ("Vanderbilt", "TN"): (-86.78, 36.16),
    ("Sarah Cannon", "TN"): (-86.78, 36.16),
    ("St. Jude", "TN"): (-90.05, 35.15),
    ("Duke", "NC"): (-78.90, 35.99),
    ("Johns Hopkins Hospital", "MD"): (-76.61, 39.29),
    ("Karmanos", "MI"): (-83.05, 42.33),
    ("University of Michigan", "MI"): (-83.74, 42.28),
    ("Huntsman", "UT"): (-111.89, 40.76),
    ("University of Colorado", "CO"): (-104.83, 39.73),
    ("University of Kansas", "KS"): (-94.63, 39.11),
    ("Nebraska Medical Center", "NE"): (-95.94, 41.26),
    ("OHSU", "OR"): (-122.68, 45.52),
    ("Emory", "GA"): (-84.36, 33.78),
    ("Northside", "GA"): (-84.36, 33.85),
}


def read(study: str, table: str) -> pd.DataFrame:
    """Read a committed table as text."""
    return pd.read_csv(DATA / study / f"{table}.csv", dtype=str, keep_default_na=False)


def kilometres(lon: pd.Series, lat: pd.Series, place: tuple[float, float]) -> pd.Series:
    """Return distances from a place, flat within a city: 111.2 km a degree of latitude."""
    east = (lon.astype(float) - place[0]) * np.cos(np.radians(place[1]))
    return np.hypot(east, lat.astype(float) - place[1]) * 111.2


@pytest.mark.parametrize("study", ["texas", "us"])
def test_texas_has_254_counties(study: str) -> None:
    """Texas has 254 counties, the three with fewest people among them."""
    areas = read(study, "areas")
    texas = areas[areas["region"] == "TX"]
    assert len(texas) == 254
    assert {"Loving County, TX", "King County, TX", "Kenedy County, TX"} <= set(texas["name"])


def test_us_counties_have_five_digit_codes_and_people() -> None:
    """FIPS codes keep their zeros, are unique, belong to 50 states and DC, and hold the 331.4 M people of 2020."""
    areas = read("us", "areas")
    assert areas["id"].str.fullmatch(r"\d{5}").all()
    assert areas["id"].is_unique
    assert areas["region"].nunique() == 51
    assert 328e6 < areas["population"].astype(int).sum() < 335e6
    assert (areas["population"].astype(int) > 0).all()


def test_large_counties_have_their_people() -> None:
    """Los Angeles has 10.0 M, Harris 4.7 M, Cook 5.3 M people in the 2020 census; ZIP sums are within 5 %."""
    people = read("us", "areas").set_index("id")["population"].astype(int)
    assert people["06037"] == pytest.approx(10.01e6, rel=0.05)
    assert people["48201"] == pytest.approx(4.73e6, rel=0.05)
    assert people["17031"] == pytest.approx(5.28e6, rel=0.05)


def test_age_factor_averages_one() -> None:
    """The demand factor moves cases between counties and makes none."""
    areas = read("us", "areas")
    mean = np.average(areas["demand_factor"].astype(float), weights=areas["population"].astype(float))
    assert mean == pytest.approx(1.0, abs=1e-4)


def test_eligible_patients_match_the_derivation() -> None:
    """3,922 lymphoma patients (Snyder 2021) and 22 % of 35,780 myeloma cases make 11,794 a year."""
    areas, product = read("us", "areas"), read("us", "products").iloc[0]
    cases = areas["population"].astype(float).sum() * float(product["incidence_per_100k"]) / 1e5
    assert cases == pytest.approx(27_650 + 35_780, rel=0.001)
    assert cases * float(product["eligible_share"]) == pytest.approx(3_922 + 0.22 * 35_780, rel=0.001)


def test_three_platforms_cost_what_the_white_paper_says() -> None:
    """A unit of three platforms costs 1.5 to 3 M$ to set up, whichever the platform; a regional hub costs more."""
    platforms = read("us", "platforms")
    platforms = platforms[platforms["id"] != "shuttle"]
    capex = platforms["setup_cost"].astype(float) + 3 * platforms["capex_per_platform"].astype(float)
    assert capex.between(1.5e6, 3e6).all()


def test_central_batch_cost_is_the_white_papers() -> None:
    """A batch costs 250 to 380 k$, midpoint 315,000, of which 30 to 35 %, midpoint 32.5 %, is hard to address."""
    plants = read("us", "central_plants").iloc[0]
    for column, least, most in (("batch_cost", 250_000, 380_000), ("fixed_share", 0.30, 0.35)):
        assert [float(plants[f"{column}_low"]), float(plants[f"{column}_high"])] == [least, most]
        assert float(plants[column]) == pytest.approx((least + most) / 2)


def test_central_start_costs_the_variable_part_without_vector() -> None:
    """Of 315,000 $ a batch 315,000 x 0.675 - 57,500 = 155,125 $ are making and 57,500 $ vector at the plants of us."""
    from siting.network.build import build_network
    from siting.study.read import read_study

    network = build_network(read_study(DATA / "texas"))
    rows = network.makings[network.sites["is_central"].to_numpy(bool)[network.makings["site"]]]
    assert len(rows) > 0
    assert (rows["making:manufacturer"] / rows["starts"]).to_numpy() == pytest.approx(155_125.0)
    assert (rows["vector:manufacturer"] / rows["starts"]).to_numpy() == pytest.approx(57_500.0)


@pytest.mark.parametrize(("name", "state"), list(CITIES))
def test_flagship_centre_is_in_its_city(name: str, state: str) -> None:
    """Each flagship cancer centre treats today and stands within 15 km of its city."""
    hospitals = read("us", "hospitals")
    named = hospitals["name"].str.contains(name, regex=False)
    found = hospitals[named & (hospitals["region"] == state) & (hospitals["treats_today"] == "true")]
    assert len(found) >= 1
    assert (kilometres(found["lon"], found["lat"], CITIES[name, state]) < 15).all()


def test_treatment_centres_are_all_there_once() -> None:
    """Every hand-written treatment centre is one hospital that treats today, and nobody else does."""
    facts = pd.read_csv(DATA / "build" / "treatment_centres.csv", dtype=str, keep_default_na=False)
    hospitals = read("us", "hospitals")
    centres = hospitals[hospitals["treats_today"] == "true"]
    assert 120 <= len(facts) <= 150
    assert sorted(facts["name"] + facts["state"]) == sorted(centres["name"] + centres["region"])
    assert hospitals["id"].is_unique


def test_hospitals_stand_in_the_united_states() -> None:
    """Every hospital lies in the box of the lower 48 states, Alaska or Hawaii that its state belongs to."""
    boxes = {"AK": (-180, 51, -129, 72), "HI": (-161, 18, -154, 23)}
    hospitals = read("us", "hospitals")
    lon, lat = hospitals["lon"].astype(float), hospitals["lat"].astype(float)
    for state, rows in hospitals.groupby("region").groups.items():
        west, south, east, north = boxes.get(state, (-125, 24, -66.9, 49.5))
        assert lon[rows].between(west, east).all(), state
        assert lat[rows].between(south, north).all(), state


def test_texas_is_the_texas_part_of_us() -> None:
    """Texas holds the same rows as us: all its counties, its hospitals with 200 beds or that treat today."""
    areas, hospitals = read("us", "areas"), read("us", "hospitals")
    beds = pd.to_numeric(hospitals["beds"])
    kept = (hospitals["region"] == "TX") & ((beds >= 200) | (hospitals["treats_today"] == "true"))
    pd.testing.assert_frame_equal(read("texas", "areas"), areas[areas["region"] == "TX"].reset_index(drop=True))
    pd.testing.assert_frame_equal(read("texas", "hospitals"), hospitals[kept].reset_index(drop=True))


@pytest.mark.parametrize("study", STUDIES)
def test_every_parameter_has_a_source(study: str) -> None:
    """Each value of a table of parameters has words in the source column beside it."""
    for table in PARAMETER_TABLES:
        if not (DATA / study / f"{table}.csv").exists():
            continue
        rows = read(study, table)
        columns = [name for name in rows.columns if name not in FACTS and not name.endswith(SIBLINGS)]
        assert columns
        for column in columns:
            assert rows[f"{column}_source"].str.strip().ne("").all(), f"{study}/{table}: {column}"


def test_committed_files_are_small() -> None:
    """No committed file of data/ is larger than a megabyte, so that a clone stays quick."""
    files = [path for path in DATA.rglob("*") if path.is_file() and "packages" not in path.parts]
    assert {path.name: path.stat().st_size for path in files if path.stat().st_size > MOST_BYTES} == {}
