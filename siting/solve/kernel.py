"""A good plan early: the model on few sites, first those that its relaxation opens (kernel search).

The relaxation of the strong formulation opens few sites, and the best plan mostly uses them. So the relaxation is
solved, the sites it leaves closed are closed, and the small model that remains (the kernel) is solved as a start for
the whole one. Under a tight limit on sites the relaxation opens a little of many, and that model stays hard: then the
sites it opens most make a first plan, which is bettered piece by piece, its own sites with a bucket of others from the
kernel, again and again. Nothing is proven here: bounds come from the whole model only.
(Angelelli, Mansini and Speranza, Comput Oper Res 2010;37:2017.)
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.highs import solve_arrays
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays, Outcome, Run
    from siting.solve.options import Progress

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

START_SHARE = 0.2
"""Most of the time limit for a first plan at given sites."""
LEAST_OPEN = 1e-3
"""Sites that the relaxation opens by less than this stay closed in the kernel."""
TIME_SHARE = 0.5
"""Most of the time limit that relaxation, kernel and buckets may take together."""
WIDE = 2
"""A kernel of more than so many times the sites that the study allows is searched by buckets, not solved at once."""
FIRST_SHARE = 0.4
"""Most of the time left that the first plan of a wide kernel may take; buckets have the rest."""
KERNEL_GAP = 0.5
"""The kernel is solved to this share of the gap asked for, so that its plan does not spend the whole of it."""
BUCKET = 4
"""Sites in a bucket; with the sites of a plan they make a model that HiGHS mostly solves in a few seconds."""
BUCKET_SHARE = 0.35
"""Most of the time left that one bucket may take."""
BETTER = 1e-5
"""A bucket that saves less, relative to the cost, has not bettered the plan."""


def kernel_start(model: pyo.ConcreteModel, arrays: Arrays, run: Run) -> Outcome | None:
    """Return a good plan for the columns of `arrays`, with the relaxation's bound, which holds for the whole model.

    Returns
    -------
    Outcome or None
        None where time or rules did not allow a relaxation; values are None where there is no plan (the kernel has
        none, or Ctrl-C came before it).
    """
    began, limit = time.perf_counter(), run.time_limit * TIME_SHARE
    relaxed = replace(arrays, is_integer=np.zeros_like(arrays.is_integer))
    relaxation = solve_arrays(relaxed, replace(run, time_limit=limit, report=None))
    if relaxation.stopped_by == "interrupt":
        return replace(relaxation, values=None, objective=None)  # its values are fractions of units, no plan
    if relaxation.stopped_by != "optimal" or relaxation.values is None:
        return None
    bound = relaxation.objective
    report = knowing(run.report, bound, began, is_part=True)
    kernel = _Kernel(model, arrays, relaxation.values, replace(run, gap=run.gap * KERNEL_GAP, report=report))
    return replace(kernel.search(began + limit), bound=bound)


def plan_at(model: pyo.ConcreteModel, arrays: Arrays, run: Run, sites: Collection[str]) -> Outcome | None:
    """Return the best plan with units at some sites and central plants; None where they admit none in their time."""
    named = np.array([site in sites for site in model.network.ids.sites]) | model.network.sites["is_central"].to_numpy()
    part = replace(run, time_limit=run.time_limit * START_SHARE, gap=run.gap * KERNEL_GAP, report=None)
    found = _Kernel(model, arrays, np.zeros(len(arrays.cost)), part).on(np.flatnonzero(named), part.time_limit)
    return None if found.values is None else replace(found, bound=None)


class _Kernel:
    """The model on some of its sites.

    Parameters
    ----------
    model, arrays : ConcreteModel, Arrays
        The whole model, compiled.
    relaxed : ndarray, shape (columns,)
        Values of its relaxation.
    run : Run
        Gap, threads, seed and report of each solve.
    """

    def __init__(self, model: pyo.ConcreteModel, arrays: Arrays, relaxed: Floats, run: Run) -> None:
        self.arrays, self.run = arrays, run
        network = model.network
        place = {id(column): k for k, column in enumerate(arrays.columns)}
        site = network.options["site"].to_numpy()
        known = [(place[id(variable)], site[o]) for (o, _), variable in model.option.items() if id(variable) in place]
        self.columns, self.at = np.array(known, dtype=np.int64).reshape(-1, 2).T
        opened = np.bincount(self.at, weights=relaxed[self.columns], minlength=len(network.sites))
        order = np.argsort(-opened, kind="stable")
        chosen = order[opened[order] >= LEAST_OPEN]
        central = network.sites["is_central"].to_numpy(bool)
        self.always: Ints = chosen[central[chosen]]
        self.hospitals: Ints = chosen[~central[chosen]]
        self.most: int | None = network.limits.sites[1]

    def search(self, until: float) -> Outcome:
        """Return the best plan found on the sites of the kernel; its bound is none of the whole."""
        left = until - time.perf_counter()
        if self.most is None or len(self.hospitals) <= WIDE * self.most:
            return self.on(self.hospitals, left)
        first = self.on(self.hospitals[: self.most], left * FIRST_SHARE)
        if first.values is None and first.stopped_by != "interrupt":
            return self.on(self.hospitals, until - time.perf_counter())
        return self.buckets(first, until)

    def on(self, hospitals: Ints, seconds: float, start: Floats | None = None) -> Outcome:
        """Solve the model with units at these hospitals only, and central plants as in the kernel."""
        high = self.arrays.high.copy()
        closed = ~np.isin(self.at, np.r_[hospitals, self.always]) & (self.arrays.low[self.columns] <= 0)
        high[self.columns[closed]] = 0.0
        return solve_arrays(replace(self.arrays, high=high), replace(self.run, time_limit=max(seconds, 1.0)), start)

    def buckets(self, best: Outcome, until: float) -> Outcome:
        """Better a plan by its own sites with one bucket after the other, until none helps or the time is over."""
        log, step, idle = best.log, 0, 0
        while best.values is not None and best.objective is not None and best.stopped_by != "interrupt":
            is_open = np.unique(self.at[best.values[self.columns] > 0.5])
            rest = self.hospitals[~np.isin(self.hospitals, is_open)]
            count = max(-(-len(rest) // BUCKET), 1)
            left = until - time.perf_counter()
            if idle >= count or left <= 0.0:
                break
            found = self.on(np.r_[is_open, rest[step % count :: count]], left * BUCKET_SHARE, best.values)
            step, log = step + 1, log + found.log
            is_better = found.objective is not None and found.objective < best.objective - BETTER * abs(best.objective)
            idle = 0 if is_better else idle + 1
            best = found if is_better else replace(best, stopped_by=found.stopped_by)
        return replace(best, log=log)


def knowing(
    report: Callable[[Progress], None] | None, bound: float | None, began: float, *, is_part: bool = False
) -> Callable[[Progress], None] | None:
    """Return a report that knows a bound already, and the time since the whole solve began.

    The bound of a part of the model (`is_part`) says nothing about the whole and is not shown.
    """
    if report is None:
        return None

    def informed(progress: Progress) -> None:
        bounds = [known for known in (bound, None if is_part else progress.bound) if known is not None]
        best = max(bounds, default=None)
        gap = relative_gap(progress.objective, best)
        report(replace(progress, seconds=time.perf_counter() - began, bound=best, gap=gap))

    return informed
