"""The moves of the local search, compiled: replan, resize, and one step of ruin and rebuild.

A step shuts a few units near some patients and plans the neighbourhood again: sites are opened in order of what they
save, against the prices of the relaxation, then against true costs; what is left goes where there is room; units change
size and mode to fit. So opening, closing, swapping, resizing and changing mode are all steps of one kind. Everything
runs in one thread in a fixed order.

numba looks at this file only: when `lots` changes, what it keeps of this one is to be deleted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from siting.solve.decompose.layout import NONE
from siting.solve.decompose.lots import TINY, best_option, best_way, go, leave_all, needs, occupy, place, shut

NEAR_SITES = 24
"""Closed sites that a step may open."""
MOST_SHUT = 4
SPARSEST = 0.05
"""Half of the steps think of the nearest sites; the others of ones further apart, down to this share of all."""
SECOND_LOOKS = 6
"""Closed sites that a step looks at again once everything is placed: those that came nearest to saving anything."""


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
def copy(to: Any, other: Any) -> None:
    """Overwrite a state with another."""
    to.option[:], to.trip[:], to.cell[:] = other.option, other.trip, other.cell
    to.cost[:], to.slots[:], to.load[:], to.hosted[:] = other.cost, other.slots, other.load, other.hosted


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
    while True:  # every round but the last closes a site, and none opens one
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
def repeat(g: Any, s: Any, options: Any, share: Any, shipped: Any) -> None:
    """Do as a plan does: its options, and each lot where most of its row is still to go and there is room."""
    leave_all(g, s)
    for site in np.flatnonzero(options >= 0):
        s.option[site] = options[site]
        if g.site_hospital[site] >= 0:
            s.hosted[g.site_hospital[site]] += 1
    for lot in range(len(s.cell)):
        demand = g.lot_demand[lot]
        trips = g.demand_trip[g.demand_trip_start[demand] : g.demand_trip_start[demand + 1]]
        if not len(trips):
            continue
        trip = trips[np.argmax(share[trips])]
        cells = g.flow_cell[g.flow_cell_start[g.trip_flow[trip]] : g.flow_cell_start[g.trip_flow[trip] + 1]]
        if not len(cells) or share[trip] < 0.5 * g.lot_share[lot]:
            continue
        cell, patients = cells[np.argmax(shipped[cells])], g.trip_arriving[trip] * g.lot_share[lot]
        option = s.option[g.cell_site[cell]]
        need = patients * g.making_slots[g.option_block[option], g.cell_group[cell]] if option >= 0 else np.inf
        if s.load[g.cell_site[cell], g.demand_slice[demand]] + need <= g.option_capacity[option]:
            go(g, s, lot, trip, cell)
            share[trip] -= g.lot_share[lot]
            shipped[cell] -= patients


@njit(cache=True)
def replan(g: Any, s: Any, site: int, work: Any) -> None:
    """Choose the option of a site that is not fixed again, or none, as its lots could go elsewhere and others come.

    Units fit what they make before and after.
    """
    ref, before = s.cost.copy(), 0.0
    if s.option[site] >= 0:
        before -= g.option_cost[s.option[site]]
        for lot in range(len(s.cell)):
            if s.cell[lot] >= 0 and needs(g, s, lot, site):
                ref[lot], _, _ = best_way(g, s, lot, site)
                before += ref[lot] - s.cost[lot]
    value, option = best_option(g, s, ref, site, work)
    if max(value, 0.0) <= before + TINY:
        return
    cost = total(g, s)
    copy(work.spare, s)
    if s.option[site] >= 0:
        shut(g, s, site)
    if value > 0.0:
        occupy(g, s, ref, site, option, work)
    place(g, s)
    settle(g, s)
    if total(g, s) > cost:  # each lot thought that it alone would take the room elsewhere
        copy(s, work.spare)


@njit(cache=True)
def replan_all(g: Any, s: Any, work: Any) -> None:
    """Choose the option of every site again, open ones first."""
    for is_open in (True, False):
        for site in range(len(s.option)):
            if (s.option[site] >= 0) == is_open and not g.is_fixed[site]:
                replan(g, s, site, work)


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
def near(g: Any, s: Any, demand: int, shut_most: int, share: float, draw: Any) -> Any:
    """Return open sites to shut and closed ones to think of, among a share of the hospitals that a row travels to."""
    gone, free = np.empty(MOST_SHUT, np.int64), np.empty(NEAR_SITES + MOST_SHUT, np.int64)
    outs, ins, last, seen = 0, 0, NONE, 0
    for k in range(g.demand_trip_start[demand], g.demand_trip_start[demand + 1]):
        site = g.hospital_site[g.flow_hospital[g.trip_flow[g.demand_trip[k]]]]
        if site < 0 or site == last or g.is_fixed[site] or g.option_start[site] == g.option_start[site + 1]:
            continue
        last, seen = site, seen + 1
        if draw[(7 * seen) % len(draw)] > share:  # other draws than those below
            continue
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
    share = SPARSEST ** max(2.0 * draw[4] - 1.0, 0.0)
    gone, free = near(g, s, g.lot_demand[lot], int(draw[1] * (MOST_SHUT + 1)), share, draw[8:])
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
