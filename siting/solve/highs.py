"""The one place that talks to HiGHS: a Pyomo model goes in as arrays, values and what is proven come back.

Pyomo's standard form and `highspy` are used directly, which costs a third of Pyomo's own solver interface in time and
gives callbacks, a MIP start and an interrupt. Costs are scaled by a power of ten, because money in dollars and the
solver's absolute tolerances are far apart.
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from siting.errors import InfeasibleError, SolveError
from siting.solve.options import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyomo.environ as pyo
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

INFINITE = highspy.kHighsInf
LARGEST_COST = 1e4
"""Costs are scaled so that the largest coefficient lies between a tenth of this and this."""
POLL_S = 0.2
"""How often the waiting thread looks for Ctrl-C."""
_STOPS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kInterrupt: "interrupt",
    highspy.HighsModelStatus.kHighsInterrupt: "interrupt",  # type: ignore[attr-defined]
    highspy.HighsModelStatus.kSolutionLimit: "work limit",
    highspy.HighsModelStatus.kObjectiveTarget: "work limit",
}


@dataclass(frozen=True)
class Arrays:
    """A linear model as arrays: ``min cost x + offset``, ``row_low <= A x <= row_high``, ``low <= x <= high``."""

    matrix: csr_matrix
    cost: Floats
    offset: float
    scale: float
    low: Floats
    high: Floats
    row_low: Floats
    row_high: Floats
    is_integer: NDArray[np.bool_]
    columns: list[Any] = field(repr=False)
    rows: list[Any] = field(repr=False, default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What HiGHS said: why it stopped, the best values it has (None without a plan), and the bound it proved."""

    stopped_by: str
    values: Floats | None
    objective: float | None
    bound: float | None
    log: str = field(repr=False, default="")


@dataclass(frozen=True)
class Relaxed:
    """The relaxation without integers: its value, reduced costs by column and prices by row, in the model's units."""

    objective: float
    reduced: Floats
    prices: Floats


@dataclass(frozen=True)
class Run:
    """How one call of HiGHS is made; one that ends by nodes, plans or calls always ends the same.

    Calls are the times that HiGHS looks whether it should stop, a measure of work that the clock has no part in. With a
    target the run ends as soon as a plan costs no more than it, or as no plan can.
    """

    time_limit: float
    gap: float
    threads: int = 1
    seed: int = 0
    report: Callable[[Progress], None] | None = None
    most_nodes: int | None = None
    most_plans: int | None = None
    most_calls: int | None = None
    target: float | None = None


def compile_model(model: pyo.ConcreteModel) -> Arrays:
    """Turn a Pyomo model with one active objective into arrays; InfeasibleError where a row without variables fails."""
    try:
        form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    except InfeasibleConstraintException as error:
        raise InfeasibleError([]) from error
    kind = np.array([row.bound_type for row in form.rows], dtype=int)
    rhs = np.asarray(form.rhs, dtype=float)
    cost = np.asarray(form.c.todense(), dtype=float).ravel()
    largest = np.abs(cost).max(initial=0.0)
    scale = 10.0 ** np.floor(np.log10(largest / LARGEST_COST) + 1.0) if largest > 0 else 1.0
    bounds = [column.bounds for column in form.columns]
    return Arrays(
        matrix=form.A.tocsr(),
        cost=cost / scale,
        offset=float(form.c_offset[0]),
        scale=float(scale),
        low=np.array([-INFINITE if low is None else low for low, _ in bounds], dtype=float),
        high=np.array([INFINITE if high is None else high for _, high in bounds], dtype=float),
        row_low=np.where(kind <= 0, rhs, -INFINITE),
        row_high=np.where(kind >= 0, rhs, INFINITE),
        is_integer=np.array([column.is_integer() or column.is_binary() for column in form.columns], dtype=bool),
        columns=list(form.columns),
        rows=[row.constraint for row in form.rows],
    )


def binary_model(matrix: csr_matrix, cost: Floats, row_low: Floats, row_high: Floats) -> Arrays:
    """Return a model whose columns are all binary: ``min cost x``, ``row_low <= A x <= row_high``."""
    scale, zeros, ones = max(float(np.abs(cost).max()), 1.0) / LARGEST_COST, np.zeros(len(cost)), np.ones(len(cost))
    return Arrays(matrix, cost / scale, 0.0, scale, zeros, ones, row_low, row_high, ones.astype(bool), [])


def with_integers(arrays: Arrays, values: Floats) -> Arrays:
    """Return the model with its integer columns fixed at some values, rounded: a linear program."""
    low, high = arrays.low.copy(), arrays.high.copy()
    low[arrays.is_integer] = high[arrays.is_integer] = np.round(values[arrays.is_integer])
    return replace(arrays, low=low, high=high, is_integer=np.zeros_like(arrays.is_integer))


def solve_arrays(arrays: Arrays, run: Run, start: Floats | None = None) -> Outcome:
    """Solve arrays with HiGHS.

    Parameters
    ----------
    arrays : Arrays
        The model.
    run : Run
        Limits and options.
    start : ndarray, optional
        Values of a plan to begin with; NaN where unknown.

    Returns
    -------
    Outcome
        Objective and bound in the model's own units.

    Raises
    ------
    SolveError
        HiGHS refused the model or ended in a state that says nothing.
    KeyboardInterrupt
        Never: the best plan found so far is returned, with ``stopped_by == "interrupt"``.
    """
    # HiGHS keeps one global scheduler; without a reset a changed number of threads makes every later run fail.
    highspy.Highs.resetGlobalScheduler(True)
    highs = highspy.Highs()
    log: list[str] = []
    _set_options(highs, run)
    if run.target is not None:
        highs.setOptionValue("objective_target", run.target / arrays.scale)
    highs.cbLogging.subscribe(lambda event: log.append(event.message))
    if highs.passModel(linear_program(arrays)) == highspy.HighsStatus.kError:
        message = "HiGHS refused the model: " + "".join(log[-3:])
        raise SolveError(message)
    if start is not None:
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        highs.setSolution(len(known), known, start[known])
    was_asked = _run_interruptibly(highs, arrays, run)
    outcome = _outcome(highs, arrays, "".join(log))
    return replace(outcome, stopped_by="work limit") if outcome.stopped_by == "interrupt" and not was_asked else outcome


def solve_relaxation(arrays: Arrays, run: Run) -> Relaxed | None:
    """Solve the model without its integers; None where it has no solution or the time did not suffice."""
    highspy.Highs.resetGlobalScheduler(True)
    highs = highspy.Highs()
    _set_options(highs, run)
    highs.passModel(linear_program(replace(arrays, is_integer=np.zeros_like(arrays.is_integer))))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution, value = highs.getSolution(), highs.getInfo().objective_function_value
    reduced, prices = (np.array(part, dtype=float) * arrays.scale for part in (solution.col_dual, solution.row_dual))
    return Relaxed(float(value * arrays.scale), reduced, prices)


def forced_values(arrays: Arrays, run: Run, forced: Iterable[tuple[Ints, float]]) -> Iterator[float]:
    """Yield the value of the relaxation with some columns fixed at a number, one question after the other.

    The simplex goes on from the last basis, so an answer costs a small part of a solve. It is infinite where nothing
    keeps the rows, and minus infinite where HiGHS came to no end.
    """
    highspy.Highs.resetGlobalScheduler(True)
    highs = highspy.Highs()
    _set_options(highs, run)
    highs.setOptionValue("solver", "simplex")
    highs.passModel(linear_program(replace(arrays, is_integer=np.zeros_like(arrays.is_integer))))
    highs.run()
    for columns, number in forced:
        fixed = np.full(len(columns), number)
        highs.changeColsBounds(len(columns), columns.astype(np.int32), fixed, fixed)
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            yield float(highs.getInfo().objective_function_value * arrays.scale)
        else:
            yield np.inf if status == highspy.HighsModelStatus.kInfeasible else -np.inf
        highs.changeColsBounds(len(columns), columns.astype(np.int32), arrays.low[columns], arrays.high[columns])


def _set_options(highs: highspy.Highs, run: Run) -> None:
    settings: dict[str, Any] = {
        "log_to_console": False,
        "time_limit": max(run.time_limit, 0.1),
        "mip_rel_gap": run.gap,
        "mip_abs_gap": 1e-9,
        "threads": run.threads,
        "parallel": "on" if run.threads > 1 else "off",
        "random_seed": run.seed,
    }
    if run.most_nodes is not None:
        settings["mip_max_nodes"] = run.most_nodes
    if run.most_plans is not None:
        settings["mip_max_improving_sols"] = run.most_plans
    for name, value in settings.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            message = f"HiGHS does not take {name} = {value}"
            raise SolveError(message)


def linear_program(arrays: Arrays) -> highspy.HighsLp:
    """Return the arrays as a model that HiGHS takes."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arrays.matrix.shape[1], arrays.matrix.shape[0]
    lp.col_cost_, lp.offset_ = arrays.cost, arrays.offset / arrays.scale
    lp.col_lower_, lp.col_upper_ = arrays.low, arrays.high
    lp.row_lower_, lp.row_upper_ = arrays.row_low, arrays.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_ = arrays.matrix.indptr, arrays.matrix.indices
    lp.a_matrix_.value_ = arrays.matrix.data
    if arrays.is_integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in arrays.is_integer.tolist()]
    return lp


def _run_interruptibly(highs: highspy.Highs, arrays: Arrays, run: Run) -> bool:
    """Run in a thread of its own, so that Ctrl-C reaches Python and stops HiGHS at its best plan; say if it did."""
    # An event says when the run is over: in Python 3.11 a join that Ctrl-C interrupts takes a running thread for dead.
    stop, over, failure = threading.Event(), threading.Event(), []

    def work() -> None:
        try:
            highs.run()
        except Exception as error:  # handed to the caller's thread
            failure.append(error)
        finally:
            over.set()

    for callback in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        callback.subscribe(lambda event: event.interrupt() if stop.is_set() else None)
    if run.most_calls is not None:
        highs.cbMipInterrupt.subscribe(_guard(run.most_calls))
    if run.target is not None:
        highs.cbMipInterrupt.subscribe(_decider(run.target / arrays.scale))
    if run.report is not None:
        highs.cbMipLogging.subscribe(_teller(run.report, arrays.scale))
    threading.Thread(target=work, daemon=True).start()
    while not over.is_set():
        try:
            over.wait(POLL_S)
        except KeyboardInterrupt:
            stop.set()
    if failure:
        raise SolveError(str(failure[0])) from failure[0]
    return stop.is_set()


def _guard(most_calls: int) -> Callable[[Any], None]:
    """Return a callback that ends a run by how often HiGHS has looked for an interrupt, which no clock can change."""
    calls = itertools.count()

    def stop(event: Any) -> None:
        if next(calls) >= most_calls:
            event.interrupt()

    return stop


def _decider(target: float) -> Callable[[Any], None]:
    """Return a callback that ends a run once it is known whether a plan can cost as little as a target."""

    def stop(event: Any) -> None:
        if event.data_out.mip_primal_bound <= target or event.data_out.mip_dual_bound > target:
            event.interrupt()

    return stop


def _teller(report: Callable[[Progress], None], scale: float) -> Callable[[Any], None]:
    """Return a callback that passes on what HiGHS logs."""
    began = time.perf_counter()

    def tell(event: Any) -> None:
        objective = _known(event.data_out.mip_primal_bound, scale)
        bound = _known(event.data_out.mip_dual_bound, scale)
        report(Progress(time.perf_counter() - began, objective, bound, relative_gap(objective, bound), "solving"))

    return tell


def _known(value: float, scale: float) -> float | None:
    """Return a bound in the model's units; None for the infinities that mean 'nothing yet'."""
    return None if not np.isfinite(value) or abs(value) >= INFINITE else float(value * scale)


def _outcome(highs: highspy.Highs, arrays: Arrays, log: str) -> Outcome:
    status, info = highs.getModelStatus(), highs.getInfo()
    stopped_by = _STOPS.get(status)
    if stopped_by is None:
        message = f"HiGHS ended with '{highs.modelStatusToString(status)}'"
        raise SolveError(message)
    has_plan = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    has_plan &= stopped_by != "infeasible"
    values = np.array(highs.getSolution().col_value, dtype=float) if has_plan else None
    objective = float(info.objective_function_value * arrays.scale) if has_plan else None
    bound = objective if stopped_by == "optimal" else None
    if arrays.is_integer.any():
        bound = _known(info.mip_dual_bound, arrays.scale)
    return Outcome(stopped_by, values, objective, bound, log)
