"""Solve a published location instance with the same engine as a study."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.bench.formats import read_instance
from siting.bench.network import to_network
from siting.bench.points import Points
from siting.bench.rounds import solve_points
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from siting.bench.instance import BenchOptions


@dataclass(frozen=True)
class BenchResult:
    """Outcome of a benchmark.

    Attributes
    ----------
    instance, problem : str
        What was solved, so that a split optimum is not taken for a single-source one.
    objective, bound, gap : float
        In the instance's units; bound and gap are None where nothing is known.
    status : str
        "optimal" within the gap asked for, or "feasible".
    runtime_s : float
        Seconds from the file to the answer.
    """

    instance: str
    problem: str
    objective: float
    bound: float | None
    gap: float | None
    status: str
    runtime_s: float


def run(path: str | Path, options: BenchOptions, progress: Callable[..., Any] | None = None) -> BenchResult:
    """Read a published instance, solve it, and return what was found and proven.

    Parameters
    ----------
    path : str or Path
        The file; see `siting.bench.formats.read_instance`.
    options : BenchOptions
        Format, problem and limits of the solve.
    progress : callable, optional
        Passed on to the solver.

    Returns
    -------
    BenchResult
        Objective, bound, gap, status and seconds.

    Raises
    ------
    StudyError
        If the file does not follow its format.
    InfeasibleError
        If no solution exists.
    SolveError
        If the limit came before any solution.
    """
    start = time.perf_counter()
    instance = read_instance(path, options)
    asked = SolveOptions(
        time_limit=options.time_limit,
        gap=options.gap,
        threads=options.threads,
        progress=progress,
        objective="worst_travel" if options.p_center else "total_cost",
    )
    found = solve_points(instance, asked) if isinstance(instance, Points) else solve(to_network(instance), asked)
    return BenchResult(
        instance.name,
        instance.problem,
        found.objective,
        found.bound,
        found.gap,
        found.status,
        time.perf_counter() - start,
    )
