"""p-medians in the plane, solved with the nearest facilities of each customer only.

A customer may stay unserved at the cost of the nearest facility left out. So no plan of the whole costs less than the
bound of that, and its plan is counted again with all distances. Where customers stay in it, they get twice as many
facilities (all customers do, where many stay), and all is solved again until the gap asked for is proven or nobody
stays. To begin with any plan will do, so that proofs are made with enough facilities only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import NoPlanError
from siting.solve import SolveOptions, solve
from siting.solve.standing import Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.bench.points import Points

    Ints = NDArray[np.int64]

NEAREST = 1.0
"""Facilities of a customer to begin with, times the customers of each facility that opens; measured on BIRCH, where
this is faster than 0.5, 0.75 and 1.5."""
FEW_STAY = 0.01
"""Share of customers up to which those that stay get more facilities alone, and then a proof; assumption."""
FEWEST = 24
"""At least so many; assumption."""
MOST_PAIRS = 60_000_000
"""Customers times facilities that are solved with at most; measured, about 110 bytes each."""


@dataclass(frozen=True)
class Medians:
    """A plan: the facilities that open, and the sum of all distances to the nearest of them."""

    facilities: Ints
    objective: float


@dataclass(frozen=True)
class Found:
    """What is found and proven, as in `siting.model.solution.Solution`."""

    facilities: Ints
    objective: float
    bound: float | None
    gap: float | None
    status: str


def solve_points(points: Points, options: SolveOptions) -> Found:
    """Solve a p-median in the plane.

    Parameters
    ----------
    points : Points
        The instance.
    options : SolveOptions
        Limits of the solve, all rounds together.

    Returns
    -------
    Found
        Its objective counts all distances, and its bound holds for the whole instance.

    Raises
    ------
    NoPlanError
        The limit came before any plan.
    """
    standing = Standing[Medians](options)
    n = len(points.points)
    first = min(max(int(NEAREST * n / points.p), FEWEST), max(MOST_PAIRS // n, 1), n)
    counts: Ints = np.full(n, first)
    near, is_looking = points.nearest(counts), True
    while not standing.is_over():
        try:
            found = solve(near.network(), _round(standing, is_looking))
        except NoPlanError:
            if standing.plan is None:
                raise
            break
        opened = np.flatnonzero(found.open_options[0] >= 0)
        distance = points.to_nearest(opened)
        standing.take(Medians(opened, float(distance.sum())))
        standing.raise_bound(found.bound)
        if found.stopped_by == "interrupt":
            break
        stays = distance > near.left_out
        are_many = bool(stays.mean() > FEW_STAY)
        grown = np.where(stays | are_many, np.minimum(2 * counts, n), counts)
        can_grow = bool(stays.any() and grown.sum() <= MOST_PAIRS)
        if not (can_grow or is_looking):
            break
        if can_grow:
            counts, near = grown, points.nearest(grown)
        is_looking = is_looking and can_grow and are_many
    plan, proof = standing.proven()
    return Found(plan.facilities, plan.objective, proof["bound"], proof["gap"], proof["status"])


def _round(standing: Standing[Medians], is_looking: bool) -> SolveOptions:
    """Return the options of a round, which ends with any plan while one is looked for; its bounds are passed on."""
    return replace(
        standing.options,
        time_limit=max(standing.left(), 1.0),
        gap=1.0 if is_looking else standing.options.gap,
        progress=lambda progress: standing.raise_bound(progress.bound, progress.phase),
    )
