"""The shortest worst trip: a search over travel limits.

For a limit, drop the longer trips, let nobody stay unserved, and ask whether any plan keeps the rules. The smallest
limit that works is the optimum; limits are tried by bisection over the distinct travel times, so each answer halves
what is left. The plan reported is the cheapest one at that limit. (A row ``t >= minutes share`` would be wrong where
areas may be split: half of the patients would count half of the way.)
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from siting.errors import InfeasibleError, NoPlanError
from siting.model.core import build_model
from siting.model.goals import worst_trip
from siting.solve.direct import no_collection, solve_direct
from siting.solve.highs import Run, compile_model, solve_arrays
from siting.solve.options import Progress, relative_gap

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.options import SolveOptions

SEARCH_SHARE = 0.7
"""Share of the time limit for the search; the rest is for the cheapest plan at the limit found."""


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
    served = all_served(network)
    times = np.unique(network.trips["minutes"].to_numpy(float))
    times = times[times >= _longest_nearest(network)]
    if not len(times) or not _is_possible(served, times[-1], options, options.time_limit):
        raise InfeasibleError([])
    low, high = 0, len(times) - 1
    while low < high:
        left = options.time_limit * SEARCH_SHARE - (time.perf_counter() - began)
        middle = (low + high) // 2
        try:
            possible = _is_possible(served, times[middle], options, left)
        except NoPlanError:
            break
        low, high = (low, middle) if possible else (middle + 1, high)
        if options.progress is not None:
            worst, best = float(times[high]), float(times[low])
            options.progress(Progress(time.perf_counter() - began, worst, best, relative_gap(worst, best), "searching"))
    rest = max(options.time_limit - (time.perf_counter() - began), options.time_limit * (1 - SEARCH_SHARE))
    plan = solve_direct(_within(served, times[high]), replace(options, time_limit=rest, objective="total_cost"))
    found = _restored(network, plan, (float(times[low]), float(times[high])), options)
    return replace(found, runtime_s=time.perf_counter() - began)


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


def _within(network: Network, minutes: float) -> Network:
    return network.replace(trips=network.trips[network.trips["minutes"] <= minutes].reset_index(drop=True))


def _is_possible(network: Network, minutes: float, options: SolveOptions, seconds: float) -> bool:
    """Say whether any plan serves everybody within a travel limit; NoPlanError where time did not suffice to tell."""
    near = _within(network, minutes)
    if len(near.trips[["area", "product"]].drop_duplicates()) < len(
        network.trips[["area", "product"]].drop_duplicates()
    ):
        return False
    with no_collection():
        model = build_model(near)
        model.goal = pyo.Objective(expr=0.0 * model.option[0, 0])
        arrays = compile_model(model)
    outcome = solve_arrays(arrays, Run(max(seconds, 1.0), 0.0, options.threads, options.seed))
    if outcome.stopped_by == "infeasible":
        return False
    if outcome.values is None or outcome.stopped_by == "interrupt":
        message = f"stopped by the {outcome.stopped_by} before any plan was found; give more time"
        raise NoPlanError(message)
    return True


def _restored(network: Network, plan: Solution, limits: tuple[float, float], options: SolveOptions) -> Solution:
    """Lay a plan of the shortened network back on all trips; `limits`: the least that may work, the one that does."""
    referred = np.zeros((len(network.trips), len(network.slices)))
    referred[np.flatnonzero(network.trips["minutes"] <= limits[1])] = plan.referred
    whole = replace(plan, referred=referred)
    worst = worst_trip(network, whole)
    bound = min(limits[0], worst)
    gap = relative_gap(worst, bound)
    proven = gap is not None and gap <= options.gap
    return replace(
        whole,
        status="optimal" if proven else "feasible",
        objective=worst,
        bound=bound,
        gap=gap,
        objective_kind="worst_travel",
        stopped_by="gap" if proven else "time limit",
    )
