"""Local search without capacities: open, close and swap sites, with the two nearest open sites of each area at hand.

All moves are priced together from what opening gains, what closing loses, and what a pair does beyond that; only pairs
that share an area do. After a move only the areas whose two nearest open sites have changed are counted anew.
(Whitaker, Information Systems and Operational Research 1983;21:95; Resende and Werneck, Ann Oper Res 2007;150:205.)
Kicks swap a few sites near an area drawn at random and search again. (Lourenco, Martin and Stuetzle, Iterated local
search, Handbook of Metaheuristics 2003.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

SPARE = 16
"""Sites that may open beyond twice those open at first, before the table of pairs is made anew."""


class Ground(NamedTuple):
    """Arcs by area, cheapest first, and by site; what an area costs that no open site serves; costs of the sites."""

    start: Any
    site: Any
    cost: Any
    away: Any
    fixed: Any
    begin: Any
    area: Any
    price: Any


class Search(NamedTuple):
    """A choice of sites: two cheapest open sites of each area with their costs, and what moves are worth.

    Open sites have a slot each. ``loss`` is what closing costs by slot (infinite where it is free), ``gain`` what
    opening saves by site, ``shared`` (site, slot) what a swap costs less than both. ``best`` and ``leave`` are what
    closes best beside a site's opening, of those that share an area; stale where an area or a slot has changed.
    """

    is_open: Any
    home: Any
    other: Any
    first: Any
    second: Any
    gain: Any
    loss: Any
    shared: Any
    slot: Any
    holder: Any
    best: Any
    leave: Any
    is_stale: Any
    has_changed: Any
    work: Any


@njit(cache=True)
def by_site(start: Any, site: Any, cost: Any, sites: int) -> Any:
    """Return where the arcs of each site begin, and their areas and costs; the arcs given are those of each area."""
    begin = np.zeros(sites + 1, np.int64)
    for arc in range(len(site)):
        begin[site[arc] + 1] += 1
    begin = np.cumsum(begin)
    at, areas, price = begin.copy(), np.empty(len(site), np.int32), np.empty(len(site))
    for area in range(len(start) - 1):
        for arc in range(start[area], start[area + 1]):
            here = at[site[arc]]
            areas[here], price[here] = area, cost[arc]
            at[site[arc]] += 1
    return begin, areas, price


@njit(cache=True)
def assign(is_open: Any, arcs: Any, away: Any) -> Any:
    """Return the cheapest open arc of each area (-1: it stays), its cost, and the cost of the second cheapest."""
    start, site, cost = arcs
    areas = len(away)
    arc_of = np.full(areas, -1)
    first, second = away.copy(), away.copy()
    for area in range(areas):
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= away[area]:
                break
            if is_open[site[arc]]:
                if arc_of[area] < 0:
                    arc_of[area], first[area] = arc, cost[arc]
                else:
                    second[area] = cost[arc]
                    break
    return arc_of, first, second


@njit(cache=True)
def interchange(is_open: Any, ground: Any, counts: Any) -> Any:
    """Improve a choice of sites in place until no single move is left that does; return its cost.

    `counts` are the least and the most sites to open; where more are open at first, the cheapest to close are closed.
    """
    while True:
        search = _begin(is_open, ground, counts[1])
        count = _descend(search, ground, counts)
        is_open[:] = search.is_open
        if count < len(search.loss) - 1 or count >= counts[1]:
            return _total(search, ground)


@njit(cache=True)
def kick(is_open: Any, ground: Any, counts: Any, draws: Any) -> Any:
    """Swap sites near areas drawn at random and search again, in place; return the least cost found.

    `draws` in [0, 1) have shape (kicks, 1 + swaps, 2): the area, then for each swap which of its nearest open sites and
    of its nearest closed ones.
    """
    search = _begin(is_open, ground, counts[1])
    best = _total(search, ground)
    for draw in draws:
        _swap_near(search, ground, draw)
        _descend(search, ground, counts)
        cost = _total(search, ground)
        if cost <= best:
            best = cost
            is_open[:] = search.is_open
        else:
            _go_back(search, ground, is_open)
    return best


@njit(cache=True)
def _begin(is_open: Any, ground: Any, most: int) -> Any:
    """Return a choice of sites with all that is known of its moves."""
    areas, sites = len(ground.away), len(ground.fixed)
    slots = min(2 * is_open.sum() + SPARE, max(most, is_open.sum()), sites) + 1
    search = Search(
        is_open.copy(),
        np.empty(areas, np.int64),
        np.empty(areas, np.int64),
        np.empty(areas),
        np.empty(areas),
        -ground.fixed,
        np.full(slots, np.inf),
        np.zeros((sites, slots)),
        np.full(sites, -1),
        np.full(slots, -1),
        np.full(sites, -np.inf),
        np.full(sites, -1),
        np.ones(sites, np.bool_),
        np.zeros(slots, np.bool_),
        np.empty(areas, np.int64),
    )
    for site in np.flatnonzero(is_open):
        _seat(search, ground, site)
    for area in range(areas):
        _look(search, ground, area)
        _count(search, ground, area, 1.0)
    return search


@njit(cache=True)
def _total(search: Any, ground: Any) -> Any:
    """Return what a choice of sites costs."""
    return search.first.sum() + ground.fixed[search.is_open].sum()


@njit(cache=True)
def _seat(search: Any, ground: Any, site: int) -> None:
    """Give an open site a slot."""
    slot = 0
    while search.holder[slot] >= 0:
        slot += 1
    search.slot[site], search.holder[slot], search.loss[slot] = slot, site, -ground.fixed[site]


@njit(cache=True)
def _look(search: Any, ground: Any, area: int) -> None:
    """Find the two cheapest open sites of an area."""
    search.home[area] = search.other[area] = -1
    search.first[area] = search.second[area] = ground.away[area]
    for arc in range(ground.start[area], ground.start[area + 1]):
        if ground.cost[arc] >= ground.away[area]:
            break
        site = ground.site[arc]
        if search.is_open[site]:
            if search.home[area] >= 0:
                search.other[area], search.second[area] = site, ground.cost[arc]
                break
            search.home[area], search.first[area] = site, ground.cost[arc]


@njit(cache=True)
def _count(search: Any, ground: Any, area: int, sign: float) -> None:
    """Add what an area has to say on moves, or take it off again."""
    first, second, slot = search.first[area], search.second[area], -1
    if search.home[area] >= 0:
        slot = search.slot[search.home[area]]
        search.loss[slot] += sign * (second - first)
        search.has_changed[slot] = True
    for arc in range(ground.start[area], ground.start[area + 1]):
        cost, site = ground.cost[arc], ground.site[arc]
        if cost >= second:
            break
        search.is_stale[site] = True
        if cost < first:
            search.gain[site] += sign * (first - cost)
        if slot >= 0:
            search.shared[site, slot] += sign * (second - max(cost, first))


@njit(cache=True)
def _change(search: Any, ground: Any, site: int) -> None:
    """Open a closed site, or close an open one."""
    count = 0
    for arc in range(ground.begin[site], ground.begin[site + 1]):
        area = ground.area[arc]
        if search.is_open[site]:
            is_touched = search.home[area] == site or search.other[area] == site
        else:
            is_touched = ground.price[arc] < search.second[area]
        if is_touched:
            search.work[count] = area
            count += 1
            _count(search, ground, area, -1.0)
    search.is_open[site] = not search.is_open[site]
    if search.is_open[site]:
        _seat(search, ground, site)
    else:
        slot = search.slot[site]
        search.loss[slot], search.holder[slot], search.slot[site] = np.inf, -1, -1
        search.is_stale[site] = True
    for area in search.work[:count]:
        _look(search, ground, area)
        _count(search, ground, area, 1.0)


@njit(cache=True)
def _refresh(search: Any) -> None:
    """Find what closes best beside the opening of each closed site of which that may have changed."""
    changed = np.flatnonzero(search.has_changed)
    for site in range(len(search.gain)):
        if search.is_open[site] or search.gain[site] == -np.inf:
            continue
        is_stale = search.is_stale[site]
        for one in changed:
            is_stale |= search.shared[site, one] > 0.0
        if not is_stale:
            continue
        best, leave = -np.inf, -1
        for slot in range(len(search.loss)):
            if search.shared[site, slot] > 0.0 and search.shared[site, slot] - search.loss[slot] > best:
                best, leave = search.shared[site, slot] - search.loss[slot], slot
        search.best[site], search.leave[site] = best, leave
        search.is_stale[site] = False
    search.has_changed[:] = False


@njit(cache=True)
def _best_move(search: Any, count: int, counts: Any, floor: float) -> Any:
    """Return the sites to open and to close (-1: none) that save most, if more than `floor`."""
    least, most = counts
    cheapest = int(np.argmin(search.loss))
    loss, best, opened, closed = search.loss[cheapest], floor, -1, -1
    if count > least and -loss > best:
        best, closed = -loss, search.holder[cheapest]
    for site in range(len(search.gain)):
        gain = search.gain[site]
        if search.is_open[site] or gain == -np.inf:
            continue
        if count < most and gain > best:
            best, opened, closed = gain, site, -1
        if gain + search.best[site] > best:
            best, opened, closed = gain + search.best[site], site, search.holder[search.leave[site]]
        if gain - loss > best:
            best, opened, closed = gain - loss, site, search.holder[cheapest]
    return opened, closed


@njit(cache=True)
def _descend(search: Any, ground: Any, counts: Any) -> int:
    """Close the cheapest of too many, then make the best move until none saves anything; return how many are open."""
    least, most = counts[0], min(counts[1], len(search.loss) - 1)
    floor, count = 1e-9 * (1.0 + np.abs(search.first).sum()), int(search.is_open.sum())
    while count > most:
        _change(search, ground, search.holder[int(np.argmin(search.loss))])
        count -= 1
    while True:
        _refresh(search)
        opened, closed = _best_move(search, count, (least, most), floor)
        if opened < 0 and closed < 0:
            return count
        if opened >= 0:
            _change(search, ground, opened)
            count += 1
        if closed >= 0:
            _change(search, ground, closed)
            count -= 1


@njit(cache=True)
def _go_back(search: Any, ground: Any, is_open: Any) -> None:
    """Return to a choice of sites; closing comes first, as slots are few."""
    for site in np.flatnonzero(search.is_open & ~is_open):
        _change(search, ground, site)
    for site in np.flatnonzero(is_open & ~search.is_open):
        _change(search, ground, site)


@njit(cache=True)
def _swap_near(search: Any, ground: Any, draw: Any) -> None:
    """Swap sites among the nearest of an area."""
    area = int(draw[0, 0] * len(ground.away))
    reach = 3 * (len(draw) - 1)
    opened, closed = np.empty(reach, np.int64), np.empty(reach, np.int64)
    n_opened = n_closed = 0
    for arc in range(ground.start[area], ground.start[area + 1]):
        site = ground.site[arc]
        if search.is_open[site] and n_opened < reach:
            opened[n_opened] = site
            n_opened += 1
        elif not search.is_open[site] and ground.fixed[site] < np.inf and n_closed < reach:
            closed[n_closed] = site
            n_closed += 1
        if n_opened == reach and n_closed == reach:
            break
    if not (n_opened and n_closed):
        return
    for swap in range(1, len(draw)):
        one, two = opened[int(draw[swap, 0] * n_opened)], closed[int(draw[swap, 1] * n_closed)]
        if search.is_open[one] and not search.is_open[two]:
            _change(search, ground, two)
            _change(search, ground, one)
