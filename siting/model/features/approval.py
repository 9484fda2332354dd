"""Approval: a unit does not run before its regime allows it.

(21)  option[o,t] = 0 for the periods t before the first one of its approval
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network


def first_period(network: Network) -> NDArray[np.int64]:
    """Return, by row of options, the first period in which it may run."""
    rows = network.options[["site", "configuration"]].merge(
        network.law.approvals, on=["site", "configuration"], how="left"
    )
    return rows["first_period"].fillna(0).to_numpy(np.int64)


class Approval:
    """``regimes.activation_months`` over several periods."""

    name = "approval takes time"

    def supports(self, network: Network) -> bool:
        """Say whether any unit has to wait."""
        return len(network.law.approvals) > 0

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (21)."""
        for option, first in enumerate(first_period(network).tolist()):
            for t in range(first):
                model.option[option, t].setub(0.0)

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Look for units that run too early."""
        first = np.append(first_period(network), 0)
        period = np.arange(len(network.periods))[:, None]
        early = (first[solution.open_options] > period).any(axis=0)
        rows = tuple(network.ids.sites[site] for site in np.flatnonzero(early))
        return [Problem("regimes", "units run before they are approved", rows=rows)] if rows else []
