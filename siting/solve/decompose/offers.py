"""What a site is offered at given prices, compiled: own patients, patients by way of today's centres, cells of others.

The share of an area that a site may serve is used once: of the ways there are (the trip to its own hospital, trips to
centres whose cells it makes, or the own hospital's trip with the cells sent elsewhere) the relaxation may mix those on
the upper hull of (slots, saving). Each edge of the hull is one offer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from siting.solve.decompose.layout import BY_CHOICE, NONE

LEAST = 1e-12
"""What makes no use of capacity counts as this many slots or patients, so that profit a slot is a number."""
SWAP = np.iinfo(np.int64).min
"""An offer to serve the same patients by a dearer way that saves more."""


@njit(cache=True)
def gains(trip: Any, serve: Any, collect: Any, trips: Any, sends: Any) -> Any:
    """Return what a trip saves before its cells are made, and what it saves with its cells sent elsewhere."""
    _, trip_demand, trip_flow, trip_band, _, trip_cost, trip_arriving = trips
    flow = trip_flow[trip]
    gain = serve[trip_demand[trip]] - trip_cost[trip]
    away = gain - collect[flow, trip_band[trip]] * trip_arriving[trip] if sends[flow] else 0.0
    return gain, max(away, 0.0)


@njit(cache=True)
def next_edge(size: Any, saving: Any, count: Any, at: Any, least: Any) -> Any:
    """Return the next point of the upper hull after ``(size, saving)`` and the slope there; -1 at the end."""
    steepest, found = least, NONE
    for k in range(count):
        if size[k] > at[0]:
            slope = (saving[k] - at[1]) / (size[k] - at[0])
            if slope > steepest:
                steepest, found = slope, k
    return found, steepest


@njit(cache=True)
def offers(site: Any, s: Any, prices: Any, parts: Any) -> Any:
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
            gain, away = gains(trip, serve, collect, trips, sends)
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
