"""Ceilings by group: the mean trip of a group of areas, in minutes or against the mean trip of all patients.

With W_g the patients of group g, W all patients, and mean trips that count the unserved at the travel limit:

(27a)  sum_{a in g} w_s D (minutes share + unserved_min unserved)  <=  cap W_g
(27b)  sum_{a in g} w_s D (minutes share + unserved_min unserved)  <=  ratio W_g / W x the same over all areas
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.features.cvar_travel import demand_minutes
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import exceeds
from siting.network.attainable import weighted_patients

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import GroupRule, Network

    Floats = NDArray[np.float64]


def _weights(network: Network, rule: GroupRule) -> Floats:
    """Return the share that each demand row has of the group's patients; they add up to 1."""
    own = np.where(network.demands["area"].isin(rule.areas), weighted_patients(network), 0.0)
    return own / own.sum() if own.sum() > 0 else own


def group_minutes(network: Network, solution: Solution, rule: GroupRule) -> float:
    """Return the mean trip of a group in minutes, the unserved at the travel limit."""
    return float(demand_minutes(network, solution) @ _weights(network, rule))


def _mean(model: pyo.ConcreteModel, weights: Floats) -> pyo.Expression:
    """Return a weighted sum over demand rows of their mean minutes."""
    network, assign = model.network, model.rows.assign
    going = network.trips["minutes"].to_numpy()[assign["trip"]] * weights[assign["demand"]]
    staying = network.limits.unserved_min * weights
    rows, left = np.flatnonzero(going).tolist(), np.flatnonzero(staying).tolist()
    return linear([*going[rows], *staying[left]], [*(model.share[k] for k in rows), *(model.unserved[k] for k in left)])


class GroupCeilings:
    """``max_mean_travel_min`` and ``max_travel_ratio`` of ``limits.equity.groups.*`` and ``regions.*``."""

    name = "ceilings by group"

    def supports(self, network: Network) -> bool:
        """Say whether the travel of any group is capped."""
        rules = network.limits.equity.groups
        return any(rule.max_mean_travel_min is not None or rule.max_travel_ratio is not None for rule in rules)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (27a) and (27b)."""
        patients = weighted_patients(network)
        everybody = patients / patients.sum()
        for rule in network.limits.equity.groups:
            own = _weights(network, rule)
            if rule.max_mean_travel_min is not None:
                key, cap = f"{rule.key}.max_mean_travel_min", rule.max_mean_travel_min
                add_limit(model, Limit(key, _mean(model, own), False, cap, "minutes"))
            if rule.max_travel_ratio is not None:
                body = _mean(model, own - rule.max_travel_ratio * everybody)
                add_limit(model, Limit(f"{rule.key}.max_travel_ratio", body, False, 0.0, "of the mean trip of all",
                                       size=_mean(model, everybody), setting=rule.max_travel_ratio))  # fmt: skip

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the mean trip of every group with a ceiling."""
        minutes, patients = demand_minutes(network, solution), weighted_patients(network)
        mean, problems = float(minutes @ patients / patients.sum()), []
        for rule in network.limits.equity.groups:
            own = group_minutes(network, solution, rule)
            if rule.max_mean_travel_min is not None and exceeds(own, rule.max_mean_travel_min):
                what = f"{own:,.2f} minutes on average, {rule.max_mean_travel_min:,.2f} allowed"
                problems.append(Problem(f"{rule.key}.max_mean_travel_min", what))
            if rule.max_travel_ratio is not None and exceeds(own, rule.max_travel_ratio * mean):
                what = f"{own:,.2f} minutes against {mean:,.2f} of all, at most {rule.max_travel_ratio:g} times allowed"
                problems.append(Problem(f"{rule.key}.max_travel_ratio", what))
        return problems
