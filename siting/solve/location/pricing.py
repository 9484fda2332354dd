"""What each site is worth at given prices of the areas, compiled.

Relaxing "every area is served" at prices u leaves one problem a site: take areas whose price is above the cost. Without
capacities all of them, with a capacity a continuous knapsack, and where areas may not be split a 0-1 knapsack, solved
by dynamic programming over whole units of capacity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def gains_free(price: Any, arcs: Any, value: Any) -> Any:
    """Add to `value` what each site gains without a capacity; arcs are sorted by area and cost.

    Returns where the arcs end, by area, that cost less than the price.
    """
    start, site, cost = arcs
    end = np.empty(len(price), np.int64)
    for area in range(len(price)):
        arc, last = start[area], start[area + 1]
        while arc < last and cost[arc] < price[area]:
            value[site[arc]] += cost[arc] - price[area]
            arc += 1
        end[area] = arc
    return end


@njit(cache=True)
def served_free(end: Any, arcs: Any, is_open: Any) -> Any:
    """Return how many open sites want each area, without capacities; `end` is what `gains_free` returned."""
    start, site, _ = arcs
    served = np.zeros(len(end))
    for area in range(len(end)):
        for arc in range(start[area], end[area]):
            served[area] += is_open[site[arc]]
    return served


@njit(cache=True)
def gains_split(price: Any, state: Any, arcs: Any, value: Any, taken: Any) -> None:
    """Add what each site not shut gains where areas may be split, and note its shares; arcs are sorted by site."""
    start, area, cost, amount, capacity = arcs
    for site in range(len(value)):
        if state[site] < 0:
            continue
        first, last = start[site], start[site + 1]
        pays = np.empty(last - first, np.int64)
        count, need = 0, 0.0
        for arc in range(first, last):
            taken[arc] = 0.0
            if cost[arc] < price[area[arc]]:
                pays[count] = arc
                count += 1
                need += amount[arc]
        pays = pays[:count]
        if need > capacity[site]:
            ratio = np.empty(count)
            for k in range(count):
                ratio[k] = (cost[pays[k]] - price[area[pays[k]]]) / max(amount[pays[k]], 1e-12)
            pays = pays[np.argsort(ratio)]
        left = capacity[site]
        for k in range(count):
            arc = pays[k]
            share = 1.0 if amount[arc] <= left else left / amount[arc]
            taken[arc] = share
            value[site] += share * (cost[arc] - price[area[arc]])
            left -= share * amount[arc]
            if left <= 0.0:
                break


@njit(cache=True)
def _knapsack(profit: Any, size: Any, room: Any, chosen: Any) -> Any:
    """Solve a 0-1 knapsack; return the best profit by room and mark what is chosen."""
    best = np.empty((len(profit) + 1, room + 1))
    best[0] = 0.0
    for k in range(len(profit)):
        before, after, gain, take = best[k], best[k + 1], profit[k], size[k]
        for left in range(take):
            after[left] = before[left]
        for left in range(take, room + 1):
            after[left] = max(before[left], before[left - take] + gain)
    left = room
    for k in range(len(profit) - 1, -1, -1):
        if best[k + 1, left] > best[k, left]:
            chosen[k] = True
            left -= size[k]
    return best[len(profit)]


@njit(cache=True)
def gains_whole(price: Any, state: Any, arcs: Any, value: Any, taken: Any, regret: Any) -> None:
    """Add what each site not shut gains where areas may not be split, and note what it takes; arcs are sorted by site.

    ``regret`` is what the site loses at least by being made to serve the area, 0 for those it takes.
    """
    start, area, cost, size, room = arcs
    for site in range(len(value)):
        if state[site] < 0:
            continue
        first, last = start[site], start[site + 1]
        pays = np.empty(last - first, np.int64)
        count, need = 0, 0
        for arc in range(first, last):
            taken[arc] = 0.0
            regret[arc] = max(cost[arc] - price[area[arc]], 0.0) if size[arc] <= room[site] else np.inf
            if cost[arc] < price[area[arc]] and size[arc] <= room[site]:
                pays[count] = arc
                count += 1
                need += size[arc]
        pays = pays[:count]
        chosen = np.zeros(count, np.bool_)
        profit = price[area[pays]] - cost[pays]
        if need <= room[site]:
            chosen[:] = True
            value[site] -= profit.sum()
            taken[pays] = 1.0
            continue
        best = _knapsack(profit, size[pays], room[site], chosen)
        value[site] -= best[room[site]]
        for k in range(count):
            arc = pays[k]
            if chosen[k]:
                taken[arc] = 1.0
            else:
                regret[arc] = max(best[room[site]] - best[room[site] - size[arc]] - profit[k], 0.0)
        # An area that does not pay leaves less room for the others.
        for arc in range(first, last):
            if cost[arc] >= price[area[arc]] and size[arc] <= room[site]:
                regret[arc] += best[room[site]] - best[room[site] - size[arc]]


@njit(cache=True)
def served_by(is_open: Any, arcs: Any, taken: Any, areas: Any) -> Any:
    """Return the shares of each area that open sites take, and the site that takes it at the least cost (-1: none)."""
    start, area, cost = arcs
    served, home, least = np.zeros(areas), np.full(areas, -1), np.full(areas, np.inf)
    for site in range(len(is_open)):
        if is_open[site]:
            for arc in range(start[site], start[site + 1]):
                served[area[arc]] += taken[arc]
                if taken[arc] > 0.0 and cost[arc] < least[area[arc]]:
                    home[area[arc]], least[area[arc]] = site, cost[arc]
    return served, home
