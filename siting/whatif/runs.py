"""Many solves of variants of one study, one after the other or side by side."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from siting.errors import InfeasibleError, NoPlanError, StudyError
from siting.optimize import optimize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from siting.plan.plan import Plan
    from siting.study.openings import Decisions
    from siting.study.study import Study

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """One solve to be made: its name, its study, and units that are given (None: all are chosen)."""

    name: tuple[str, ...]
    study: Study
    decisions: Decisions | None = None


@dataclass(frozen=True)
class Result(Generic[T]):
    """What came of a case: what was read from its plan, or why there is none."""

    name: tuple[str, ...]
    found: T | None
    failure: str = ""


@dataclass(frozen=True)
class RunOptions:
    """How every case is solved.

    Attributes
    ----------
    time_limit, gap : float or None
        For each solve; the study's by default.
    jobs : int
        Solves side by side; with more than one each takes one thread.
    report : callable, optional
        Told the name of every case that is done.
    """

    time_limit: float | None = None
    gap: float | None = None
    jobs: int = 1
    report: Callable[[str], None] | None = None


def run_all(cases: Iterable[Case], options: RunOptions, read: Callable[[Plan], T]) -> list[Result[T]]:
    """Solve every case and keep what `read` takes from its plan; a case without a plan is kept with the reason.

    Parameters
    ----------
    cases : iterable of Case
        What to solve.
    options : RunOptions
        Time, gap, solves side by side.
    read : callable
        A function of a module, so that it can be sent to another process; called where the plan was solved.
    """
    results = []
    for result in _results(list(cases), options, read):
        if options.report is not None:
            options.report(" ".join(result.name))
        results.append(result)
    return results


def _results(cases: list[Case], options: RunOptions, read: Callable[[Plan], T]) -> Iterator[Result[T]]:
    solve = partial(_solved, time_limit=options.time_limit, gap=options.gap, read=read)
    if options.jobs == 1 or len(cases) < 2:
        yield from map(solve, cases)
        return
    alone = [replace(case, study=case.study.replace({"solve.threads": 1})) for case in cases]
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(solve, alone)


def _solved(case: Case, time_limit: float | None, gap: float | None, read: Callable[[Plan], T]) -> Result[T]:
    try:
        plan = optimize(case.study, time_limit, gap, decisions=case.decisions)
    except (StudyError, InfeasibleError) as error:
        reasons = error.problems if isinstance(error, StudyError) else error.diagnosis
        return Result(case.name, None, str(reasons[0]) if reasons else str(error))
    except NoPlanError as error:
        return Result(case.name, None, str(error))
    return Result(case.name, read(plan))


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
