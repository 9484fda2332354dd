"""The network as flat arrays for the relaxation: demand rows, flow rows, trips by hospital, cells by site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.model.core import own_unit_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ALWAYS, BY_HOSTING, BY_CHOICE = 0, 1, 2
"""When a trip's hospital treats: today, when it hosts a unit, or when it is opened without one."""
NONE = -1
BANDS = 6
"""Patients of a flow are told apart by where they come from: the nearest area, the next 2, 4, 8 and 16, all others."""


@dataclass(frozen=True)
class Layout:
    """Arrays of one network; costs carry the weight of their slice or period. Trips, the long ones, are kept small.

    Attributes
    ----------
    patients, unserved_cost : ndarray, shape (demands,)
        Patients of a demand row; cost of serving none of them (infinite where they must be served).
    demand_slice, demand_product : ndarray, shape (demands,)
        Slice and product of a demand row.
    trip_start : ndarray, shape (hospitals x slices + 1,)
        First trip of each (hospital, slice); trips are sorted by it, then by row of demand.
    trip_row, trip_demand, trip_flow, trip_band, trip_switch : ndarray, shape (trips,)
        Row of trips; row of demand; row of flow; band of the flow; when the hospital treats.
    trip_cost, trip_arriving : ndarray, shape (trips,)
        Cost and patients collected if all patients of the row go.
    flows : DataFrame
        ``hospital, product, slice``: every combination, slice fastest.
    band_most : ndarray, shape (flows, bands)
        Patients that could ever be collected.
    flow_group, flow_own_cost : ndarray, shape (flows,)
        Making group of the lane to the hospital's own unit (-1: it has none), and its courier cost, unweighted.
    flow_sends : ndarray of bool, shape (flows,)
        Whether cells may also go elsewhere.
    cell_start : ndarray, shape (sites x slices + 1,)
        First cell of each (site, slice); cells are sorted by it.
    cell_lane, cell_flow, cell_group, cell_cost, cell_most : ndarray, shape (cells,)
        Row of lanes; row of flow; making group (link, product); cost a patient, unweighted; most patients.
    cell_own : ndarray of bool, shape (cells,)
        Lanes of a hospital to its own unit.
    group_product : ndarray, shape (groups,)
        Product of each making group.
    making_cost, making_slots : ndarray, shape (site configurations, groups)
        Cost (unweighted) and slots of one patient; infinite where it cannot be made.
    option_row : ndarray, shape (options,)
        Row of options; sorted by site, configuration, platforms.
    site_start, block_start : ndarray
        First block (site configuration) of each site, first option of each block.
    option_cost, option_capacity : ndarray, shape (options,)
        Cost of a year and starts a year.
    """

    network: Network
    patients: Floats
    unserved_cost: Floats
    demand_slice: Ints
    demand_product: Ints
    trip_start: Ints
    trip_row: NDArray[np.int32]
    trip_demand: NDArray[np.int32]
    trip_flow: NDArray[np.int32]
    trip_band: NDArray[np.int8]
    trip_switch: NDArray[np.int8]
    trip_cost: Floats
    trip_arriving: Floats
    flows: pd.DataFrame
    band_most: Floats
    flow_group: Ints
    flow_own_cost: Floats
    flow_sends: NDArray[np.bool_]
    cell_start: Ints
    cell_lane: Ints
    cell_flow: Ints
    cell_group: Ints
    cell_cost: Floats
    cell_most: Floats
    cell_own: NDArray[np.bool_]
    group_product: Ints
    making_cost: Floats
    making_slots: Floats
    site_start: Ints
    block_start: Ints
    option_row: Ints
    option_cost: Floats
    option_capacity: Floats
    choice_cost: Floats
    site_hospital: Ints
    host_site: Ints
    must_open: NDArray[np.bool_]
    slice_period: Ints
    slice_weight: Floats
    years: Floats


def lay_out(network: Network) -> Layout:
    """Flatten a network; see `Layout`."""
    slices, demands = network.slices, network.demands
    weight = slices["weight"].to_numpy(float)
    demand_slice = demands["slice"].to_numpy(np.int64)
    patients = demands["patients"].to_numpy(float)
    unmet = demands.merge(network.unmet.assign(price=network.cost("unmet")), on=["area", "product"], how="left")
    groups = network.makings[["link", "product"]].drop_duplicates().reset_index(drop=True)
    flows, lane_group = _flows(network), _lane_groups(network, groups)
    own_lanes = _own_lanes(network, lane_group)
    trips, most = _trips(network, weight, own_lanes["flow_sends"])
    blocks, options = _options(network)
    cost, slots = _makings(network, blocks, groups)
    parts = dict(
        network=network,
        patients=patients,
        unserved_cost=np.where(unmet["can_stay"], unmet["price"] * patients * weight[demand_slice], np.inf),
        demand_slice=demand_slice,
        demand_product=demands["product"].to_numpy(np.int64),
        **trips,
        flows=flows,
        band_most=most,
        **own_lanes,
        **_cells(network, lane_group, most.sum(axis=1)),
        group_product=groups["product"].to_numpy(np.int64),
        making_cost=cost,
        making_slots=slots,
        site_start=np.searchsorted(blocks["site"].to_numpy(), np.arange(len(network.sites) + 1)),
        block_start=np.searchsorted(options["block"].to_numpy(), np.arange(len(blocks) + 1)),
        option_row=options["option"].to_numpy(np.int64),
        option_cost=network.cost("options")[options["option"]],
        option_capacity=options["capacity"].to_numpy(float),
        choice_cost=network.cost("hospitals"),
        site_hospital=network.sites["hospital"].to_numpy(np.int64),
        host_site=_host_sites(network),
        must_open=np.isin(np.arange(len(network.sites)), network.must_open()),
        slice_period=slices["period"].to_numpy(np.int64),
        slice_weight=weight,
        years=network.periods["weight"].to_numpy(float),
    )
    return Layout(**{name: _writable(part) for name, part in parts.items()})


def _writable(part: Any) -> Any:
    """Return arrays with the same flags all, so that functions are compiled for them only once."""
    if isinstance(part, np.ndarray) and not (part.flags.writeable and part.flags.c_contiguous and part.flags.owndata):
        return np.array(part, order="C")
    return part


def _trips(network: Network, weight: Floats, sends: NDArray[np.bool_]) -> tuple[dict[str, Any], Floats]:
    """Return the trips of every slice sorted by hospital and slice, and the patients each flow could ever collect.

    Plain arrays rather than merges of tables: there may be ten million trips.
    """
    table, demands, products, slices = network.trips, network.demands, len(network.ids.products), len(weight)
    demand_of = np.full((slices, len(network.areas) * products), NONE, np.int32)
    demand_of[demands["slice"], demands["area"].to_numpy(np.int64) * products + demands["product"]] = np.arange(
        len(demands), dtype=np.int32
    )
    hospital = table["hospital"].to_numpy(np.int32)
    pair = table["area"].to_numpy(np.int32) * np.int32(products) + table["product"].to_numpy(np.int32)
    needed = [np.flatnonzero(demand_of[s][pair] >= 0).astype(np.int32) for s in range(slices)]
    slice_ = np.repeat(np.arange(slices, dtype=np.int32), [len(rows) for rows in needed])
    row = np.concatenate(needed)
    demand = demand_of[slice_, pair[row]]
    if (np.diff(demand) < 0).any():
        order = np.argsort(demand, kind="stable")
        row, slice_, demand = row[order], slice_[order], demand[order]
    place = hospital[row] * np.int32(slices) + slice_
    order = np.argsort(place.astype(np.int16) if place.max(initial=0) < 2**15 else place, kind="stable")
    row, slice_, place, demand = row[order], slice_[order], place[order], demand[order]
    flow = (hospital[row] * np.int32(products) + table["product"].to_numpy(np.int32)[row]) * np.int32(slices) + slice_
    patients = demands["patients"].to_numpy(float)[demand]
    arriving = patients * table["uptake"].to_numpy()[row]
    cost = network.cost("trips")[row]
    band = _bands(flow, cost, sends)
    found = {
        "trip_start": np.searchsorted(place, np.arange(len(network.hospitals) * slices + 1)),
        "trip_row": row,
        "trip_demand": demand,
        "trip_flow": flow,
        "trip_band": band,
        "trip_switch": _switches(network)[flow // slices],
        "trip_cost": cost * patients * weight[slice_],
        "trip_arriving": arriving,
    }
    flows = len(network.hospitals) * products * slices
    most = np.bincount(flow.astype(np.int64) * BANDS + band, arriving, flows * BANDS).astype(float)
    return found, most.reshape(flows, BANDS)


def _bands(flow: NDArray[np.int32], cost: Floats, sends: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return the band of each trip: by cost, from the cheapest trip of its flow on; 0 where no cells are sent."""
    told = np.flatnonzero(sends[flow])
    band = np.zeros(len(flow), np.int8)
    band[told] = np.minimum(np.log2(rank_within(flow[told], cost[told]) + 1.0), BANDS - 1)
    return band


def rank_within(key: NDArray[Any], value: Floats) -> Ints:
    """Return the rank of each row by value among the rows of its key, from 0 on; equal rows keep their order."""
    order = np.lexsort((value, key))
    ranked = key[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(ranked, ranked)
    return rank


def _switches(network: Network) -> NDArray[np.int8]:
    """Return when each (hospital, product) treats."""
    hospitals, products = network.hospitals, len(network.ids.products)
    switch = np.where(hospitals["is_openable"], BY_CHOICE, BY_HOSTING)
    switch[hospitals["treats_today"].to_numpy(bool)] = ALWAYS
    switch = np.repeat(switch, products).astype(np.int8)
    switch[own_unit_only(network)] = BY_HOSTING
    return switch


def _flows(network: Network) -> pd.DataFrame:
    sizes = (len(network.hospitals), len(network.ids.products), len(network.slices))
    columns = np.indices(sizes).reshape(3, -1)
    return pd.DataFrame(dict(zip(("hospital", "product", "slice"), columns, strict=True)))


def _lane_groups(network: Network, groups: pd.DataFrame) -> Ints:
    """Return the making group of each lane, -1 where nothing can be made on it."""
    products = len(network.ids.products)
    number = np.full(max(len(network.links), 1) * products, NONE, np.int64)
    number[groups["link"].to_numpy(np.int64) * products + groups["product"]] = np.arange(len(groups))
    return number[network.lanes["link"].to_numpy(np.int64) * products + network.lanes["product"].to_numpy()]


def _is_own(network: Network) -> NDArray[np.bool_]:
    return np.asarray(_host_sites(network)[network.lanes["hospital"]] == network.lanes["site"].to_numpy())


def _host_sites(network: Network) -> Ints:
    """Return the site at each hospital, the first where it has several; -1 for none."""
    hospital = network.sites["hospital"].to_numpy(np.int64)
    hosts = np.flatnonzero(hospital >= 0)[::-1]
    found = np.full(len(network.hospitals), NONE, np.int64)
    found[hospital[hosts]] = hosts
    return found


def _own_lanes(network: Network, lane_group: Ints) -> dict[str, Any]:
    """Return, for every flow, the lane to the hospital's own unit and whether there are others."""
    lanes, slices = network.lanes, len(network.slices)
    pair = lanes["hospital"].to_numpy(np.int64) * len(network.ids.products) + lanes["product"].to_numpy()
    own, makes = _is_own(network), lane_group >= 0
    pairs = len(network.hospitals) * len(network.ids.products)
    group, cost, sends = np.full(pairs, NONE, np.int64), np.zeros(pairs), np.zeros(pairs, dtype=bool)
    group[pair[own & makes]], cost[pair[own & makes]] = lane_group[own & makes], network.cost("lanes")[own & makes]
    sends[pair[~own & makes]] = True
    return {"flow_group": np.repeat(group, slices), "flow_own_cost": np.repeat(cost, slices),
            "flow_sends": np.repeat(sends, slices)}  # fmt: skip


def _cells(network: Network, lane_group: Ints, flow_most: Floats) -> dict[str, Any]:
    """Return the lanes of every slice that anybody could use, sorted by site and slice."""
    lanes, slices, products = network.lanes, len(network.slices), len(network.ids.products)
    lane, slice_ = (axis.ravel() for axis in np.indices((len(lanes), slices)))
    hospital, site = (lanes[name].to_numpy(np.int64)[lane] for name in ("hospital", "site"))
    flow = (hospital * products + lanes["product"].to_numpy()[lane]) * slices + slice_
    place = site * slices + slice_
    order = np.argsort(place, kind="stable")
    order = order[(flow_most[flow[order]] > 0.0) & (lane_group[lane[order]] >= 0)]
    lane, flow = lane[order], flow[order]
    capacity = network.hospitals["treatment_capacity"].to_numpy(float)[hospital[order]]
    return {
        "cell_start": np.searchsorted(place[order], np.arange(len(network.sites) * slices + 1)),
        "cell_lane": lane,
        "cell_flow": flow,
        "cell_group": lane_group[lane],
        "cell_cost": network.cost("lanes")[lane],
        "cell_most": np.fmin(flow_most[flow], capacity),
        "cell_own": _is_own(network)[lane],
    }


def cheapest_making(layout: Layout) -> Floats:
    """Return the cost of making a patient at a site, with a slot at its price in a full unit: (sites, groups)."""
    slot = np.full(len(layout.block_start) - 1, np.inf)
    blocks = np.repeat(np.arange(len(slot)), np.diff(layout.block_start))
    is_limited = np.isfinite(layout.option_capacity)
    np.minimum.at(slot, blocks, np.where(is_limited, layout.option_cost / layout.option_capacity, 0.0))
    full = layout.making_cost + np.where(np.isfinite(layout.making_slots), layout.making_slots, 0.0) * slot[:, None]
    return least_of_sites(layout, full)


def site_of_block(layout: Layout) -> Ints:
    """Return the site of each block: (site configurations,)."""
    return np.repeat(np.arange(len(layout.site_start) - 1), np.diff(layout.site_start))


def least_of_sites(layout: Layout, by_block: Floats) -> Floats:
    """Return the least of each column over the configurations of each site: (sites, columns)."""
    least = np.full((len(layout.site_start) - 1, by_block.shape[1]), np.inf)
    np.minimum.at(least, site_of_block(layout), by_block)
    return least


def full_costs(layout: Layout, collect: Floats) -> Floats:
    """Return the cost of each trip with its cells made: in the hospital's own unit at full load, or at `collect`."""
    flows = layout.flows
    host = layout.host_site[flows["hospital"]]
    own = cheapest_making(layout)[host, layout.flow_group] + layout.flow_own_cost
    own *= layout.slice_weight[flows["slice"]]
    cells = np.minimum(
        np.where((host >= 0) & (layout.flow_group >= 0), own, np.inf)[:, None],
        np.where(layout.flow_sends[:, None], collect, np.inf),
    )
    return layout.trip_cost + cells[layout.trip_flow, layout.trip_band] * layout.trip_arriving


def _numbers(rows: pd.DataFrame, wanted: pd.DataFrame) -> Ints:
    """Return the position of each wanted row in a table of distinct rows."""
    index = rows.reset_index(names="number")
    return wanted.merge(index, on=list(rows.columns), how="left")["number"].to_numpy(np.int64)


def _options(network: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the blocks ``site, configuration`` and the options ``option, block, capacity``, both sorted."""
    options = network.options.reset_index(names="option").sort_values(["site", "configuration", "platforms"])
    blocks = options[["site", "configuration"]].drop_duplicates().reset_index(drop=True)
    options["block"] = _numbers(blocks, options[["site", "configuration"]])
    return blocks, options.reset_index(drop=True)


def _makings(network: Network, blocks: pd.DataFrame, groups: pd.DataFrame) -> tuple[Floats, Floats]:
    makings = network.makings.assign(price=network.cost("makings"))
    made = makings.merge(blocks.reset_index(names="block"), on=["site", "configuration"])
    group = _numbers(groups, made[["link", "product"]])
    cost, slots = (np.full((len(blocks), len(groups)), np.inf) for _ in range(2))
    cost[made["block"], group] = made["price"]
    slots[made["block"], group] = made["slots"]
    return cost, slots
