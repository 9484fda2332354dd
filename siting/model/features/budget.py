"""Budget: the manufacturer's share of capex may not exceed a sum.

(11a)  sum_{j,o} capex_manufacturer[o] option[o,t] <= B     in the last period, when units have their full size
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import exceeds

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


def capex_terms(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the manufacturer's investment as an expression of the model."""
    network = model.network
    paid, last = network.options["capex_manufacturer"].to_numpy(float), len(network.periods) - 1
    rows = np.flatnonzero(paid).tolist()
    return linear(paid[rows], [model.option[o, last] for o in rows])


def capex(network: Network, solution: Solution) -> float:
    """Return the manufacturer's investment."""
    chosen = solution.open_options[-1]
    return float(network.options["capex_manufacturer"].to_numpy()[chosen[chosen >= 0]].sum())


class Budget:
    """``limits.budget``: most the manufacturer may invest."""

    name = "budget"

    def supports(self, network: Network) -> bool:
        """Say whether the study sets a budget."""
        return network.limits.budget is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (11a)."""
        budget = float(network.limits.budget or 0.0)
        add_limit(model, Limit("limits.budget", capex_terms(model), False, budget, network.currency))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the investment."""
        spent, budget = capex(network, solution), network.limits.budget or 0.0
        if not exceeds(spent, budget):
            return []
        return [Problem("limits.budget", f"{spent:,.0f} {network.currency} invested, {budget:,.0f} allowed")]
