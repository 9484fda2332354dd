"""Studies of the lower 48 states, made from tables of counties, ZIP areas and hospitals in the folder SITING_DATA."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = Path(os.environ.get("SITING_DATA", PROJECT.parent / "shared" / "data")) / "us"
KEPT = ("modes.csv", "platforms.csv", "products.csv", "central_plants.csv")
OUTSIDE = ("AK", "HI", "PR", "VI", "GU", "AS", "MP", "PW")
KINDS = ("GENERAL ACUTE CARE", "CHILDREN")
SETTINGS = """\
[study]
name = "Lower 48 states"
currency = "USD"
price_year = 2025
distance_unit = "mi"
[travel]
max_distance = 300
[courier]
max_distance = {courier}
[limits]
allow_unserved = true
allow_unreachable = true
"""
AREAS = {
    "county": ("demand_county.csv", {"id": "county_fips", "name": "county", "lon": "lon_popw", "lat": "lat_popw",
                                     "population": "population_2020_delphi", "region": "state"}),
    "zip": ("demand_zcta_acs2022.csv", {"id": "zcta", "name": "primary_city", "lon": "lon", "lat": "lat",
                                        "population": "population", "region": "state"}),
}  # fmt: skip
HOSPITALS = {"id": "hifld_id", "name": "name", "city": "city", "region": "state", "lon": "lon", "lat": "lat",
             "beds": "beds"}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """What a study holds; `most` cuts areas and hospitals to the most populous ones and those with most beds."""

    areas: str
    beds: int
    courier: int = 0
    most_areas: int | None = None
    most_hospitals: int | None = None


def write_study(folder: Path, size: Size) -> None:
    """Write the study folder: areas of the lower 48 states, their open acute and children's hospitals."""
    for table in KEPT:
        (folder / table).write_text((PROJECT / "data" / "us" / table).read_text(encoding="utf-8"), encoding="utf-8")
    file, columns = AREAS[size.areas]
    areas = pd.read_csv(SOURCE / file, dtype={"county_fips": str, "zcta": str})
    areas = areas[~areas["state"].isin(OUTSIDE)].rename(columns={old: new for new, old in columns.items()})
    areas = areas[list(columns)].dropna(subset=["lon", "lat"]).query("population > 0")
    if size.most_areas is not None:
        areas = areas.nlargest(size.most_areas, "population").sort_index()
    areas.to_csv(folder / "areas.csv", index=False)
    places = pd.read_csv(SOURCE / "hospitals_hifld_2022.csv", dtype={"hifld_id": str})
    chosen = (places["status"] == "OPEN") & (places["beds"] >= size.beds) & places["type"].isin(KINDS)
    places = places[chosen & ~places["state"].isin(OUTSIDE)]
    if size.most_hospitals is not None:
        places = places.nlargest(size.most_hospitals, "beds").sort_index()
    centres = pd.read_csv(SOURCE / "cart_centres_seed_unverified.csv", dtype={"hifld_id": str})["hifld_id"]
    hospitals = pd.DataFrame({new: places[old] for new, old in HOSPITALS.items()})
    hospitals["treats_today"] = places["hifld_id"].isin(centres).map({True: "true", False: "false"})
    hospitals.to_csv(folder / "hospitals.csv", index=False)
    (folder / "study.toml").write_text(SETTINGS.format(courier=size.courier), encoding="utf-8")
