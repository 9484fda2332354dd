"""The subproblems of the relaxation, compiled: what each site is worth at given prices.

A site takes what it is offered: patients and cells whose price covers trip, courier and making. Offers are sorted once
by what they are worth before making; every option of every configuration then takes them by profit for one slot until
its capacity is full: a continuous knapsack. Sites and hospitals write their own results only, so threads do not change
the answer.

The share of an area that a site may serve is used once: of the ways there are (the trip to its own hospital, trips to
centres whose cells it makes, or the own hospital's trip with the cells sent elsewhere) the relaxation may mix those on
the upper hull of (slots, saving). Each edge of the hull is one offer.

Compiling takes 10 to 30 s once for each version of this file; the result is cached beside it. numba looks at this file
only, so what is compiled here calls nothing compiled elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, njit, prange, set_num_threads

from siting.solve.decompose.layout import BY_CHOICE, NONE

CLOSED = -1
LEAST = 1e-12
"""What makes no use of capacity counts as this many slots or patients, so that profit a slot is a number."""
SWAP = np.iinfo(np.int64).min
"""An offer to serve the same patients by a dearer way that saves more."""


def use_threads(threads: int) -> None:
    """Price with so many threads, or as many as there are."""
    set_num_threads(max(1, min(threads, config.NUMBA_NUM_THREADS)))


@njit(cache=True)
def _gains(trip: Any, serve: Any, collect: Any, trips: Any, sends: Any) -> Any:
    """Return what a trip saves before its cells are made, and what it saves with its cells sent elsewhere."""
    _, trip_demand, trip_flow, trip_band, _, trip_cost, trip_arriving = trips
    flow = trip_flow[trip]
    gain = serve[trip_demand[trip]] - trip_cost[trip]
    away = gain - collect[flow, trip_band[trip]] * trip_arriving[trip] if sends[flow] else 0.0
    return gain, max(away, 0.0)


@njit(cache=True)
def next_edge(size: Any, saving: Any, count: Any, at: Any, least: Any) -> Any:
    """Return the next point of the upper hull after ``(size, saving)`` and the slope there; -1 at the end.

    `paths` calls it too, so what numba keeps of that file is to be deleted when this changes.
    """
    steepest, found = least, NONE
    for k in range(count):
        if size[k] > at[0]:
            slope = (saving[k] - at[1]) / (size[k] - at[0])
            if slope > steepest:
                steepest, found = slope, k
    return found, steepest


@njit(cache=True)
def _offers(site: Any, s: Any, prices: Any, parts: Any) -> Any:
    """Return what a site is offered in a slice, by making group and then by worth: worth, amount, which one, starts.

    Worth is for one patient before making. Trips are numbered from 0 on, paths after them, cells downwards from -1. A
    trip whose cells may go elsewhere at a profit offers only what it saves beyond that.
    """
    serve, collect = prices
    trips, flows, paths, cells, sites = parts
    trip_start, trip_demand, trip_flow, _, trip_switch, _, trip_arriving = trips
    is_own, own_cost, own_slots, sends = flows
    path_start, path_demand, path_cost, path_size, demand_group = paths
    cell_start, cell_flow, cell_band, cell_group, cell_cost, cell_most = cells
    site_hospital, host_site, least_making, slice_weight = sites
    slices, weight, hospital = len(slice_weight), slice_weight[s], site_hospital[site]
    trip, last_trip = 0, 0
    if hospital >= 0 and host_site[hospital] == site:
        trip, last_trip = trip_start[hospital * slices + s], trip_start[hospital * slices + s + 1]
    path, last_path = path_start[site * slices + s], path_start[site * slices + s + 1]
    first, last = cell_start[site * slices + s], cell_start[site * slices + s + 1]
    room = last_trip - trip + last_path - path + last - first
    worth, amount, which, group = np.empty(room), np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    size, saving, count, groups = np.empty(room + 1), np.empty(room + 1), 0, least_making.shape[1]
    while trip < last_trip or path < last_path:
        demand = trip_demand[trip] if trip < last_trip else path_demand[path]
        if path < last_path:
            demand = min(demand, path_demand[path])
        points, base, name = 0, 0.0, NONE
        if trip < last_trip and trip_demand[trip] == demand:
            flow = trip_flow[trip]
            gain, away = _gains(trip, serve, collect, trips, sends)
            base, name = 0.0 if trip_switch[trip] == BY_CHOICE else away, trip
            if is_own[flow]:
                size[0] = max(trip_arriving[trip] * own_slots[flow], LEAST)
                saving[0] = gain - trip_arriving[trip] * weight * own_cost[flow]
                points = 1
            trip += 1
        while path < last_path and path_demand[path] == demand:
            name = len(trip_demand) + path if name < 0 else name
            size[points], saving[points] = path_size[path], serve[demand] - path_cost[path]
            points += 1
            path += 1
        at, own = (0.0, base), demand_group[demand]
        edge, slope = next_edge(size, saving, points, at, weight * least_making[site, own])
        while edge >= 0:
            worth[count], amount[count], which[count], group[count] = slope, size[edge] - at[0], name, own
            count, name, at = count + 1, SWAP, (size[edge], saving[edge])
            edge, slope = next_edge(size, saving, points, at, weight * least_making[site, own])
    for cell in range(first, last):
        each = collect[cell_flow[cell], cell_band[cell]] - weight * cell_cost[cell]
        if each > weight * least_making[site, cell_group[cell]]:
            worth[count], amount[count], which[count] = each, cell_most[cell], -1 - cell
            group[count] = cell_group[cell]
            count += 1
    return _by_group(worth, amount, which, group, count, groups)


@njit(cache=True)
def _by_group(worth: Any, amount: Any, which: Any, group: Any, count: Any, groups: Any) -> Any:
    """Sort offers by group and then by worth."""
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
                    offered = _offers(site, s, prices, (trips, flows, paths, cells, sites))
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
                    offered = _offers(site, s, prices, (trips, flows, paths, cells, sites))
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
                _, away = _gains(trip, serve, collect, trips, sends)
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
                _, away = _gains(trip, serve, collect, trips, sends)
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
