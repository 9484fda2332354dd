"""Many solves of variants of one study: one after the other, side by side on this machine, or on a Dask cluster.

`solve_case` is the one run: a function of a module whose arguments and result can be pickled, with one thread
wherever it is sent. The three ways of sending it give the same results where solves end by their gap, not by the clock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from siting.errors import InfeasibleError, NoPlanError, Problem, SitingError, StudyError
from siting.optimize import find_plan, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from siting.plan.plan import Plan
    from siting.solve.options import SolveOptions
    from siting.solve.start import Start
    from siting.study.openings import Decisions
    from siting.study.study import Study

T = TypeVar("T")
_ONE_AT_A_TIME = threading.Lock()
"""HiGHS and Pyomo keep state for a whole process; a Dask worker may have several threads."""


@dataclass(frozen=True)
class Case:
    """One solve to be made.

    Attributes
    ----------
    name : tuple of str
        Says which it is.
    study : Study
        What is solved.
    decisions : dict, optional
        Units that are given; by default all are chosen.
    start : Start, optional
        What another case found, to begin with (`siting.solve.start`).
    """

    name: tuple[str, ...]
    study: Study
    decisions: Decisions | None = None
    start: Start | None = None


@dataclass(frozen=True)
class Result(Generic[T]):
    """What came of a case: what was read from its plan, or why there is none.

    Attributes
    ----------
    name : tuple of str
        The case's.
    found : object or None
        What was read from the plan.
    failure : str
        Why there is no plan.
    kind : str
        "contradiction" (the study contradicts itself), "infeasible", "no plan" (in the time) or "failed" (a fault of
        solver or recount); empty with a plan.
    """

    name: tuple[str, ...]
    found: T | None
    failure: str = ""
    kind: str = ""


@dataclass(frozen=True)
class RunOptions:
    """How every case is solved.

    Attributes
    ----------
    time_limit, gap : float or None
        For each solve; the study's by default.
    jobs : int
        Solves side by side, in processes of this machine.
    report : callable, optional
        Told the name of every case that is done.
    threads : int or None
        Of each solve; by default 1 where solves run side by side, else the study's.
    dask : str
        Address of a Dask scheduler (``tcp://host:port``) to send the solves to; `jobs` then means nothing.
    """

    time_limit: float | None = None
    gap: float | None = None
    jobs: int = 1
    report: Callable[[str], None] | None = None
    threads: int | None = None
    dask: str = ""

    def solve_options(self, study: Study, side_by_side: bool) -> SolveOptions:
        """Return how one study is solved."""
        options = options_of(study, self.time_limit, self.gap)
        threads = self.threads or (1 if side_by_side else options.threads)
        return replace(options, threads=threads)


def run_all(cases: Iterable[Case], options: RunOptions, read: Callable[[Plan], T]) -> list[Result[T]]:
    """Solve every case and keep what `read` takes from its plan; a case without a plan is kept with the reason.

    Parameters
    ----------
    cases : iterable of Case
        What to solve, each under a name of its own.
    options : RunOptions
        Time, gap, solves side by side.
    read : callable
        A function of a module, so that it can be sent to another process; called where the plan was solved.

    Returns
    -------
    list of Result
        In the order of the cases.
    """
    cases = list(cases)
    results = {result.name: result for result in run_each(cases, options, read)}
    return [results[case.name] for case in cases]


def run_each(cases: Sequence[Case], options: RunOptions, read: Callable[[Plan], T]) -> Iterator[Result[T]]:
    """Yield the result of every case as it comes, in any order; see `run_all`.

    Raises
    ------
    StudyError
        If the Dask cluster does not answer or cannot run this version of siting.
    KeyboardInterrupt
        On Ctrl-C; the solve under way is thrown away.
    """
    side_by_side = bool(options.dask) or (options.jobs > 1 and len(cases) > 1)
    jobs = [(case, options.solve_options(case.study, side_by_side)) for case in cases]
    solve = partial(solve_case, read=read)
    if options.dask:
        from siting.whatif.cluster import on_cluster

        results = on_cluster(options.dask, solve, jobs)
    elif side_by_side:
        results = _in_processes(options.jobs, solve, jobs)
    else:
        results = (solve(*job) for job in jobs)
    for result in results:
        if options.report is not None:
            options.report(" ".join(result.name))
        yield result


def _in_processes(
    count: int, solve: Callable[..., Result[T]], jobs: Sequence[tuple[Case, SolveOptions]]
) -> Iterator[Result[T]]:
    from joblib import Parallel, delayed

    # Tables are small: sent as they are, not as read-only memory maps.
    pool = Parallel(n_jobs=count, backend="loky", return_as="generator_unordered", max_nbytes=None)
    yield from pool(delayed(solve)(*job) for job in jobs)


def solve_case(case: Case, options: SolveOptions, read: Callable[[Plan], T]) -> Result[T]:
    """Make one run: solve a case and read its plan; a failure is a result, too.

    Raises
    ------
    KeyboardInterrupt
        If the solve was interrupted: its plan depends on when, and is no result.
    """
    try:
        with _ONE_AT_A_TIME:
            plan = find_plan(case.study, replace(options, start=case.start), case.decisions)
    except SitingError as error:
        problems = getattr(error, "problems", getattr(error, "diagnosis", ()))
        return Result(case.name, None, str(problems[0]) if problems else str(error), _kind(error))
    if plan.solution.stopped_by == "interrupt":
        raise KeyboardInterrupt
    return Result(case.name, read(plan))


def _kind(error: SitingError) -> str:
    kinds = ((StudyError, "contradiction"), (InfeasibleError, "infeasible"), (NoPlanError, "no plan"))
    return next((kind for error_type, kind in kinds if isinstance(error, error_type)), "failed")


def whole(plan: Plan) -> Plan:
    """Return the plan itself, for those who keep all of it."""
    return plan


def decisions_of(plan: Plan) -> Decisions:
    """Return the units of a plan as decisions by hand; central plants are left to the model."""
    network, chosen = plan.network, plan.solution.open_options
    ids = network.configurations["id"].to_numpy()[network.options["configuration"]]
    units = [*zip(ids.tolist(), network.options["platforms"].astype(int).tolist(), strict=True), None]
    return {
        (site, period): units[chosen[t, j]]
        for t, period in enumerate(network.ids.periods)
        for j, site in enumerate(network.ids.hospitals)
    }


def not_money(kind: str, why: str) -> list[Problem]:
    """Return why a question about money cannot be asked where the objective is of another kind; else nothing."""
    if kind == "total_cost":
        return []
    return [Problem("objective.kind", f"is {kind}, and {why}", "solve with objective.kind = total_cost")]
