"""The moves of the local search, compiled: offer, open, shut, replan, resize, and one step of ruin and rebuild.

A step shuts a few units near some patients and plans the neighbourhood again: sites are opened in order of what they
save, against the prices of the relaxation, then against true costs; what is left goes where there is room; units change
size and mode to fit. So opening, closing, swapping, resizing and changing mode are all steps of one kind. Everything
runs in one thread in a fixed order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NONE = -1
NEAR_SITES = 24
"""Closed sites that a step may open."""
MOST_SHUT = 4
SECOND_LOOKS = 6
"""Closed sites that a step looks at again once everything is placed: those that came nearest to saving anything."""
TINY = 1e-12


@njit(cache=True)
def offer(g: Any, s: Any, ref: Any, at: Any, slice_: int, work: Any) -> Any:
    """Find the lots that a site and block (`at`) would serve for less than `ref` in a slice.

    Returns the numbers of demand rows seen and of lots, and leaves in `work` the best trip and cell of each row and the
    lots with saving a slot and slots; `wipe` must follow before the next offer.
    """
    best, trip_of, cell_of, seen, lots, ratio, slots = work
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
                    seen[demands] = demand
                    demands += 1
                best[demand], trip_of[demand], cell_of[demand] = cost, trip, cell
    for k in range(demands):
        demand = seen[k]
        need = g.trip_arriving[trip_of[demand]] * g.making_slots[block, g.cell_group[cell_of[demand]]]
        for lot in range(g.lot_start[demand], g.lot_start[demand + 1]):
            gain = ref[lot] - best[demand] * g.lot_share[lot]
            if gain > 0.0:
                slots[count] = max(need * g.lot_share[lot], TINY)
                ratio[count] = gain / slots[count]
                lots[count] = lot
                count += 1
    return demands, count


@njit(cache=True)
def wipe(demands: int, work: Any) -> None:
    """Forget the last offer."""
    for k in range(demands):
        work[0][work[3][k]] = np.inf


@njit(cache=True)
def best_option(g: Any, s: Any, ref: Any, site: int, work: Any) -> Any:
    """Return what the best option of a site saves against `ref`, and which it is (-1: none may run).

    Ways and their order are those of the site's block that makes most cheaply; costs are each block's own.
    """
    _, trip_of, cell_of, _, lots, ratio, _ = work
    first, last = g.option_start[site], g.option_start[site + 1]
    if first == last:
        return -np.inf, NONE
    value = np.empty(last - first)
    for k in range(last - first):
        value[k] = -g.option_cost[g.option[first + k]]
    for slice_ in range(len(g.slice_weight)):
        demands, count = offer(g, s, ref, (site, g.site_block[site]), slice_, work)
        order = np.argsort(-ratio[:count])
        low = first
        while low < last:
            high = fill(g, (ref, trip_of, cell_of, lots), slice_, order, (low, last, first), value)
            low = high
        wipe(demands, work)
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
    site, group, slice_ = g.cell_site[cell], g.cell_group[cell], g.demand_slice[g.lot_demand[lot]]
    block, patients = g.option_block[s.option[site]], g.trip_arriving[trip] * g.lot_share[lot]
    unit = g.cell_cost[cell] + g.slice_weight[slice_] * g.making_cost[block, group]
    s.trip[lot], s.cell[lot] = trip, cell
    s.cost[lot] = g.trip_cost[trip] * g.lot_share[lot] + patients * unit
    s.slots[lot] = patients * g.making_slots[block, group]
    s.load[site, slice_] += s.slots[lot]


@njit(cache=True)
def occupy(g: Any, s: Any, ref: Any, site: int, option: int, work: Any) -> None:
    """Open a site with an option and let it take the lots that save most for a slot, until it is full."""
    s.option[site] = option
    if g.site_hospital[site] >= 0:
        s.hosted[g.site_hospital[site]] += 1
    for slice_ in range(len(g.slice_weight)):
        demands, count = offer(g, s, ref, (site, g.option_block[option]), slice_, work)
        _, trip_of, cell_of, _, lots, ratio, slots = work
        left = g.option_capacity[option]
        for item in np.argsort(-ratio[:count]):
            if slots[item] <= left:
                lot = lots[item]
                left -= slots[item]
                go(g, s, lot, trip_of[g.lot_demand[lot]], cell_of[g.lot_demand[lot]])
                ref[lot] = s.cost[lot]
        wipe(demands, work)


@njit(cache=True)
def shut(g: Any, s: Any, site: int) -> None:
    """Close a site; its lots, and those treated there only because of it, are served nowhere."""
    host = g.site_hospital[site]
    s.option[site] = NONE
    if host >= 0:
        s.hosted[host] -= 1
    for lot in range(len(s.cell)):
        if s.cell[lot] >= 0:
            flow = g.cell_flow[s.cell[lot]]
            treated = g.flow_always[flow] or g.flow_hospital[flow] != host or s.hosted[host] > 0
            if g.cell_site[s.cell[lot]] == site or not treated:
                leave(g, s, lot)


@njit(cache=True)
def best_way(g: Any, s: Any, lot: int, without: int) -> Any:
    """Return cost, trip and cell of the cheapest way of a lot that has room, not by a given site; -1 for nowhere."""
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
                block, group = g.option_block[s.option[site]], g.cell_group[cell]
                unit = g.cell_cost[cell] + g.slice_weight[slice_] * g.making_cost[block, group]
                cost = g.trip_cost[trip] * share + patients * unit
                if cost < best:
                    own = s.slots[lot] if s.cell[lot] >= 0 and g.cell_site[s.cell[lot]] == site else 0.0
                    room = g.option_capacity[s.option[site]] - s.load[site, slice_] + own
                    if patients * g.making_slots[block, group] <= room:
                        best, best_trip, best_cell = cost, trip, cell
    return best, best_trip, best_cell


@njit(cache=True)
def place(g: Any, s: Any) -> None:
    """Send every lot that is served nowhere the cheapest way that has room."""
    for lot in range(len(s.cell)):
        if s.cell[lot] < 0:
            _, trip, cell = best_way(g, s, lot, NONE)
            if cell >= 0:
                go(g, s, lot, trip, cell)


@njit(cache=True)
def replan(g: Any, s: Any, site: int, work: Any) -> None:
    """Choose the option of a site again, or none, when its lots could go elsewhere and others could come."""
    ref, before = s.cost.copy(), 0.0
    if s.option[site] >= 0:
        before -= g.option_cost[s.option[site]]
        for lot in range(len(s.cell)):
            if s.cell[lot] >= 0 and g.cell_site[s.cell[lot]] == site:
                ref[lot], _, _ = best_way(g, s, lot, site)
                before += ref[lot] - s.cost[lot]
    value, option = best_option(g, s, ref, site, work)
    if g.is_fixed[site] and value < 0.0 and s.option[site] >= 0:
        return
    if max(value, 0.0) > before + TINY:
        if s.option[site] >= 0:
            shut(g, s, site)
        if value > 0.0:
            occupy(g, s, ref, site, option, work)
        place(g, s)


@njit(cache=True)
def replan_all(g: Any, s: Any, work: Any) -> None:
    """Choose the option of every site again, open ones first."""
    for is_open in (True, False):
        for site in range(len(s.option)):
            if (s.option[site] >= 0) == is_open and not g.is_fixed[site]:
                replan(g, s, site, work)


@njit(cache=True)
def leave_all(g: Any, s: Any) -> None:
    """Serve nobody, with no unit open."""
    s.option[:], s.hosted[:] = NONE, 0
    for lot in range(len(s.cell)):
        s.cell[lot] = NONE
        leave(g, s, lot)
    s.load[:] = 0.0


@njit(cache=True)
def loads(g: Any, s: Any) -> Any:
    """Return the patients that each site makes, by slice and making group."""
    made = np.zeros((len(s.option), len(g.slice_weight), g.making_cost.shape[1]))
    for lot in range(len(s.cell)):
        if s.cell[lot] >= 0:
            slice_, cell = g.demand_slice[g.lot_demand[lot]], s.cell[lot]
            made[g.cell_site[cell], slice_, g.cell_group[cell]] += g.trip_arriving[s.trip[lot]] * g.lot_share[lot]
    return made


@njit(cache=True)
def cheapest_for(g: Any, site: int, made: Any) -> int:
    """Return the cheapest option of a site that makes what it makes now; -1 where none may."""
    best, chosen = np.inf, NONE
    for k in range(g.option_start[site], g.option_start[site + 1]):
        option = g.option[k]
        block, cost = g.option_block[option], g.option_cost[option]
        for slice_ in range(len(g.slice_weight)):
            used = 0.0
            for group in range(made.shape[1]):
                if made[slice_, group] > 0.0:
                    used += made[slice_, group] * g.making_slots[block, group]
                    cost += g.slice_weight[slice_] * made[slice_, group] * g.making_cost[block, group]
            if used > g.option_capacity[option] * (1.0 + 1e-9) or used < g.option_least[option]:
                cost = np.inf
        if cost < best:
            best, chosen = cost, option
    return chosen


@njit(cache=True)
def settle(g: Any, s: Any) -> None:
    """Fit all units to what they make, closing those that make too little, until nothing changes."""
    for _ in range(5):
        made, closed = loads(g, s), False
        changed = np.zeros(len(s.option), np.bool_)
        for site in range(len(s.option)):
            if s.option[site] >= 0 and not g.is_fixed[site]:
                option = cheapest_for(g, site, made[site])
                changed[site] = option >= 0 and option != s.option[site]
                if changed[site]:
                    s.option[site] = option
                elif option < 0:
                    shut(g, s, site)
                    closed = True
        for lot in range(len(s.cell)):
            if s.cell[lot] >= 0 and changed[g.cell_site[s.cell[lot]]]:
                go(g, s, lot, s.trip[lot], s.cell[lot])
        if not closed:
            return
        place(g, s)


@njit(cache=True)
def rebuild(g: Any, s: Any, ref: Any, sites: Any, doubt: Any, work: Any) -> Any:
    """Open sites in order of what they save, each with its best option, while any saves something.

    `doubt` (sites in the list) scales the savings, so that steps differ. Returns the first savings.
    """
    value = np.empty(len(sites))
    for k in range(len(sites)):
        value[k], _ = best_option(g, s, ref, sites[k], work)
        value[k] *= doubt[k]
    first = value.copy()
    while len(sites):
        top = np.argmax(value)
        if value[top] <= 0.0:
            break
        now, option = best_option(g, s, ref, sites[top], work)
        now *= doubt[top]
        value[top] = -np.inf
        if now > 0.0 and now >= value.max() * (1.0 - 1e-9):
            occupy(g, s, ref, sites[top], option, work)
        elif now > 0.0:
            value[top] = now
    return first


@njit(cache=True)
def total(g: Any, s: Any) -> float:
    """Return the cost of a state."""
    cost = 0.0
    for lot in range(len(s.cost)):
        cost += s.cost[lot]
    for site in range(len(s.option)):
        if s.option[site] >= 0:
            cost += g.option_cost[s.option[site]]
    return cost


@njit(cache=True)
def near(g: Any, s: Any, demand: int, shut_most: int, draw: Any) -> Any:
    """Return open sites to shut and closed ones to think of, among the hospitals that a demand row travels to."""
    gone, free = np.empty(MOST_SHUT, np.int64), np.empty(NEAR_SITES + MOST_SHUT, np.int64)
    outs, ins, last = 0, 0, NONE
    for k in range(g.demand_trip_start[demand], g.demand_trip_start[demand + 1]):
        site = g.hospital_site[g.flow_hospital[g.trip_flow[g.demand_trip[k]]]]
        if site < 0 or site == last or g.is_fixed[site] or g.option_start[site] == g.option_start[site + 1]:
            continue
        last = site
        if s.option[site] >= 0 and outs < shut_most and draw[k % len(draw)] < 0.7:
            if not (gone[:outs] == site).any():
                gone[outs] = free[ins] = site
                outs, ins = outs + 1, ins + 1
        elif s.option[site] < 0 and ins < NEAR_SITES and not (free[:ins] == site).any():
            free[ins] = site
            ins += 1
        if ins >= NEAR_SITES:
            break
    return gone[:outs], free[:ins]


@njit(cache=True)
def step(g: Any, s: Any, price: Any, draw: Any, work: Any) -> None:
    """Shut a few units near some lot and plan there again."""
    lot = min(int(draw[0] * len(s.cell)), len(s.cell) - 1)
    gone, free = near(g, s, g.lot_demand[lot], int(draw[1] * (MOST_SHUT + 1)), draw[8:])
    for site in gone:
        shut(g, s, site)
    ref = s.cost.copy()
    if draw[2] < 0.8:  # otherwise at true costs from the start
        lift = 1.0 + 0.1 * (draw[3] - 0.5)
        for lot in range(len(ref)):
            if s.cell[lot] < 0:
                ref[lot] = min(ref[lot], price[lot] * lift)
    doubt = 1.0 - 0.3 * draw[8 : 8 + len(free)]
    saving = rebuild(g, s, ref, free, doubt, work)
    place(g, s)
    settle(g, s)
    looks = 0
    for k in np.argsort(-saving):
        if s.option[free[k]] < 0:
            looks += 1
        if s.option[free[k]] >= 0 or looks <= SECOND_LOOKS:
            replan(g, s, free[k], work)
    settle(g, s)


@njit(cache=True)
def copy(to: Any, other: Any) -> None:
    """Overwrite a state with another."""
    to.option[:], to.trip[:], to.cell[:] = other.option, other.trip, other.cell
    to.cost[:], to.slots[:], to.load[:], to.hosted[:] = other.cost, other.slots, other.load, other.hosted


@njit(cache=True)
def walk(g: Any, states: Any, price: Any, draws: Any, heat: Any, work: Any) -> float:
    """Make one step for each row of draws, taking back those that cost more than `heat` allows; return the best cost.

    `states` are the one to walk with, the best so far, and one to go back to.
    """
    s, best, back = states
    now, least = total(g, s), total(g, best)
    for k in range(len(draws)):
        copy(back, s)
        step(g, s, price, draws[k], work)
        cost = total(g, s)
        if cost > now + heat[k]:
            copy(s, back)
            continue
        now = cost
        if now < least - TINY:
            least = now
            copy(best, s)
    return least
