"""The rows that matter, as the ordinary model to HiGHS.

Areas that keep only some of their trips may instead stay away at the price of the cheapest trip left out. That is a
relaxation, so its bound holds for all plans, and where nobody stays away its plan is a plan of the whole.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import InfeasibleError
from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.decompose.restrict import Kept, restrict
from siting.solve.decompose.start import values_of
from siting.solve.direct import no_collection, solution_of
from siting.solve.highs import Run, compile_model, solve_arrays
from siting.solve.location.plan import Choice, areas_of, choice_from, patients_of, solution_from
from siting.solve.location.relaxation import OPEN, SHUT
from siting.solve.options import SolveOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


_EXACT = SolveOptions(gap=0.0)
_UNPROVEN = {"status": "feasible", "bound": None, "gap": None}


@dataclass(frozen=True)
class Closed:
    """What HiGHS made of a kernel.

    Attributes
    ----------
    bound : float
        No plan within the kernel costs less; infinite where there is none, minus infinite where nothing is known.
    choice : Choice or None
        Its best plan, if nobody stays away who should not.
    away : ndarray of bool, shape (n_areas,)
        Areas that use the price of trips left out.
    stopped_by : str
        As `siting.solve.highs.Outcome`.
    """

    bound: float
    choice: Choice | None
    away: Mask
    stopped_by: str


def solve_kernel(
    problem: Location,
    kept: Mask,
    state: NDArray[np.int8],
    run: Run,
    plan: Choice | None = None,
    *,
    may_stay_away: bool = False,
) -> Closed:
    """Solve the model with some of the trips.

    Parameters
    ----------
    problem : Location
        The problem.
    kept : ndarray of bool, shape (n_arcs,)
        Arcs to keep; those of shut sites go, those of the plan stay.
    state : ndarray of int8, shape (n_sites,)
        Decisions taken on sites.
    run : Run
        Limits of HiGHS.
    plan : Choice, optional
        To begin with; must keep the decisions.
    may_stay_away : bool
        Price the trips left out, instead of forbidding them.
    """
    network = problem.network
    began = time.perf_counter()
    kept = kept & (state[problem.site] != SHUT)
    if plan is not None:
        kept = kept | (plan.share > 0)
    trips = np.zeros(len(network.trips), dtype=bool)
    trips[problem.trip[kept]] = True
    sites = state != SHUT
    options = sites[network.options["site"]]
    part = restrict(network, Kept(trips, sites[network.lanes["site"]], options))
    smaller = _decided(part.network, state)
    left_out = _cheapest_left_out(problem, kept, state) if may_stay_away else np.full(len(problem.stay), np.inf)
    part = replace(part, network=_with_stays(problem, smaller, left_out))
    nobody = np.zeros(len(problem.stay), dtype=bool)
    try:
        with no_collection():
            model = build_model(part.network)
            model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
            arrays = compile_model(model)
    except InfeasibleError:
        return Closed(np.inf, None, nobody, "infeasible")
    start = None if plan is None else values_of(model, arrays, part, solution_from(problem, plan, **_UNPROVEN))
    left = max(run.time_limit - (time.perf_counter() - began), 1.0)
    outcome = solve_arrays(arrays, replace(run, time_limit=left), start)
    if outcome.stopped_by == "infeasible":
        return Closed(np.inf, None, nobody, "infeasible")
    bound = -np.inf if outcome.bound is None else outcome.bound
    if outcome.values is None:
        return Closed(bound, None, nobody, outcome.stopped_by)
    found = part.lift(solution_of(model, arrays, outcome, _EXACT))
    choice = choice_from(problem, found)
    rest = 1.0 - np.bincount(problem.area, choice.share, minlength=len(problem.stay))
    away = (rest > 1e-7) & (left_out < problem.stay)
    return Closed(min(bound, found.objective), None if away.any() else choice, away, outcome.stopped_by)


def _decided(network: Network, state: NDArray[np.int8]) -> Network:
    """Return the network with the sites that are to be open required."""
    status = np.where(state == OPEN, "required", network.sites["status"].to_numpy(object))
    return network.replace(sites=network.sites.assign(status=status))


def _cheapest_left_out(problem: Location, kept: Mask, state: NDArray[np.int8]) -> Floats:
    cheapest = np.full(len(problem.stay), np.inf)
    out = ~kept & (state[problem.site] != SHUT)
    np.minimum.at(cheapest, problem.area[out], problem.cost[out])
    return cheapest


def _with_stays(problem: Location, network: Network, left_out: Floats) -> Network:
    """Return the network whose areas may stay away at the price of the cheapest trip left out."""
    price = np.minimum(problem.stay, left_out)
    if not np.isfinite(left_out).any():
        return network
    row = np.full(len(network.ids.areas), -1)
    row[areas_of(problem)] = np.arange(len(price))
    at = row[network.unmet["area"].to_numpy()]
    may = (at >= 0) & np.isfinite(np.append(price, np.inf)[at])
    payer = next(name for name, weight in network.weights.items() if weight > 0)
    unit = float(network.slices["weight"].iloc[0]) * network.weights[payer] * np.append(patients_of(problem), 1.0)[at]
    unmet = network.unmet[["area", "product"]].assign(can_stay=may)
    unmet[f"lost_unmet:{payer}"] = np.where(may, np.append(price, 0.0)[at], 0.0) / unit
    return network.replace(unmet=unmet)
