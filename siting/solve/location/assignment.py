"""Plans where areas may not be split: who goes where, and which sites are open.

Choices of sites are bettered by simulated annealing. At decided sites, a tabu search over shifts and swaps takes the
best move each time, better or not, at prices that rise by site while it is asked for too much and fall while it is not
(Gendreau, Hertz and Laporte, Manage Sci 1994;40:1276).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from siting.solve.location.anneal import near_lists
from siting.solve.location.clusters import Clusters
from siting.solve.location.cooling import annealed, near_count
from siting.solve.location.interchange import assign
from siting.solve.location.placing import placed
from siting.solve.location.plan import choice_of
from siting.solve.location.regions import Regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.highs import Run
    from siting.solve.location.cooling import Cooling
    from siting.solve.location.plan import Choice
    from siting.solve.location.problem import Location

    Mask = NDArray[np.bool_]

WORK, MOVES = 10_000_000, 2000
"""Pairs of areas looked at by the tabu search; and its moves at most."""
DEARER, CHEAPER, MOST = 1.2, 0.97, 1e3
"""By what prices rise and fall with each move of the tabu search, and how far from the first price."""
TENURE, SPREAD = 2, 8
"""Moves for which an area may not come back, at least, and fewer than so many random ones more."""
SMALL, HALF = 1e-9, 0.5


class Assignment:
    """Searches around choices of sites.

    Parameters
    ----------
    problem : Location
        Its areas may not be split, and all are to be served.
    seed : int
        Of the annealing, and of how long moves are tabu.
    """

    def __init__(self, problem: Location, seed: int) -> None:
        shape = len(problem.stay), len(problem.fixed)
        self.problem = problem
        self.ranked = problem.start, problem.site
        self.arc = np.full(shape, -1, dtype=np.int64)
        self.arc[problem.area, problem.site] = np.arange(len(problem.cost))
        has = self.arc >= 0
        cost = np.where(has, problem.cost[self.arc], np.inf)
        amount = np.where(has, problem.amount[self.arc], 0.0)
        self.tables = cost, amount, problem.capacity, np.where(np.isfinite(problem.fixed), problem.fixed, np.inf)
        self.clusters = Clusters(self.tables, problem.counts)
        self.price = float(problem.cost.mean() / max(problem.amount.mean(), SMALL))
        moves = min(WORK // (shape[0] * (shape[0] // 2 + shape[1])) + 1, MOVES)
        self.rng = np.random.default_rng(seed)
        self.tenures = TENURE + self.rng.integers(SPREAD, size=(moves, 2))

    def rank(self, extra: NDArray[np.float64]) -> None:
        """Take for near an area what has little `extra` by arc, instead of little cost."""
        order = np.lexsort((extra, self.problem.area))
        self.ranked = self.problem.start, self.problem.site[order]

    def improve(self, is_open: Mask, cooling: Cooling, until: float) -> Choice | None:
        """Return a plan found by annealing from a choice of sites, until a time at most; None if none."""
        problem = self.problem
        arc, _, _ = assign(is_open, problem.arcs, problem.away)
        if (arc < 0).any():
            return None
        near = near_lists(*self.ranked, len(is_open), near_count(is_open))
        plan = problem.site[arc].astype(np.int64), is_open.copy()
        cost, found = annealed(plan, self.tables, near, problem.counts, (cooling, self.rng, until))
        return self.choice(*found) if cost < np.inf else None

    def bettered(self, choice: Choice, size: int, cooling: Cooling, until: float) -> Choice:
        """Return a plan bettered by regions of so many open sites, until a time at most."""
        plan = self.plan_of(choice)
        Regions(self.tables, self.ranked, self.clusters, plan, self.rng).run(size, cooling, until)
        return self.choice(*plan)

    def placed(self, choice: Choice, run: Run) -> Choice:
        """Return the best plan at the same sites that HiGHS finds."""
        site, is_open = self.plan_of(choice)
        return self.choice(placed(site, is_open, self.tables, run), is_open)

    def combined(self, choice: Choice, run: Run) -> Choice:
        """Return the best plan made of clusters of this and of those that regions have come upon."""
        return self.choice(*self.clusters.combined(self.plan_of(choice), run))

    def plan_of(self, choice: Choice) -> tuple[NDArray[np.int64], Mask]:
        """Return where each area goes, and a copy of which sites are open."""
        arc = np.flatnonzero(choice.share > HALF)
        return self.problem.site[arc].astype(np.int64), choice.is_open.copy()

    def refine(self, is_open: Mask, home: NDArray[np.int64], kept: Mask, times: int) -> Choice | None:
        """Return a plan found at these sites with some arcs, by so many times the usual work; None if none."""
        cost, *rest = self.tables
        tables = np.where((self.arc >= 0) & kept[self.arc], cost, np.inf), *rest
        site = home.copy()
        if not _start(site, is_open, tables) or not _tabu(site, is_open, tables, self.price, (times, self.tenures)):
            return None
        return self.choice(site, is_open)

    def choice(self, site: NDArray[np.int64], is_open: Mask) -> Choice:
        """Return areas by site as a plan; a unit without areas closes, where enough others are open."""
        used = np.bincount(site, minlength=len(is_open)) > 0
        is_open = used if used.sum() >= self.problem.least else is_open
        share = np.zeros(len(self.problem.cost))
        share[self.arc[np.arange(len(site)), site]] = 1.0
        return choice_of(self.problem, share, is_open.copy())


@njit(cache=True)
def _loads(site: Any, is_open: Any, tables: Any) -> Any:
    """Return what each site is asked for."""
    load = np.zeros(len(is_open))
    for area in range(len(site)):
        if site[area] >= 0:
            load[site[area]] += tables[1][area, site[area]]
    return load


@njit(cache=True)
def _value(site: Any, is_open: Any, tables: Any) -> float:
    cost, _, _, fixed = tables
    total = 0.0
    for area in range(len(site)):
        total += cost[area, site[area]]
    for place in range(len(is_open)):
        if is_open[place]:
            total += fixed[place]
    return total


@njit(cache=True)
def _fill(site: Any, load: Any, is_open: Any, tables: Any) -> None:
    """Give areas without a site one: where there is room, the largest first; else where least is too much."""
    cost, amount, capacity, _ = tables
    need = np.zeros(len(site))
    for area in range(len(site)):
        need[area] = amount[area].max()
    for area in np.argsort(-need):
        if site[area] >= 0:
            continue
        best, least, over = -1, np.inf, np.inf
        for place in range(len(is_open)):
            if is_open[place] and cost[area, place] < np.inf:
                excess = _over(load[place] + amount[area, place], capacity[place])
                if excess < over or (excess == over and cost[area, place] < least):
                    best, least, over = place, cost[area, place], excess
        site[area] = best
        if best >= 0:
            load[best] += amount[area, best]


@njit(cache=True)
def _over(load: float, capacity: float) -> float:
    return max(load - capacity, 0.0)


@njit(cache=True)
def _start(site: Any, is_open: Any, tables: Any) -> bool:
    """Give areas without a site, or with one they may not go to, another; return whether all have one."""
    for area in range(len(site)):
        if site[area] >= 0 and not tables[0][area, site[area]] < np.inf:
            site[area] = -1
    _fill(site, _loads(site, is_open, tables), is_open, tables)
    return (site >= 0).all()


@njit(cache=True)
def _tabu(site: Any, is_open: Any, tables: Any, price: float, rules: Any) -> bool:
    """Search from where areas go; leave the best that asks no site for too much, and return whether there was one."""
    times, tenures = rules
    places = np.flatnonzero(is_open)
    load, prices = _loads(site, is_open, tables), np.full(len(is_open), price)
    until = np.zeros((len(site), len(is_open)), np.int64)
    best, best_site = np.inf, site.copy()
    for move in range(times * len(tenures)):
        if _reprice(load, places, tables, price, prices):
            value = _value(site, is_open, tables)
            if value < best:
                best, best_site = value, site.copy()
        one, place, two = _best_move(site, load, places, tables, (prices, until, move))
        if one < 0:
            continue
        now, tenure = site[one], tenures[move % len(tenures)]
        _go(one, place, site, load, tables)
        until[one, now] = move + tenure[0]
        if two >= 0:
            _go(two, now, site, load, tables)
            until[two, place] = move + tenure[1]
    if best < np.inf:
        site[:] = best_site
    return best < np.inf


@njit(cache=True)
def _reprice(load: Any, places: Any, tables: Any, price: float, prices: Any) -> bool:
    """Raise the prices of sites asked for too much and lower the others; return whether none is."""
    capacity, is_possible = tables[2], True
    for place in places:
        if _over(load[place], capacity[place] * (1.0 + SMALL)) > SMALL:
            is_possible = False
            prices[place] = min(prices[place] * DEARER, price * MOST)
        else:
            prices[place] = max(prices[place] * CHEAPER, price / MOST)
    return is_possible


@njit(cache=True)
def _go(area: int, place: int, site: Any, load: Any, tables: Any) -> None:
    load[site[area]] -= tables[1][area, site[area]]
    load[place] += tables[1][area, place]
    site[area] = place


@njit(cache=True)
def _best_move(site: Any, load: Any, places: Any, tables: Any, memory: Any) -> Any:
    """Return the best shift (area, site, -1) or swap (area, site, other area) that is not tabu; area -1: none."""
    cost, amount, capacity, _ = tables
    prices, until, now = memory
    least, best = np.inf, (-1, -1, -1)
    for one in range(len(site)):
        a = site[one]
        at_a = load[a] - amount[one, a]
        relief = cost[one, a] + prices[a] * (_over(load[a], capacity[a]) - _over(at_a, capacity[a]))
        for b in places:
            if b != a and until[one, b] <= now and cost[one, b] < np.inf:
                more = _over(load[b] + amount[one, b], capacity[b]) - _over(load[b], capacity[b])
                change = cost[one, b] + prices[b] * more - relief
                if change < least:
                    least, best = change, (one, b, -1)
        relief = cost[one, a] + prices[a] * _over(load[a], capacity[a])
        for two in range(one):
            b = site[two]
            change = cost[one, b] + cost[two, a] - cost[two, b] - relief
            if a == b or not change < np.inf or until[one, b] > now or until[two, a] > now:
                continue
            change += prices[a] * _over(at_a + amount[two, a], capacity[a])
            at_b = load[b] - amount[two, b] + amount[one, b]
            change += prices[b] * (_over(at_b, capacity[b]) - _over(load[b], capacity[b]))
            if change < least:
                least, best = change, (one, b, two)
    return best
