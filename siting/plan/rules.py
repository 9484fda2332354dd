"""The rules of law and payers in a plan: what each took away, and whether the plan feels it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.model.features.hubs import attachments
from siting.model.goals import quantities
from siting.network.regimes import COST_NAME
from siting.words import count, money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.plan.outcomes import Outcomes

    Floats = NDArray[np.float64]

SHOWN = 5
"""Rows taken away that are named; the rest are counted."""


def rule_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return one row for each rule and each regime of the study.

    Returns
    -------
    DataFrame
        ``rule_id, kind, mode``; ``trips_removed, lanes_removed, units_removed`` (rows of the network, a unit is a site
        with a configuration); ``removed``: the first of them by name; ``patients``: patients of a mean year who travel
        past a hospital that treats, or whose cells travel past an open unit, because the rule forbids it; ``spokes`` of
        the last period and ``span`` of a hub; ``months`` and ``cost_per_year`` of a regime; ``binds``: whether it took
        rows away, the hub is full in any period, or the regime is paid; ``note``. A rule without patients may still
        have shaped the plan: what it forbids is not there to be chosen.
    """
    network = outcomes.network
    law = network.law
    rules = law.rules
    removed = {
        f"{name}_removed": np.bincount(table["rule"].astype(int), minlength=len(rules))
        for name, table in (("trips", law.trips), ("lanes", law.lanes), ("units", law.options))
    }
    patients = _passing(outcomes)
    is_hub, is_regime = rules["kind"].eq("hub").to_numpy(bool), rules["kind"].eq("regime").to_numpy(bool)
    spokes, is_full = _spokes(outcomes)
    cost = np.where(is_regime, _paid(outcomes), 0.0)
    binds = is_full | (cost > 0) | (sum(removed.values()) > 0)
    return pd.DataFrame(
        {
            "rule_id": rules["id"],
            "kind": rules["kind"],
            "mode": rules["mode"],
            **removed,
            "removed": [_removed(network, number) for number in range(len(rules))],
            "patients": np.where(is_hub | is_regime, np.nan, patients),
            "spokes": np.where(is_hub, spokes, np.nan),
            "span": np.where(is_hub, rules["span"], np.nan),
            "months": rules["months"].astype(float),
            "cost_per_year": np.where(is_regime, cost, np.nan),
            "binds": binds,
            "note": rules["note"],
        }
    )


def _removed(network: Network, rule: int) -> str:
    """Name the first rows that a rule takes away, and count the rest."""
    ids, law = network.ids, network.law
    names = {"area": ids.areas, "hospital": ids.hospitals, "site": ids.sites,
             "configuration": network.configurations["id"].tolist()}  # fmt: skip
    found: list[str] = []
    for table in (law.trips, law.lanes, law.options):
        ends = [column for column in table.columns if column in names]
        rows = table.loc[table["rule"] == rule, ends].drop_duplicates()
        parts = (" / ".join(names[end][k] for end, k in zip(ends, row, strict=True)) for row in rows.to_numpy(int))
        found += parts
    more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def _passing(outcomes: Outcomes) -> Floats:
    """Return, by rule, the patients who travel, or whose cells travel, longer than a forbidden way to an open place."""
    network, solution, law = outcomes.network, outcomes.solution, outcomes.network.law
    treating: NDArray[np.bool_] = np.any(solution.treating, axis=0)
    trips = law.trips[treating[law.trips["hospital"].to_numpy(int)]]
    lanes = law.lanes[_is_open(outcomes, law.lanes)]
    patients = np.zeros(len(law.rules))
    for barred, rows, key, length, flow in (
        (trips, network.trips, ["area", "product"], "minutes", solution.referred),
        (lanes, network.lanes, ["hospital", "product"], "hours", solution.shipped),
    ):
        going = rows[[*key, length]].assign(patients=flow @ outcomes.mean_year)
        nearest = barred.groupby(["rule", *key])[length].min().rename("forbidden").reset_index()
        past = nearest.merge(going[going["patients"] > 0], on=key)
        past = past[past[length] > past["forbidden"]]
        np.add.at(patients, past["rule"].to_numpy(int), past["patients"].to_numpy(float))
    return patients


def _is_open(outcomes: Outcomes, lanes: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which forbidden lanes lead to a unit that the plan runs, in the rule's mode if it names one."""
    network = outcomes.network
    mode = np.append(network.configurations["mode"].to_numpy(object)[network.options["configuration"]], "")
    runs = mode[outcomes.solution.open_options[:, lanes["site"].to_numpy(int)]]
    about = network.law.rules["mode"].to_numpy(object)[lanes["rule"].to_numpy(int)]
    return np.any((runs != "") & ((about == "") | (runs == about)), axis=0)


def _spokes(outcomes: Outcomes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return, by rule, the spokes of a hub in the last period, and whether it is full in any."""
    network = outcomes.network
    span = network.law.rules["span"].to_numpy(int)
    counts = np.zeros((len(outcomes.solution.open_options), len(span)), dtype=np.int64)
    for period, chosen in enumerate(outcomes.solution.open_options):
        np.add.at(counts[period], list(attachments(network, chosen)[0].values()), 1)
    return counts[-1], ((counts >= span) & (span > 0)).any(axis=0)


def _paid(outcomes: Outcomes) -> Floats:
    """Return, by rule, what a regime costs in a mean year."""
    network = outcomes.network
    years = float(network.periods["weight"].sum())
    used = quantities(network, outcomes.solution)["shared_costs"] / years * network.cost("shared_costs")
    by_name = dict(zip(network.shared_costs["name"], used, strict=True))
    return np.array([by_name.get(f"{COST_NAME}{name}", 0.0) for name in network.law.rules["id"]])


def rule_lines(rows: pd.DataFrame, currency: str) -> Iterator[str]:
    """Yield the rules that bind in words, one line each, and a count of the others."""
    for row in rows[rows["binds"]].itertuples():
        note = f" ({row.note})" if row.note else ""
        yield f"  {row.rule_id}: {row.kind.replace('_', ' ')}, {_felt(row, currency)}{note}"
    silent = int((~rows["binds"]).sum())
    if silent:
        yield f"  {count(silent, 'further rule')} {'does' if silent == 1 else 'do'} not bind."


def _felt(row: Any, currency: str) -> str:
    if row.kind == "hub":
        return f"full with {count(int(row.span), 'spoke')}"
    if row.kind == "regime" and row.cost_per_year > 0:
        return f"{money(row.cost_per_year, currency)} a year, {row.months:,.0f} months to the first unit"
    if row.units_removed:
        return f"{count(row.units_removed, 'unit')} not allowed ({row.removed})"
    what, past = ("trip", "go past a hospital") if row.trips_removed else ("lane", "have their cells pass a unit")
    gone = f"{count(row.trips_removed + row.lanes_removed, what)} taken away ({row.removed})"
    return f"{gone}; {row.patients:,.1f} patients a year {past} that it forbids"
