"""Plans where areas may not be split: local search over who goes where and which sites are open, compiled.

What a site is asked for beyond its capacity is priced, and dearer each round until nothing is left over. Moves: shift
an area to another open site, swap two areas, open a site, close one, the first that is better, in a fixed order; move a
unit with all its areas (Maranzana, Oper Res Q 1964;15:261). Then a
tabu search over shifts and swaps takes the best move each time, better or not, at prices that rise by site while it is
asked for too much and fall while it is not (Gendreau, Hertz and Laporte, Manage Sci 1994;40:1276).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from siting.solve.location.plan import choice_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.plan import Choice
    from siting.solve.location.problem import Location

    Mask = NDArray[np.bool_]

ROUNDS = 12
"""Times that the price of what is too much is doubled, from the cost of a mean area on."""
WORK, MOVES = 10_000_000, 2000
"""Pairs of areas and sites, and of areas, looked at by tabu moves or by changes of sites; tabu moves at most."""
DEARER, CHEAPER, MOST = 1.2, 0.97, 1e3
"""By what prices rise and fall with each move of the tabu search, and how far from the first price."""
LEAST_SAVED = 0.5
"""Share of what a site costs that shifts must save for opening it to be tried; swaps may save the rest."""
TENURE, SPREAD = 2, 8
"""Moves for which an area may not come back, at least, and fewer than so many random ones more."""
SMALL = 1e-9


class Assignment:
    """Searches around choices of sites.

    Parameters
    ----------
    problem : Location
        Its areas may not be split, and all are to be served.
    seed : int
        Of how long moves are tabu.
    """

    def __init__(self, problem: Location, seed: int) -> None:
        shape = len(problem.stay), len(problem.fixed)
        self.problem = problem
        self.arc = np.full(shape, -1, dtype=np.int64)
        self.arc[problem.area, problem.site] = np.arange(len(problem.cost))
        has = self.arc >= 0
        cost = np.where(has, problem.cost[self.arc], np.inf)
        amount = np.where(has, problem.amount[self.arc], 0.0)
        self.tables = cost, amount, problem.capacity, np.where(np.isfinite(problem.fixed), problem.fixed, np.inf)
        self.price = float(problem.cost.mean() / max(problem.amount.mean(), SMALL))
        self.tries = WORK // (shape[0] * (shape[0] // 2 + shape[1])) + 1
        moves = min(self.tries, MOVES)
        self.tenures = TENURE + np.random.default_rng(seed).integers(SPREAD, size=(moves, 2))

    def improve(self, is_open: Mask, home: NDArray[np.int64]) -> Choice | None:
        """Return a plan found from what the relaxation opens and where each area goes (-1: nowhere); None if none."""
        is_open, site = is_open.copy(), home.copy()
        if not _search(site, is_open, self.tables, self.price, (self.problem.counts, self.tries)):
            return None
        _tabu(site, is_open, self.tables, self.price, (1, self.tenures))
        return self.choice(site, is_open)

    def refine(self, is_open: Mask, home: NDArray[np.int64], kept: Mask, times: int) -> Choice | None:
        """Return a plan found at these sites with some arcs, by so many times the usual work; None if none."""
        cost, *rest = self.tables
        tables = np.where((self.arc >= 0) & kept[self.arc], cost, np.inf), *rest
        site = home.copy()
        if not _start(site, is_open, tables) or not _tabu(site, is_open, tables, self.price, (times, self.tenures)):
            return None
        return self.choice(site, is_open)

    def choice(self, site: NDArray[np.int64], is_open: Mask) -> Choice:
        """Return areas by site as a plan."""
        share = np.zeros(len(self.problem.cost))
        share[self.arc[np.arange(len(site)), site]] = 1.0
        return choice_of(self.problem, share, is_open.copy())


@njit(cache=True)
def _search(site: Any, is_open: Any, tables: Any, price: float, rules: Any) -> bool:
    """Assign areas to open sites and better that; return whether nothing is too much in the end."""
    load = _loads(site, is_open, tables)
    _fill(site, load, is_open, tables)
    if (site < 0).any():
        return False
    for _ in range(ROUNDS):
        _settle(site, load, is_open, tables, price)
        if _excess(load, tables) <= SMALL:
            break
        price *= 2.0
    else:
        return False
    _change_sites(site, load, is_open, tables, price, rules)
    return True


@njit(cache=True)
def _loads(site: Any, is_open: Any, tables: Any) -> Any:
    """Return what each site is asked for."""
    load = np.zeros(len(is_open))
    for area in range(len(site)):
        if site[area] >= 0:
            load[site[area]] += tables[1][area, site[area]]
    return load


@njit(cache=True)
def _change_sites(site: Any, load: Any, is_open: Any, tables: Any, price: float, rules: Any) -> None:
    """Open and close sites until that betters nothing, or so many were tried."""
    (least, most), tries = rules
    better = True
    while better:
        better = False
        for other in range(len(is_open)):
            count = is_open.sum()
            if (is_open[other] and count <= max(least, 1)) or (not is_open[other] and count >= most):
                continue
            if _may_pay(other, site, is_open, tables):
                better = _flip(other, site, load, is_open, tables, price) or better
                tries -= 1
            if tries == 0:
                return
        better = _move_units(site, load, is_open, tables, price) or better


@njit(cache=True)
def _move_units(site: Any, load: Any, is_open: Any, tables: Any, price: float) -> bool:
    """Move units with all their areas to sites that serve these at less cost, and settle; return whether any moved."""
    moved = False
    for place in np.flatnonzero(is_open):
        areas = np.flatnonzero(site == place)
        other = _better_place(place, areas, is_open, tables) if len(areas) else -1
        if other >= 0:
            moved, is_open[place], is_open[other] = True, False, True
            site[areas], load[place], load[other] = other, 0.0, tables[1][areas, other].sum()
    if moved:
        before, old_site, old_load = _value(site, is_open, tables), site.copy(), load.copy()
        _settle(site, load, is_open, tables, price)
        if _excess(load, tables) > SMALL or _value(site, is_open, tables) > before:
            site[:], load[:] = old_site, old_load
    return moved


@njit(cache=True)
def _better_place(place: int, areas: Any, is_open: Any, tables: Any) -> int:
    """Return the closed site that serves the areas of a unit at the least cost, if that is less than now; else -1."""
    cost, amount, capacity, fixed = tables
    best, least = -1, cost[areas, place].sum() + fixed[place]
    least -= SMALL * (1.0 + abs(least))
    for other in range(len(is_open)):
        total, asked = fixed[other], 0.0
        if is_open[other] or total >= least:
            continue
        for area in areas:
            total += cost[area, other]
            asked += amount[area, other]
            if total >= least or asked > capacity[other]:
                break
        else:
            best, least = other, total
    return best


@njit(cache=True)
def _may_pay(flipped: int, site: Any, is_open: Any, tables: Any) -> bool:
    """Say whether opening saves half of its cost by shifts alone, or closing costs less than it saves."""
    cost, _, _, fixed = tables
    change = -fixed[flipped] if is_open[flipped] else LEAST_SAVED * fixed[flipped]
    for area in range(len(site)):
        if not is_open[flipped]:
            change -= max(cost[area, site[area]] - cost[area, flipped], 0.0)
        elif site[area] == flipped:
            least = np.inf
            for place in range(len(is_open)):
                if is_open[place] and place != flipped:
                    least = min(least, cost[area, place])
            change += least - cost[area, flipped]
    return change < 0.0


@njit(cache=True)
def _flip(flipped: int, site: Any, load: Any, is_open: Any, tables: Any, price: float) -> bool:
    """Open or close a site and settle the areas; undo it where the plan is no better. Return whether it is."""
    before, old_site, old_load = _value(site, is_open, tables), site.copy(), load.copy()
    is_open[flipped] = not is_open[flipped]
    if not is_open[flipped]:
        site[site == flipped] = -1
        load[flipped] = 0.0
        _fill(site, load, is_open, tables)
    if (site >= 0).all():
        _settle(site, load, is_open, tables, price)
        if _excess(load, tables) <= SMALL and _value(site, is_open, tables) < before - SMALL * abs(before):
            return True
    is_open[flipped] = not is_open[flipped]
    site[:], load[:] = old_site, old_load
    return False


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
def _excess(load: Any, tables: Any) -> float:
    capacity = tables[2]
    total = 0.0
    for place in range(len(load)):
        total += _over(load[place], capacity[place] * (1.0 + SMALL))
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
def _settle(site: Any, load: Any, is_open: Any, tables: Any, price: float) -> None:
    """Shift and swap areas until no such move lowers cost and priced excess."""
    better = True
    while better:
        better = False
        for area in range(len(site)):
            better = _shift(area, site, load, is_open, tables, price) or better
        for area in range(len(site)):
            for other in range(area):
                if site[area] != site[other]:
                    better = _swap(area, other, site, load, tables, price) or better


@njit(cache=True)
def _shift(area: int, site: Any, load: Any, is_open: Any, tables: Any, price: float) -> bool:
    cost, amount, capacity, _ = tables
    now = site[area]
    relief = _over(load[now], capacity[now]) - _over(load[now] - amount[area, now], capacity[now])
    best, least = now, -SMALL * (1.0 + abs(cost[area, now]))
    for place in range(len(is_open)):
        if is_open[place] and place != now and cost[area, place] < np.inf:
            more = _over(load[place] + amount[area, place], capacity[place]) - _over(load[place], capacity[place])
            change = cost[area, place] - cost[area, now] + price * (more - relief)
            if change < least:
                best, least = place, change
    if best == now:
        return False
    load[now] -= amount[area, now]
    load[best] += amount[area, best]
    site[area] = best
    return True


@njit(cache=True)
def _swap(one: int, two: int, site: Any, load: Any, tables: Any, price: float) -> bool:
    cost, amount, capacity, _ = tables
    a, b = site[one], site[two]
    change = cost[one, b] + cost[two, a] - cost[one, a] - cost[two, b]
    if not change < np.inf:
        return False
    at_a = load[a] - amount[one, a] + amount[two, a]
    at_b = load[b] - amount[two, b] + amount[one, b]
    change += price * (_over(at_a, capacity[a]) + _over(at_b, capacity[b]))
    change -= price * (_over(load[a], capacity[a]) + _over(load[b], capacity[b]))
    if not change < -SMALL * (1.0 + abs(cost[one, a])):
        return False
    load[a], load[b] = at_a, at_b
    site[one], site[two] = b, a
    return True


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
