"""The whole model of an instance in its strong formulation, as sparse arrays.

Variables are opening a site (0 or 1) and the share of a customer that a site serves; rows are: each customer is served,
a share is at most the opening (the strong link, pair by pair), capacity, and p. Where there are capacities, the sites
opened suffice for all demand; that row is implied, and helps solvers to find cover cuts. Nothing is pruned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from siting.bench.tscflp import TwoStage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.bench.instance import Instance

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Whole:
    """``min cost x + offset`` subject to ``row_low <= A x <= row_high`` and ``low <= x <= high``, some of x whole."""

    matrix: csr_array
    cost: Floats
    low: Floats
    high: Floats
    row_low: Floats
    row_high: Floats
    is_integer: NDArray[np.bool_]
    offset: float = 0.0

    def recounted(self, values: Floats) -> tuple[float, float]:
        """Return the cost of a solution with its whole numbers made whole, and by how much it breaks a row at most.

        The breach is relative to the largest coefficient of the row.
        """
        clean = np.where(self.is_integer, np.rint(values), values)
        activity = self.matrix @ clean
        breach = np.maximum(self.row_low - activity, activity - self.row_high)
        largest = np.maximum(abs(self.matrix).max(axis=1).toarray().ravel(), 1.0)
        breach = float(max((breach / largest).max(), (clean - self.high).max(), (self.low - clean).max()))
        return float(self.cost @ clean) + self.offset, breach


@dataclass
class _Rows:
    """Rows that grow block by block."""

    count: int = 0
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    terms: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def add(self, count: int, low: float, high: float, *terms: tuple[Any, Any, Any]) -> None:
        """Add `count` rows; a term is (row in the block, column, coefficient), arrays or one number."""
        for row, column, value in terms:
            size = np.broadcast_shapes(np.shape(row), np.shape(column), np.shape(value))
            row, column, value = (np.broadcast_to(part, size) for part in (row, column, value))
            self.terms.append((row + self.count, column, value.astype(float)))
        self.low.append(np.full(count, low))
        self.high.append(np.full(count, high))
        self.count += count

    def whole(self, cost: Floats, high: Floats, is_integer: NDArray[np.bool_]) -> Whole:
        """Return the model."""
        row, column, value = (np.concatenate([term[part] for term in self.terms]) for part in range(3))
        matrix = csr_array((value, (row, column)), shape=(self.count, len(cost)))
        return Whole(
            matrix, cost, np.zeros(len(cost)), high, np.concatenate(self.low), np.concatenate(self.high), is_integer
        )


def whole_model(instance: Instance | TwoStage) -> Whole:
    """Return the whole model of an instance.

    Parameters
    ----------
    instance : Instance or TwoStage
        As `siting.bench.formats.read_instance` returns it.

    Returns
    -------
    Whole
        Its optimum is that of the instance.
    """
    return _two_stages(instance) if isinstance(instance, TwoStage) else _one_stage(instance)


def _one_stage(instance: Instance) -> Whole:
    """Order of the columns: openings, shares, and the largest distance where that is the objective."""
    customers, sites = instance.cost.shape
    customer, site = np.nonzero(np.isfinite(instance.cost))
    cost = instance.cost[customer, site].astype(float)
    pair, share, opening = np.arange(len(cost)), sites + np.arange(len(cost)), np.arange(sites)
    rows = _Rows()
    rows.add(customers, 1.0, 1.0, (customer, share, 1.0))
    rows.add(len(cost), -np.inf, 0.0, (pair, share, 1.0), (pair, site, -1.0))
    limited = np.isfinite(instance.capacity)
    if limited.any():
        capacity = np.where(limited, instance.capacity, instance.demand.sum())
        rows.add(sites, -np.inf, 0.0, (site, share, instance.demand[customer]), (opening, opening, -capacity))
        rows.add(1, float(instance.demand.sum()), np.inf, (0, opening, capacity))
    if instance.p is not None:
        rows.add(1, instance.p, instance.p, (0, opening, 1.0))
    high, is_integer = np.ones(sites + len(cost)), np.zeros(sites + len(cost), dtype=bool)
    is_integer[:sites] = True
    is_integer[sites:] = instance.is_single_source and bool(limited.any())
    total = np.concatenate([instance.fixed_cost, cost])
    if instance.is_center:
        largest = len(total)
        rows.add(customers, -np.inf, 0.0, (customer, share, cost), (np.arange(customers), largest, -1.0))
        total, high = np.append(np.zeros(largest), 1.0), np.append(high, np.inf)
        is_integer = np.append(is_integer, bool((cost == np.rint(cost)).all()))
    return rows.whole(total, high, is_integer)


def _two_stages(instance: TwoStage) -> Whole:
    """Order of the columns: plants, satellites, units from plants to satellites, shares of customers."""
    satellites, customers = instance.satellite_to_customer.shape
    plants = len(instance.plant_cost)
    starts = np.cumsum([0, plants, satellites, plants * satellites, satellites * customers])
    plant, satellite, units, share = (np.arange(a, b) for a, b in pairwise(starts))
    from_plant, to_satellite = np.divmod(np.arange(len(units)), satellites)
    from_satellite, to_customer = np.divmod(np.arange(len(share)), customers)
    demand = instance.demand
    most = np.minimum(instance.plant_capacity[from_plant], instance.satellite_capacity[to_satellite])
    lane, trip, each = np.arange(len(units)), np.arange(len(share)), np.arange(satellites)
    rows = _Rows()
    rows.add(customers, 1.0, 1.0, (to_customer, share, 1.0))
    rows.add(len(share), -np.inf, 0.0, (trip, share, 1.0), (trip, satellite[from_satellite], -1.0))
    rows.add(len(units), -np.inf, 0.0, (lane, units, 1.0), (lane, plant[from_plant], -most))
    rows.add(satellites, 0.0, 0.0, (to_satellite, units, 1.0), (from_satellite, share, -demand[to_customer]))
    rows.add(satellites, -np.inf, 0.0, (from_satellite, share, demand[to_customer]),
             (each, satellite, -instance.satellite_capacity))  # fmt: skip
    rows.add(plants, -np.inf, 0.0, (from_plant, units, 1.0), (np.arange(plants), plant, -instance.plant_capacity))
    rows.add(1, float(demand.sum()), np.inf, (0, plant, instance.plant_capacity))
    rows.add(1, float(demand.sum()), np.inf, (0, satellite, instance.satellite_capacity))
    trip_cost = instance.satellite_to_customer.ravel() * demand[to_customer]
    cost = (instance.plant_cost, instance.satellite_cost, instance.plant_to_satellite.ravel(), trip_cost)
    high = np.ones(starts[-1])
    high[units] = most
    is_integer = np.zeros(starts[-1], dtype=bool)
    is_integer[plant], is_integer[satellite] = True, True
    is_integer[share] = instance.is_single_source
    return rows.whole(np.concatenate(cost), high, is_integer)
