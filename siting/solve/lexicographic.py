"""Objectives without money: first the objective, then the cheapest plan that keeps it.

A plan with the least travel is rarely unique, and the solver has no reason to pick a cheap one: it would buy
platforms that nobody uses. So the objective is solved first; then the total cost is minimised with the objective kept
at its value. Bound and gap are those of the first solve.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.model.core import build_model
from siting.model.goals import GOALS
from siting.model.objectives import OBJECTIVES, SIGN
from siting.solve.direct import no_collection, polished, run_of, solution_of
from siting.solve.extract import flows, load_values, open_options, treating
from siting.solve.highs import compile_model, solve_arrays
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.highs import Run
    from siting.solve.options import SolveOptions

FIRST_SHARE = 0.7
"""Share of the time limit for the objective itself; the rest is for money."""
RECOUNTED = ("cvar_travel",)
"""Objectives whose row may lie above their value where it is not minimised any more."""
SLACK = 1e-6
"""How far, relatively, the objective may slip while the cost is minimised: the solver's own tolerance."""


def solve_then_cheapest(network: Network, options: SolveOptions) -> Solution:
    """Solve an objective that is not money, then minimise the cost at that value.

    Raises
    ------
    InfeasibleError, NoPlanError
        As `siting.solve.direct.solve_direct`.
    """
    began = time.perf_counter()
    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=OBJECTIVES[options.objective](model))
        arrays = compile_model(model)
    first_limit = replace(options, time_limit=options.time_limit * FIRST_SHARE)
    outcome = solve_arrays(arrays, run_of(first_limit, time.perf_counter() - began))
    first = solution_of(model, arrays, outcome, options)
    if outcome.stopped_by == "interrupt":
        return replace(first, runtime_s=time.perf_counter() - began)
    primary, log = _cheapest(model, run_of(options, time.perf_counter() - began))
    sign, bound = SIGN[options.objective], first.bound
    found = replace(first, open_options=open_options(model), treating=treating(model), **flows(model))
    primary = sign * GOALS[options.objective](network, found) if options.objective in RECOUNTED else primary
    if bound is not None:
        bound = sign * min(sign * bound, primary)
    return replace(
        found,
        objective=sign * primary,
        bound=bound,
        gap=relative_gap(sign * primary, bound),
        runtime_s=time.perf_counter() - began,
        log=first.log + log,
    )


def _cheapest(model: pyo.ConcreteModel, run: Run) -> tuple[float, str]:
    """Minimise the cost from the plan that the model holds; return the first objective's value and the log.

    The model keeps the plan it had where the time does not suffice for another.
    """
    first = model.goal.expr
    best = float(pyo.value(first))
    model.keep = pyo.Constraint(expr=first <= best + SLACK * abs(best))
    model.del_component(model.goal)
    model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
    arrays = compile_model(model)
    start = np.array([np.nan if column.value is None else column.value for column in arrays.columns])
    outcome = polished(arrays, solve_arrays(arrays, run, start))
    if outcome.values is not None:
        load_values(arrays, outcome.values)
    return float(pyo.value(first)), outcome.log
