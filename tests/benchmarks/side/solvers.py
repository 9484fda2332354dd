"""One solve by one solver, in this process.

ortools brings its own copy of HiGHS, which does not load beside highspy's: imports stay inside the functions.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from side.whole import Whole

HERE = Path(__file__).resolve().parents[1]
INFINITE = 1e20
CLEAN = 1e-5
"""A breach of a row above this, relative to its largest coefficient, is noted."""


@dataclass(frozen=True)
class Question:
    """What is to be solved, and how well: file and `BenchOptions` without limits; seconds, relative gap, threads."""

    file: str
    options: dict[str, Any]
    limit: float
    gap: float
    threads: int


@dataclass(frozen=True)
class Answer:
    """Cost of the best solution and bound, None where there is none; seconds that count, and those that do not.

    ``uncounted`` is the reading and modelling that is not charged to a general solver.
    """

    objective: float | None
    bound: float | None
    seconds: float
    uncounted: float = 0.0
    note: str = ""


def by_siting(question: Question) -> Answer:
    """Solve as `siting bench` does; everything from the file to the answer counts."""
    from siting.bench.instance import BenchOptions
    from siting.bench.run import run
    from siting.errors import InfeasibleError, NoPlanError

    options = BenchOptions(**question.options, time_limit=question.limit, gap=question.gap, threads=question.threads)
    began = time.perf_counter()
    try:
        result = run(question.file, options)
    except NoPlanError:
        return Answer(None, None, time.perf_counter() - began, note="no plan within the limit")
    except InfeasibleError:
        return Answer(None, None, time.perf_counter() - began, note="says that no plan exists")
    return Answer(result.objective, result.bound, time.perf_counter() - began)


def by_highs(question: Question) -> Answer:
    """Solve the whole model with HiGHS; reading and arranging it does not count, passing it does."""
    began = time.perf_counter()
    whole = _whole(question)
    return highs_answer(whole, question, time.perf_counter() - began)


def highs_answer(whole: Whole, question: Question, uncounted: float) -> Answer:
    """Pass a whole model to HiGHS and solve it.

    Parameters
    ----------
    whole : Whole
        Model.
    question : Question
        Of which the limit, the gap and the threads are used.
    uncounted : float
        Seconds spent on making the model.

    Returns
    -------
    Answer
        Recounted.
    """
    import highspy
    import numpy as np

    began = time.perf_counter()
    highs = highspy.Highs()
    for name, value in {
        "output_flag": False,
        "time_limit": question.limit,
        "mip_rel_gap": question.gap,
        "mip_abs_gap": 1e-9,
        "threads": question.threads,
        "parallel": "on" if question.threads > 1 else "off",
    }.items():
        highs.setOptionValue(name, value)
    highs.passModel(highs_model(whole))
    highs.run()
    seconds, info = time.perf_counter() - began, highs.getInfo()
    has_plan = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(highs.getSolution().col_value) if has_plan else None
    return _answer(whole, values, info.mip_dual_bound, seconds, uncounted)


def highs_model(whole: Whole) -> Any:
    """Return the whole model as HiGHS takes it."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = whole.matrix.shape
    lp.offset_ = whole.offset
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = whole.cost, whole.low, whole.high
    lp.row_lower_, lp.row_upper_ = whole.row_low, whole.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = whole.matrix.shape
    lp.a_matrix_.start_, lp.a_matrix_.index_ = whole.matrix.indptr, whole.matrix.indices
    lp.a_matrix_.value_ = whole.matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[one] for one in whole.is_integer.tolist()]
    return lp


def write_mps(question: Question, file: str) -> None:
    """Write the whole model as MPS; columns are named c0, c1, ..."""
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(highs_model(_whole(question)))
    highs.writeModel(file)


def by_scip(question: Question) -> Answer:
    """Solve the whole model with SCIP; only its own solving time counts.

    The MPS file is written by a process of its own, so that neither Python's objects nor the copy in HiGHS weigh here.
    """
    import json
    from dataclasses import asdict

    import numpy as np
    from pyscipopt import Model

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "whole.mps")
        ask = json.dumps({"question": asdict(question), "mps": file})
        subprocess.run([sys.executable, str(HERE / "sidebyside.py"), "--child", ask], check=True)
        model = Model()
        model.hideOutput()
        model.readProblem(file)
    model.setParams({"limits/time": question.limit, "limits/gap": question.gap, "limits/absgap": 0.0})
    ready = time.perf_counter()
    model.optimize()
    seconds = time.perf_counter() - ready
    bound, values = model.getDualbound(), None
    if model.getNSols():
        best, columns = model.getBestSol(), model.getVars()
        values = np.zeros(len(columns))
        for column in columns:
            values[int(column.name[1:])] = model.getSolVal(best, column)
    model.freeProb()
    return _answer(_whole(question), values, bound, seconds, ready - began)


def by_cpsat(question: Question) -> Answer:
    """Solve with CP-SAT; its own solving time counts, making the model does not."""
    from ortools.sat.python import cp_model  # before anything that could load highspy

    from side.integers import integer_model

    began = time.perf_counter()
    model = integer_model(_instance(question))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = question.limit
    solver.parameters.relative_gap_limit = question.gap
    solver.parameters.num_workers = question.threads
    ready = time.perf_counter()
    status = solver.solve(model.model)
    seconds = time.perf_counter() - ready
    bound = solver.best_objective_bound / model.scale
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, _finite(bound), seconds, ready - began, status.name)
    note = "" if model.is_exact else f"costs rounded down to 1/{model.scale:g}"
    return Answer(model.recounted(solver), bound, seconds, ready - began, note)


def by_spopt(question: Question) -> Answer:
    """Solve with spopt; everything from the file to the answer counts."""
    import numpy as np
    import pulp
    from spopt.locate import PCenter, PMedian

    began = time.perf_counter()
    instance = _instance(question)
    cost = instance.cost.astype(float)
    if instance.is_center:
        problem = PCenter.from_cost_matrix(cost, instance.p)
    else:
        problem = PMedian.from_cost_matrix(cost, np.ones(len(cost)), instance.p)
    solver = pulp.HiGHS(msg=False, timeLimit=question.limit, gapRel=question.gap, threads=question.threads)
    note = ""
    try:
        problem.solve(solver)
    except RuntimeError as error:  # spopt raises unless PuLP says "optimal"
        note = str(error)
    seconds, info = time.perf_counter() - began, problem.problem.solverModel.getInfo()
    bound = _finite(info.mip_dual_bound)
    opened = [bool(variable.value() and variable.value() > 0.5) for variable in problem.fac_vars]
    if sum(opened) != instance.p:
        return Answer(None, bound, seconds, note=note)
    nearest = cost[:, opened].min(axis=1)
    found = nearest.max() if instance.is_center else nearest.sum()
    return Answer(float(found), bound, seconds, note=note)


def _whole(question: Question) -> Whole:
    from side.whole import whole_model

    return whole_model(_instance(question))


def _instance(question: Question) -> Any:
    """Return the instance with a table of all costs, also where siting does without."""
    from siting.bench.formats import read_instance
    from siting.bench.instance import BenchOptions
    from siting.bench.points import Points

    instance = read_instance(question.file, BenchOptions(**question.options))
    return instance.table() if isinstance(instance, Points) else instance


def _answer(whole: Whole, values: Any, bound: float, seconds: float, uncounted: float) -> Answer:
    """Return the answer with the cost recounted from the values."""
    known = _finite(bound)
    if values is None:
        return Answer(None, known, seconds, uncounted, "no solution within the limit")
    objective, breach = whole.recounted(values)
    note = f"ROWS BROKEN BY {breach:.1e}" if breach > CLEAN else ""
    return Answer(objective, known, seconds, uncounted, note)


def _finite(bound: float) -> float | None:
    """Return None for what solvers say before they know a bound; SCIP's infinity is 1e20."""
    return bound if abs(bound) < INFINITE else None


SOLVERS = {"siting": by_siting, "highs": by_highs, "scip": by_scip, "cpsat": by_cpsat, "spopt": by_spopt}
"""Names as in `side.entrants.ENTRANTS`."""
