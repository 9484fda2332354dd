"""What a network is when it is plain facility location, as arrays.

Every hospital sends cells to its own unit only, every unit comes in one size, there is one product and one slice, and
no rule beside the number of units and single sourcing. With demand D, uptake pi and the prices of the network this is

::

    min  sum_j fixed[j] y[j] + sum_ij cost[i,j] x[i,j] + sum_i stay[i] z[i]
         sum_j x[i,j] + z[i] = 1,   x[i,j] <= y[j],   sum_i amount[i,j] x[i,j] <= capacity[j] y[j]
         least <= sum_j y[j] <= most,   y binary,   x binary where areas are single-sourced

without capacities the uncapacitated facility location problem or the p-median, with them the capacitated ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from siting.model.core import active_features
from siting.solve.location.interchange import Ground, by_site

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.network.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

PLAIN_RULES = {"counts", "single-sourced areas"}
"""Rules beside the core that a location problem knows."""


@dataclass(frozen=True)
class Location:
    """Arrays of a location problem; arcs are the trips that can be used, sorted by area and then by cost.

    Attributes
    ----------
    start : ndarray, shape (n_areas + 1,)
        Where the arcs of each area begin.
    site : ndarray, shape (n_arcs,)
        Of each arc.
    cost, amount : ndarray, shape (n_arcs,)
        Of the whole demand of the area: money, and patients that arrive.
    trip : ndarray, shape (n_arcs,)
        Row of `network.trips`.
    stay : ndarray, shape (n_areas,)
        Cost of serving nobody of the area; infinite where all are to be served.
    fixed, capacity : ndarray, shape (n_sites,)
        Cost of a unit, and patients it can make; infinite where it can make all that could come.
    least, most : int
        Units.
    is_single : bool
        Areas go to one site, and capacities matter.
    is_whole : bool
        All costs are whole numbers, so a plan that splits nothing costs a whole number.
    """

    network: Network
    start: Ints
    site: NDArray[np.int32]
    cost: Floats
    amount: Floats
    trip: Ints
    stay: Floats
    fixed: Floats
    capacity: Floats
    least: int
    most: int
    is_single: bool
    is_whole: bool

    @cached_property
    def area(self) -> Ints:
        """Area of each arc."""
        return np.repeat(np.arange(len(self.stay)), np.diff(self.start))

    @property
    def arcs(self) -> tuple[Ints, NDArray[np.int32], Floats]:
        """Where the arcs of each area begin, and their sites and costs."""
        return self.start, self.site, self.cost

    @cached_property
    def far(self) -> float:
        """More than any plan costs that serves all."""
        has = np.diff(self.start) > 0
        costs = np.where(np.isfinite(self.stay), self.stay, 0.0)
        costs[has] = np.maximum(costs[has], self.cost[self.start[1:][has] - 1])
        return float(costs.sum() + np.abs(self.fixed[np.isfinite(self.fixed)]).sum() + 1.0)

    @cached_property
    def away(self) -> Floats:
        """Cost of each area that no open site serves; `far` where it may not stay."""
        return np.minimum(self.stay, self.far)

    @cached_property
    def ground(self) -> Ground:
        """What local search without capacities looks at."""
        return Ground(*self.arcs, self.away, self.fixed, *by_site(*self.arcs, len(self.fixed)))

    @property
    def counts(self) -> tuple[int, int]:
        """Least and most units."""
        return self.least, self.most

    @cached_property
    def is_capacitated(self) -> bool:
        """Whether any unit could be asked for more than it can make."""
        return bool(np.isfinite(self.capacity).any())

    @property
    def never_splits(self) -> bool:
        """Whether some best plan sends every area to one site."""
        return self.is_single or not self.is_capacitated

    def raised(self, bound: float) -> float:
        """Return the least cost a plan can have that is no less than a bound, known to rounding only."""
        return float(np.ceil(bound - 1e-6 - 1e-8 * abs(bound))) if self.is_whole and np.isfinite(bound) else bound


def is_location(network: Network) -> bool:
    """Say whether a network is plain facility location."""
    limits, hospitals, sites, lanes = network.limits, network.hospitals, network.sites, network.lanes
    hosting = sites["hospital"].to_numpy()
    return bool(
        len(network.slices) == 1
        and len(network.ids.products) == 1
        and not limits.modes
        and not limits.regions
        and network.shared_costs.empty
        and len(network.must_open()) == 0
        and (hosting[lanes["site"]] == lanes["hospital"].to_numpy()).all()
        and lanes["site"].is_unique
        and lanes["hospital"].is_unique
        and network.options["site"].is_unique
        and (network.options["min_starts"] == 0).all()
        and hospitals["becomes_centre"].all()
        and not (hospitals["treats_today"] | hospitals["is_openable"]).any()
        and (hospitals["min_treated"] == 0).all()
        and network.demands["area"].is_unique
        and (network.slices["weight"] > 0).all()
        and (network.periods["weight"] > 0).all()
        and set(active_features(network)) <= PLAIN_RULES
    )


def read_location(network: Network) -> Location:
    """Return the arrays of a network for which `is_location` holds."""
    weight = float(network.slices["weight"].iloc[0])
    site_of, unit, capacity, fixed = _sites(network)
    patients, stay = _areas(network, weight)
    trips = network.trips
    area, site = trips["area"].to_numpy(), site_of[trips["hospital"].to_numpy()]
    used = np.flatnonzero((site >= 0) & (patients > 0)[area])
    area, site = area[used], site[used]
    arriving = patients[area] * trips["uptake"].to_numpy(float)[used]
    cost = weight * (patients[area] * network.cost("trips")[used] + arriving * unit[site])
    order = _by_area_and_cost(area, cost)
    area, site, cost, arriving, used = (values[order] for values in (area, site, cost, arriving, used))
    rows = np.flatnonzero(patients > 0)
    start = np.searchsorted(area, np.append(rows, len(patients)).astype(area.dtype))
    needed = np.bincount(site, arriving, minlength=len(fixed))
    least, most = network.limits.sites
    capacity = np.where(capacity < needed * (1.0 - 1e-12), capacity, np.inf)
    stay = stay[rows]
    enough = _enough(arriving, start, stay, capacity[np.isfinite(fixed)])
    return Location(
        network,
        start.astype(np.int64),
        site,
        cost,
        arriving,
        used,
        stay,
        fixed,
        capacity,
        max(least or 0, enough),
        len(fixed) if most is None else most,
        network.limits.single_source_areas and bool(np.isfinite(capacity).any()),
        _all_whole(cost, fixed[np.isfinite(fixed)], stay[np.isfinite(stay)])
        and (network.limits.single_source_areas or not np.isfinite(capacity).any()),
    )


def _by_area_and_cost(area: Any, cost: Floats) -> Any:
    """Return the order of arcs by area and then by cost; a slice of all where they come in it."""
    later = area[1:] > area[:-1]
    if (later | ((area[1:] == area[:-1]) & (cost[1:] >= cost[:-1]))).all():
        return slice(None)
    return np.lexsort((cost, area))


def _sites(network: Network) -> tuple[NDArray[np.int32], Floats, Floats, Floats]:
    """Return the site of each hospital (-1: none), then by site: cost of a patient made, capacity, cost of the unit."""
    lanes, options, count = network.lanes, network.options, len(network.sites)
    place, lane = lanes["site"].to_numpy(), network.cost("lanes")
    keys = ["site", "configuration", "link"]
    chosen = lanes[["site", "link"]].merge(options[["site", "configuration"]].reset_index(names="option"), on="site")
    made = chosen.merge(network.makings[[*keys, "slots"]].assign(price=network.cost("makings")), on=keys)
    at, option = made["site"].to_numpy(), made["option"].to_numpy()
    site_of = np.full(len(network.hospitals), -1, dtype=np.int32)
    site_of[lanes["hospital"].to_numpy()[np.isin(place, at)]] = place[np.isin(place, at)]
    unit, capacity, fixed = np.zeros(count), np.zeros(count), np.full(count, np.inf)
    unit[place] = lane
    unit[at] += made["price"].to_numpy()
    slots = np.maximum(made["slots"].to_numpy(float), 1e-12)
    treated = network.hospitals["treatment_capacity"].to_numpy(float)[network.sites["hospital"].to_numpy()[at]]
    capacity[at] = np.fmin(options["capacity"].to_numpy(float)[option] / slots, treated)
    fixed[at] = network.cost("options")[option] * float(network.periods["weight"].iloc[0])
    return site_of, unit, capacity, fixed


def _areas(network: Network, weight: float) -> tuple[Floats, Floats]:
    """Return patients and the cost of leaving all of them unserved, by area."""
    count = len(network.ids.areas)
    patients, stay = np.zeros(count), np.full(count, np.inf)
    patients[network.demands["area"].to_numpy()] = network.demands["patients"].to_numpy()
    may = network.unmet["can_stay"].to_numpy(bool)
    area = network.unmet["area"].to_numpy()[may]
    stay[area] = weight * patients[area] * network.cost("unmet")[may]
    return patients, stay


def _enough(amount: Floats, start: Ints, stay: Floats, capacity: Floats) -> int:
    """Return how many units it takes at least to make what cannot stay away."""
    has_arcs = np.diff(start) > 0
    if not len(amount) or not len(capacity):
        return 0
    smallest = np.where(has_arcs, np.minimum.reduceat(amount, np.minimum(start[:-1], len(amount) - 1)), 0.0)
    need = smallest[~np.isfinite(stay)].sum() * (1.0 - 1e-9)
    made = np.cumsum(np.sort(capacity)[::-1])
    return int(np.searchsorted(made, need)) + 1 if need > 0.0 else 0


def _all_whole(*values: Any) -> bool:
    return all(bool((np.abs(part) < 1e12).all() and (np.abs(part - np.round(part)) < 1e-9).all()) for part in values)


def trimmed(problem: Location, kept: NDArray[np.bool_]) -> Location:
    """Return the problem with some of its arcs."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        problem,
        start=before[problem.start],
        **{name: getattr(problem, name)[kept] for name in ("site", "cost", "amount", "trip")},
    )


def narrowed(problem: Location, count: int) -> Location:
    """Return the problem with the cheapest arcs of each area, which may stay for what the first arc left out costs.

    No plan of the whole costs less than the bound of this.
    """
    rank = np.arange(len(problem.cost)) - problem.start[problem.area]
    first_out = np.full(len(problem.stay), np.inf)
    first_out[problem.area[rank == count]] = problem.cost[rank == count]
    return replace(trimmed(problem, rank < count), stay=np.minimum(problem.stay, first_out))


def demand_of(problem: Location) -> Floats:
    """Return what each area asks for, on average over its arcs."""
    arcs = np.maximum(np.diff(problem.start), 1)
    demand: Floats = np.bincount(problem.area, problem.amount, minlength=len(problem.stay)) / arcs
    return demand
