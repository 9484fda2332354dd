"""Service level: at least a share of the patients who could be infused at best.

(12)  sum_s w_s sum infused[c,L,i] made[j,c,L,i,s] >= rho x attainable

The attainable maximum takes the best uptake and the best making for every area (`siting.network.attainable`), so that
distance and quality losses that nobody can avoid do not make a study infeasible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import exceeds
from siting.network.attainable import attainable_shares, weighted_patients

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


def attainable(network: Network) -> float:
    """Return the patients, weighted over slices, that could be infused at best."""
    return float(np.dot(attainable_shares(network), weighted_patients(network)))


def required(network: Network) -> float:
    """Return the patients infused, weighted over slices, that the service level asks for."""
    return (network.limits.service_level or 0.0) * attainable(network)


class ServiceLevel:
    """``limits.service_level``."""

    name = "service level"

    def supports(self, network: Network) -> bool:
        """Say whether the study sets a service level."""
        return network.limits.service_level is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (12)."""
        made = model.rows.made
        weight = network.slices["weight"].to_numpy()[made["slice"]] * made["infused"].to_numpy()
        body = linear(weight, list(model.made.values()))
        limit = Limit("limits.service_level", body, True, required(network), "of the patients who could be infused",
                      size=attainable(network))  # fmt: skip
        add_limit(model, limit)

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the patients infused."""
        infused = network.makings["infused"].to_numpy() @ solution.made @ network.slices["weight"].to_numpy()
        if not exceeds(required(network), float(infused)):
            return []
        return [Problem("limits.service_level", f"{infused:,.2f} patients infused, {required(network):,.2f} asked for")]
