"""A good plan early: the model on the few sites that its relaxation opens (the first step of kernel search).

The relaxation of the strong formulation opens few sites, and the best plan mostly uses them. So the relaxation is
solved, the sites it leaves closed are closed, and the small model that remains is solved as a start for the whole
one. Nothing is proven here: bounds come from the whole model only. (Angelelli, Mansini and Speranza, Comput Oper Res
2010;37:2017.)
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.highs import solve_arrays
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays, Outcome, Run
    from siting.solve.options import Progress

    Floats = NDArray[np.float64]

LEAST_OPEN = 1e-3
"""Sites that the relaxation opens by less than this stay closed in the kernel."""
TIME_SHARE = 0.4
"""Most of the time limit that relaxation and kernel may take together."""
KERNEL_GAP = 0.5
"""The kernel is solved to this share of the gap asked for, so that its plan does not spend the whole of it."""


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

    high = arrays.high.copy()
    high[_closed(model, arrays, relaxation.values)] = 0.0
    left = max(limit - (time.perf_counter() - began), 1.0)
    kernel = replace(
        run, time_limit=left, gap=run.gap * KERNEL_GAP, report=knowing(run.report, bound, began, is_part=True)
    )
    return replace(solve_arrays(replace(arrays, high=high), kernel), bound=bound)


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


def _closed(model: pyo.ConcreteModel, arrays: Arrays, values: Floats) -> NDArray[np.int64]:
    """Return the columns of options whose site the relaxation leaves closed."""
    place = {id(column): k for k, column in enumerate(arrays.columns)}
    site = model.network.options["site"].to_numpy()
    options = [(place[id(variable)], site[o]) for (o, _), variable in model.option.items() if id(variable) in place]
    column, at = (np.array(part, dtype=np.int64) for part in zip(*options, strict=True)) if options else (
        np.zeros(0, np.int64), np.zeros(0, np.int64))  # fmt: skip
    opened = np.bincount(at, weights=values[column], minlength=len(model.network.sites))
    forced = arrays.low[column] > 0
    return column[(opened[at] < LEAST_OPEN) & ~forced]
