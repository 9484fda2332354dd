"""The sites opened must suffice for all demand: a covering knapsack, kept whole in the relaxation.

::

    min  sum_j value[j] y[j]   subject to   sum_j capacity[j] y[j] >= need,   y binary

In the linear relaxation the row is implied by the capacities of the sites. With whole y it is worth more, as the last
site cannot be opened by a half (Goertz and Klose, INFORMS J Comput 2012;24:597). Sites of negative value are open;
dynamic programming over whole units of capacity covers what is left. Where units are coarse, capacities are rounded up
and the need down, so the bound holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST_UNITS = 20_000
"""Columns of the table; a larger need is counted in coarser units."""


@dataclass(frozen=True)
class Cover:
    """Capacities and need in whole units.

    Attributes
    ----------
    capacity : ndarray of int, shape (n_sites,)
        At most the need.
    need : int
        Of all areas that are to be served.
    """

    capacity: Ints
    need: int

    def cheapest(self, value: Floats, is_open: Mask, free: Mask) -> Mask | None:
        """Return the cheapest choice that covers the need; None where there is none.

        Parameters
        ----------
        value : ndarray, shape (n_sites,)
            Cost of each site if it is open.
        is_open, free : ndarray of bool, shape (n_sites,)
            Sites that are open, and that may be.
        """
        result = is_open | (free & (value <= 0.0))
        missing = self.need - int(self.capacity[result].sum())
        if missing <= 0:
            return result
        rest = np.flatnonzero(free & ~result)
        if self.capacity[rest].sum() < missing:
            return None
        chosen = np.zeros(len(rest), dtype=np.bool_)
        _cover(value[rest], self.capacity[rest], missing, chosen)
        result[rest[chosen]] = True
        return result

    def extra(self, value: Floats, opened: Mask, free: Mask) -> Floats:
        """Return, by free site, how much the cheapest choice `opened` rises at least if the site is decided anew."""
        result = np.zeros(len(value))
        sure, chosen = free & opened & (value <= 0.0), np.flatnonzero(free & opened & (value > 0.0))
        others = np.flatnonzero(free & ~opened)
        missing = self.need - int(self.capacity[opened].sum() - self.capacity[chosen].sum())
        need, most = max(missing, 0), max(missing, 0) + int(self.capacity[sure].max(initial=0))
        items = value[others], self.capacity[others], value[chosen], self.capacity[chosen]
        without, least = _without(*items, (need, most))
        now = least[need]
        result[others] = value[others] + least[np.maximum(missing - self.capacity[others], 0)] - now
        result[sure] = least[np.maximum(missing + self.capacity[sure], 0)] - value[sure] - now
        result[chosen] = without - now
        return np.where(np.isnan(result), np.inf, result)


def cover_of(problem: Location) -> Cover | None:
    """Return the covering row of a problem; None where it has none, or where the number of units is limited as well."""
    least, most = problem.network.limits.sites
    if not problem.is_capacitated or (least or 0) > 1 or most is not None:
        return None
    amount = np.full(len(problem.stay), np.inf)
    np.minimum.at(amount, problem.area, problem.amount)
    need = float(amount[~np.isfinite(problem.stay) & np.isfinite(amount)].sum())
    unit = max(_common(problem.capacity[np.isfinite(problem.capacity)]), need / MOST_UNITS)
    if unit <= 0.0:
        return None
    whole = int(np.ceil(need / unit - 1e-9 * MOST_UNITS))
    return Cover(np.minimum(np.ceil(problem.capacity / unit - 1e-9), whole).astype(np.int64), whole)


def _common(capacity: Floats) -> float:
    """Return the largest unit of which all capacities are multiples, or 0 where they are not whole numbers."""
    if (capacity != np.rint(capacity)).any():
        return 0.0
    return float(np.gcd.reduce(capacity.astype(np.int64)))


@njit(cache=True)
def _cover(value: Any, capacity: Any, need: int, chosen: Any) -> None:
    """Mark the cheapest items, of positive value, that cover the need."""
    cost = np.full(need + 1, np.inf)
    cost[0] = 0.0
    used = np.zeros((len(value), need + 1), np.bool_)
    for item in range(len(value)):
        size, price = capacity[item], value[item]
        for units in range(need, 0, -1):
            other = cost[max(units - size, 0)] + price
            if other < cost[units]:
                cost[units] = other
                used[item, units] = True
    units = need
    for item in range(len(value) - 1, -1, -1):
        if units > 0 and used[item, units]:
            chosen[item] = True
            units = max(units - capacity[item], 0)


@njit(cache=True)
def _add(cost: Any, price: float, size: int) -> Any:
    """Return the cheapest cost by units covered with one item more."""
    result = cost.copy()
    for units in range(1, len(cost)):
        result[units] = min(cost[units], cost[max(units - size, 0)] + price)
    return result


@njit(cache=True)
def _without(value: Any, capacity: Any, value_chosen: Any, capacity_chosen: Any, sizes: Any) -> Any:
    """Return the cheapest cost of `sizes[0]` units without each chosen item, and of up to `sizes[1]` with all items."""
    need, most = sizes
    count = len(value_chosen)
    before = np.full((count + 1, most + 1), np.inf)
    before[0, 0] = 0.0
    for item in range(len(value)):
        before[0] = _add(before[0], value[item], capacity[item])
    for item in range(count):
        before[item + 1] = _add(before[item], value_chosen[item], capacity_chosen[item])
    without, after = np.full(count, np.inf), np.full(need + 1, np.inf)
    after[0] = 0.0
    for item in range(count - 1, -1, -1):
        for units in range(need + 1):
            without[item] = min(without[item], before[item, units] + after[need - units])
        after = _add(after, value_chosen[item], capacity_chosen[item])
    return without, before[count]
