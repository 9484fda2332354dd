"""Hop 4: from a network to a solution with a bound."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from siting.errors import InfeasibleError, SolveError
from siting.model.objectives import OBJECTIVES
from siting.solve.diagnose import diagnose
from siting.solve.direct import solve_direct
from siting.solve.lexicographic import solve_then_cheapest
from siting.solve.location.problem import is_location
from siting.solve.options import SolveOptions
from siting.solve.start import LEFT_ASIDE
from siting.solve.worst_travel import all_served, solve_p90_travel, solve_worst_travel

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.model.solution import Solution
    from siting.network.network import Network


def _decomposed(network: Network, options: SolveOptions) -> Solution:
    """Decompose; numba is loaded here, as it is an optional dependency and slow to import."""
    if not can_decompose(network):
        what = "milestones that earn money in this perspective and limits.equity.cvar_travel_min"
        message = f'{what} are not decomposed; set solve.strategy = "direct"'
        raise SolveError(message)
    if find_spec("numba") is None:
        message = 'solve.strategy = "decompose" needs numba: pip install siting[decompose]'
        raise SolveError(message)
    from siting.solve.compiling import compiling
    from siting.solve.decompose.decompose import solve_decompose

    with compiling(options) as counter:
        solution = solve_decompose(network, options)
    return replace(solution, compile_s=counter.seconds)


def _located(network: Network, options: SolveOptions) -> Solution:
    """Solve plain facility location; numba is loaded here too."""
    if not is_location(network):
        message = (
            'solve.strategy = "location" is for studies whose hospitals all make for themselves, in one size and '
            'without further rules; set it to "auto"'
        )
        raise SolveError(message)
    if find_spec("numba") is None:
        message = 'solve.strategy = "location" needs numba: pip install siting[decompose]'
        raise SolveError(message)
    from siting.solve.compiling import compiling
    from siting.solve.location.locate import solve_location

    with compiling(options) as counter:
        solution = solve_location(network, options)
    return replace(solution, compile_s=counter.seconds)


STRATEGIES: dict[str, Callable[[Network, SolveOptions], Solution]] = {
    "direct": solve_direct,
    "decompose": _decomposed,
    "location": _located,
}
"""How the cheapest plan is found."""
LARGE = 50_000
"""Trips, lanes and options from which on "auto" decomposes; the study of the United States has 250,000."""


SMALL = 150
"""Trips from which on "auto" looks for plain facility location; below, HiGHS mostly needs a fraction of a second."""


def strategy_of(network: Network, options: SolveOptions) -> str:
    """Return the strategy: the one asked for, or by structure and size where that is "auto" and numba is installed."""
    if options.strategy != "auto":
        return options.strategy
    if len(network.trips) >= SMALL and is_location(network) and find_spec("numba") is not None:
        return "location"
    size = len(network.slices) * (len(network.trips) + len(network.lanes)) + len(network.periods) * len(network.options)
    return "decompose" if size >= LARGE and can_decompose(network) and find_spec("numba") is not None else "direct"


def can_decompose(network: Network) -> bool:
    """Say whether the relaxation is one: milestones that are earned, left out, would make plans look too dear.

    A cap on the travel of the worst-off would only weaken the bound, but its plans were never searched at this size.
    """
    return network.limits.equity.cvar_travel_min is None and not (network.cost("milestones") < 0.0).any()


def _cheapest(network: Network, options: SolveOptions) -> Solution:
    return STRATEGIES[strategy_of(network, options)](network, options)


WAYS: dict[str, Callable[[Network, SolveOptions], Solution]] = {
    "total_cost": _cheapest,
    **dict.fromkeys((name for name in OBJECTIVES if name != "total_cost"), solve_then_cheapest),
    "worst_travel": solve_worst_travel,
    "p90_travel": solve_p90_travel,
}
"""How each objective is solved."""


def solve(network: Network, options: SolveOptions | None = None) -> Solution:
    """Solve the model of a network.

    Parameters
    ----------
    network : Network
        Rows, prices and limits.
    options : SolveOptions, optional
        Objective, strategy, time limit, gap, threads, seed, progress, start.

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
        The solver failed, or a strategy was asked for that the network or a missing numba does not allow.
    """
    options = options or SolveOptions()
    try:
        found = WAYS[options.objective](network, options)
    except InfeasibleError:
        asked = all_served(network) if options.objective == "worst_travel" else network
        raise InfeasibleError(diagnose(asked, options)) from None
    return replace(found, start=LEFT_ASIDE) if options.start is not None and not found.start else found
