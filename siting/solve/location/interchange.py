"""Local search without capacities: open, close and swap sites, with the two nearest open sites of each area at hand.

All swaps are priced together from what opening gains, what closing loses, and what a pair does beyond that. (Whitaker,
Information Systems and Operational Research 1983;21:95; Resende and Werneck, Ann Oper Res 2007;150:205.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

FAR = 1e15
"""Cost of an area that no open site can serve."""


@njit(cache=True)
def assign(is_open: Any, arcs: Any, stay: Any) -> Any:
    """Return the cheapest open arc of each area (-1: it stays), its cost, and the cost of the second cheapest."""
    start, site, cost = arcs
    areas = len(stay)
    arc_of = np.full(areas, -1)
    first, second = np.empty(areas), np.empty(areas)
    for area in range(areas):
        away = min(stay[area], FAR)
        first[area] = second[area] = away
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= away:
                break
            if is_open[site[arc]]:
                if arc_of[area] < 0:
                    arc_of[area], first[area] = arc, cost[arc]
                else:
                    second[area] = cost[arc]
                    break
    return arc_of, first, second


@njit(cache=True)
def _moves(is_open: Any, arcs: Any, nearest: Any, fixed: Any, place: Any, pairs: Any) -> Any:
    """Return what opening each site saves and closing each costs; `pairs` gets what a swap loses less than both."""
    start, site, cost = arcs
    arc_of, first, second = nearest
    gain, loss = -fixed, -fixed
    pairs[:] = 0.0
    for area in range(len(first)):
        home = -1
        if arc_of[area] >= 0:
            home = site[arc_of[area]]
            loss[home] += second[area] - first[area]
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= second[area]:
                break
            other = site[arc]
            if is_open[other]:
                continue
            gain[other] += max(first[area] - cost[arc], 0.0)
            if home >= 0:
                pairs[place[home], other] += second[area] - max(cost[arc], first[area])
    return gain, loss


@njit(cache=True)
def _best_move(worth: Any, limits: Any, may_enter: Any, opened: Any, floor: Any) -> Any:
    """Return the sites to open and to close (-1: none) of the move that saves most, and more than `floor`."""
    gain, loss, pairs = worth
    can_grow, can_shrink = limits
    best, enter, leave = floor, -1, -1
    for other in range(len(gain)):
        if not may_enter[other]:
            continue
        if gain[other] > best and can_grow:
            best, enter, leave = gain[other], other, -1
        for k in range(len(opened)):
            saved = gain[other] - loss[opened[k]] + pairs[k, other]
            if saved > best:
                best, enter, leave = saved, other, k
    for k in range(len(opened)):
        if -loss[opened[k]] > best and can_shrink:
            best, enter, leave = -loss[opened[k]], -1, k
    return enter, leave


@njit(cache=True)
def interchange(is_open: Any, arcs: Any, stay: Any, fixed: Any, counts: Any) -> Any:
    """Improve a choice of sites in place by the best single move until none is left; return its cost."""
    least, most = counts
    sites = len(fixed)
    pairs = np.zeros((max(is_open.sum(), 1), sites))
    while True:
        nearest = assign(is_open, arcs, stay)
        opened = np.flatnonzero(is_open)
        if len(opened) > len(pairs):
            pairs = np.zeros((2 * len(opened), sites))
        place = np.full(sites, -1)
        place[opened] = np.arange(len(opened))
        gain, loss = _moves(is_open, arcs, nearest, fixed, place, pairs)
        floor = 1e-9 * (1.0 + np.abs(nearest[1]).sum())
        limits = (len(opened) < most, len(opened) > least)
        enter, leave = _best_move((gain, loss, pairs), limits, ~is_open & np.isfinite(fixed), opened, floor)
        if enter < 0 and leave < 0:
            return nearest[1].sum() + fixed[opened].sum()
        if enter >= 0:
            is_open[enter] = True
        if leave >= 0:
            is_open[opened[leave]] = False
