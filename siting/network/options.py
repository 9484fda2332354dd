"""Options: a configuration with a number of platforms at a site, with capacity, space and money.

Capex a unit = (setup cost + n x price) x mode factor, as an annuity; area = first stack + further stacks; capacity
from the queue (`siting.network.capacity`) or the study's own table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.capacity import Queue, starts_per_year
from siting.network.money import annuity_factor
from siting.network.places import GRADES, activation_per_year

if TYPE_CHECKING:
    from siting.study.study import Study


def capacity_table(study: Study) -> pd.DataFrame:
    """Return ``platform, platforms, capacity`` (starts a year) for every platform and number."""
    section, own = study.config.queue, study.tables.get("capacities")
    named = set() if own is None else set(own["platform"])
    queue = Queue(section.max_wait_d, section.arrival_cv2, section.service_cv2)
    rows = [
        (row["id"], count, starts_per_year(
            int(count * row["slots"]), row["process_d"] + row["turnaround_d"], row["availability"], queue))
        for _, row in study.tables["platforms"].iterrows()
        if row["id"] not in named
        for count in range(1, int(row["max_count"]) + 1)
    ]  # fmt: skip
    types = {"platform": str, "platforms": int, "capacity": float}
    computed = pd.DataFrame(rows, columns=list(types)).astype(types)
    if own is None:
        return computed
    given = own.rename(columns={"count": "platforms", "starts_per_year": "capacity"})
    return pd.concat([computed, given[list(types)].astype(types)], ignore_index=True)


def unit_terms(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return what a unit costs before any site is known: one row for each (configuration, number of platforms)."""
    units = configurations[~configurations["is_central"]].assign(configuration=lambda rows: rows.index)
    rows = units[["configuration", "mode", "platform"]].merge(capacity_table(study), on="platform")
    platform = study.tables["platforms"].set_index("id").loc[rows["platform"]].reset_index(drop=True)
    mode = study.tables["modes"].set_index("id").loc[rows["mode"]].reset_index(drop=True)
    count = rows["platforms"]
    stacks = np.ceil(count / platform["stack"])
    return rows.assign(
        setup=platform["setup_cost"] * mode["capex_factor"],
        platform_price=platform["capex_per_platform"] * mode["capex_factor"],
        fixed=(platform["fixed_opex"] + count * platform["fixed_opex_per_platform"]) * mode["fixed_opex_factor"],
        area_m2=platform["area_m2"] + (stacks - 1) * platform["area_per_stack_m2"],
        grade=platform["cleanroom_grade"].map(GRADES).to_numpy(),
        min_starts=mode["min_starts_per_year"],
        **{
            column: mode[column]
            for column in ("capex_host_share", "opex_host_share", "oversight_per_year", "entry_fee")
        },
    )


def option_table(study: Study, configurations: pd.DataFrame, hosts: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the options of every site that may host, as `Network.options` wants them, and notes for the summary.

    Units that do not fit the known floor space or clean room are not created; unknown space or clean room follows
    ``study.unknown``.
    """
    hospitals = study.tables["hospitals"].reset_index(drop=True)
    places = hospitals.assign(site=np.arange(len(hospitals)), activation=activation_per_year(study))
    columns = [
        "site", "space_m2", "cleanroom_grade", "rent_per_m2", "status", "existing_mode", "existing_platform",
        "existing_count", "activation",
    ]  # fmt: skip
    rows = places.loc[hosts.to_numpy(), columns].merge(unit_terms(study, configurations), how="cross")
    unknown = rows["space_m2"].isna() | (rows["cleanroom_grade"] == "")
    fits = ~(rows["area_m2"] > rows["space_m2"].astype(float))
    fits &= (rows["cleanroom_grade"] == "") | (rows["cleanroom_grade"].map(GRADES).astype(float) >= rows["grade"])
    if study.config.study.unknown == "excluded":
        fits &= ~unknown
    sites_unknown = rows.loc[unknown & (rows["status"] != "existing"), "site"].nunique()
    word = study.config.study.unknown
    notes = (
        (f"{sites_unknown:,} hospitals with unknown space or clean room are {word} as hosts.",) if sites_unknown else ()
    )
    grown = (rows["existing_mode"] == rows["mode"]) & (rows["existing_platform"] == rows["platform"])
    grown &= rows["platforms"] >= rows["existing_count"]
    rows = rows[np.where(rows["status"] == "existing", grown, fits)].reset_index(drop=True)
    return _priced(rows, study), notes


def _priced(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    costs = study.config.costs
    yearly = annuity_factor(costs.discount_rate, costs.life_years)
    exists = rows["status"] == "existing"
    bought = rows["platforms"] - rows["existing_count"].where(exists, 0)
    capex = rows["setup"].where(~exists, 0.0) + bought * rows["platform_price"]
    fee = rows["entry_fee"].where(~exists, 0.0) * yearly
    host, rent = rows["capex_host_share"], rows["rent_per_m2"] * rows["area_m2"]
    return pd.DataFrame(
        {
            "site": rows["site"].astype(np.int32),
            "configuration": rows["configuration"].astype(np.int32),
            "platforms": rows["platforms"].astype(int),
            "capacity": rows["capacity"].astype(float),
            "min_starts": rows["min_starts"],
            "area_m2": rows["area_m2"],
            "capex": capex,
            "capex_manufacturer": capex * (1.0 - host),
            "is_existing": exists & (bought == 0),
            "capex:manufacturer": capex * (1.0 - host) * yearly,
            "capex:host": capex * host * yearly,
            "fixed_opex:manufacturer": rows["fixed"] * (1.0 - rows["opex_host_share"]),
            "fixed_opex:host": rows["fixed"] * rows["opex_host_share"],
            "rent:manufacturer": rent * (1.0 - rows["opex_host_share"]),
            "rent:host": rent * rows["opex_host_share"],
            "oversight:manufacturer": rows["oversight_per_year"],
            "entry_fee:host": fee,
            "entry_fee:manufacturer": -fee,
            "activation:host": rows["activation"].where(~exists, 0.0),
        }
    )


def plant_options(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return one option for each central plant; its fixed cost is paid unless the plant may close and does."""
    if "central_plants" not in study.tables:
        return pd.DataFrame()
    plants, first = study.tables["central_plants"].reset_index(drop=True), len(study.tables["hospitals"])
    return pd.DataFrame(
        {
            "site": (first + np.arange(len(plants))).astype(np.int32),
            "configuration": np.flatnonzero(configurations["is_central"]).astype(np.int32),
            "platforms": 1,
            "capacity": plants["capacity_starts_per_year"].astype(float).fillna(np.inf),
            "min_starts": 0.0,
            "area_m2": 0.0,
            "capex": 0.0,
            "capex_manufacturer": 0.0,
            "is_existing": True,
            "fixed_opex:manufacturer": plants["fixed_cost_per_year"].astype(float),
        }
    )
