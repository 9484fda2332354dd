"""The subproblems of the relaxation, compiled: what each site is worth at given prices.

A site takes cells whose price covers courier and making. For each configuration the profitable cells are sorted by
profit for one slot of capacity and taken until the capacity of each option is full: a continuous knapsack, solved for
all options of the configuration in one sweep. Each site writes its own results only, so threads do not change the
answer. Compiling takes 10 to 25 s once for each version of this file; the result is cached beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, njit, prange, set_num_threads

CLOSED = -1
LEAST_SLOTS = 1e-12
"""What makes no use of capacity counts as this many slots, so that profit a slot is a number."""


def use_threads(threads: int) -> None:
    """Price with so many threads, or as many as there are."""
    set_num_threads(max(1, min(threads, config.NUMBA_NUM_THREADS)))


@njit(cache=True)
def _fill(ratio: Any, slots: Any, amount: Any, capacity: Any) -> Any:
    """Return the largest profit that each capacity (ascending) can hold, and sort the cells by profit a slot."""
    order = np.argsort(-ratio)
    best = np.zeros(len(capacity))
    used, gained, k = 0.0, 0.0, 0
    for o in range(len(capacity)):
        while k < len(order) and used + slots[order[k]] * amount[order[k]] <= capacity[o]:
            item = order[k]
            used += slots[item] * amount[item]
            gained += ratio[item] * slots[item] * amount[item]
            k += 1
        best[o] = gained
        if k < len(order):
            best[o] += ratio[order[k]] * max(capacity[o] - used, 0.0)
    return best, order


@njit(cache=True)
def _profitable(first: Any, last: Any, block: Any, weight: Any, price: Any, layout: Any) -> Any:
    """Return profit a slot, slots and amount of the cells of a site that pay, and which cells they are."""
    cell_flow, cell_group, cell_cost, cell_most, making_cost, making_slots = layout
    size = last - first
    ratio, slots, amount = np.empty(size), np.empty(size), np.empty(size)
    cells = np.empty(size, np.int64)
    count = 0
    for cell in range(first, last):
        group = cell_group[cell]
        need = making_slots[block, group]
        if not np.isfinite(need):
            continue
        need = max(need, LEAST_SLOTS)
        profit = price[cell_flow[cell]] - weight * (cell_cost[cell] + making_cost[block, group])
        if profit > 0.0:
            ratio[count], slots[count], amount[count], cells[count] = profit / need, need, cell_most[cell], cell
            count += 1
    return ratio[:count], slots[:count], amount[:count], cells[:count]


@njit(cache=True, parallel=True)
def price_options(price: Any, starts: Any, layout: Any, options: Any, when: Any) -> Any:
    """Return the cost of each option forced to run in a period, with the cells that it takes at these prices.

    Parameters
    ----------
    price : ndarray, shape (flows,)
        What a patient collected is worth to whoever makes the cells, weighted.
    starts : tuple
        ``cell_start, site_start, block_start``.
    layout, options : tuple
        Arrays of `siting.solve.decompose.layout.Layout`.
    when : tuple
        ``slice_period, slice_weight, years`` and the period.
    """
    cell_start, site_start, block_start = starts
    option_cost, option_capacity = options
    slice_period, slice_weight, years, period = when
    sites, slices = len(site_start) - 1, len(slice_period)
    value = option_cost * years[period]
    for site in prange(sites):
        for block in range(site_start[site], site_start[site + 1]):
            low, high = block_start[block], block_start[block + 1]
            for s in range(slices):
                if slice_period[s] == period:
                    first, last = cell_start[site * slices + s], cell_start[site * slices + s + 1]
                    ratio, slots, amount, _ = _profitable(first, last, block, slice_weight[s], price, layout)
                    best, _ = _fill(ratio, slots, amount, option_capacity[low:high])
                    value[low:high] -= best
    return value


@njit(cache=True, parallel=True)
def cells_taken(price: Any, choice: Any, starts: Any, layout: Any, options: Any, when: Any) -> Any:
    """Return the patients of each cell that the chosen options take (0 at closed sites)."""
    chosen, block_of = choice
    cell_start, site_start, _ = starts
    _, option_capacity = options
    slice_period, slice_weight, _, period = when
    sites, slices = len(site_start) - 1, len(slice_period)
    taken = np.zeros(len(layout[0]))
    for site in prange(sites):
        if chosen[site] >= 0:
            for s in range(slices):
                if slice_period[s] == period:
                    first, last = cell_start[site * slices + s], cell_start[site * slices + s + 1]
                    ratio, slots, amount, cells = _profitable(
                        first, last, block_of[chosen[site]], slice_weight[s], price, layout
                    )
                    left = option_capacity[chosen[site]]
                    for item in np.argsort(-ratio):
                        whole = min(amount[item], left / slots[item])
                        taken[cells[item]] = whole
                        left -= whole * slots[item]
                        if left <= 0.0:
                            break
    return taken


@njit(cache=True)
def treat_gains(serve: Any, collect: Any, trips: Any, places: Any) -> Any:
    """Return what trips of negative reduced cost are worth, by when the hospital treats: (hospital x periods) each."""
    trip_demand, trip_flow, trip_place, trip_switch, trip_cost, trip_arriving = trips
    gains = np.zeros((3, places))
    for trip in range(len(trip_demand)):
        reduced = trip_cost[trip] + collect[trip_flow[trip]] * trip_arriving[trip] - serve[trip_demand[trip]]
        if reduced < 0.0:
            gains[trip_switch[trip], trip_place[trip]] += reduced
    return gains[0], gains[1], gains[2]


@njit(cache=True)
def trips_taken(serve: Any, collect: Any, trips: Any, active: Any) -> Any:
    """Return how often each demand row is served and the patients collected of each flow row, where hospitals treat."""
    trip_demand, trip_flow, trip_place, trip_switch, trip_cost, trip_arriving = trips
    served, collected = np.zeros(len(serve)), np.zeros(len(collect))
    for trip in range(len(trip_demand)):
        flow, demand = trip_flow[trip], trip_demand[trip]
        pays = trip_cost[trip] + collect[flow] * trip_arriving[trip] < serve[demand]
        if pays and active[trip_switch[trip], trip_place[trip]]:
            served[demand] += 1.0
            collected[flow] += trip_arriving[trip]
    return served, collected
