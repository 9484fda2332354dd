"""Fewer areas: a network with neighbouring areas merged, and the way back.

A group goes to a hospital only if all of its members can, each with the same share of its patients, so all columns of
its trip are means weighted by patients. Every plan of the smaller network is therefore a plan of the whole one, with
the same cost to the cent and all rules kept: merging only takes plans away. What that loses shows in the gap, because
the bound is always taken from the whole network.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.tolerance import RELATIVE
from siting.network.network import ledger
from siting.solve.decompose.layout import NONE, full_costs, rank_within
from siting.solve.decompose.relaxation import Prices
from siting.solve.decompose.restrict import Kept, same_service

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Limits, Network
    from siting.solve.decompose.ascent import Ascent
    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LIKELY = 0.05
"""Sites open in this share of the last iterations are where patients are expected to go."""
NEAREST = 4
"""Trips of each area that are thought of when a plan of merged areas is carried over."""


@dataclass(frozen=True)
class Merged:
    """A network with merged areas.

    Attributes
    ----------
    network, whole : Network
        With groups in place of areas, and with all areas.
    group : ndarray, shape (areas,)
        Group of each area.
    share : ndarray, shape (areas, products)
        Its share of the patients of the group.
    trip : ndarray, shape (trips,)
        The group's trip for each trip, -1 where not all members can take it.
    """

    network: Network
    whole: Network
    group: Ints
    share: Floats
    trip: Ints

    def lift(self, solution: Solution) -> Solution:
        """Lay a solution of the merged network on all areas: members do as their group."""
        trips, unmet = self.whole.trips, self.whole.unmet
        products = len(self.whole.ids.products)
        goes = np.flatnonzero(self.trip >= 0)
        referred = np.zeros((len(trips), len(self.whole.slices)))
        shares = self.share[trips["area"].to_numpy()[goes], trips["product"].to_numpy()[goes]]
        referred[goes] = solution.referred[self.trip[goes]] * shares[:, None]
        area, product = unmet["area"].to_numpy(), unmet["product"].to_numpy()
        left = solution.unmet[self.group[area] * products + product] * self.share[area, product][:, None]
        return replace(solution, referred=referred, unmet=left)

    def prices(self, merged: Layout, whole: Layout, found: Ascent) -> Prices:
        """Lay the prices of the merged network on all areas.

        An area pays its share of its group's price, and the difference between its own cheapest way to a hospital that
        the relaxation uses and its share of the group's.
        """
        collect = found.prices.collect
        near, group_near = (_nearest_cost(lay, collect, found.open_share) for lay in (whole, merged))
        demands, products = self.whole.demands, len(self.whole.ids.products)
        area, product, slice_ = (demands[name].to_numpy(np.int64) for name in ("area", "product", "slice"))
        place = np.zeros((len(self.network.areas) * products, len(whole.slice_weight)), dtype=np.int64)
        of = self.network.demands
        place[of["area"].to_numpy(np.int64) * products + of["product"], of["slice"]] = np.arange(len(of))
        row, share = place[self.group[area] * products + product, slice_], self.share[area, product]
        with np.errstate(invalid="ignore"):
            own = near - share * group_near[row]
        serve = share * found.prices.serve[row] + np.where(np.isfinite(own), own, 0.0)
        return Prices(np.minimum(np.maximum(serve, 0.0), whole.unserved_cost), collect)


def merge(network: Network, most: int) -> Merged | None:
    """Merge the areas of a network into about so many groups.

    Returns
    -------
    Merged or None
        None where the network has fewer than twice as many areas, areas without coordinates, or members of a group
        would need different shares in different slices.
    """
    places = network.areas[["lon", "lat"]].to_numpy(float)
    if len(places) < 2 * most or not np.isfinite(places).all():
        return None
    patients = _patients(network)
    group = _groups(places, patients.sum(axis=(1, 2)), most)
    group = _apart(network, group)
    total = np.zeros((group.max() + 1, *patients.shape[1:]))
    np.add.at(total, group, patients)
    base, whole = patients.sum(axis=2), total.sum(axis=2)[group]
    share = np.divide(base, whole, out=np.zeros_like(base), where=whole > 0.0)
    if not np.allclose(share[:, :, None] * total[group], patients, rtol=RELATIVE, atol=0.0):
        return None
    trips, trip = _merged_trips(network, group, share)
    unmet = network.unmet.assign(area=group[network.unmet["area"]])
    smaller = network.replace(
        ids=replace(network.ids, areas=tuple(f"group {number}" for number in range(len(total)))),
        areas=network.areas.groupby(group).first().reset_index(drop=True),
        demands=_merged_demands(total),
        unmet=unmet.groupby(["area", "product"]).first().reset_index(),
        trips=trips,
        limits=_merged_limits(network, group),
    )
    return Merged(same_service(network, smaller), network, group, share, trip)


def _patients(network: Network) -> Floats:
    """Return patients by area, product and slice."""
    rows = network.demands
    patients = np.zeros((len(network.areas), len(network.ids.products), len(network.slices)))
    patients[rows["area"], rows["product"], rows["slice"]] = rows["patients"]
    return patients


def _merged_demands(total: Floats) -> pd.DataFrame:
    rows = np.nonzero(total > 0.0)
    columns = dict(zip(("area", "product", "slice"), rows, strict=True))
    return pd.DataFrame({**columns, "patients": total[rows]})


def _groups(places: Floats, patients: Floats, most: int) -> Ints:
    """Return the group of each area: the group with most patients x extent is cut at its median, again and again."""
    flat = places.copy()
    flat[:, 0] *= np.cos(np.radians(places[:, 1]))
    heap: list[tuple[float, int, Ints]] = []
    parts = 0

    def push(members: Ints) -> None:
        nonlocal parts
        extent = np.ptp(flat[members], axis=0).max()
        heapq.heappush(heap, (-float(extent * patients[members].sum()), parts, members))
        parts += 1

    push(np.arange(len(places)))
    while len(heap) < most and heap[0][0] < 0.0:
        members = heapq.heappop(heap)[2]
        axis = int(np.argmax(np.ptp(flat[members], axis=0)))
        order = members[np.argsort(flat[members, axis], kind="stable")]
        push(np.sort(order[: len(order) // 2]))
        push(np.sort(order[len(order) // 2 :]))
    group = np.empty(len(places), dtype=np.int64)
    for number, (_, _, members) in enumerate(sorted(heap, key=lambda part: part[2][0])):
        group[members] = number
    return group


def _apart(network: Network, group: Ints) -> Ints:
    """Part members that may stay unserved, or are promised anything, from others, and groups no site serves whole."""
    products = len(network.ids.products)
    stays = np.zeros((len(group), products), dtype=bool)
    stays[network.unmet["area"], network.unmet["product"]] = network.unmet["can_stay"]
    key = pd.concat([pd.DataFrame(stays), pd.DataFrame(_promised(network))], axis=1, ignore_index=True)
    key["group"] = group
    if not stays.all():
        served = np.zeros(len(network.hospitals) * products * (int(group.max()) + 1), dtype=np.int64)
        trips = network.trips
        place = group[trips["area"]] * len(network.hospitals) + trips["hospital"]
        np.add.at(served, place * products + trips["product"], 1)
        size = np.bincount(group)
        common = served.reshape(len(size), len(network.hospitals), products).max(axis=1).min(axis=1) == size
        key["alone"] = np.where(common[group], NONE, np.arange(len(group)))
    return key.groupby(list(key.columns), sort=False).ngroup().to_numpy(np.int64)


def _promised(network: Network) -> NDArray[np.bool_]:
    """Return, by area, which rules on areas name it, and which of its products no trip serves."""
    equity, products = network.limits.equity, len(network.ids.products)
    named = np.zeros((len(network.areas), len(equity.groups) + products), dtype=bool)
    for number, rule in enumerate(equity.groups):
        named[list(rule.areas), number] = True
    for area, product in equity.stranded:
        named[area, len(equity.groups) + product] = True
    return named


def _merged_limits(network: Network, group: Ints) -> Limits:
    """Return the limits with merged areas in place of areas."""
    equity = network.limits.equity
    rules = [replace(rule, areas=tuple(np.unique(group[list(rule.areas)]).tolist())) for rule in equity.groups]
    stranded = frozenset((int(group[area]), product) for area, product in equity.stranded)
    return replace(network.limits, equity=replace(equity, groups=tuple(rules), stranded=stranded))


def _merged_trips(network: Network, group: Ints, share: Floats) -> tuple[pd.DataFrame, Ints]:
    """Return the trips that all members of a group can take, and which of them each trip belongs to."""
    trips, hospitals, products = network.trips, len(network.hospitals), len(network.ids.products)
    weight = share[trips["area"], trips["product"]]
    place = (group[trips["area"]] * hospitals + trips["hospital"]) * products + trips["product"]
    size = (int(group.max()) + 1) * hospitals * products
    covered = np.bincount(place, weight, size)
    kept = np.flatnonzero(covered >= 1.0 - RELATIVE)
    number = np.full(size, NONE, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    names = {
        "area": kept // (hospitals * products),
        "hospital": kept // products % hospitals,
        "product": kept % products,
    }
    means = {
        name: np.bincount(place, weight * trips[name].to_numpy(), size)[kept] / covered[kept]
        for name in ("km", "minutes", "uptake", *ledger(trips))
    }
    columns = names | means  # where the minutes come from is of each trip, not of a group's
    merged = pd.DataFrame({name: columns[name] for name in trips.columns if name in columns})
    return merged.astype(dict.fromkeys(names, np.int32)), np.where(weight > 0.0, number[place], NONE)


def _nearest_cost(layout: Layout, collect: Floats, open_share: Floats) -> Floats:
    """Return, by demand row, the cost of the cheapest trip to a hospital that treats today or is likely to host."""
    hospitals, host = layout.network.hospitals, layout.host_site
    likely = hospitals["treats_today"].to_numpy(bool) | ((host >= 0) & (open_share[host] > LIKELY))
    near = np.full(len(layout.patients), np.inf)
    good = likely[layout.flows["hospital"].to_numpy()[layout.trip_flow]]
    np.minimum.at(near, layout.trip_demand[good], full_costs(layout, collect)[good])
    return near


def near_plan(layout: Layout, plan: Solution, collect: Floats) -> Kept:
    """Return the rows for sending patients anew to the units of a plan: cheapest trips and those of the plan, lanes."""
    network, trips = layout.network, layout.network.trips
    options = np.zeros(len(network.options), dtype=bool)
    sites = np.asarray((plan.open_options >= 0).any(axis=0), dtype=bool)
    options[plan.open_options[plan.open_options >= 0]] = True
    treats = np.asarray(plan.treating.any(axis=0), dtype=bool)
    at = np.flatnonzero(treats[trips["hospital"].to_numpy()[layout.trip_row]])
    cost, demand = full_costs(layout, collect)[at], layout.trip_demand[at]
    kept = np.asarray((plan.referred > 0.0).any(axis=1), dtype=bool)
    kept[layout.trip_row[at[rank_within(demand, cost) < NEAREST]]] = True
    lanes = sites[network.lanes["site"]] & treats[network.lanes["hospital"]]
    return Kept(kept, lanes, options)
