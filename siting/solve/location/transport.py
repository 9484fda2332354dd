"""Who goes where, once the sites are chosen and areas may be split: a transportation problem, solved exactly.

::

    min  sum_ij cost[i,j] x[i,j] + sum_i stay[i] z[i]
         sum_j x[i,j] + z[i] = 1,   sum_i amount[i,j] x[i,j] <= capacity[j],   x, z >= 0

Only the cheapest arcs of each area are given to HiGHS at first, and those that its prices ask for after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from siting.solve.location.closing import nearest
from siting.solve.location.plan import choice_of
from siting.solve.location.relaxation import OPEN, SHUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.plan import Choice
    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FIRST_ARCS = 6
"""Arcs of each area at first."""
DEAR = 10.0
"""What an area pays that nobody serves, against the dearest arc; only a choice without any plan pays it."""
SMALL = 1e-9


def transported(problem: Location, is_open: NDArray[np.bool_]) -> Choice | None:
    """Return the cheapest plan with these sites open; None where they cannot serve all, or HiGHS finds no optimum.

    Parameters
    ----------
    problem : Location
        Its areas may be split.
    is_open : ndarray of bool, shape (n_sites,)
        Units.
    """
    arcs = np.flatnonzero(is_open[problem.site])
    if not len(arcs):
        return None
    may_stay = np.isfinite(problem.stay)
    dear = DEAR * float(1.0 + problem.cost[arcs].max() + problem.stay[may_stay].max(initial=0.0))
    stay = np.where(may_stay, problem.stay, dear)
    kept = nearest(problem, problem.cost, np.where(is_open, OPEN, SHUT), FIRST_ARCS)[arcs]
    while True:
        found = _solve(problem, arcs, kept, stay)
        if found is None:
            return None
        shares, left, reduced = found
        asked = ~kept & (reduced < -SMALL * dear)
        if not asked.any():
            break
        kept |= asked
    if (left[~may_stay] > SMALL).any():
        return None
    share = np.zeros(len(problem.cost))
    share[arcs[kept]] = np.where(shares > SMALL, shares, 0.0)
    return choice_of(problem, share, is_open)


def _solve(
    problem: Location, arcs: Ints, kept: NDArray[np.bool_], stay: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """Return shares of the arcs kept, shares that stay, and the reduced cost of all arcs; None without an optimum."""
    used, areas, sites = arcs[kept], len(stay), len(problem.fixed)
    area, site, count = problem.area[used], problem.site[used], kept.sum()
    served = coo_array(
        (np.ones(count + areas), (np.append(area, np.arange(areas)), np.arange(count + areas))),
        shape=(areas, count + areas),
    )
    room = np.flatnonzero(np.isfinite(problem.capacity))
    place = np.full(sites, -1)
    place[room] = np.arange(len(room))
    limited = np.flatnonzero(place[site] >= 0)
    made = coo_array((problem.amount[used][limited], (place[site[limited]], limited)), shape=(len(room), count + areas))
    costs = np.append(problem.cost[used], stay)
    found = linprog(costs, made.tocsr(), problem.capacity[room], served.tocsr(), np.ones(areas), method="highs")
    if not found.success:
        return None
    price, rent = found.eqlin.marginals, np.zeros(sites)
    rent[room] = found.ineqlin.marginals
    reduced = problem.cost[arcs] - price[problem.area[arcs]] - rent[problem.site[arcs]] * problem.amount[arcs]
    return found.x[:count], found.x[count:], reduced
