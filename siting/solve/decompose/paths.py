"""Ways of patients by today's centres: from an area to a centre, and the cells from there to a site that makes them.

A centre that treats without hosting ties its patients to no unit. With one price for each patient collected there,
every unit in reach could be filled by the same patients, again and again. Paths keep them apart by area: a site that
makes cells of a centre serves areas by way of it, each area once, as it serves those that come to its own hospital.

Only paths on the upper hull of (slots, saving) at the highest price can ever be of use; all others are left away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from siting.solve.decompose.layout import ALWAYS, least_of_sites, site_of_block
from siting.solve.decompose.pricing import LEAST, next_edge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]

MOST_PATHS = 200_000_000
"""With more paths, before any is left away, centres get prices for the patients they collect, like hosts."""


class Standard(NamedTuple):
    """Making as all ways of a product compare: by its cheapest link, with what another link asks on top.

    Attributes
    ----------
    cost, slots : ndarray, shape (site configurations, products)
        Cost and slots of one patient by whichever link asks least; infinite where the product cannot be made.
    ratio, extra : ndarray, shape (sites, groups)
        A patient by a link takes at least ``ratio`` times those slots, and costs at least ``extra`` more than ``ratio``
        times that cost, in every configuration of the site.
    """

    cost: Floats
    slots: Floats
    ratio: Floats
    extra: Floats


def standard_making(layout: Layout) -> Standard:
    """Compare the ways of making each product at each site; see `Standard`."""
    products = len(layout.network.ids.products)
    site = site_of_block(layout)
    cost, slots = (np.full((len(site), products), np.inf) for _ in range(2))
    for group, product in enumerate(layout.group_product):
        cost[:, product] = np.minimum(cost[:, product], layout.making_cost[:, group])
        slots[:, product] = np.minimum(slots[:, product], layout.making_slots[:, group])
    ratio, extra = (np.full((len(layout.site_start) - 1, len(layout.group_product)), np.inf) for _ in range(2))
    for group, product in enumerate(layout.group_product):
        can = np.flatnonzero(np.isfinite(layout.making_slots[:, group]))
        least = slots[can, product]
        times = np.where(least > LEAST, layout.making_slots[can, group] / np.maximum(least, LEAST), 1.0)
        np.minimum.at(ratio[:, group], site[can], times)
        on_top = layout.making_cost[can, group] - ratio[site[can], group] * cost[can, product]
        np.minimum.at(extra[:, group], site[can], on_top)
    return Standard(cost, slots, ratio, extra)


class Paths(NamedTuple):
    """Paths by site and slice, sorted by demand row.

    Attributes
    ----------
    start : ndarray, shape (sites x slices + 1,)
        First path of each (site, slice).
    demand, cost, size : ndarray, shape (paths,)
        Row of demand; cost and patients in standard making (`Standard`) if all patients of the row go.
    flows : ndarray of bool, shape (flows,)
        Flows whose patients go by paths.
    """

    start: NDArray[np.int64]
    demand: NDArray[np.int32]
    cost: Floats
    size: Floats
    flows: NDArray[np.bool_]


def find_paths(layout: Layout, standard: Standard) -> Paths:
    """Return the paths that may be of use by centres that treat today, where their patients are not limited.

    Parameters
    ----------
    layout : Layout
        Arrays of the network.
    standard : Standard
        Of the same layout.
    """
    by_path = _centres(layout)
    length = np.bincount(layout.trip_flow, minlength=len(by_path))
    if length[layout.cell_flow[by_path[layout.cell_flow]]].sum() > MOST_PATHS:
        by_path = np.zeros(len(by_path), dtype=bool)
    slices, sites = len(layout.slice_weight), len(layout.site_start) - 1
    least = least_of_sites(layout, standard.cost)
    cells = (layout.cell_start, layout.cell_flow, layout.cell_group, layout.cell_cost, by_path[layout.cell_flow])
    trips = (layout.trip_start, layout.trip_flow, layout.trip_demand, layout.trip_cost, layout.trip_arriving)
    rows = (layout.unserved_cost, layout.demand_product, layout.slice_weight)
    found, counts = [], np.zeros(sites * slices, np.int64)
    for place in range(sites * slices):
        site = place // slices
        making = (standard.ratio[site], standard.extra[site], least[site])
        part = _paths_of(place, cells, trips, rows, making)
        counts[place] = len(part[0])
        found.append(part)
    demand, cost, size = (np.concatenate(column) if column else np.zeros(0) for column in zip(*found, strict=True))
    return Paths(np.append(0, np.cumsum(counts)), demand.astype(np.int32), cost, size, by_path)


def _centres(layout: Layout) -> NDArray[np.bool_]:
    """Return the flows of hospitals that treat whether they host or not, as many patients as come."""
    hospital = layout.flows["hospital"].to_numpy()
    unlimited = ~np.isfinite(layout.network.hospitals["treatment_capacity"].to_numpy(float))[hospital]
    always = np.ones(len(hospital), dtype=bool)
    always[layout.trip_flow[layout.trip_switch != ALWAYS]] = False
    return np.asarray(always & unlimited & layout.flow_sends, dtype=bool)


@njit(cache=True)
def _paths_of(place: Any, cells: Any, trips: Any, rows: Any, making: Any) -> Any:
    """Return demand, cost and size of the paths of a (site, slice) that may be of use, sorted by demand."""
    unserved_cost, demand_product, slice_weight = rows
    weight, least = slice_weight[place % len(slice_weight)], making[2]
    demand, cost, size = _all_paths(place, cells, trips, weight, making, len(slice_weight))
    kept, first = np.zeros(len(demand), np.bool_), 0
    while first < len(demand):
        last, row = first, demand[first]
        while last < len(demand) and demand[last] == row:
            last += 1
        if np.isfinite(unserved_cost[row]):
            saving = unserved_cost[row] - cost[first:last]
            _keep_hull(size[first:last], saving, weight * least[demand_product[row]], kept[first:last])
        else:
            kept[first:last] = True
        first = last
    return demand[kept], cost[kept], size[kept]


@njit(cache=True)
def _all_paths(place: Any, cells: Any, trips: Any, weight: Any, making: Any, slices: Any) -> Any:
    """Return demand, cost and size of all paths of a (site, slice), sorted by demand."""
    cell_start, cell_flow, cell_group, cell_cost, by_path = cells
    trip_start, trip_flow, trip_demand, trip_cost, trip_arriving = trips
    ratio, extra, least = making
    used = [cell for cell in range(cell_start[place], cell_start[place + 1]) if by_path[cell]]
    used = [cell for cell in used if np.isfinite(ratio[cell_group[cell]])]
    lists = [cell_flow[cell] // (slices * len(least)) * slices + place % slices for cell in used]
    room = 0
    for each in lists:
        room += trip_start[each + 1] - trip_start[each]
    demand, cost, size, count = np.empty(room, np.int64), np.empty(room), np.empty(room), 0
    for k in range(len(used)):
        flow, group = cell_flow[used[k]], cell_group[used[k]]
        unit = weight * (cell_cost[used[k]] + extra[group])
        for trip in range(trip_start[lists[k]], trip_start[lists[k] + 1]):
            if trip_flow[trip] == flow:
                demand[count] = trip_demand[trip]
                cost[count] = trip_cost[trip] + trip_arriving[trip] * unit
                size[count] = max(trip_arriving[trip] * ratio[group], LEAST)
                count += 1
    order = np.argsort(demand[:count], kind="mergesort")
    return demand[order], cost[order], size[order]


@njit(cache=True)
def _keep_hull(size: Any, saving: Any, least: Any, kept: Any) -> None:
    """Mark the points of the upper hull of (size, saving) from nothing on, as far as it is steeper than `least`."""
    at = (0.0, 0.0)
    edge, _ = next_edge(size, saving, len(size), at, least)
    while edge >= 0:
        kept[edge], at = True, (size[edge], saving[edge])
        edge, _ = next_edge(size, saving, len(size), at, least)
