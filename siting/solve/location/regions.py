"""Plans where areas may not be split, bettered region by region.

A region is an open site, the open sites nearest to it, and all areas that they serve. With what others serve left as it
is, that is a small problem of the same kind, and annealing finds good plans of it in little time. A region that was
bettered makes those of its sites worth another look.
(Taillard and Voss, POPMUSIC, in Essays and Surveys in Metaheuristics, 2002; for clustering Taillard, J Heuristics
2003;9:51; for capacitated p-medians by a solver Stefanello, de Araujo and Muller, Int Trans Oper Res 2015;22:149.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.solve.location.anneal import near_lists
from siting.solve.location.cooling import annealed, near_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.clusters import Clusters
    from siting.solve.location.cooling import Cooling

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

SMALL = 1e-9


class Regions:
    """Betters a plan in place, region by region.

    Parameters
    ----------
    tables : tuple of ndarray
        As `siting.solve.location.anneal.anneal`.
    ranked : tuple of ndarray
        Where the arcs of each area begin, and their sites, the best first.
    clusters : Clusters
        Told what is found, better or not.
    plan : tuple of ndarray
        Site by area and whether a site is open; changed.
    rng : Generator
        Of the choice of regions and the annealing.
    """

    def __init__(self, tables: Any, ranked: Any, clusters: Clusters, plan: tuple[Ints, Mask], rng: Any) -> None:
        self.tables, self.clusters, self.rng = tables, clusters, rng
        self.site, self.is_open = plan
        count = near_count(self.is_open)
        start, sites = ranked
        at = start[:-1, None] + np.arange(count)
        self.near = np.where(at < start[1:, None], sites[np.minimum(at, len(sites) - 1)], -1).astype(np.int64)

    def run(self, size: int, cooling: Cooling, until: float) -> None:
        """Better the plan by regions of so many open sites until none helps, or until a time."""
        fresh = self.is_open.copy()
        while fresh.any() and time.perf_counter() < until:
            middle = int(self.rng.choice(np.flatnonzero(fresh)))
            fresh[middle] = False
            opened = self.around(middle, size)
            sites = self.sites_of(opened)
            if self.improve(opened, sites, cooling, until):
                fresh[sites] = self.is_open[sites]

    def around(self, middle: int, size: int) -> Ints:
        """Return an open site and those that its areas could go to at the least cost."""
        opened = np.flatnonzero(self.is_open)
        cost = self.tables[0][np.ix_(self.site == middle, opened)]
        cost = np.where(np.isfinite(cost), cost, cost.max(initial=0.0, where=np.isfinite(cost)) * len(opened))
        cost = cost.sum(axis=0)
        cost[opened == middle] = -1.0
        return opened[np.argsort(cost, kind="stable")[:size]]

    def sites_of(self, opened: Ints) -> Ints:
        """Return open sites and those near their areas that are not open."""
        inside = np.zeros(len(self.is_open) + 1, dtype=bool)
        inside[self.near[np.isin(self.site, opened)]] = True
        inside = inside[:-1] & ~self.is_open & np.isfinite(self.tables[3])
        inside[opened] = True
        return np.flatnonzero(inside)

    def improve(self, opened: Ints, sites: Ints, cooling: Cooling, until: float) -> bool:
        """Anneal the areas of open sites among some sites; keep a better plan, and return whether there was one."""
        areas = np.flatnonzero(np.isin(self.site, opened))
        if not len(areas):
            return False
        row = np.full(len(self.is_open) + 1, -1)
        row[sites] = np.arange(len(sites))
        near = row[self.near[areas]]
        has = near >= 0
        lists = near_lists(np.append(0, np.cumsum(has.sum(axis=1))), near[has], len(sites), near.shape[1])
        cost, amount, capacity, fixed = self.tables
        inside = np.ix_(areas, sites)
        tables = cost[inside], amount[inside], capacity[sites], fixed[sites]
        site, is_open = row[self.site[areas]], self.is_open[sites]
        before = tables[0][np.arange(len(areas)), site].sum() + fixed[opened].sum()
        others = int(self.is_open.sum()) - len(opened)
        least, most = self.clusters.counts
        counts = max(least - others, 0), most - others
        value, plan = annealed((site, is_open), tables, lists, counts, (cooling, self.rng, until))
        if value < np.inf:
            self.clusters.note(areas, sites[plan[0]], sites[plan[1]])
        if value >= before - SMALL * abs(before):
            return False
        self.site[areas], self.is_open[sites] = sites[plan[0]], plan[1]
        return True
