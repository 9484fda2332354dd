"""Hop 4: from a network to a solution with a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import InfeasibleError
from siting.solve.diagnose import diagnose
from siting.solve.direct import solve_direct
from siting.solve.lexicographic import solve_then_cheapest
from siting.solve.options import SolveOptions
from siting.solve.worst_travel import all_served, solve_worst_travel

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.model.solution import Solution
    from siting.network.network import Network

WAYS: dict[str, Callable[[Network, SolveOptions], Solution]] = {
    "total_cost": solve_direct,
    "mean_travel": solve_then_cheapest,
    "patients_treated": solve_then_cheapest,
    "worst_travel": solve_worst_travel,
}
"""How each objective is solved."""


def solve(network: Network, options: SolveOptions | None = None) -> Solution:
    """Solve the model of a network.

    Parameters
    ----------
    network : Network
        Rows, prices and limits.
    options : SolveOptions, optional
        Objective, time limit, gap, threads, seed, progress.

    Returns
    -------
    Solution
        Values by row, status, objective, bound and gap.

    Raises
    ------
    InfeasibleError
        No plan keeps all rules; ``diagnosis`` names limits and the values that would work.
    NoPlanError
        The time limit or an interrupt came before any plan.
    SolveError
        The solver failed.
    """
    options = options or SolveOptions()
    try:
        return WAYS[options.objective](network, options)
    except InfeasibleError:
        asked = all_served(network) if options.objective == "worst_travel" else network
        raise InfeasibleError(diagnose(asked, options)) from None
