"""Floors by group: enough of the patients of a group of areas are treated.

For every group or region g of areas with a floor rho:

(26)  sum_s w_s sum_{a in g} pi D share  >=  rho x best_g

best_g takes the best uptake for every area of the group, so that distance which nobody can avoid does not make a study
infeasible. Treated means collected: what becomes of the cells is known by hospital, not by area.
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
    from siting.network.network import GroupRule, Network


def treated(network: Network, solution: Solution, rule: GroupRule) -> float:
    """Return the weighted patients of a group who are collected."""
    inside = network.trips["area"].isin(rule.areas).to_numpy()
    patients = solution.referred[inside] * network.trips["uptake"].to_numpy()[inside, None]
    return float((patients @ network.slices["weight"].to_numpy()).sum())


class GroupFloors:
    """``limits.equity.groups.*.min_treated_share`` and ``limits.equity.regions.*.min_treated_share``."""

    name = "floors by group"

    def supports(self, network: Network) -> bool:
        """Say whether any group has a floor."""
        return any(rule.min_treated_share is not None for rule in network.limits.equity.groups)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (26)."""
        assign = model.rows.assign
        arriving = assign["arriving"].to_numpy() * network.slices["weight"].to_numpy()[assign["slice"]]
        for rule in network.limits.equity.groups:
            if rule.min_treated_share is None:
                continue
            inside = np.flatnonzero(assign["area"].isin(rule.areas)).tolist()
            body = linear(arriving[inside], [model.share[k] for k in inside])
            unit = "of those of the group who could be treated"
            add_limit(model, Limit(f"{rule.key}.min_treated_share", body, True, rule.min_treated_share * rule.best,
                                   unit, size=rule.best))  # fmt: skip

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the patients collected of every group with a floor."""
        problems = []
        for rule in network.limits.equity.groups:
            if rule.min_treated_share is None:
                continue
            found = treated(network, solution, rule)
            if exceeds(rule.min_treated_share * rule.best, found, rule.best):
                what = (
                    f"{found / rule.best:.4f} of those who could be treated are, {rule.min_treated_share:g} asked for"
                )
                problems.append(Problem(f"{rule.key}.min_treated_share", what))
        return problems
