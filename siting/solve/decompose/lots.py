"""Units and lots of the local search, compiled: what a unit would save, opening and shutting it, ways of single lots.

A unit saves by what it makes, and by the patients that its hospital may treat because of it, with their cells made
elsewhere. A unit that is full may take more lots at the price of the next option; `moves.settle` then gives it one that
fits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from siting.solve.decompose.layout import NONE

TINY = 1e-12


@njit(cache=True)
def offer(g: Any, s: Any, ref: Any, at: Any, slice_: int, work: Any) -> Any:
    """Find the lots that a site and block (`at`) would serve for less than `ref` in a slice.

    Returns the numbers of demand rows seen and of lots, and leaves in `work` the best trip and cell of each row and the
    lots with saving a slot and slots; `wipe` must follow before the next offer.
    """
    best, trip_of, cell_of, lots = work.best, work.trip, work.cell, work.offered
    site, block = at
    place, host, weight = site * len(g.slice_weight) + slice_, g.site_hospital[site], g.slice_weight[slice_]
    demands, count = 0, 0
    for cell in range(g.cell_start[place], g.cell_start[place + 1]):
        flow, group = g.cell_flow[cell], g.cell_group[cell]
        hospital = g.flow_hospital[flow]
        if not (g.flow_always[flow] or hospital == host or s.hosted[hospital] > 0):
            continue
        if not np.isfinite(g.making_slots[block, group]):
            continue
        unit = g.cell_cost[cell] + weight * g.making_cost[block, group]
        for trip in range(g.trip_start[flow], g.trip_start[flow + 1]):
            demand, cost = g.trip_demand[trip], g.trip_cost[trip] + g.trip_arriving[trip] * unit
            if cost < best[demand]:
                if best[demand] == np.inf:
                    work.seen[demands] = demand
                    demands += 1
                best[demand], trip_of[demand], cell_of[demand] = cost, trip, cell
    for k in range(demands):
        demand = work.seen[k]
        need = g.trip_arriving[trip_of[demand]] * g.making_slots[block, g.cell_group[cell_of[demand]]]
        for lot in range(g.lot_start[demand], g.lot_start[demand + 1]):
            gain = ref[lot] - best[demand] * g.lot_share[lot]
            if gain > 0.0:
                work.slots[count] = max(need * g.lot_share[lot], TINY)
                work.ratio[count] = gain / work.slots[count]
                lots[count] = lot
                count += 1
    return demands, count


@njit(cache=True)
def wipe(demands: int, work: Any) -> None:
    """Forget the last offer."""
    for k in range(demands):
        work.best[work.seen[k]] = np.inf


@njit(cache=True)
def growth(g: Any, s: Any, site: int) -> float:
    """Return what one more slot costs at an open site that is full: by the next option of its block, if any."""
    option = s.option[site]
    if g.is_fixed[site] or option + 1 >= len(g.option_block) or g.option_block[option + 1] != g.option_block[option]:
        return np.inf
    more = g.option_capacity[option + 1] - g.option_capacity[option]
    return (g.option_cost[option + 1] - g.option_cost[option]) / more if more > TINY else np.inf


@njit(cache=True)
def made(g: Any, s: Any, cell: int, slice_: int) -> Any:
    """Return what a patient's cells cost, courier and making, by a way to an open site, and their slots there."""
    block, group = g.option_block[s.option[g.cell_site[cell]]], g.cell_group[cell]
    return g.cell_cost[cell] + g.slice_weight[slice_] * g.making_cost[block, group], g.making_slots[block, group]


@njit(cache=True)
def elsewhere(g: Any, s: Any, flow: int, without: int) -> Any:
    """Return the least cost of making a patient's cells of a flow at another open site."""
    best, slice_ = np.inf, flow % len(g.slice_weight)
    for i in range(g.flow_cell_start[flow], g.flow_cell_start[flow + 1]):
        cell = g.flow_cell[i]
        site = g.cell_site[cell]
        if s.option[site] >= 0 and site != without:
            unit, need = made(g, s, cell, slice_)
            if unit < best and s.load[site, slice_] + need > g.option_capacity[s.option[site]]:
                unit += need * growth(g, s, site)
            best = min(best, unit)
    return best


@njit(cache=True)
def treat_and_send(g: Any, s: Any, ref: Any, site: int, work: Any) -> Any:
    """Lower `ref` to what lots cost that are treated by a site's hospital, with their cells made elsewhere.

    Nothing changes where the hospital treats without the site. Returns what is spared and the number of lots, and
    leaves these and their former `ref` in `work`, for `take_back`.
    """
    lots, host, spared, count = work.treated, g.site_hospital[site], 0.0, 0
    if host < 0 or s.hosted[host] > (s.option[site] >= 0):
        return spared, count
    for flow in range(g.hospital_flow[host], g.hospital_flow[host + 1]):
        unit = np.inf if g.flow_always[flow] else elsewhere(g, s, flow, site)
        if not np.isfinite(unit):
            continue
        for trip in range(g.trip_start[flow], g.trip_start[flow + 1]):
            demand, cost = g.trip_demand[trip], g.trip_cost[trip] + g.trip_arriving[trip] * unit
            for lot in range(g.lot_start[demand], g.lot_start[demand + 1]):
                gain = ref[lot] - cost * g.lot_share[lot]
                if gain > 0.0:
                    lots[count], work.before[count] = lot, ref[lot]
                    ref[lot] -= gain
                    spared, count = spared + gain, count + 1
    return spared, count


@njit(cache=True)
def take_back(ref: Any, count: int, work: Any) -> None:
    """Undo what `treat_and_send` did to `ref`."""
    for k in range(count):
        ref[work.treated[k]] = work.before[k]


@njit(cache=True)
def best_option(g: Any, s: Any, ref: Any, site: int, work: Any) -> Any:
    """Return what the best option of a site saves against `ref`, and which it is (-1: none may run).

    Ways and their order are those of the site's block that makes most cheaply; costs are each block's own.
    """
    first, last = g.option_start[site], g.option_start[site + 1]
    if first == last:
        return -np.inf, NONE
    spared, count = treat_and_send(g, s, ref, site, work)
    value = np.empty(last - first)
    for k in range(last - first):
        value[k] = spared - g.option_cost[g.option[first + k]]
    for slice_ in range(len(g.slice_weight)):
        demands, offered = offer(g, s, ref, (site, g.site_block[site]), slice_, work)
        order = np.argsort(-work.ratio[:offered])
        low = first
        while low < last:
            low = fill(g, (ref, work.trip, work.cell, work.offered), slice_, order, (low, last, first), value)
        wipe(demands, work)
    take_back(ref, count, work)
    best = np.argmax(value)
    return value[best], g.option[first + best] if value[best] > -np.inf else NONE


@njit(cache=True)
def fill(g: Any, offered: Any, slice_: int, order: Any, span: Any, value: Any) -> int:
    """Add to the options of a block what the lots offered in a slice save, as far as each has room; return its end."""
    ref, trip_of, cell_of, lots = offered
    low, last, first = span
    block, at, used, gained = g.option_block[g.option[low]], low, 0.0, 0.0
    for item in order:
        lot = lots[item]
        demand = g.lot_demand[lot]
        group, trip = g.cell_group[cell_of[demand]], trip_of[demand]
        patients = g.trip_arriving[trip] * g.lot_share[lot]
        if not np.isfinite(g.making_slots[block, group]):
            continue
        unit = g.cell_cost[cell_of[demand]] + g.slice_weight[slice_] * g.making_cost[block, group]
        gain = ref[lot] - g.trip_cost[trip] * g.lot_share[lot] - patients * unit
        if gain <= 0.0:
            continue
        need = max(patients * g.making_slots[block, group], TINY)
        while at < last and g.option_block[g.option[at]] == block and used + need > g.option_capacity[g.option[at]]:
            value[at - first] += gained if used >= g.option_least[g.option[at]] else -np.inf
            at += 1
        if at == last or g.option_block[g.option[at]] != block:
            return at
        used, gained = used + need, gained + gain
    while at < last and g.option_block[g.option[at]] == block:
        value[at - first] += gained if used >= g.option_least[g.option[at]] else -np.inf
        at += 1
    return at


@njit(cache=True)
def leave(g: Any, s: Any, lot: int) -> None:
    """Take a lot away from where it is; it is then served nowhere."""
    if s.cell[lot] >= 0:
        s.load[g.cell_site[s.cell[lot]], g.demand_slice[g.lot_demand[lot]]] -= s.slots[lot]
    s.cell[lot] = s.trip[lot] = NONE
    s.slots[lot], s.cost[lot] = 0.0, g.unserved[g.lot_demand[lot]] * g.lot_share[lot]


@njit(cache=True)
def go(g: Any, s: Any, lot: int, trip: int, cell: int) -> None:
    """Send a lot on a trip and its cells to an open site."""
    leave(g, s, lot)
    slice_, patients = g.demand_slice[g.lot_demand[lot]], g.trip_arriving[trip] * g.lot_share[lot]
    unit, slots = made(g, s, cell, slice_)
    s.trip[lot], s.cell[lot] = trip, cell
    s.cost[lot] = g.trip_cost[trip] * g.lot_share[lot] + patients * unit
    s.slots[lot] = patients * slots
    s.load[g.cell_site[cell], slice_] += s.slots[lot]


@njit(cache=True)
def best_way(g: Any, s: Any, lot: int, without: int) -> Any:
    """Return cost, trip and cell of the cheapest way of a lot, not by a given site; -1 for nowhere.

    A site that is full grows (`growth`); `settle` gives it an option that fits.
    """
    demand = g.lot_demand[lot]
    share, slice_ = g.lot_share[lot], g.demand_slice[demand]
    best, best_trip, best_cell = g.unserved[demand] * share, NONE, NONE
    host = g.site_hospital[without] if without >= 0 else NONE
    for k in range(g.demand_trip_start[demand], g.demand_trip_start[demand + 1]):
        trip = g.demand_trip[k]
        flow = g.trip_flow[trip]
        hospital = g.flow_hospital[flow]
        if g.trip_cost[trip] * share >= best:
            break
        if not g.flow_always[flow] and s.hosted[hospital] - (hospital == host) <= 0:
            continue
        patients = g.trip_arriving[trip] * share
        for i in range(g.flow_cell_start[flow], g.flow_cell_start[flow + 1]):
            cell = g.flow_cell[i]
            site = g.cell_site[cell]
            if s.option[site] >= 0 and site != without:
                unit, slots = made(g, s, cell, slice_)
                cost = g.trip_cost[trip] * share + patients * unit
                if cost < best:
                    own = s.slots[lot] if s.cell[lot] >= 0 and g.cell_site[s.cell[lot]] == site else 0.0
                    need, load = patients * slots, s.load[site, slice_] - own
                    if load + need > g.option_capacity[s.option[site]]:
                        full = load + need > g.block_most[g.option_block[s.option[site]]]
                        cost = np.inf if full else cost + need * growth(g, s, site)
                    if cost < best:
                        best, best_trip, best_cell = cost, trip, cell
    return best, best_trip, best_cell


@njit(cache=True)
def needs(g: Any, s: Any, lot: int, site: int) -> bool:
    """Say whether a lot's cells are made at a site, or it is treated where only the unit at that site lets it be."""
    cell, host = s.cell[lot], g.site_hospital[site]
    flow = g.cell_flow[cell]
    lets = host >= 0 and g.flow_hospital[flow] == host and s.hosted[host] == 1 and not g.flow_always[flow]
    return g.cell_site[cell] == site or lets


@njit(cache=True)
def treat(g: Any, s: Any, ref: Any, site: int, work: Any) -> None:
    """Let a hospital treat the lots that its new unit spares money although their cells are made elsewhere."""
    _, count = treat_and_send(g, s, ref, site, work)
    take_back(ref, count, work)
    s.hosted[g.site_hospital[site]] += 1
    for k in range(count):
        lot = work.treated[k]
        cost, trip, cell = best_way(g, s, lot, NONE)
        if cell >= 0 and cost < ref[lot]:
            go(g, s, lot, trip, cell)
            ref[lot] = cost


@njit(cache=True)
def occupy(g: Any, s: Any, ref: Any, site: int, option: int, work: Any) -> None:
    """Open a site with an option and let it take the lots that save most for a slot, until it is full."""
    if g.site_hospital[site] >= 0:
        treat(g, s, ref, site, work)
    s.option[site] = option
    for slice_ in range(len(g.slice_weight)):
        demands, count = offer(g, s, ref, (site, g.option_block[option]), slice_, work)
        left = g.option_capacity[option]
        for item in np.argsort(-work.ratio[:count]):
            if work.slots[item] <= left:
                lot = work.offered[item]
                left -= work.slots[item]
                go(g, s, lot, work.trip[g.lot_demand[lot]], work.cell[g.lot_demand[lot]])
                ref[lot] = s.cost[lot]
        wipe(demands, work)


@njit(cache=True)
def shut(g: Any, s: Any, site: int) -> None:
    """Close a site; its lots, and those treated there only because of it, are served nowhere."""
    for lot in range(len(s.cell)):
        if s.cell[lot] >= 0 and needs(g, s, lot, site):
            leave(g, s, lot)
    s.option[site] = NONE
    if g.site_hospital[site] >= 0:
        s.hosted[g.site_hospital[site]] -= 1


@njit(cache=True)
def place(g: Any, s: Any) -> None:
    """Send every lot that is served nowhere the cheapest way that has room."""
    for lot in range(len(s.cell)):
        if s.cell[lot] < 0:
            _, trip, cell = best_way(g, s, lot, NONE)
            if cell >= 0:
                go(g, s, lot, trip, cell)


@njit(cache=True)
def leave_all(g: Any, s: Any) -> None:
    """Serve nobody, with no unit open."""
    s.option[:], s.hosted[:] = NONE, 0
    for lot in range(len(s.cell)):
        s.cell[lot] = NONE
        leave(g, s, lot)
    s.load[:] = 0.0
