"""The subproblems of the relaxation, compiled: what each site is worth at given prices.

A site takes what it is offered (`offers`): patients and cells whose price covers trip, courier and making. They are
sorted once by what they are worth before making; every option of every configuration then takes them by profit for one
slot until its capacity is full: a continuous knapsack. Sites and hospitals write their own results only, so threads do
not change the answer. Compiling takes 10 to 30 s once for each version of this file; the result is cached beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, njit, prange, set_num_threads

from siting.solve.decompose.layout import BY_CHOICE
from siting.solve.decompose.offers import LEAST, SWAP, gains, offers

CLOSED = -1


def use_threads(threads: int) -> None:
    """Price with so many threads, or as many as there are."""
    set_num_threads(max(1, min(threads, config.NUMBA_NUM_THREADS)))


@njit(cache=True)
def _next(at: Any, offered: Any, cost: Any, slots: Any, weight: Any) -> Any:
    """Return the group whose next offer has most profit a slot (-1 for none) and that profit."""
    worth, _, _, starts = offered
    best, group = 0.0, -1
    for g in range(len(at)):
        if at[g] < starts[g + 1] and np.isfinite(slots[g]):
            ratio = (worth[at[g]] - weight * cost[g]) / max(slots[g], LEAST)
            if ratio > best:
                best, group = ratio, g
    return group, best


@njit(cache=True)
def _fill(offered: Any, cost: Any, slots: Any, weight: Any, capacity: Any) -> Any:
    """Return the largest profit that each capacity (ascending) can hold."""
    at, best = offered[3][:-1].copy(), np.zeros(len(capacity))
    used, gained = 0.0, 0.0
    group, ratio = _next(at, offered, cost, slots, weight)
    for o in range(len(capacity)):
        while group >= 0:
            need = max(slots[group], LEAST) * offered[1][at[group]]
            if used + need > capacity[o]:
                break
            used += need
            gained += ratio * need
            at[group] += 1
            group, ratio = _next(at, offered, cost, slots, weight)
        best[o] = gained
        if group >= 0:
            best[o] += ratio * max(capacity[o] - used, 0.0)
    return best


@njit(cache=True, parallel=True)
def price_options(prices: Any, parts: Any, making: Any, options: Any, when: Any) -> Any:
    """Return the cost of each option forced to run in a period, less the profit of what it takes at these prices.

    Parameters
    ----------
    prices : tuple
        ``serve, collect``.
    parts : tuple
        ``trips, flows, paths, cells, sites``: arrays as `siting.solve.decompose.relaxation.Relaxation` puts them.
    making, options : tuple
        ``making_cost, making_slots`` and ``site_start, block_start, option_cost, option_capacity``.
    when : tuple
        ``slice_period, years`` and the period.
    """
    trips, flows, paths, cells, sites = parts  # loops that run in parallel take tuples of arrays, but none of tuples
    making_cost, making_slots = making
    site_start, block_start, option_cost, option_capacity = options
    slice_period, years, period = when
    value = option_cost * years[period]
    for site in prange(len(site_start) - 1):
        if site_start[site] < site_start[site + 1]:
            for s in range(len(slice_period)):
                if slice_period[s] == period:
                    offered = offers(site, s, prices, (trips, flows, paths, cells, sites))
                    for block in range(site_start[site], site_start[site + 1]):
                        low, high = block_start[block], block_start[block + 1]
                        value[low:high] -= _fill(
                            offered, making_cost[block], making_slots[block], sites[3][s], option_capacity[low:high]
                        )
    return value


@njit(cache=True, parallel=True)
def take_offers(prices: Any, parts: Any, making: Any, chosen: Any, when: Any, results: Any) -> None:
    """Write the share of each trip and path and the patients of each cell that the chosen options take into `results`.

    Shares of trips come first, those of paths after them. `chosen` is ``option of each site, block of each option,
    capacity of each option``.
    """
    trips, flows, paths, cells, sites = parts
    share, taken = results
    option, block_of, option_capacity = chosen
    slice_period, _, period = when
    for site in prange(len(option)):
        if option[site] >= 0:
            block = block_of[option[site]]
            cost, slots = making[0][block], making[1][block]
            for s in range(len(slice_period)):
                if slice_period[s] == period:
                    offered = offers(site, s, prices, (trips, flows, paths, cells, sites))
                    at, left = offered[3][:-1].copy(), option_capacity[option[site]]
                    group, _ = _next(at, offered, cost, slots, sites[3][s])
                    while group >= 0 and left > 0.0:
                        item = at[group]
                        amount, which = min(offered[1][item], left / max(slots[group], LEAST)), offered[2][item]
                        if which >= 0:
                            share[which] = amount / offered[1][item]
                        elif which != SWAP:
                            taken[-1 - which] = amount
                        left -= amount * max(slots[group], LEAST)
                        at[group] += 1
                        group, _ = _next(at, offered, cost, slots, sites[3][s])


@njit(cache=True, parallel=True)
def treat_gains(prices: Any, trips: Any, sends: Any, slice_period: Any, periods: Any) -> Any:
    """Return what trips save with their cells sent elsewhere: (when the hospital treats, hospitals, periods)."""
    serve, collect = prices
    trip_start, _, _, _, trip_switch, _, _ = trips
    slices = len(slice_period)
    hospitals = (len(trip_start) - 1) // slices
    saved = np.zeros((3, hospitals, periods))
    for hospital in prange(hospitals):
        for s in range(slices):
            for trip in range(trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]):
                _, away = gains(trip, serve, collect, trips, sends)
                saved[trip_switch[trip], hospital, slice_period[s]] -= away
    return saved


@njit(cache=True, parallel=True)
def send_away(prices: Any, trips: Any, sends: Any, active: Any, slice_period: Any, share: Any) -> Any:
    """Return the patients collected for other units, by flow and band, and add them to the share taken of each trip.

    `share` holds what hospitals take for their own units; `active` says by (when, hospital, period) who treats.
    """
    serve, collect = prices
    trip_start, _, trip_flow, trip_band, trip_switch, _, trip_arriving = trips
    slices, collected = len(slice_period), np.zeros_like(collect)
    for hospital in prange((len(trip_start) - 1) // slices):
        for s in range(slices):
            for trip in range(trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]):
                _, away = gains(trip, serve, collect, trips, sends)
                if away > 0.0 and active[trip_switch[trip], hospital, slice_period[s]]:
                    rest = 1.0 if trip_switch[trip] == BY_CHOICE else 1.0 - share[trip]
                    share[trip] += rest
                    collected[trip_flow[trip], trip_band[trip]] += rest * trip_arriving[trip]
    return collected


@njit(cache=True)
def served(share: Any, trip_demand: Any, path_demand: Any, demands: Any) -> Any:
    """Return how often each demand row is served by the shares of trips and paths."""
    total, trips = np.zeros(demands), len(trip_demand)
    for trip in range(trips):
        if share[trip] > 0.0:
            total[trip_demand[trip]] += share[trip]
    for path in range(len(path_demand)):
        if share[trips + path] > 0.0:
            total[path_demand[path]] += share[trips + path]
    return total
