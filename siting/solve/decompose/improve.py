"""Large neighbourhood search on a compiled model: plan one region again and again, all else fixed.

Every step is a small mixed-integer model with all rules of the study in it, started from the plan at hand, so a plan
stays a plan and only gets better. Steps end by gap, by nodes or by calls, so the search is the same
on any machine.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.decompose.regions import Regions
from siting.solve.highs import Arrays, solve_arrays

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyomo.environ as pyo
    from numpy.typing import NDArray
    from scipy.sparse import csc_matrix

    from siting.solve.highs import Run

    Floats = NDArray[np.float64]

FIRST_SITES, LEAST_SITES = 25, 8
MOST_NODES = 10
STEP_GAP = 0.0005
"""Relative to the cost of the region, so less for the whole."""
STEP_CALLS = 60
"""Work of a step, see `Run.most_calls`; one that takes so much gains little more."""
MOST_STEPS = 20
"""Steps of a sweep; then prices and local search are worth another look."""
GROW, SHRINK = 1.25, 0.7


class Search:
    """A plan of a compiled model and how to improve it.

    Parameters
    ----------
    model, arrays : ConcreteModel, Arrays
        The model, compiled.
    values : ndarray, shape (columns,)
        A plan.
    run : Run
        Threads and seed of the steps.
    enough : callable
        Told the cost after each step; True ends the search.
    """

    def __init__(
        self, model: pyo.ConcreteModel, arrays: Arrays, values: Floats, run: Run, enough: Callable[[float], bool]
    ) -> None:
        self.arrays, self.values, self.enough = arrays, values, enough
        self.regions = Regions(model, arrays)
        self.run = replace(run, gap=STEP_GAP, most_nodes=MOST_NODES, most_calls=STEP_CALLS)
        self.rng = np.random.default_rng(run.seed)
        self.columns = arrays.matrix.tocsc()
        self.count, self.interrupted = FIRST_SITES, False

    @property
    def objective(self) -> float:
        """Cost of the plan at hand."""
        return float(self.arrays.cost @ self.values * self.arrays.scale + self.arrays.offset)

    def sweep(self, until: float, promise: Floats) -> None:
        """Plan sites in regions, those of most promise first, until good enough, a time, Ctrl-C or `MOST_STEPS`."""
        candidates = self.regions.candidates
        waiting = np.zeros(self.regions.sizes[2], dtype=bool)
        waiting[candidates] = True
        order = candidates[np.argsort(-promise[candidates] - self.rng.random(len(candidates)), kind="stable")]
        steps = 0
        for seed in order.tolist():
            if steps >= MOST_STEPS or time.perf_counter() > until or self.enough(self.objective) or self.interrupted:
                return
            if waiting[seed]:
                sites = self.regions.around(seed, self.count)
                self.step(sites, until)
                steps += 1
                waiting &= ~sites

    def step(self, sites: NDArray[np.bool_], until: float) -> None:
        """Plan some sites again with what deals with them, all else fixed."""
        free = self.regions.columns(sites, self.values)
        part = _part(self.arrays, self.columns, free, self.values)
        seconds = max(until - time.perf_counter(), 1.0)
        outcome = solve_arrays(part, replace(self.run, time_limit=seconds), self.values[free])
        self.interrupted |= outcome.stopped_by == "interrupt"
        if outcome.values is not None and part.cost @ outcome.values < part.cost @ self.values[free]:
            self.values = self.values.copy()
            self.values[free] = outcome.values
        self.count = max(int(self.count * (GROW if outcome.stopped_by == "optimal" else SHRINK)), LEAST_SITES)


def _part(arrays: Arrays, columns: csc_matrix, free: NDArray[np.bool_], values: Floats) -> Arrays:
    """Return the model over the free columns, with the others at their values."""
    fixed = arrays.matrix @ np.where(free, 0.0, values)
    matrix = columns[:, np.flatnonzero(free)].tocsr()
    rows = np.flatnonzero(np.diff(matrix.indptr) > 0)
    return Arrays(
        matrix=matrix[rows],
        cost=arrays.cost[free],
        offset=0.0,
        scale=arrays.scale,
        low=arrays.low[free],
        high=arrays.high[free],
        row_low=arrays.row_low[rows] - fixed[rows],
        row_high=arrays.row_high[rows] - fixed[rows],
        is_integer=arrays.is_integer[free],
        columns=[],
    )
