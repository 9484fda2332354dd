"""Cost: a cap on the cost of a mean year, lost patients priced.

(29)  total cost  <=  cap x sum_t w_t          the total cost of `siting.model.objectives`, all periods
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem
from siting.model.limits import Limit, add_limit
from siting.model.tolerance import exceeds

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


class CostCap:
    """``limits.cost_per_year``."""

    name = "cost cap"

    def supports(self, network: Network) -> bool:
        """Say whether the study caps the cost."""
        return network.limits.cost_per_year is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (29)."""
        from siting.model.objectives import total_cost  # which imports the features

        cap, years = float(network.limits.cost_per_year or 0.0), float(network.periods["weight"].sum())
        add_limit(model, Limit("limits.cost_per_year", total_cost(model), False, cap * years, network.currency,
                               size=years))  # fmt: skip

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the cost."""
        from siting.model.goals import total_cost  # which imports the features

        cost, years = total_cost(network, solution), float(network.periods["weight"].sum())
        cap = network.limits.cost_per_year or 0.0
        if not exceeds(cost, cap * years):
            return []
        what = f"{cost / years:,.0f} {network.currency} a year, {cap:,.0f} allowed"
        return [Problem("limits.cost_per_year", what)]
