"""Handing over to HiGHS: which trips a kernel keeps, and how it grows until its answer holds for the whole."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.kernel import Closed, solve_kernel
from siting.solve.location.relaxation import FREE, OPEN, SHUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.highs import Run
    from siting.solve.location.ascent import Ascent
    from siting.solve.location.plan import Choice
    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    State = NDArray[np.int8]

NEAREST = 12
"""Trips by area that a kernel keeps first where areas may be split."""
NEAREST_FIRST = 8
"""Trips by area in the search for a first plan."""
LEAST_SHARE = 0.02
"""Sites that the relaxation opened less often stay shut in the first plan."""
ROUND = 0.5
"""Sites that the relaxation opened more often are opened in a first plan."""
SLACK = 1.01
"""Capacity left when sites are shut in a first plan, against what is needed."""
SPARE = 1.15
"""Capacity that the sites of the first plan have at least, against what is needed."""


def close_out(problem: Location, extra: Floats, room: float, state: State, run: Run, plan: Choice | None) -> Closed:
    """Solve all that is left.

    Parameters
    ----------
    problem : Location
        The problem.
    extra : ndarray, shape (n_arcs,)
        How much the bound rises at least with an arc, or its reduced cost where areas may be split.
    room : float
        What a better plan may cost more than the bound.
    state : ndarray of int8, shape (n_sites,)
        Decisions taken.
    run : Run
        Limits of HiGHS.
    plan : Choice or None
        To begin with, where it keeps the decisions.
    """
    began = time.perf_counter()
    if plan is not None and (plan.is_open & (state == SHUT) | ~plan.is_open & (state == OPEN)).any():
        plan = None
    if problem.never_splits:
        return solve_kernel(problem, extra <= room, state, run, plan)
    kept, bound = nearest(problem, extra, state, NEAREST), -np.inf
    while True:
        left = max(run.time_limit - (time.perf_counter() - began), 1.0)
        closed = solve_kernel(problem, kept, state, replace(run, time_limit=left), plan, may_stay_away=True)
        bound = max(bound, closed.bound)
        if closed.stopped_by not in ("optimal", "infeasible") or not closed.away.any():
            return replace(closed, bound=bound)
        kept |= closed.away[problem.area]


def nearest(problem: Location, extra: Floats, state: State, count: int) -> Mask:
    """Return the arcs that are among the few of least `extra` of their area, at sites that are not shut."""
    usable = np.flatnonzero(state[problem.site] != SHUT)
    order = usable[np.lexsort((extra[usable], problem.area[usable]))]
    area = problem.area[order]
    rank = np.arange(len(order)) - np.searchsorted(area, area)
    kept = np.zeros(len(extra), dtype=bool)
    kept[order[rank < count]] = True
    return kept


def likely(ascent: Ascent, state: State) -> State:
    """Return the decisions, and as decided all sites that the relaxation almost always opened or shut of late."""
    near, free = state.copy(), state == FREE
    near[free & (ascent.open_share < LEAST_SHARE)] = SHUT
    near[free & (ascent.open_share > 1.0 - LEAST_SHARE)] = OPEN
    return near


def first_plan(problem: Location, ascent: Ascent, extra: Floats, state: State, run: Run) -> Choice | None:
    """Return a plan on the sites and trips that the relaxation likes, more of them until there is one."""
    share, answer = LEAST_SHARE, ascent.answer
    order = np.argsort(np.where(answer.is_open, -np.inf, answer.value), kind="stable")
    spare, count = SPARE, NEAREST_FIRST
    need = _needed(problem)
    while True:
        room = np.where(np.isfinite(problem.capacity), problem.capacity, need)[order]
        likely = (ascent.open_share >= share) | answer.is_open | (state == OPEN)
        likely[order[np.cumsum(room) - room < spare * need]] = True
        near = np.where((state == FREE) & ~likely, SHUT, state).astype(np.int8)
        closed = solve_kernel(problem, nearest(problem, extra, near, count), near, run)
        if closed.choice is not None or closed.stopped_by != "infeasible":
            return closed.choice
        if (near == state).all() and count >= len(problem.fixed):
            return None
        spare, count, share = 2.0 * spare, 4 * count, share / 4.0


def rounded(problem: Location, ascent: Ascent, state: State) -> State:
    """Return the decisions and half of the rest as the relaxation mostly has it, with capacity to spare."""
    free = np.flatnonzero(state == FREE)
    share, near = ascent.open_share[free], state.copy()
    sure = np.argsort(-np.abs(share - 0.5), kind="stable")[: (len(free) + 1) // 2]
    need = _needed(problem)
    capacity = np.where(np.isfinite(problem.fixed), np.fmin(problem.capacity, need), 0.0)
    left, open_sites, possible = capacity[state != SHUT].sum(), int((state == OPEN).sum()), int((state != SHUT).sum())
    for site, often in zip(free[sure].tolist(), share[sure].tolist(), strict=True):
        must = left - capacity[site] < SLACK * need or possible == problem.least
        if (often > ROUND or must) and open_sites < problem.most:
            near[site] = OPEN
            open_sites += 1
        else:
            near[site] = SHUT
            left, possible = left - capacity[site], possible - 1
    return near


def _needed(problem: Location) -> float:
    largest = np.zeros(len(problem.stay))
    np.maximum.at(largest, problem.area, problem.amount)
    return float(largest.sum())
