"""The network as flat arrays for the relaxation: demand rows, flow rows, trips by hospital, cells by site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.core import own_unit_only
from siting.model.rows import flatten

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.network.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ALWAYS, BY_HOSTING, BY_CHOICE = 0, 1, 2
"""When a trip's hospital treats: today, when it hosts a unit, or when it is opened without one."""


@dataclass(frozen=True)
class Layout:
    """Arrays of one network; costs carry the weight of their slice or period.

    Attributes
    ----------
    patients, unserved_cost : ndarray, shape (demands,)
        Patients of a demand row; cost of serving none of them (infinite where they must be served).
    trip_row, trip_demand, trip_flow, trip_place, trip_switch : ndarray, shape (trips,)
        Row of trips; row of demand; row of flow; (hospital x periods + period); when the hospital treats.
    trip_cost, trip_arriving : ndarray, shape (trips,)
        Cost and patients collected if all patients of the row go.
    flow_most : ndarray, shape (flows,)
        Patients that could ever be collected.
    flows : DataFrame
        ``hospital, product, slice, own``: own for what the unit of a hospital makes that treats without it.
    cell_start : ndarray, shape (sites x slices + 1,)
        First cell of each (site, slice); cells are sorted by it.
    cell_flow, cell_group, cell_cost, cell_most : ndarray, shape (cells,)
        Row of flow; making group (link, product); cost a patient, unweighted; most patients.
    making_cost, making_slots : ndarray, shape (site configurations, groups)
        Cost (unweighted) and slots of one patient; infinite where it cannot be made.
    option_block : ndarray, shape (options,)
        Site configuration of each option; options are sorted by site, configuration, platforms.
    site_start, block_start : ndarray
        First block of each site, first option of each block.
    option_cost, option_capacity : ndarray, shape (options,)
        Cost of a year and starts a year.
    """

    network: Network
    patients: Floats
    unserved_cost: Floats
    demand_slice: Ints
    trip_row: Ints
    trip_demand: Ints
    trip_flow: Ints
    trip_place: Ints
    trip_switch: Ints
    trip_cost: Floats
    trip_arriving: Floats
    flow_most: Floats
    flows: pd.DataFrame
    cell_start: Ints
    cell_lane: Ints
    cell_flow: Ints
    cell_group: Ints
    cell_cost: Floats
    cell_most: Floats
    making_cost: Floats
    making_slots: Floats
    site_start: Ints
    block_start: Ints
    option_row: Ints
    option_cost: Floats
    option_capacity: Floats
    choice_cost: Floats
    site_hospital: Ints
    must_open: NDArray[np.bool_]
    slice_period: Ints
    slice_weight: Floats
    years: Floats


def lay_out(network: Network) -> Layout:
    """Flatten a network; see `Layout`."""
    rows, slices = flatten(network), network.slices
    periods, weight = len(network.periods), slices["weight"].to_numpy(float)
    slice_period = slices["period"].to_numpy(np.int64)
    assign, cells, demands = rows.assign, rows.cells, network.demands
    demand_slice = demands["slice"].to_numpy(np.int64)
    patients = demands["patients"].to_numpy(float)
    unmet = demands.merge(network.unmet.assign(price=network.cost("unmet")), on=["area", "product"], how="left")
    unserved = np.where(unmet["can_stay"], unmet["price"] * patients * weight[demand_slice], np.inf)

    assign, trip_switch = _split_own(network, assign)
    key = ["hospital", "product", "slice", "own"]
    flows = assign[key].drop_duplicates().reset_index(drop=True)
    trip_flow = _numbers(flows, assign[key])
    assign_slice = assign["slice"].to_numpy(np.int64)
    own_flow = pd.MultiIndex.from_frame(flows.loc[flows["own"], key[:3]])
    hosting = network.sites["hospital"].to_numpy()[cells["site"]] == cells["hospital"]
    cells = cells.assign(own=hosting & pd.MultiIndex.from_frame(cells[key[:3]]).isin(own_flow))
    order = np.lexsort((cells["slice"], cells["site"]))
    cells = cells.iloc[order].reset_index(drop=True)
    cell_slice = cells["slice"].to_numpy(np.int64)
    place = cells["site"].to_numpy(np.int64) * len(slices) + cell_slice
    groups = network.makings[["link", "product"]].drop_duplicates().reset_index(drop=True)
    most = assign.groupby(trip_flow)["arriving"].sum().to_numpy(float)
    blocks, options = _options(network)
    cost, slots = _makings(network, blocks, groups)
    return _writable(
        network=network,
        patients=patients,
        unserved_cost=unserved,
        demand_slice=demand_slice,
        trip_row=assign["trip"].to_numpy(np.int64),
        trip_demand=assign["demand"].to_numpy(np.int64),
        trip_flow=trip_flow,
        trip_place=assign["hospital"].to_numpy(np.int64) * periods + slice_period[assign_slice],
        trip_switch=trip_switch,
        trip_cost=network.cost("trips")[assign["trip"]] * assign["patients"].to_numpy(float) * weight[assign_slice],
        trip_arriving=assign["arriving"].to_numpy(float),
        flow_most=most,
        flows=flows,
        cell_start=np.searchsorted(place, np.arange(len(network.sites) * len(slices) + 1)),
        cell_lane=cells["lane"].to_numpy(np.int64),
        cell_flow=_numbers(flows, cells[key]),
        cell_group=_numbers(groups, cells[["link", "product"]]),
        cell_cost=network.cost("lanes")[cells["lane"]],
        cell_most=cells["most"].to_numpy(float),
        making_cost=cost,
        making_slots=slots,
        site_start=np.searchsorted(blocks["site"].to_numpy(), np.arange(len(network.sites) + 1)),
        block_start=np.searchsorted(options["block"].to_numpy(), np.arange(len(blocks) + 1)),
        option_row=options["option"].to_numpy(np.int64),
        option_cost=network.cost("options")[options["option"]],
        option_capacity=options["capacity"].to_numpy(float),
        choice_cost=network.cost("hospitals"),
        site_hospital=network.sites["hospital"].to_numpy(np.int64),
        must_open=np.isin(np.arange(len(network.sites)), network.must_open()),
        slice_period=slice_period,
        slice_weight=weight,
        years=network.periods["weight"].to_numpy(float),
    )


def _writable(**parts: Any) -> Layout:
    """Return the layout with arrays that all have the same memory layout, so that they are compiled for only once."""
    for name, part in parts.items():
        if isinstance(part, np.ndarray):
            parts[name] = np.array(part, order="C")
    return Layout(**parts)


def cheapest_making(layout: Layout) -> Floats:
    """Return the cost of making a patient at a site, with a slot at its price in a full unit: (sites, groups)."""
    slot = np.full(len(layout.block_start) - 1, np.inf)
    blocks = np.repeat(np.arange(len(slot)), np.diff(layout.block_start))
    is_limited = np.isfinite(layout.option_capacity)
    np.minimum.at(slot, blocks, np.where(is_limited, layout.option_cost / layout.option_capacity, 0.0))
    full = layout.making_cost + np.where(np.isfinite(layout.making_slots), layout.making_slots, 0.0) * slot[:, None]
    cheapest = np.full((len(layout.site_start) - 1, full.shape[1]), np.inf)
    np.minimum.at(cheapest, np.repeat(np.arange(len(cheapest)), np.diff(layout.site_start)), full)
    return cheapest


def _numbers(rows: pd.DataFrame, wanted: pd.DataFrame) -> Ints:
    """Return the position of each wanted row in a table of distinct rows."""
    index = rows.reset_index(names="number")
    return wanted.merge(index, on=list(rows.columns), how="left")["number"].to_numpy(np.int64)


def _switches(network: Network, assign: pd.DataFrame) -> Ints:
    hospitals, hospital = network.hospitals, assign["hospital"].to_numpy()
    key = hospital.astype(np.int64) * len(network.ids.products) + assign["product"].to_numpy()
    switch = np.where(hospitals["is_openable"], BY_CHOICE, BY_HOSTING)[hospital]
    switch[hospitals["treats_today"].to_numpy(bool)[hospital]] = ALWAYS
    switch[np.isin(key, own_unit_only(network))] = BY_HOSTING
    return switch.astype(np.int64)


def _split_own(network: Network, assign: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Return the trips with a column `own`, and their switches.

    A trip to a hospital that treats without hosting and could also host is written twice: cells made in the hospital's
    own unit (which must be open), and cells sent elsewhere.
    """
    switch = _switches(network, assign)
    lanes, hosting = network.lanes, network.sites["hospital"].to_numpy()
    is_own = hosting[lanes["site"]] == lanes["hospital"].to_numpy()
    products = len(network.ids.products)
    key = lanes["hospital"].to_numpy(np.int64) * products + lanes["product"].to_numpy()
    trip_key = assign["hospital"].to_numpy(np.int64) * products + assign["product"].to_numpy()
    twice = np.isin(trip_key, np.intersect1d(key[is_own], key[~is_own])) & (switch != BY_HOSTING)
    both = pd.concat([assign.assign(own=False), assign[twice].assign(own=True)], ignore_index=True)
    return both, np.r_[switch, np.full(int(twice.sum()), BY_HOSTING)]


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
