"""Mean travel: a cap on the mean one-way minutes of referred patients.

(14)  sum_s w_s sum D (minutes share + unserved_min unserved) <= cap x sum_s w_s sum D

Weighted by referred patients, with the unserved counted at the travel limit: linear, and no reward for losing the far
ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import exceeds
from siting.network.attainable import weighted_patients

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


def travel_terms(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the weighted mean one-way minutes of referred patients as an expression of the model."""
    network, assign = model.network, model.rows.assign
    patients = weighted_patients(network)
    minutes = network.trips["minutes"].to_numpy()[assign["trip"]]
    going = minutes * patients[assign["demand"]] / patients.sum()
    staying = network.limits.unserved_min * patients / patients.sum()
    return linear([*going, *staying], [*model.share.values(), *model.unserved.values()])


def mean_travel(network: Network, solution: Solution) -> float:
    """Return the weighted mean one-way minutes of referred patients from the values of a solution."""
    weight = network.slices["weight"].to_numpy()
    minutes = network.trips["minutes"].to_numpy() @ solution.referred @ weight
    staying = network.limits.unserved_min * (solution.unmet.sum(axis=0) @ weight)
    return float((minutes + staying) / weighted_patients(network).sum())


class MeanTravel:
    """``limits.mean_travel_min``."""

    name = "mean travel"

    def supports(self, network: Network) -> bool:
        """Say whether the study caps mean travel."""
        return network.limits.mean_travel_min is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (14)."""
        cap = float(network.limits.mean_travel_min or np.inf)
        add_limit(model, Limit("limits.mean_travel_min", travel_terms(model), False, cap, "minutes"))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount mean travel."""
        minutes, cap = mean_travel(network, solution), network.limits.mean_travel_min or np.inf
        if not exceeds(minutes, cap):
            return []
        return [Problem("limits.mean_travel_min", f"{minutes:,.2f} minutes on average, {cap:,.2f} allowed")]
