"""The shortest worst trip, and the shortest ninetieth percentile: a search over travel limits.

For a limit, drop the longer trips, let nobody stay unserved, and ask whether any plan keeps the rules. The smallest
limit that works is the optimum; limits are tried by bisection over the distinct travel times, so each answer halves
what is left. Where units are limited, a small covering problem (`reach`) mostly answers before the whole model does.
The plan reported is the cheapest one at that limit. (A row ``t >= minutes share`` would be wrong where areas may be
split: half of the patients would count half of the way.)

For the ninetieth percentile all trips stay, and the limit is a rule: nine patients in ten travel no longer, the
unserved being beyond every limit (`siting.model.features.within`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from siting.errors import InfeasibleError, NoPlanError
from siting.model.core import active_features, build_model
from siting.model.goals import P90, p90_travel, worst_trip
from siting.solve.decompose.parts import compiled
from siting.solve.decompose.restrict import Kept, restrict
from siting.solve.decompose.start import values_of
from siting.solve.direct import no_collection, run_of, solution_of, solve_direct
from siting.solve.highs import Run, compile_model, solve_arrays
from siting.solve.options import Progress, relative_gap
from siting.solve.reach import within_reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.decompose.restrict import Restricted
    from siting.solve.options import SolveOptions

    Mask = NDArray[np.bool_]

SEARCH = "search"
"""Name of the rule that the search tightens."""
SEARCH_SHARE = 0.7
"""Share of the time limit for the search; the rest is for the cheapest plan at the limit found."""
FIRST_SHARE = 0.4
"""Share of that rest for the cheapest plan with few hospitals."""


def solve_worst_travel(network: Network, options: SolveOptions) -> Solution:
    """Minimise the longest one-way trip that any patient takes; everybody is served.

    Raises
    ------
    InfeasibleError
        Even with all trips allowed no plan serves everybody within the rules.
    NoPlanError
        The time came before any plan.
    """
    began = time.perf_counter()
    limited = _Limited(all_served(network), options)
    times = np.unique(network.trips["minutes"].to_numpy(float))
    times = times[times >= _longest_nearest(network)]
    if not len(times) or not limited.is_possible(times[-1], options.time_limit):
        raise InfeasibleError([])
    low, high = _search(times, limited.is_possible, options, began)
    plan = limited.cheapest(high, _rest(options, began))
    found = _judged(plan, worst_trip(network, plan), low, "worst_travel", options)
    return replace(found, runtime_s=time.perf_counter() - began)


def solve_p90_travel(network: Network, options: SolveOptions) -> Solution:
    """Minimise the minutes within which nine patients in ten travel; the plan is the cheapest one at that limit.

    Raises
    ------
    InfeasibleError
        No plan keeps the rules.
    NoPlanError
        The time came before any plan.
    """
    began = time.perf_counter()

    def is_possible(minutes: float, left: float) -> bool:
        return _has_plan(_nine_in_ten(network, minutes), options, left)

    times = np.unique(network.trips["minutes"].to_numpy(float))
    if len(times) and is_possible(float(times[-1]), options.time_limit):
        low, high = _search(times, is_possible, options, began)
        plan = solve_direct(_nine_in_ten(network, high), _rest(options, began))
    else:  # more than one patient in ten stays unserved in every plan
        low = network.limits.unserved_min
        plan = solve_direct(network, _rest(options, began))
    found = _judged(plan, p90_travel(network, plan), low, "p90_travel", options)
    return replace(found, features=active_features(network), runtime_s=time.perf_counter() - began)


def _nine_in_ten(network: Network, minutes: float) -> Network:
    equity = network.limits.equity
    within = {**equity.within, SEARCH: (minutes, P90)}
    return network.replace(limits=replace(network.limits, equity=replace(equity, within=within)))


def _search(
    times: NDArray[np.float64],
    is_possible: Callable[[float, float], bool],
    options: SolveOptions,
    began: float,
) -> tuple[float, float]:
    """Return the least limit that may work and the least that does, by bisection; the last of `times` works."""
    low, high = 0, len(times) - 1
    while low < high:
        left = options.time_limit * SEARCH_SHARE - (time.perf_counter() - began)
        middle = (low + high) // 2
        try:
            possible = is_possible(float(times[middle]), left)
        except NoPlanError:
            break
        low, high = (low, middle) if possible else (middle + 1, high)
        if options.progress is not None:
            worst, best = float(times[high]), float(times[low])
            options.progress(Progress(time.perf_counter() - began, worst, best, relative_gap(worst, best), "searching"))
    return float(times[low]), float(times[high])


def _rest(options: SolveOptions, began: float) -> SolveOptions:
    """Return the options of the last solve, for the cheapest plan at the limit found."""
    rest = max(options.time_limit - (time.perf_counter() - began), options.time_limit * (1 - SEARCH_SHARE))
    return replace(options, time_limit=rest, objective="total_cost")


def all_served(network: Network) -> Network:
    """Return the network with nobody left unserved, save those whom no trip can serve."""
    key = ["area", "product"]
    reached = pd.MultiIndex.from_frame(network.unmet[key]).isin(pd.MultiIndex.from_frame(network.trips[key]))
    return network.replace(unmet=network.unmet.assign(can_stay=~reached))


def _longest_nearest(network: Network) -> float:
    """Return the trip of the patients who have the furthest to go to their nearest hospital; nobody can do better."""
    needed = network.demands[["area", "product"]].drop_duplicates()
    trips = network.trips.merge(needed, on=["area", "product"])
    return float(trips.groupby(["area", "product"])["minutes"].min().max()) if len(trips) else 0.0


class _Limited:
    """Plans that serve everybody by trips within a travel limit.

    Parameters
    ----------
    served : Network
        Nobody may stay unserved.
    options : SolveOptions
        Threads and seed.
    """

    def __init__(self, served: Network, options: SolveOptions) -> None:
        self.served, self.options = served, options
        self.minutes = served.trips["minutes"].to_numpy(float)
        self.pairs = _pairs(served)
        self.few: dict[float, Mask] = {}
        """By limit: trips to few hospitals that suffice."""

    def within(self, trips: Mask) -> Restricted:
        """Return the network with some trips only."""
        everything = (np.ones(len(table), dtype=bool) for table in (self.served.lanes, self.served.options))
        return restrict(self.served, Kept(trips, *everything))

    def is_possible(self, minutes: float, seconds: float) -> bool:
        """Say whether any plan keeps a travel limit; NoPlanError where time did not suffice to tell."""
        near = self.minutes <= minutes
        network = self.within(near).network
        if _pairs(network) < self.pairs:
            return False
        began = time.perf_counter()
        reached = within_reach(network, Run(max(seconds, 1.0), 0.0, self.options.threads, self.options.seed))
        if reached is None:
            return False
        few = near & reached[self.served.trips["hospital"].to_numpy()]
        left = seconds - (time.perf_counter() - began)
        if few.sum() < near.sum() and _has_plan(self.within(few).network, self.options, left):
            self.few[minutes] = few
            return True
        return _has_plan(network, self.options, seconds - (time.perf_counter() - began))

    def cheapest(self, minutes: float, options: SolveOptions) -> Solution:
        """Return the cheapest plan within a limit that is possible; begun with few hospitals where they suffice."""
        near = self.within(self.minutes <= minutes)
        if minutes not in self.few:
            return near.lift(solve_direct(near.network, options))
        began, part = time.perf_counter(), self.within(self.few[minutes])
        first = part.lift(solve_direct(part.network, replace(options, time_limit=options.time_limit * FIRST_SHARE)))
        if first.stopped_by == "interrupt":
            return first
        model, arrays = compiled(near)
        run = replace(run_of(options, time.perf_counter() - began), report=None)
        outcome = solve_arrays(arrays, run, values_of(model, arrays, near, first))
        if outcome.values is None:
            return first
        plan = near.lift(solution_of(model, arrays, outcome, options))
        return plan if plan.objective <= first.objective else first


def _pairs(network: Network) -> int:
    """Return how many pairs of area and product have a trip."""
    return len(network.trips[["area", "product"]].drop_duplicates())


def _has_plan(network: Network, options: SolveOptions, seconds: float) -> bool:
    """Say whether any plan keeps the rules of a network; NoPlanError where time did not suffice to tell."""
    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=0.0 * model.option[0, 0])
        try:
            arrays = compile_model(model)
        except InfeasibleError:
            return False
    outcome = solve_arrays(arrays, Run(max(seconds, 1.0), 0.0, options.threads, options.seed))
    if outcome.stopped_by == "infeasible":
        return False
    if outcome.values is None or outcome.stopped_by == "interrupt":
        message = f"stopped by the {outcome.stopped_by} before any plan was found; give more time"
        raise NoPlanError(message)
    return True


def _judged(plan: Solution, minutes: float, low: float, kind: str, options: SolveOptions) -> Solution:
    """Return a plan with its minutes as objective and the least limit that may work as bound."""
    bound = min(low, minutes)
    gap = relative_gap(minutes, bound)
    proven = gap is not None and gap <= options.gap
    return replace(
        plan,
        status="optimal" if proven else "feasible",
        objective=minutes,
        bound=bound,
        gap=gap,
        objective_kind=kind,
        stopped_by="gap" if proven else "time limit",
    )
