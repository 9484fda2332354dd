"""The subproblems of the relaxation, compiled: what each site is worth at given prices.

A site takes patients of its own hospital and cells of others whose price covers trip, courier and making. Both are
sorted once by what they are worth before making; every option of every configuration then takes them by profit for one
slot until its capacity is full: a continuous knapsack. Sites and hospitals write their own results only, so threads do
not change the answer. Compiling takes 10 to 30 s once for each version of this file; the result is cached beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, njit, prange, set_num_threads

from siting.solve.decompose.layout import BY_CHOICE

CLOSED = -1
LEAST = 1e-12
"""What makes no use of capacity counts as this many slots or patients, so that profit a slot is a number."""


def use_threads(threads: int) -> None:
    """Price with so many threads, or as many as there are."""
    set_num_threads(max(1, min(threads, config.NUMBA_NUM_THREADS)))


@njit(cache=True)
def _gains(trip: Any, serve: Any, collect: Any, trips: Any, flows: Any) -> Any:
    """Return what a trip saves before its cells are made, and what it saves with its cells sent elsewhere."""
    _, trip_demand, trip_flow, _, trip_cost, trip_arriving = trips
    flow = trip_flow[trip]
    gain = serve[trip_demand[trip]] - trip_cost[trip]
    away = gain - collect[flow] * trip_arriving[trip] if flows[2][flow] else 0.0
    return gain, max(away, 0.0)


@njit(cache=True)
def _offers(site: Any, s: Any, prices: Any, parts: Any) -> Any:
    """Return what a site is offered in a slice, by making group and then by worth: worth, amount, which one, starts.

    Worth is for one patient before making. Trips are numbered from 0 on, cells downwards from -1. A trip whose cells
    may go elsewhere at a profit offers only what it saves beyond that.
    """
    serve, collect = prices
    trips, flows, cells, sites = parts
    trip_start, _, trip_flow, trip_switch, _, trip_arriving = trips
    flow_group, flow_own_cost, _ = flows
    cell_start, cell_flow, cell_group, cell_cost, cell_most, cell_own = cells
    site_hospital, host_site, least_making, slice_weight = sites
    slices, weight, hospital = len(slice_weight), slice_weight[s], site_hospital[site]
    low, high = 0, 0
    if hospital >= 0 and host_site[hospital] == site:
        low, high = trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]
    first, last = cell_start[site * slices + s], cell_start[site * slices + s + 1]
    size = high - low + last - first
    worth, amount, which, group = np.empty(size), np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64)
    count, groups = 0, least_making.shape[1]
    for trip in range(low, high):
        flow = trip_flow[trip]
        own = flow_group[flow]
        if own >= 0:
            gain, away = _gains(trip, serve, collect, trips, flows)
            arriving = max(trip_arriving[trip], LEAST)
            more = gain if trip_switch[trip] == BY_CHOICE else gain - away
            each = more / arriving - weight * flow_own_cost[flow]
            if each > weight * least_making[site, own]:
                worth[count], amount[count], which[count], group[count] = each, arriving, trip, own
                count += 1
    for cell in range(first, last):
        each = collect[cell_flow[cell]] - weight * cell_cost[cell]
        if not cell_own[cell] and each > weight * least_making[site, cell_group[cell]]:
            worth[count], amount[count], which[count] = each, cell_most[cell], -1 - cell
            group[count] = cell_group[cell]
            count += 1
    order = np.argsort(-worth[:count])
    starts = np.zeros(groups + 1, np.int64)
    for item in range(count):
        starts[group[item] + 1] += 1
    starts = np.cumsum(starts)
    place, sorted_ = starts.copy(), np.empty(count, np.int64)
    for item in order:
        sorted_[place[group[item]]] = item
        place[group[item]] += 1
    return worth[sorted_], amount[sorted_], which[sorted_], starts


@njit(cache=True)
def _next(at: Any, offers: Any, cost: Any, slots: Any, weight: Any) -> Any:
    """Return the group whose next offer has most profit a slot (-1 for none) and that profit."""
    worth, _, _, starts = offers
    best, group = 0.0, -1
    for g in range(len(at)):
        if at[g] < starts[g + 1] and np.isfinite(slots[g]):
            ratio = (worth[at[g]] - weight * cost[g]) / max(slots[g], LEAST)
            if ratio > best:
                best, group = ratio, g
    return group, best


@njit(cache=True)
def _fill(offers: Any, cost: Any, slots: Any, weight: Any, capacity: Any) -> Any:
    """Return the largest profit that each capacity (ascending) can hold."""
    at, best = offers[3][:-1].copy(), np.zeros(len(capacity))
    used, gained = 0.0, 0.0
    group, ratio = _next(at, offers, cost, slots, weight)
    for o in range(len(capacity)):
        while group >= 0:
            need = max(slots[group], LEAST) * offers[1][at[group]]
            if used + need > capacity[o]:
                break
            used += need
            gained += ratio * need
            at[group] += 1
            group, ratio = _next(at, offers, cost, slots, weight)
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
        ``trips, flows, cells, sites``: arrays of `siting.solve.decompose.layout.Layout`.
    making, options : tuple
        ``making_cost, making_slots`` and ``site_start, block_start, option_cost, option_capacity``.
    when : tuple
        ``slice_period, years`` and the period.
    """
    trips, flows, cells, sites = parts  # loops that run in parallel take tuples of arrays, but none of tuples
    making_cost, making_slots = making
    site_start, block_start, option_cost, option_capacity = options
    slice_period, years, period = when
    value = option_cost * years[period]
    for site in prange(len(site_start) - 1):
        if site_start[site] < site_start[site + 1]:
            for s in range(len(slice_period)):
                if slice_period[s] == period:
                    offers = _offers(site, s, prices, (trips, flows, cells, sites))
                    for block in range(site_start[site], site_start[site + 1]):
                        low, high = block_start[block], block_start[block + 1]
                        value[low:high] -= _fill(
                            offers, making_cost[block], making_slots[block], sites[3][s], option_capacity[low:high]
                        )
    return value


@njit(cache=True, parallel=True)
def take_offers(prices: Any, parts: Any, making: Any, chosen: Any, when: Any, results: Any) -> None:
    """Write the share of each trip and the patients of each cell that the chosen options take into `results`.

    `chosen` is ``option of each site, block of each option, capacity of each option``.
    """
    trips, flows, cells, sites = parts
    share, taken = results
    option, block_of, option_capacity = chosen
    slice_period, _, period = when
    for site in prange(len(option)):
        if option[site] >= 0:
            block = block_of[option[site]]
            cost, slots = making[0][block], making[1][block]
            for s in range(len(slice_period)):
                if slice_period[s] == period:
                    offers = _offers(site, s, prices, (trips, flows, cells, sites))
                    at, left = offers[3][:-1].copy(), option_capacity[option[site]]
                    group, _ = _next(at, offers, cost, slots, sites[3][s])
                    while group >= 0 and left > 0.0:
                        item = at[group]
                        amount = min(offers[1][item], left / max(slots[group], LEAST))
                        if offers[2][item] >= 0:
                            share[offers[2][item]] = amount / offers[1][item]
                        else:
                            taken[-1 - offers[2][item]] = amount
                        left -= amount * max(slots[group], LEAST)
                        at[group] += 1
                        group, _ = _next(at, offers, cost, slots, sites[3][s])


@njit(cache=True, parallel=True)
def treat_gains(prices: Any, trips: Any, flows: Any, slice_period: Any, periods: Any) -> Any:
    """Return what trips save with their cells sent elsewhere: (when the hospital treats, hospitals, periods)."""
    serve, collect = prices
    trip_start, _, _, trip_switch, _, _ = trips
    slices = len(slice_period)
    hospitals = (len(trip_start) - 1) // slices
    gains = np.zeros((3, hospitals, periods))
    for hospital in prange(hospitals):
        for s in range(slices):
            for trip in range(trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]):
                _, away = _gains(trip, serve, collect, trips, flows)
                gains[trip_switch[trip], hospital, slice_period[s]] -= away
    return gains


@njit(cache=True, parallel=True)
def send_away(prices: Any, trips: Any, flows: Any, active: Any, slice_period: Any, share: Any) -> Any:
    """Return the patients collected of each flow for other units, and add them to the share taken of each trip.

    `share` holds what hospitals take for their own units; `active` says by (when, hospital, period) who treats.
    """
    serve, collect = prices
    trip_start, _, trip_flow, trip_switch, _, trip_arriving = trips
    slices, collected = len(slice_period), np.zeros(len(collect))
    for hospital in prange((len(trip_start) - 1) // slices):
        for s in range(slices):
            for trip in range(trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]):
                _, away = _gains(trip, serve, collect, trips, flows)
                if away > 0.0 and active[trip_switch[trip], hospital, slice_period[s]]:
                    rest = 1.0 if trip_switch[trip] == BY_CHOICE else 1.0 - share[trip]
                    share[trip] += rest
                    collected[trip_flow[trip]] += rest * trip_arriving[trip]
    return collected


@njit(cache=True)
def served(share: Any, trip_demand: Any, demands: Any) -> Any:
    """Return how often each demand row is served."""
    total = np.zeros(demands)
    for trip in range(len(share)):
        if share[trip] > 0.0:
            total[trip_demand[trip]] += share[trip]
    return total
