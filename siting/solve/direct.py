"""The whole model to HiGHS."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import InfeasibleError, NoPlanError, SolveError
from siting.model.core import active_features, build_model
from siting.model.cover import add_covers
from siting.model.objectives import OBJECTIVES, SIGN
from siting.model.solution import Solution
from siting.solve.extract import flows, load_values, open_options, treating
from siting.solve.highs import Outcome, Run, compile_model, solve_arrays, with_integers
from siting.solve.kernel import kernel_start, knowing, plan_at
from siting.solve.options import Progress, SolveOptions, relative_gap
from siting.solve.start import TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from siting.network.network import Network
    from siting.solve.highs import Arrays

POLISH_SECONDS = 60.0
LEAST_BINARIES = 500
"""Smaller models are solved whole at once; the kernel pays from about here on."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector away while millions of small objects are made; it halves Pyomo's build time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def solve_direct(network: Network, options: SolveOptions) -> Solution:
    """Solve the whole model for one objective row.

    Raises
    ------
    InfeasibleError
        No plan meets the rules; without a diagnosis (see `siting.solve.diagnose`).
    NoPlanError
        The limit came before any plan.
    """
    began = time.perf_counter()
    with no_collection():
        model = build_model(network)
        add_covers(model)
        model.goal = pyo.Objective(expr=OBJECTIVES[options.objective](model))
        arrays = compile_model(model)
    first = None
    if options.start is not None and _is_large(arrays):
        first = plan_at(model, arrays, run_of(options, time.perf_counter() - began), options.start.units)
    outcome = solve_whole(model, arrays, run_of(options, time.perf_counter() - began), first)
    solution = solution_of(model, arrays, outcome, options)
    return replace(solution, runtime_s=time.perf_counter() - began, start="" if first is None else TAKEN)


def _is_large(arrays: Arrays) -> bool:
    return bool(arrays.is_integer.sum() >= LEAST_BINARIES)


def solve_whole(model: pyo.ConcreteModel, arrays: Arrays, run: Run, start: Outcome | None = None) -> Outcome:
    """Solve the arrays, large ones from a plan: the one given, else that of a kernel, whose proof counts too."""
    if not _is_large(arrays):
        return solve_arrays(arrays, run)
    began = time.perf_counter()
    start = start or kernel_start(model, arrays, run)
    if start is None:
        return solve_arrays(arrays, run)
    if start.stopped_by == "interrupt":
        return start
    left = max(run.time_limit - (time.perf_counter() - began), 1.0)
    report = knowing(run.report, start.bound, began)
    outcome = solve_arrays(arrays, replace(run, time_limit=left, report=report), start.values)
    if outcome.values is None and outcome.stopped_by != "infeasible":  # stopped before HiGHS took up the start
        outcome = replace(outcome, values=start.values, objective=start.objective)
    bounds = [bound for bound in (start.bound, outcome.bound) if bound is not None]
    return replace(outcome, bound=max(bounds, default=None), log=start.log + outcome.log)


def run_of(options: SolveOptions, spent_s: float) -> Run:
    """Return how HiGHS is to be called with what is left of the time."""
    left = max(options.time_limit - spent_s, 1.0)
    return Run(left, options.gap, options.threads, options.seed, _signed(options))


def _signed(options: SolveOptions) -> Callable[[Progress], None] | None:
    """Return the progress report with figures as people read them: what is maximised is solved with its sign turned."""
    report, sign = options.progress, SIGN[options.objective]
    if report is None or sign > 0:
        return report

    def turned(progress: Progress) -> None:
        figures = (None if value is None else sign * value for value in (progress.objective, progress.bound))
        objective, bound = figures
        report(replace(progress, objective=objective, bound=bound))

    return turned


def solution_of(model: pyo.ConcreteModel, arrays: Arrays, outcome: Outcome, options: SolveOptions) -> Solution:
    """Turn what HiGHS said into a solution; see `solve_direct` for what it raises."""
    if outcome.stopped_by == "infeasible":
        raise InfeasibleError([])
    if outcome.values is None:
        message = f"stopped by the {outcome.stopped_by} before any plan was found; give more time"
        raise NoPlanError(message)
    outcome = polished(arrays, outcome)
    values, objective, bound = outcome.values, outcome.objective, outcome.bound
    if values is None or objective is None:
        message = "the solver lost its plan"
        raise SolveError(message)
    load_values(arrays, values)
    sign, gap = SIGN[options.objective], relative_gap(objective, bound)
    proven = gap is not None and gap <= options.gap + 1e-9
    return Solution(
        status="optimal" if proven else "feasible",
        objective=sign * objective,
        bound=None if bound is None else sign * bound,
        gap=gap,
        open_options=open_options(model),
        treating=treating(model),
        **flows(model),
        objective_kind=options.objective,
        stopped_by="gap" if proven else outcome.stopped_by,
        features=active_features(model.network),
        log=outcome.log,
    )


def polished(arrays: Arrays, outcome: Outcome) -> Outcome:
    """Fix the integers at whole numbers and solve the flows again, so that no tolerance leaks into the plan.

    The result may be a little worse than a plan that leans on tolerances, and is what the recount finds. Where the
    rounded integers admit no flows the plan stays as it was.
    """
    whole = arrays.is_integer
    if outcome.values is None or not whole.any():
        return outcome
    again = solve_arrays(with_integers(arrays, outcome.values), Run(POLISH_SECONDS, 0.0))
    if again.values is None or again.objective is None:
        return outcome
    again.values[whole] = np.round(outcome.values[whole])
    bound = outcome.bound if outcome.bound is None else min(outcome.bound, again.objective)
    return replace(outcome, values=again.values, objective=again.objective, bound=bound)
