"""Counties as demand areas: sums and population-weighted means of their ZIP code areas."""

from __future__ import annotations

import numpy as np
import pandas as pd

RATE_RATIO_65 = 7.0
"""Assumption: cases per person at 65 and over, relative to below 65. It puts about 58 % of cases at 65 and over."""
DECIMALS = 4
"""Decimals of lon and lat: about 10 m."""
FACTOR_SOURCE = "assumption: age factor, see README"


def build_areas(zips: pd.DataFrame) -> pd.DataFrame:
    """Return one row per county with people in it, sorted by FIPS code.

    Parameters
    ----------
    zips : DataFrame
        Index ZIP; ``county_fips, county, state, lat, lon, population, pct_65_plus, urbanicity_tier``.

    Returns
    -------
    DataFrame
        ``id, name, lon, lat, population, demand_factor, demand_factor_source, region, group``.
    """
    people = zips[zips["population"] > 0]
    weighted = pd.DataFrame(
        {
            "id": people["county_fips"],
            "population": people["population"],
            "lon": people["lon"] * people["population"],
            "lat": people["lat"] * people["population"],
            "old": people["pct_65_plus"] * people["population"],
        }
    )
    sums = weighted.groupby("id").sum().sort_index()
    labels = people.groupby("county_fips")[["county", "state"]].agg(_most_frequent)
    old_share = sums["old"] / sums["population"]
    rate = 1 + (RATE_RATIO_65 - 1) * old_share
    mean_rate = float(np.average(rate, weights=sums["population"]))
    areas = pd.DataFrame(
        {
            "name": labels["county"] + ", " + labels["state"],
            "lon": (sums["lon"] / sums["population"]).round(DECIMALS),
            "lat": (sums["lat"] / sums["population"]).round(DECIMALS),
            "population": sums["population"],
            "demand_factor": (rate / mean_rate).round(4),
            "demand_factor_source": FACTOR_SOURCE,
            "region": labels["state"],
            "group": _settlement(people),
        }
    )
    return areas.rename_axis("id").reset_index()


def _most_frequent(values: pd.Series) -> str:
    return min(values.mode())


def _settlement(people: pd.DataFrame) -> pd.Series:
    """Return the tier in which most people of each county live; dense urban counts as urban."""
    tier = people["urbanicity_tier"].replace({"dense_urban": "urban"})
    sums = people.groupby([people["county_fips"], tier])["population"].sum().unstack(fill_value=0)
    return sums[sorted(sums.columns)].idxmax(axis=1)
