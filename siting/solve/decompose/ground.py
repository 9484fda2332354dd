"""The ground that the local search walks on: patients in small lots, the trips and cells open to them, the options.

Numbers only, laid out for compiled code. A lot is a share of a demand row, small beside a unit, and goes one way; so a
large county may be served by several units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from siting.network.hosts import asks, host_surplus
from siting.solve.decompose.layout import ALWAYS, BY_CHOICE, NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

LOTS_A_UNIT = 40
"""A lot is at most this part of the median capacity of an option."""
LEAST_SHARE = 0.9
"""Lots seldom add up to a least volume just so; the model that takes a plan up keeps all of it."""


class Ground(NamedTuple):
    """Arrays for compiled code; ``*_start`` arrays hold where the entries of each row begin.

    Trips are sorted by flow; ``demand_trip`` lists them by demand row, cheapest first. Costs carry the weight of their
    slice, making costs (by block and group) do not. ``option`` holds candidate options by site and block, ascending.
    """

    lot_start: Any
    lot_demand: Any
    lot_share: Any
    unserved: Any
    demand_slice: Any
    demand_trip_start: Any
    demand_trip: Any
    trip_start: Any
    trip_demand: Any
    trip_flow: Any
    trip_cost: Any
    trip_arriving: Any
    flow_always: Any
    flow_hospital: Any
    hospital_flow: Any
    flow_cell_start: Any
    flow_cell: Any
    cell_start: Any
    cell_flow: Any
    cell_site: Any
    cell_group: Any
    cell_cost: Any
    making_cost: Any
    making_slots: Any
    slice_weight: Any
    site_block: Any
    option_start: Any
    option: Any
    option_block: Any
    option_cost: Any
    option_capacity: Any
    option_least: Any
    block_most: Any
    site_hospital: Any
    hospital_site: Any
    is_fixed: Any


class State(NamedTuple):
    """A plan in the making: the option of each site, and way, cost and slots of each lot (way -1: nowhere)."""

    option: Any
    trip: Any
    cell: Any
    cost: Any
    slots: Any
    load: Any
    hosted: Any


class Work(NamedTuple):
    """Room for what is worked out in between.

    ``best``, ``trip``, ``cell`` and ``seen`` go by demand row, the others by lot: what a site is offered (``offered``,
    ``ratio``, ``slots``), and the lots of treating alone with what they cost before (``treated``, ``before``).
    ``spare`` is a state to go back to.
    """

    best: Any
    trip: Any
    cell: Any
    seen: Any
    offered: Any
    ratio: Any
    slots: Any
    treated: Any
    before: Any
    spare: Any


def fits(layout: Layout) -> bool:
    """Say whether the local search can plan a network: one period, units that may all be built or not."""
    network = layout.network
    return len(layout.years) == 1 and not network.limits.fixed


def ground_of(layout: Layout, candidates: Mask) -> Ground:
    """Lay a network of one period out for the search, with the candidate options (by position in the layout)."""
    flows, demands = layout.flows, len(layout.patients)
    flow_slice = flows["slice"].to_numpy(np.int64)
    order = _trip_order(layout)
    demand = layout.trip_demand[order]
    by_demand = np.lexsort((layout.trip_cost[order], demand))
    cell_site = np.repeat(np.arange(len(layout.cell_start) - 1), np.diff(layout.cell_start)) // len(layout.slice_weight)
    by_flow = np.argsort(layout.cell_flow, kind="stable")
    block_of = np.repeat(np.arange(len(layout.block_start) - 1), np.diff(layout.block_start))
    site_of = np.repeat(np.arange(len(layout.site_start) - 1), np.diff(layout.site_start))[block_of]
    chosen = np.flatnonzero(candidates)
    always = np.zeros(len(flows), dtype=bool)
    always[layout.trip_flow[layout.trip_switch == ALWAYS]] = True
    lots = _lots(layout)
    hospital_site = np.full(len(layout.network.hospitals), NONE)
    hosts = np.flatnonzero(layout.site_hospital >= 0)
    hospital_site[layout.site_hospital[hosts[::-1]]] = hosts[::-1]
    return Ground(
        lot_start=np.concatenate([[0], np.cumsum(lots)]),
        lot_demand=np.repeat(np.arange(demands), lots),
        lot_share=np.repeat(1.0 / lots, lots),
        unserved=layout.unserved_cost,
        demand_slice=layout.demand_slice,
        demand_trip_start=np.searchsorted(demand[by_demand], np.arange(demands + 1)),
        demand_trip=by_demand,
        trip_start=np.searchsorted(layout.trip_flow[order], np.arange(len(flows) + 1)),
        trip_demand=demand,
        trip_flow=layout.trip_flow[order],
        trip_cost=layout.trip_cost[order],
        trip_arriving=layout.trip_arriving[order],
        flow_always=always,
        flow_hospital=flows["hospital"].to_numpy(np.int64),
        hospital_flow=np.searchsorted(flows["hospital"].to_numpy(), np.arange(len(layout.network.hospitals) + 1)),
        flow_cell_start=np.searchsorted(layout.cell_flow[by_flow], np.arange(len(flows) + 1)),
        flow_cell=by_flow,
        cell_start=layout.cell_start,
        cell_flow=layout.cell_flow,
        cell_site=cell_site,
        cell_group=layout.cell_group,
        cell_cost=layout.cell_cost * layout.slice_weight[flow_slice[layout.cell_flow]],
        making_cost=layout.making_cost,
        making_slots=layout.making_slots,
        slice_weight=layout.slice_weight,
        site_block=_cheapest_block(layout, block_of[chosen], site_of[chosen]),
        option_start=np.searchsorted(site_of[chosen], np.arange(len(layout.site_start))),
        option=chosen,
        option_block=block_of,
        option_cost=layout.option_cost * layout.years[0],
        option_capacity=layout.option_capacity,
        option_least=_least(layout, block_of) * LEAST_SHARE,
        block_most=np.array(
            [most.max(initial=0.0) for most in np.split(layout.option_capacity, layout.block_start[1:-1])]
        ),
        site_hospital=layout.site_hospital,
        hospital_site=hospital_site,
        is_fixed=layout.must_open | layout.network.sites["is_central"].to_numpy(bool),
    )


def solution_rows(layout: Layout, ground: Ground, state: State) -> dict[str, Any]:
    """Return a state as rows of the network: open options, treating hospitals, and patients by row and slice."""
    network, slices = layout.network, len(layout.slice_weight)
    order = _trip_order(layout)
    rows = {name: np.zeros((len(getattr(network, name)), slices)) for name in ("trips", "lanes", "makings", "unmet")}
    going = np.flatnonzero(state.cell >= 0)
    demand, slice_ = ground.lot_demand, layout.demand_slice[ground.lot_demand]
    patients = layout.patients[demand] * ground.lot_share
    trip, cell = state.trip[going], state.cell[going]
    collected = ground.trip_arriving[trip] * ground.lot_share[going]
    np.add.at(rows["trips"], (layout.trip_row[order][trip], slice_[going]), patients[going])
    np.add.at(rows["lanes"], (layout.cell_lane[cell], slice_[going]), collected)
    making = _making_rows(layout, ground, state.option[ground.cell_site[cell]], cell)
    np.add.at(rows["makings"], (making, slice_[going]), collected)
    stays = np.flatnonzero(state.cell < 0)
    unmet = network.demands.merge(network.unmet.reset_index(names="row"), on=["area", "product"], how="left")["row"]
    np.add.at(rows["unmet"], (unmet.to_numpy()[demand[stays]], slice_[stays]), patients[stays])
    treats = network.hospitals["treats_today"].to_numpy(bool) | (
        (state.hosted > 0) & network.hospitals["becomes_centre"].to_numpy(bool)
    )
    opened = np.where(state.option >= 0, layout.option_row[state.option], NONE)
    return {"open_options": opened[None, :], "treating": treats[None, :], "referred": rows["trips"],
            "shipped": rows["lanes"], "made": rows["makings"], "unmet": rows["unmet"]}  # fmt: skip


def options_of(layout: Layout, plan: Solution) -> Ints:
    """Return the option of each site in the first period, by position in the layout; -1 for none."""
    place = np.full(len(layout.option_row) + 1, NONE)
    place[layout.option_row] = np.arange(len(layout.option_row))
    return np.asarray(place[plan.open_options[0]], dtype=np.int64)


def lot_shares(layout: Layout, plan: Solution) -> tuple[Floats, Floats]:
    """Return what a plan sends: shares of demand rows by trip of the ground, and patients by cell."""
    order = _trip_order(layout)
    demand = layout.trip_demand[order]
    going = plan.referred[layout.trip_row[order], layout.demand_slice[demand]]
    share = going / np.maximum(layout.patients[demand], 1e-12)
    return share, plan.shipped[layout.cell_lane, layout.flows["slice"].to_numpy()[layout.cell_flow]]


def _trip_order(layout: Layout) -> Ints:
    """Return the trips by flow, without those to hospitals that would have to start treating without a unit."""
    order = np.argsort(layout.trip_flow, kind="stable")
    return order[layout.trip_switch[order] != BY_CHOICE]


def _lots(layout: Layout) -> Ints:
    """Return into how many lots each demand row is cut."""
    finite = layout.option_capacity[np.isfinite(layout.option_capacity) & (layout.option_capacity > 0)]
    size = np.median(finite) / LOTS_A_UNIT if len(finite) else np.inf
    return np.maximum(np.ceil(layout.patients / size), 1.0).astype(np.int64)


def _cheapest_block(layout: Layout, block: Ints, site: Ints) -> Ints:
    """Return the block of each site that makes at least cost what it can make, and can make most."""
    slots, cost = layout.making_slots, np.where(np.isfinite(layout.making_cost), layout.making_cost, 0.0).mean(axis=1)
    order = np.lexsort((cost[block], -np.isfinite(slots).sum(axis=1)[block], site))
    cheapest = np.zeros(len(layout.site_hospital), dtype=np.int64)
    cheapest[site[order[::-1]]] = block[order[::-1]]
    return cheapest


def _least(layout: Layout, block_of: Ints) -> Floats:
    """Return the fewest starts of each option: its least volume, and what its host needs to break even."""
    network, rows = layout.network, layout.option_row
    least = network.options["min_starts"].to_numpy(float)[rows]
    if not network.limits.host_margins:
        return least
    surplus = host_surplus(network, network.makings) / np.maximum(network.makings["slots"].to_numpy(float), 1e-12)
    count = len(network.configurations)
    worst = np.full(len(network.sites) * count, np.inf)
    np.minimum.at(worst, network.makings["site"].to_numpy() * count + network.makings["configuration"], surplus)
    options = network.options.iloc[rows]
    a_start = worst[options["site"].to_numpy() * count + options["configuration"].to_numpy()]
    needs = -host_surplus(network, network.options)[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        enough = np.where(needs <= 0.0, 0.0, np.where(a_start > 0.0, needs / a_start, np.inf))
    return np.asarray(np.where(asks(network, network.options)[rows], np.maximum(least, enough), least))


def _making_rows(layout: Layout, ground: Ground, option: Ints, cell: Ints) -> Ints:
    """Return the row of makings that each (option, cell) uses."""
    network = layout.network
    makings, options, lanes = network.makings, network.options, network.lanes
    names = ["site", "configuration", "link", "product"]
    row, lane = layout.option_row[option], layout.cell_lane[cell]
    wanted = {"site": options["site"].to_numpy()[row], "configuration": options["configuration"].to_numpy()[row],
              "link": lanes["link"].to_numpy()[lane], "product": lanes["product"].to_numpy()[lane]}  # fmt: skip
    sizes = [len(network.sites), len(network.configurations), len(network.links), len(network.ids.products)]
    key = np.ravel_multi_index([makings[name].to_numpy(np.int64) for name in names], sizes)
    order = np.argsort(key)
    ask = np.ravel_multi_index([np.asarray(wanted[name], dtype=np.int64) for name in names], sizes)
    return np.asarray(order[np.searchsorted(key[order], ask)], dtype=np.int64)
