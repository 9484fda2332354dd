"""Local search without capacities: open, close and swap sites, with the two nearest open sites of each area at hand.

All moves are priced together from what opening gains, what closing loses, and what a pair does beyond that; only pairs
that share an area do. Moves of different sites are made together while that is worth as much as the best of them.
(Whitaker, Information Systems and Operational Research 1983;21:95; Resende and Werneck, Ann Oper Res 2007;150:205.)
Kicks swap a few sites near an area drawn at random and search again. (Lourenco, Martin and Stuetzle, Iterated local
search, Handbook of Metaheuristics 2003.)
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
def _shared(is_open: Any, arcs: Any, nearest: Any) -> Any:
    """Return what a swap loses less than opening a closed site and closing an open one, for pairs that share an area.

    The pairs are sorted by closed site: where each begins, the open site, and what is not lost for one area.
    """
    start, site, cost = arcs
    arc_of, first, second = nearest
    begin = np.zeros(len(is_open) + 1, np.int64)
    for area in range(len(first)):
        if arc_of[area] < 0:
            continue
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= second[area]:
                break
            begin[site[arc] + 1] += not is_open[site[arc]]
    begin = np.cumsum(begin)
    home, less, at = np.empty(begin[-1], np.int64), np.empty(begin[-1]), begin.copy()
    for area in range(len(first)):
        if arc_of[area] < 0:
            continue
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= second[area]:
                break
            other = site[arc]
            if not is_open[other]:
                home[at[other]] = site[arc_of[area]]
                less[at[other]] = second[area] - max(cost[arc], first[area])
                at[other] += 1
    return begin, home, less


@njit(cache=True)
def _alone(is_open: Any, arcs: Any, nearest: Any, fixed: Any) -> Any:
    """Return what opening each closed site saves and closing each open one costs."""
    start, site, cost = arcs
    arc_of, first, second = nearest
    gain, loss = -fixed, np.where(is_open, -fixed, np.inf)
    for area in range(len(first)):
        if arc_of[area] >= 0:
            loss[site[arc_of[area]]] += second[area] - first[area]
        for arc in range(start[area], start[area + 1]):
            if cost[arc] >= first[area]:
                break
            gain[site[arc]] += first[area] - cost[arc]
    return gain, loss


@njit(cache=True)
def _moves(is_open: Any, arcs: Any, nearest: Any, fixed: Any, counts: Any) -> Any:
    """Return, by site, what the best move saves that opens it, or closes it if it is open; and what is closed instead.

    What closes instead is one of the open sites that share an area with it, or the one that costs least to close.
    """
    least, most = counts
    count, sites = is_open.sum(), len(fixed)
    gain, loss = _alone(is_open, arcs, nearest, fixed)
    pairs, work = _shared(is_open, arcs, nearest), np.zeros(sites)
    cheapest = np.argmin(loss) if count else -1
    saved, leave = np.full(sites, -np.inf), np.full(sites, -1)
    for other in range(sites):
        if is_open[other] and count > least:
            saved[other] = -loss[other]
        elif not is_open[other] and fixed[other] < np.inf:
            leave[other], shared = _best_leave(other, cheapest, loss, pairs, work)
            saved[other] = gain[other] + shared
            if count < most and (leave[other] < 0 or gain[other] >= saved[other]):
                saved[other], leave[other] = gain[other], -1
    return saved, leave


@njit(cache=True)
def _best_leave(other: int, cheapest: int, loss: Any, pairs: Any, work: Any) -> Any:
    """Return the open site to close when another opens (-1: none is open), and what that saves; `work` stays zero."""
    begin, home, less = pairs
    for k in range(begin[other], begin[other + 1]):
        work[home[k]] += less[k]
    best, leave = -np.inf, -1
    if cheapest >= 0:
        best, leave = work[cheapest] - loss[cheapest], cheapest
    for k in range(begin[other], begin[other + 1]):
        if work[home[k]] - loss[home[k]] > best:
            best, leave = work[home[k]] - loss[home[k]], home[k]
    for k in range(begin[other], begin[other + 1]):
        work[home[k]] = 0.0
    return leave, best


@njit(cache=True)
def _apply(is_open: Any, moves: Any, floor: float, wanted: int, counts: Any) -> int:
    """Make up to so many of the best moves that save more than `floor`, a site in one of them; return how many."""
    saved, leave = moves
    least, most = counts
    count, made, used = is_open.sum(), 0, np.zeros(len(is_open), np.bool_)
    for site in np.argsort(-saved):
        if made == wanted or not saved[site] > floor:
            break
        change = -1 if is_open[site] else (1 if leave[site] < 0 else 0)
        if used[site] or (leave[site] >= 0 and used[leave[site]]) or not least <= count + change <= most:
            continue
        used[site] = True
        is_open[site] = not is_open[site]
        if leave[site] >= 0:
            used[leave[site]] = True
            is_open[leave[site]] = False
        count += change
        made += 1
    return made


@njit(cache=True)
def interchange(is_open: Any, arcs: Any, stay: Any, fixed: Any, counts: Any) -> Any:
    """Improve a choice of sites in place until no single move is left that does; return its cost."""
    nearest = assign(is_open, arcs, stay)
    cost, wanted = nearest[1].sum() + fixed[is_open].sum(), len(fixed)
    while True:
        moves = _moves(is_open, arcs, nearest, fixed, counts)
        floor, best = 1e-9 * (1.0 + np.abs(nearest[1]).sum()), moves[0].max()
        if not best > floor:
            return cost
        before, wanted = is_open.copy(), min(2 * wanted, len(fixed))
        while True:
            wanted = _apply(is_open, moves, floor, wanted, counts)
            nearest = assign(is_open, arcs, stay)
            now = nearest[1].sum() + fixed[is_open].sum()
            if wanted == 1 or now <= cost - best:
                break
            is_open[:] = before
            wanted //= 2
        cost = now


@njit(cache=True)
def kick(is_open: Any, arcs: Any, stay: Any, fixed: Any, rules: Any) -> Any:
    """Swap sites near areas drawn at random and search again, in place; return the least cost found.

    `rules` are the numbers of sites, and draws in [0, 1) of shape (kicks, 1 + swaps, 2): the area, then for each swap
    which of its nearest open sites and of its nearest closed ones.
    """
    counts, draws = rules
    nearest = assign(is_open, arcs, stay)
    best = nearest[1].sum() + fixed[is_open].sum()
    for draw in draws:
        trial = is_open.copy()
        _swap_near(trial, arcs, fixed, draw)
        cost = interchange(trial, arcs, stay, fixed, counts)
        if cost <= best:
            best = cost
            is_open[:] = trial
    return best


@njit(cache=True)
def _swap_near(is_open: Any, arcs: Any, fixed: Any, draw: Any) -> None:
    """Swap sites among the nearest of an area."""
    start, site, _ = arcs
    area = int(draw[0, 0] * (len(start) - 1))
    swaps = len(draw) - 1
    reach = 3 * swaps
    opened, closed = np.empty(reach, np.int64), np.empty(reach, np.int64)
    n_opened = n_closed = 0
    for arc in range(start[area], start[area + 1]):
        if is_open[site[arc]] and n_opened < reach:
            opened[n_opened] = site[arc]
            n_opened += 1
        elif not is_open[site[arc]] and fixed[site[arc]] < np.inf and n_closed < reach:
            closed[n_closed] = site[arc]
            n_closed += 1
        if n_opened == reach and n_closed == reach:
            break
    if not (n_opened and n_closed):
        return
    for swap in range(1, len(draw)):
        one, two = opened[int(draw[swap, 0] * n_opened)], closed[int(draw[swap, 1] * n_closed)]
        if is_open[one] and not is_open[two]:
            is_open[one], is_open[two] = False, True
