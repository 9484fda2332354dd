"""Objectives recounted from the rows of the network and the values of a solution; no Pyomo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.model.features.budget import capex
from siting.model.features.counts import units
from siting.model.features.cvar_travel import cvar_travel
from siting.model.features.mean_travel import mean_travel
from siting.model.features.milestones import reached
from siting.model.features.vein_to_vein import vein_to_vein
from siting.model.features.within import travel_quantile
from siting.model.tolerance import RELATIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]


def quantities(network: Network, solution: Solution) -> dict[str, Floats]:
    """Return how much of each row of each ledger table a plan uses, weighted over slices and periods."""
    weight, years = network.slices["weight"].to_numpy(float), network.periods["weight"].to_numpy(float)
    chosen = np.zeros(len(network.options))
    for period, row in enumerate(solution.open_options):
        np.add.at(chosen, row[row >= 0], years[period])
    opened = solution.open_options >= 0
    paid = np.zeros(len(network.shared_costs))
    mode = np.append(network.configurations["mode"].to_numpy(object)[network.options["configuration"]], "none")
    runs, members = mode[solution.open_options], network.shared_members
    for cost, rows in members.groupby("shared_cost"):
        sites, modes = rows["site"].to_numpy(), rows["mode"].to_numpy()
        paid[cost] = years @ (opened[:, sites] & ((modes == "") | (runs[:, sites] == modes))).any(axis=1)
    by_choice = network.hospitals["is_openable"].to_numpy(bool) & ~network.hospitals["treats_today"].to_numpy(bool)
    return {
        "trips": solution.referred @ weight,
        "unmet": solution.unmet @ weight,
        "lanes": solution.shipped @ weight,
        "makings": solution.made @ weight,
        "options": chosen,
        "milestones": reached(network, solution) @ weight,
        "hospitals": years @ (solution.treating & by_choice),
        "shared_costs": paid,
    }


def total_cost(network: Network, solution: Solution) -> float:
    """Return the weighted cost of a plan over all periods: what the total_cost objective minimises."""
    return float(sum(amount @ network.cost(table) for table, amount in quantities(network, solution).items()))


def worst_trip(network: Network, solution: Solution) -> float:
    """Return the longest trip that anyone takes, in minutes."""
    going = (solution.referred > RELATIVE * max(1.0, solution.referred.max(initial=0.0))).any(axis=1)
    return float(network.trips["minutes"].to_numpy()[going].max(initial=0.0))


def infused(network: Network, solution: Solution) -> float:
    """Return the patients infused, weighted over slices."""
    return float(network.makings["infused"].to_numpy() @ solution.made @ network.slices["weight"].to_numpy())


def p90_travel(network: Network, solution: Solution) -> float:
    """Return the minutes within which nine patients in ten travel, the unserved at the travel limit."""
    return travel_quantile(network, solution, P90)


P90 = 0.9
GOALS: dict[str, Callable[[Network, Solution], float]] = {
    "total_cost": total_cost,
    "mean_travel": mean_travel,
    "patients_treated": infused,
    "worst_travel": worst_trip,
    "p90_travel": p90_travel,
    "cvar_travel": cvar_travel,
    "vein_to_vein": vein_to_vein,
    "capex": capex,
    "units": units,
}
"""How each objective is recounted."""
