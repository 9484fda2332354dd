"""Areas, hospitals and sites as tables by position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.money import annuity_factor
from siting.words import count, proper

if TYPE_CHECKING:
    from siting.study.study import Study

GRADES = {"none": 0, "": 0, "D": 1, "C": 2, "B": 3, "A": 4}
"""Clean-room grades in order; A is cleanest."""


def codes(values: pd.Series, ids: tuple[str, ...]) -> np.ndarray:
    """Return positions of ids in an id list (-1 where an id is not in it)."""
    return pd.Index(ids).get_indexer(pd.Index(values)).astype(np.int32)


def ids_of(study: Study, table: str) -> tuple[str, ...]:
    """Return the ids of a table in its own order; empty where the study has no such table."""
    return tuple(study.tables[table]["id"]) if table in study.tables else ()


def named(rows: pd.DataFrame) -> pd.Series:
    """Return names, in capitals no more, with the id where a name is empty."""
    return rows["name"].map(proper).where(rows["name"] != "", rows["id"])


def area_table(study: Study) -> pd.DataFrame:
    """Return the areas by position, as `Network.areas` wants them."""
    rows = study.tables["areas"]
    kept = rows[["region", "group", "lon", "lat", "population"]].reset_index(drop=True)
    kept.insert(0, "name", named(rows).to_numpy())
    return kept


def hospital_table(study: Study) -> pd.DataFrame:
    """Return the hospitals by position, as `Network.hospitals` wants them."""
    rows = study.tables["hospitals"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "name": named(rows),
            "city": rows["city"],
            "region": rows["region"],
            "lon": rows["lon"],
            "lat": rows["lat"],
            "beds": rows["beds"].astype(float),
            "treats_today": rows["treats_today"].astype(bool),
            "becomes_centre": rows["becomes_centre"].astype(bool),
            "is_openable": False,
            "treatment_capacity": rows["treatment_capacity_per_year"].astype(float),
            "min_treated": study.config.limits.min_starts_at_new_centre,
            "activation:host": 0.0,
        }
    )


def activation_per_year(study: Study) -> np.ndarray:
    """Return the yearly cost of starting to treat at each hospital: 0 where it treats today or never will."""
    rows, costs = study.tables["hospitals"], study.config.costs
    once = rows["activation_cost"].astype(float).fillna(costs.activation)
    starts = ~rows["treats_today"].astype(bool) & rows["becomes_centre"].astype(bool)
    return (once * starts * annuity_factor(costs.discount_rate, costs.life_years)).to_numpy(float)


def site_table(study: Study) -> pd.DataFrame:
    """Return the sites by position: every hospital, then every central plant."""
    hospitals = study.tables["hospitals"].reset_index(drop=True)
    sites = pd.DataFrame(
        {
            "name": named(hospitals),
            "city": hospitals["city"],
            "region": hospitals["region"],
            "lon": hospitals["lon"],
            "lat": hospitals["lat"],
            "hospital": np.arange(len(hospitals)),
            "is_central": False,
            "status": hospitals["status"],
            "may_close": hospitals["may_close"].astype(bool),
            "beds": hospitals["beds"].astype(float),
        }
    )
    if "central_plants" not in study.tables:
        return sites
    plants = study.tables["central_plants"].reset_index(drop=True)
    central = pd.DataFrame(
        {
            "name": named(plants),
            "city": "",
            "region": plants["region"],
            "lon": plants["lon"],
            "lat": plants["lat"],
            "hospital": -1,
            "is_central": True,
            "status": "existing",
            "may_close": plants["may_close"].astype(bool),
            "beds": np.nan,
        }
    )
    return pd.concat([sites, central], ignore_index=True)


def may_host(study: Study) -> tuple[pd.Series, tuple[str, ...]]:
    """Say which hospitals may host a unit at all, and what unknown beds decided.

    Returns
    -------
    Series of bool, by position
        True where the hospital can host, is not banned and is large enough.
    tuple of str
        Notes for the summary.
    """
    rows, section = study.tables["hospitals"].reset_index(drop=True), study.config.study
    beds = rows["beds"].astype(float)
    exempt = rows["treats_today"].astype(bool) | rows["status"].isin(["existing", "required"])
    allowed = rows["can_host"].astype(bool) & (rows["status"] != "banned")
    unknown = allowed & beds.isna() & ~exempt & (section.min_beds > 0)
    small = (beds < section.min_beds) & ~exempt
    notes = []
    if unknown.any():
        notes.append(f"Unknown beds: {count(int(unknown.sum()), 'hospital')} {section.unknown} as host.")
    allowed &= ~small
    if section.unknown == "excluded":
        allowed &= ~unknown
    return allowed, tuple(notes)
