"""Simulated annealing where areas may not be split: areas shift and swap, units move, open and close, compiled.

What a site is asked for beyond its capacity is priced; the price rises while anything is too much and falls while
nothing is. A move looks only at sites near an area: its cheapest arcs, and the units of areas that share one of those.
(Kirkpatrick, Gelatt and Vecchi, Science 1983;220:671; with shifts and swaps of single-sourced areas Osman and
Christofides, Int Trans Oper Res 1994;1:317.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SMALL = 1e-9
DEARER, CHEAPER = 1.02, 0.99
"""By what the price of an excess rises or falls with a sweep."""
CHANGES, MOVES, SHIFTS = 0.2, 0.05, 0.375
"""Shares of the moves: open or close, move a unit, shift; the rest are swaps."""
OPEN, CLOSE, OWN = 0, 1, 0.7
"""Two of three kinds of a change of sites; and how often the unit of the area at hand is closed."""
CHOICES = 4
"""Open sites looked at for an area of a unit that closes."""


@njit(cache=True)
def near_lists(start: Any, site: Any, sites: int, count: int) -> Any:
    """Return the first sites of each area, and by site the areas that have it among them, the nearest first."""
    areas = len(start) - 1
    begin = np.zeros(areas + 1, np.int64)
    for area in range(areas):
        begin[area + 1] = begin[area] + min(count, start[area + 1] - start[area])
    near, inverse = np.empty(begin[-1], np.int64), np.zeros(sites + 1, np.int64)
    for area in range(areas):
        for k in range(begin[area + 1] - begin[area]):
            near[begin[area] + k] = site[start[area] + k]
            inverse[site[start[area] + k] + 1] += 1
    inverse = np.cumsum(inverse)
    at, members = inverse.copy(), np.empty(begin[-1], np.int64)
    for k in range(count):
        for area in range(areas):
            if begin[area] + k < begin[area + 1]:
                place = near[begin[area] + k]
                members[at[place]] = area
                at[place] += 1
    return begin, near, inverse, members


@njit(cache=True)
def anneal(site: Any, is_open: Any, best: Any, tables: Any, near: Any, rules: Any) -> float:
    """Change a plan in place for some sweeps over the areas, note the best one, and return the price of an excess.

    Parameters
    ----------
    site, is_open : ndarray
        By area and by site.
    best : tuple of ndarray
        What the best plan costs (one number), and its `site` and `is_open`; replaced by better ones.
    tables : tuple of ndarray
        Cost and amount by area and site; capacity and cost of a unit by site.
    near : tuple of ndarray
        As `near_lists`.
    rules : tuple
        Least and most units, sweeps, temperature, by what it falls each sweep, price of an excess, generator.
    """
    counts, sweeps, heat, cool, price, rng = rules
    state = _state(site, is_open, tables)
    log = np.empty((2 * len(site), 2), np.int64)
    for _ in range(sweeps):
        for _ in range(len(site)):
            limit, kind, area = -heat * np.log(1.0 - rng.random()), rng.random(), _drawn(len(site), rng)
            if kind < CHANGES:
                _change(area, state, tables, near, (price, limit, rng, counts, log))
            elif kind < CHANGES + MOVES:
                _move(area, state, tables, near, (price, limit, rng))
            elif kind < CHANGES + MOVES + SHIFTS:
                _shift(area, state, tables, near, (price, limit, rng))
            else:
                _swap(area, state, tables, near, (price, limit, rng))
        if _is_possible(state, tables):
            price *= CHEAPER
            _note(state, tables, best)
        else:
            price *= DEARER
        heat *= cool
    return price


@njit(cache=True)
def _is_possible(state: Any, tables: Any) -> bool:
    return not (state[2] > tables[2] * (1.0 + SMALL)).any()


@njit(cache=True)
def _note(state: Any, tables: Any, best: Any) -> None:
    """Keep the plan if it is the best so far; a unit without areas closes."""
    site, is_open, total = state[0], state[1], state[3]
    value = 0.0
    for place in range(len(is_open)):
        if is_open[place]:
            value += total[place] + tables[3][place]
    if value < best[0][0] - SMALL * abs(value):
        best[0][0] = value
        best[1][:] = site
        best[2][:] = is_open


@njit(cache=True)
def _state(site: Any, is_open: Any, tables: Any) -> Any:
    head, after, before = np.full(len(is_open), -1), np.full(len(site), -1), np.full(len(site), -1)
    load, total = np.zeros(len(is_open)), np.zeros(len(is_open))
    state = site, is_open, load, total, head, after, before
    for area in range(len(site)):
        _join(area, site[area], state, tables)
    return state


@njit(cache=True)
def _join(area: int, place: int, state: Any, tables: Any) -> None:
    site, _, load, total, head, after, before = state
    site[area] = place
    load[place] += tables[1][area, place]
    total[place] += tables[0][area, place]
    after[area], before[area] = head[place], -1
    if head[place] >= 0:
        before[head[place]] = area
    head[place] = area


@njit(cache=True)
def _go(area: int, place: int, state: Any, tables: Any) -> None:
    site, _, load, total, head, after, before = state
    now = site[area]
    load[now] -= tables[1][area, now]
    total[now] -= tables[0][area, now]
    if before[area] >= 0:
        after[before[area]] = after[area]
    else:
        head[now] = after[area]
    if after[area] >= 0:
        before[after[area]] = before[area]
    _join(area, place, state, tables)


@njit(cache=True)
def _over(load: float, capacity: float) -> float:
    return max(load - capacity, 0.0)


@njit(cache=True)
def _shifted(area: int, place: int, state: Any, tables: Any, price: float) -> float:
    site, load = state[0], state[2]
    cost, amount, capacity, _ = tables
    now = site[area]
    change = cost[area, place] - cost[area, now]
    at, there = load[now], load[place]
    change += price * (_over(at - amount[area, now], capacity[now]) - _over(at, capacity[now]))
    return change + price * (_over(there + amount[area, place], capacity[place]) - _over(there, capacity[place]))


@njit(cache=True)
def _drawn(count: int, rng: Any) -> int:
    return int(rng.random() * count)


@njit(cache=True)
def _site_near(area: int, near: Any, rng: Any) -> int:
    """Return a site near an area, the nearest most often."""
    begin, sites = near[0], near[1]
    draw = rng.random()
    return sites[begin[area] + int(draw * draw * (begin[area + 1] - begin[area]))]


@njit(cache=True)
def _area_near(place: int, near: Any, rng: Any) -> int:
    """Return an area that has a site near it."""
    inverse, members = near[2], near[3]
    return members[inverse[place] + _drawn(inverse[place + 1] - inverse[place], rng)]


@njit(cache=True)
def _shift(area: int, state: Any, tables: Any, near: Any, terms: Any) -> None:
    """Send an area to a unit near it, or where an area near it goes."""
    price, limit, rng = terms
    place = _site_near(area, near, rng)
    if not state[1][place]:
        place = state[0][_area_near(place, near, rng)]
    if place != state[0][area] and _shifted(area, place, state, tables, price) <= limit:
        _go(area, place, state, tables)


@njit(cache=True)
def _swap(area: int, state: Any, tables: Any, near: Any, terms: Any) -> None:
    """Swap two areas that have a site near them in common."""
    site, load, (price, limit, rng) = state[0], state[2], terms
    cost, amount, capacity = tables[0], tables[1], tables[2]
    other = _area_near(_site_near(area, near, rng), near, rng)
    now, place = site[area], site[other]
    change = cost[area, place] + cost[other, now] - cost[area, now] - cost[other, place]
    if place == now or not change < np.inf:
        return
    at = load[now] - amount[area, now] + amount[other, now]
    there = load[place] - amount[other, place] + amount[area, place]
    change += price * (_over(at, capacity[now]) - _over(load[now], capacity[now]))
    change += price * (_over(there, capacity[place]) - _over(load[place], capacity[place]))
    if change <= limit:
        _go(area, place, state, tables)
        _go(other, now, state, tables)


@njit(cache=True)
def _move(area: int, state: Any, tables: Any, near: Any, terms: Any) -> None:
    """Move the unit of an area, with all its areas, to a site near the area."""
    site, is_open, load, total, head, after, _ = state
    cost, amount, capacity, fixed = tables
    price, limit, rng = terms
    now, place = site[area], _site_near(area, near, rng)
    if is_open[place] or not fixed[place] < np.inf:
        return
    most = total[now] + fixed[now] + price * _over(load[now], capacity[now]) + limit
    new, asked, one = fixed[place], 0.0, head[now]
    while one >= 0 and new <= most:
        new += cost[one, place]
        asked += amount[one, place]
        one = after[one]
    if new + price * _over(asked, capacity[place]) > most:
        return
    is_open[now], is_open[place] = False, True
    while head[now] >= 0:
        _go(head[now], place, state, tables)


@njit(cache=True)
def _change(area: int, state: Any, tables: Any, near: Any, terms: Any) -> None:
    """Open a site near an area, close one, mostly that of the area, or both; undo it where that costs too much."""
    is_open = state[1]
    price, limit, rng, (least, most), log = terms
    kind, opened, closed = _drawn(3, rng), -1, -1
    if not least <= is_open.sum() + (kind == OPEN) - (kind == CLOSE) <= most:
        return
    if kind != CLOSE:
        opened = _site_near(area, near, rng)
    if kind != OPEN:
        closed = state[0][area] if rng.random() < OWN else _drawn(len(is_open), rng)
    if (opened >= 0 and (is_open[opened] or tables[3][opened] == np.inf)) or (closed >= 0 and not is_open[closed]):
        return
    change, used = 0.0, 0
    if opened >= 0:
        is_open[opened] = True
        change, used = _attract(opened, closed, state, tables, near, (price, log))
    if closed >= 0:
        is_open[closed] = False
        lost, used = _empty(closed, used, state, tables, near, (price, log))
        change += lost
    if change > limit:
        _undo(opened, closed, state, tables, log[:used])


@njit(cache=True)
def _undo(opened: int, closed: int, state: Any, tables: Any, log: Any) -> None:
    if opened >= 0:
        state[1][opened] = False
    if closed >= 0:
        state[1][closed] = True
    for k in range(len(log) - 1, -1, -1):
        _go(log[k, 0], log[k, 1], state, tables)


@njit(cache=True)
def _attract(opened: int, closed: int, state: Any, tables: Any, near: Any, terms: Any) -> Any:
    """Send areas near a site there where that is cheaper, but those of the unit to be closed; return cost and moves."""
    site, (price, log), inverse, members = state[0], terms, near[2], near[3]
    change, used = tables[3][opened], 0
    for k in range(inverse[opened], inverse[opened + 1]):
        area = members[k]
        if site[area] != closed:
            saved = _shifted(area, opened, state, tables, price)
            if saved < 0.0:
                log[used, 0], log[used, 1] = area, site[area]
                used += 1
                _go(area, opened, state, tables)
                change += saved
    return change, used


@njit(cache=True)
def _empty(closed: int, used: int, state: Any, tables: Any, near: Any, terms: Any) -> Any:
    """Send the areas of a unit elsewhere; return cost and moves."""
    (price, log), head = terms, state[4]
    change = -tables[3][closed]
    while head[closed] >= 0:
        area = head[closed]
        place = _cheapest(area, state, tables, near, price)
        if place < 0:
            return np.inf, used
        change += _shifted(area, place, state, tables, price)
        log[used, 0], log[used, 1] = area, closed
        used += 1
        _go(area, place, state, tables)
    return change, used


@njit(cache=True)
def _cheapest(area: int, state: Any, tables: Any, near: Any, price: float) -> int:
    """Return which of the nearest open sites an area goes to at the least cost; -1 where none is near."""
    is_open, load = state[1], state[2]
    cost, amount, capacity = tables[0], tables[1], tables[2]
    begin, sites = near[0], near[1]
    best, least, looked_at = -1, np.inf, 0
    for k in range(begin[area], begin[area + 1]):
        place = sites[k]
        if is_open[place] and cost[area, place] < np.inf:
            looked_at += 1
            more = _over(load[place] + amount[area, place], capacity[place]) - _over(load[place], capacity[place])
            value = cost[area, place] + price * more
            if value < least:
                best, least = place, value
            if looked_at == CHOICES:
                break
    return best
