"""Hospitals: the cleaning rules for the list, and the hand-written treatment centres laid over it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from areas import DECIMALS
from sources import STATES

KINDS = {"acute": (1, 879), "critical access": (1300, 1399), "children": (3300, 3399)}
"""Kind of hospital by the last four digits of its CMS certification number (CCN)."""
MOST_KM_FROM_ZIP = 30.0
"""A row farther than this from the point of its own ZIP code was geocoded wrongly: it is dropped ..."""
MOST_KM_FROM_CITY = 5.0
"""... unless it is as near as this to the point of some ZIP code of its city: wide or mistyped ZIP codes."""
MOST_KM_CENTRE_FROM_ZIP = 6.0
"""A list row farther than this from a centre's ZIP is a satellite address: the centre takes the point of its ZIP."""
DEPARTMENT = r" BEHAVIORAL$"
"""The list names a hospital by one of its provider numbers; a department's name at the end is no part of it."""
EARTH_RADIUS_KM = 6371.0088
COLUMNS = ["id", "name", "city", "region", "lon", "lat", "beds", "treats_today", "kind", "patients", "located_by"]


def clean_rows(rows: pd.DataFrame, zips: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of acute, critical-access and children's hospitals that stand near their own ZIP code.

    The kept rows are those with a six-digit CCN in the ranges of `KINDS`, in the 50 states or DC, whose ZIP lies in
    the same state and within `MOST_KM_FROM_ZIP`, or which have a ZIP of their city within `MOST_KM_FROM_CITY`.
    Several rows of one CCN may remain.
    """
    rows = rows[rows["provider_num"].str.fullmatch(r"\d{6}") & rows["state"].isin(STATES)]
    number = rows["provider_num"].str[2:].astype(int)
    kind = pd.Series("", index=rows.index)
    for name, (low, high) in KINDS.items():
        kind[number.between(low, high)] = name
    zip_points = zips[["lon", "lat", "state"]].reindex(rows["zip"].str[:5]).set_axis(rows.index)
    table = pd.DataFrame(
        {
            "id": rows["provider_num"],
            "name": rows["name"].str.split().str.join(" ").str.replace(DEPARTMENT, "", regex=True),
            "city": rows["city"].str.title(),
            "region": rows["state"],
            "lon": rows["lon"].astype(float),
            "lat": rows["lat"].astype(float),
            "beds": pd.to_numeric(rows["bed_count"]).astype("Int64"),
            "kind": kind,
            "has_short_zip": rows["zip"].str.len() == 5,
            "npi": rows["npi"],
        }
    )
    table["km_from_zip"] = distance_km(table, zip_points)
    is_near_zip = (zip_points["state"] == rows["state"]) & (table["km_from_zip"] <= MOST_KM_FROM_ZIP)
    return table[(kind != "") & (is_near_zip | (_km_from_city(table, zips) <= MOST_KM_FROM_CITY))]


def _km_from_city(table: pd.DataFrame, zips: pd.DataFrame) -> pd.Series:
    """Return the distance of each row from the nearest ZIP point of the city of its address (NaN: no such city)."""
    points = zips.assign(city=zips["primary_city"].str.title(), region=zips["state"])[["city", "region", "lon", "lat"]]
    pairs = table[["city", "region"]].rename_axis("row").reset_index().merge(points, on=["city", "region"])
    away = distance_km(table.loc[pairs["row"]].reset_index(drop=True), pairs)
    return away.groupby(pairs["row"]).min().reindex(table.index)


def one_row_per_hospital(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per CCN: with beds before without, then the repaired address, then nearest to its ZIP.

    The list holds a second row for some 600 hospitals, with a five-digit ZIP; where both exist, the first carries a
    satellite's address and the second the hospital's own.
    """
    ranked = rows.assign(has_beds=rows["beds"].notna())
    order = ["id", "has_beds", "has_short_zip", "km_from_zip", "npi", "name"]
    ranked = ranked.sort_values(order, ascending=[True, False, False, True, True, True])
    return ranked.drop_duplicates("id").assign(treats_today="false", patients="", located_by="hospital list")


def build_hospitals(rows: pd.DataFrame, zips: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Return all hospitals, sorted by id, with the treatment centres in place of the rows they match.

    Parameters
    ----------
    rows : DataFrame
        The hospital list as it is.
    zips : DataFrame
        Index ZIP; ``lon, lat, state``.
    facts : DataFrame
        Treatment centres: ``name, city, state, zip, patients, ccn`` (empty where the list has no such hospital).
    """
    cleaned = clean_rows(rows, zips)
    hospitals = one_row_per_hospital(cleaned)
    centres = pd.DataFrame([_centre(fact, rows, cleaned, zips) for _, fact in facts.iterrows()])
    others = hospitals[~hospitals["id"].isin(centres["id"])]
    table = pd.concat([others[COLUMNS], centres[COLUMNS]]).sort_values("id", ignore_index=True)
    return table.round({"lon": DECIMALS, "lat": DECIMALS})


def _centre(fact: pd.Series, rows: pd.DataFrame, cleaned: pd.DataFrame, zips: pd.DataFrame) -> dict[str, object]:
    point = zips.loc[fact["zip"]]
    if point["state"] != fact["state"]:
        message = f"treatment_centres.csv: ZIP {fact['zip']} of {fact['name']} is in {point['state']}"
        raise SystemExit(message)
    matches = cleaned[cleaned["id"] == fact["ccn"]]
    away = distance_km(matches, pd.DataFrame({"lon": point["lon"], "lat": point["lat"]}, index=matches.index))
    near = matches[away <= MOST_KM_CENTRE_FROM_ZIP]
    best = near.iloc[int(away[near.index].argmin())] if len(near) else point
    beds = pd.to_numeric(rows.loc[(rows["provider_num"] == fact["ccn"]) & (fact["ccn"] != ""), "bed_count"]).dropna()
    return {
        "id": fact["ccn"] or "centre-" + re.sub(r"[^a-z0-9]+", "-", fact["name"].lower()).strip("-"),
        "name": fact["name"],
        "city": fact["city"],
        "region": fact["state"],
        "lon": best["lon"],
        "lat": best["lat"],
        "beds": int(beds.iloc[0]) if len(beds) else pd.NA,
        "treats_today": "true",
        "kind": "treatment centre",
        "patients": fact["patients"],
        "located_by": "hospital list" if len(near) else "ZIP",
    }


def distance_km(here: pd.DataFrame, there: pd.DataFrame) -> pd.Series:
    """Return the great-circle distance between points of two tables, row by row (NaN where one is unknown)."""
    lon, lat, other_lon, other_lat = (
        np.radians(table[name].astype(float)) for table in (here, there) for name in ("lon", "lat")
    )
    half = np.sin((other_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
