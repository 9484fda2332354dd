"""Options: a configuration with a number of platforms at a site, with capacity, space, people and money.

Capex a unit = (setup cost + n x price) x mode factor, as an annuity; area = first stack + further stacks; capacity
from the queue (`siting.network.capacity`) or the study's own table. Units in shared use bear their share of all this
but the area, and have their share of the capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.capacity import DAYS_PER_YEAR, Queue, starts_per_year
from siting.network.configurations import service_class_table, use_table
from siting.network.money import annuity_factor
from siting.network.places import GRADES, activation_per_year
from siting.network.plants import plant_table
from siting.network.space import fit_out_cost
from siting.network.staff import staff_table
from siting.words import count, listed

if TYPE_CHECKING:
    from siting.study.study import Study

_MODE_TERMS = ["capex_host_share", "opex_host_share", "oversight_per_year", "entry_fee"]
_PLACE = [
    "site", "space_m2", "cleanroom_grade", "capabilities", "rent_per_m2", "purchase_per_m2", "wage_factor", "status",
    "existing_mode", "existing_platform", "existing_count", "activation",
]  # fmt: skip
_EVERYWHERE = ("capex", "fixed_opex", "rent")
"""Components that every study has; others appear where they cost something."""


def capacity_table(study: Study) -> pd.DataFrame:
    """Return ``platform, service_class, platforms, capacity`` (starts a year) for every platform, class and number.

    The study's own table holds where it names the platform: its rows for the class, else its rows for all classes.
    """
    section, classes = study.config.queue, service_class_table(study)
    key = ["platform", "service_class", "platforms", "capacity"]
    rows = []
    for _, platform in study.tables["platforms"].iterrows():
        for _, service in classes.iterrows():
            own = _own_capacity(study, platform["id"], service["id"])
            queue = Queue(service["max_wait_d"], section.arrival_cv2, section.service_cv2)
            counts = range(1, int(platform["max_count"]) + 1)
            found = own if len(own) else [(count, queue_capacity(platform, count, queue)) for count in counts]
            rows += [(platform["id"], service["id"], count, capacity) for count, capacity in found]
    return pd.DataFrame(rows, columns=key).astype({"platforms": int, "capacity": float})


def _own_capacity(study: Study, platform: str, service_class: str) -> list[tuple[int, float]]:
    """Return (number, starts a year) from the study's capacity table; empty where it does not name the platform."""
    if "capacities" not in study.tables:
        return []
    table = study.tables["capacities"]
    rows = table[(table["platform"] == platform) & table["service_class"].isin(["", service_class])]
    rows = rows[rows["service_class"] == (service_class if service_class in set(rows["service_class"]) else "")]
    return list(rows[["count", "starts_per_year"]].itertuples(index=False, name=None))


def capacity_notes(study: Study) -> tuple[str, ...]:
    """Say for the summary which capacities the study gives itself, as nothing here knows the wait they mean."""
    if "capacities" not in study.tables:
        return ()
    own = listed(study.tables["capacities"]["platform"].unique())
    wait = study.config.queue.max_wait_d
    return (f"Capacity of {own} is your own table; its wait is taken to be {wait:g} days (siting simulate checks it).",)


def queue_capacity(platform: pd.Series, count: int, queue: Queue) -> float:
    """Return the starts a year that a number of platforms can promise, on its operating days and with its staff."""
    slot_d = platform["process_d"] + platform["turnaround_d"]
    days = platform["operating_days_per_year"]
    share = platform["availability"] * days / DAYS_PER_YEAR
    starts = starts_per_year(int(count * platform["slots"]), slot_d, share, queue)
    handled = platform["starts_per_shift"] * platform["shifts_per_day"] * days
    return float(np.fmin(starts, handled))


def unit_terms(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return what a unit costs before any site is known: one row for each (configuration, number of platforms)."""
    units = configurations[~configurations["is_central"]].assign(configuration=lambda rows: rows.index)
    parts = ["mode", "platform", "service_class", "use"]
    rows = units[["configuration", *parts]].merge(capacity_table(study), on=["platform", "service_class"])
    platform, mode, use = (
        table.set_index("id").loc[rows[name]].reset_index(drop=True)
        for name, table in (
            ("platform", study.tables["platforms"]), ("mode", study.tables["modes"]), ("use", use_table(study)),
        )
    )  # fmt: skip
    count, borne = rows["platforms"], use["cost_share"]
    stacks = np.ceil(count / platform["stack"])
    fixed = platform["fixed_opex"] + count * platform["fixed_opex_per_platform"]
    return rows.assign(
        capacity=rows["capacity"] * use["capacity_share"],
        cost_share=borne,
        setup=platform["setup_cost"] * mode["capex_factor"] * borne,
        platform_price=platform["capex_per_platform"] * mode["capex_factor"] * borne,
        fixed=fixed * mode["fixed_opex_factor"] * borne,
        area_m2=platform["area_m2"] + (stacks - 1) * platform["area_per_stack_m2"],
        grade=platform["cleanroom_grade"].map(GRADES).to_numpy(),
        min_starts=mode["min_starts_per_year"],
        **{column: platform[column] for column in ("needs", "fit_out_per_m2")},
        **staff_table(study, rows),
        **{column: mode[column] for column in _MODE_TERMS},
    )


def option_table(study: Study, configurations: pd.DataFrame, hosts: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the options of every site that may host, as `Network.options` wants them, and notes for the summary.

    Units that do not fit the known floor space, clean room and capabilities are not created; unknown space or clean
    room follows ``study.unknown``. A unit that exists today keeps its mode and platform and may change the rest.
    """
    hospitals = study.tables["hospitals"].reset_index(drop=True)
    places = hospitals.assign(site=np.arange(len(hospitals)), activation=activation_per_year(study))
    rows = places.loc[hosts.to_numpy(), _PLACE].merge(unit_terms(study, configurations), how="cross")
    rows["fit_out"] = fit_out_cost(study, rows)
    fits = np.isfinite(rows["fit_out"])
    unknown = rows["space_m2"].isna() | (rows["cleanroom_grade"] == "")
    if study.config.study.unknown == "excluded":
        fits &= ~unknown
    sites_unknown = rows.loc[unknown & (rows["status"] != "existing"), "site"].nunique()
    word = study.config.study.unknown
    notes = (
        (f"Unknown space or clean room: {count(sites_unknown, 'hospital')} {word} as host.",) if sites_unknown else ()
    )
    grown = (rows["existing_mode"] == rows["mode"]) & (rows["existing_platform"] == rows["platform"])
    grown &= rows["platforms"] >= rows["existing_count"]
    rows = rows[np.where(rows["status"] == "existing", grown, fits)].reset_index(drop=True)
    return _priced(rows, study), notes


def _priced(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    costs = study.config.costs
    yearly = annuity_factor(costs.discount_rate, costs.life_years)
    is_new = rows["status"] != "existing"
    bought = rows["platforms"] - rows["existing_count"].where(~is_new, 0)
    purchase = rows["purchase_per_m2"].astype(float) * rows["area_m2"] * rows["cost_share"]
    once = {
        "capex": rows["setup"].where(is_new, 0.0) + bought * rows["platform_price"],
        "fit_out": (rows["fit_out"] * rows["cost_share"]).where(is_new, 0.0),
        "purchase": purchase.where(is_new).fillna(0.0),
    }
    each_year = {
        "fixed_opex": rows["fixed"],
        "rent": (rows["rent_per_m2"] * rows["area_m2"] * rows["cost_share"]).where(rows["purchase_per_m2"].isna(), 0.0),
        "staff": rows["wages"] * rows["wage_factor"] * rows["cost_share"],
    }
    capex, fee = sum(once.values()), rows["entry_fee"].where(is_new, 0.0) * yearly
    priced = pd.DataFrame(
        {
            "site": rows["site"].astype(np.int32),
            "configuration": rows["configuration"].astype(np.int32),
            "platforms": rows["platforms"].astype(int),
            "capacity": rows["capacity"].astype(float),
            "min_starts": rows["min_starts"],
            "area_m2": rows["area_m2"],
            "fte": rows["fte"] * rows["cost_share"],
            "capex": capex,
            "capex_manufacturer": capex * (1.0 - rows["capex_host_share"]),
            "is_existing": ~is_new & (bought == 0),
            "oversight:manufacturer": rows["oversight_per_year"],
            "entry_fee:host": fee,
            "entry_fee:manufacturer": -fee,
            "activation:host": rows["activation"].where(is_new, 0.0),
        }
    )
    by_host = [(name, amount * yearly, rows["capex_host_share"]) for name, amount in once.items()]
    by_host += [(name, amount, rows["opex_host_share"]) for name, amount in each_year.items()]
    shared = {
        f"{name}:{payer}": amount * share
        for name, amount, host in by_host
        if name in _EVERYWHERE or amount.any()
        for payer, share in (("manufacturer", 1.0 - host), ("host", host))
    }
    return priced.assign(**shared)


def plant_options(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return one option for each central plant; its fixed cost is paid unless the plant may close and does."""
    if "central_plants" not in study.tables:
        return pd.DataFrame()
    plants, first = plant_table(study), len(study.tables["hospitals"])
    return pd.DataFrame(
        {
            "site": (first + np.arange(len(plants))).astype(np.int32),
            "configuration": np.flatnonzero(configurations["is_central"]).astype(np.int32),
            "platforms": 1,
            "capacity": plants["capacity_starts_per_year"].astype(float).fillna(np.inf),
            "min_starts": 0.0,
            "area_m2": 0.0,
            "fte": 0.0,
            "capex": 0.0,
            "capex_manufacturer": 0.0,
            "is_existing": True,
            "reference_starts": plants["reference_batches_per_year"].astype(float),
            "fixed_opex:manufacturer": plants["fixed_cost_per_year"],
        }
    )
