"""The best plan made of clusters seen before: a site with the areas it serves, out of many plans.

::

    min  sum_k cost[k] x[k]   subject to   every area in at least one cluster taken, every site in at most one,
                                           and as many clusters as units;  x binary

Where plans differ in one part of the country and agree elsewhere, this takes the better part of each. An area in
several clusters goes where it costs least, which only frees capacity. (Clusters as columns: Lorena and Senne, Comput
Oper Res 2004;31:863; a plan out of the columns of many heuristic ones: Rochat and Taillard, J Heuristics 1995;1:147.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from siting.solve.highs import binary_model, solve_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays, Run

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Plan = tuple[Ints, Mask]

MOST, HALF = 20_000, 0.5
"""Clusters kept; after that all but those of the best plan are forgotten."""


class Clusters:
    """Clusters of plans whose areas may not be split.

    Parameters
    ----------
    tables : tuple of ndarray
        As `siting.solve.location.anneal.anneal`.
    counts : tuple of int
        Least and most units.
    """

    def __init__(self, tables: Any, counts: tuple[int, int]) -> None:
        self.cost, _, _, self.fixed = tables
        self.counts = counts
        self.seen: dict[tuple[int, bytes], float] = {}

    def note(self, areas: Ints, site: Ints, opened: Ints) -> set[tuple[int, bytes]]:
        """Remember where areas, in ascending order, go, by open site; return the keys of these clusters."""
        keys = set()
        for place in opened.tolist():
            members = areas[site == place]
            keys.add(key := (place, members.tobytes()))
            if key not in self.seen:
                self.seen[key] = float(self.cost[members, place].sum() + self.fixed[place])
        return keys

    def combined(self, plan: Plan, run: Run) -> Plan:
        """Return the best plan made of clusters seen, or the plan given, whose clusters are among them."""
        if len(self.seen) > MOST:
            self.seen.clear()
        now = self.note(np.arange(len(plan[0])), plan[0], np.flatnonzero(plan[1]))
        places = np.array([place for place, _ in self.seen])
        members = [np.frombuffer(key, dtype=np.int64) for _, key in self.seen]
        start = np.array([float(key in now) for key in self.seen])
        outcome = solve_arrays(self.model(places, members), run, start)
        return plan if outcome.values is None else self.plan_of(places, members, np.flatnonzero(outcome.values > HALF))

    def model(self, places: Ints, members: list[Ints]) -> Arrays:
        """Return the choice of clusters as arrays: a row for each area and each site, and one for the number."""
        columns, (areas, sites) = len(places), self.cost.shape
        column = np.arange(columns)
        inside = np.repeat(column, [len(key) for key in members])
        row = np.concatenate([*members, areas + places, np.full(columns, areas + sites)])
        shape = areas + sites + 1, columns
        matrix = csr_matrix((np.ones(len(row)), (row, np.concatenate([inside, column, column]))), shape=shape)
        low = np.concatenate([np.ones(areas), np.zeros(sites), self.counts[:1]])
        high = np.concatenate([np.full(areas, np.inf), np.ones(sites), self.counts[1:]])
        return binary_model(matrix, np.array(list(self.seen.values())), low, high)

    def plan_of(self, places: Ints, members: list[Ints], taken: Ints) -> Plan:
        """Return the plan of some clusters, each area where it costs least."""
        site, is_open = np.full(len(self.cost), -1), np.zeros(len(self.fixed), dtype=bool)
        least = np.full(len(site), np.inf)
        for k in taken.tolist():
            areas, place = members[k], int(places[k])
            areas = areas[self.cost[areas, place] < least[areas]]
            site[areas], least[areas], is_open[place] = place, self.cost[areas, place], True
        return site, is_open
