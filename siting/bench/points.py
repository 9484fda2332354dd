"""p-medians in the plane, and with the nearest facilities of each customer only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from siting.bench import tables
from siting.bench.instance import Instance
from siting.network.network import Limits, Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

BLOCK = 2_000_000
"""Pairs looked up at a time."""


def distances(
    points: NDArray[np.float64], rounding: Callable[[Any], Any] = np.asarray, dtype: type = np.float64
) -> NDArray[Any]:
    """Return the rounded Euclidean distances between all points.

    Parameters
    ----------
    points : ndarray, shape (n, dimensions)
        Coordinates.
    rounding : callable
        Applied to the exact distances.
    dtype : type
        Of the result; int32 halves the memory of rounded distances.

    Returns
    -------
    ndarray, shape (n, n)
        Distances, computed row by row so that no second matrix of that size is needed.
    """
    result: NDArray[Any] = np.empty((len(points), len(points)), dtype=dtype)
    for row, point in enumerate(points):
        # sqrt of the sum is exact where the sum is a square; hypot is not, and rounding down would lose 1.
        result[row] = rounding(np.sqrt(((points - point) ** 2).sum(axis=1)))
    return result


@dataclass(frozen=True)
class Points:
    """A p-median whose customers are points, each of which may be a facility.

    Attributes
    ----------
    name : str
        The file's name without its suffixes.
    points : ndarray, shape (n, dimensions)
        Coordinates.
    p : int
        Facilities to open, exactly.
    rounding : callable
        Makes distances of Euclidean ones, none less of a larger one.
    dtype : type
        Of a table of distances.
    """

    name: str
    points: Floats
    p: int
    rounding: Callable[[Floats], Floats] = np.asarray
    dtype: type = np.float64
    problem: str = "p-median"

    def table(self) -> Instance:
        """Return the instance with a table of all distances."""
        cost, n = distances(self.points, self.rounding, self.dtype), len(self.points)
        return Instance(self.name, cost, np.ones(n), np.full(n, np.inf), np.zeros(n), self.p)

    @cached_property
    def tree(self) -> Any:
        """The points, for finding neighbours."""
        return cKDTree(self.points)

    def to_nearest(self, opened: Ints) -> Floats:
        """Return the distance of each customer to the nearest of some facilities."""
        return self.rounding(cKDTree(self.points[opened]).query(self.points)[0])

    def nearest(self, counts: Ints) -> Nearest:
        """Return the instance with so many nearest facilities of each customer."""
        start, n = np.concatenate([[0], np.cumsum(counts)]), len(counts)
        left_out = np.full(n, np.inf)
        facility, distance = np.empty(start[-1], dtype=np.int32), np.empty(start[-1])
        for count, rows in _blocks(counts):
            exact, found = self.tree.query(self.points[rows], k=np.arange(1, min(count + 1, n) + 1))
            cost, at = self.rounding(exact), start[rows][:, None] + np.arange(count)
            facility[at], distance[at] = found[:, :count], cost[:, :count]
            if count < n:
                left_out[rows] = cost[:, count]
        return Nearest(self.name, self.p, counts, facility, distance, left_out)


@dataclass(frozen=True)
class Nearest:
    """A p-median with some facilities of each customer, which may stay at a price.

    Attributes
    ----------
    name, p
        As in `Points`.
    counts : ndarray of int, shape (n,)
        Facilities of each customer.
    facility, distance : ndarray, shape (sum of counts,)
        By customer, nearest first.
    left_out : ndarray, shape (n,)
        Distance of the nearest facility left out, which is the price of staying; infinite where none is left out.
    """

    name: str
    p: int
    counts: Ints
    facility: NDArray[np.int32]
    distance: Floats
    left_out: Floats

    def network(self) -> Network:
        """Return the network whose total cost is the sum of distances and prices of staying."""
        n = len(self.counts)
        here, may_stay = tables.positions(n), np.isfinite(self.left_out)
        network = tables.network(
            self.name,
            {
                "demands": tables.rows({"area": here, "slice": np.int32(0), "patients": 1.0}, n),
                "trips": tables.trips(np.repeat(here, self.counts), self.facility, self.distance, self.distance),
                "lanes": tables.lanes(here, here, 0, 0.0),
                "hospitals": tables.hospitals(n),
                "sites": tables.sites(here),
                "options": tables.options(np.full(n, np.inf), np.zeros(n)),
            },
            n,
            Limits(sites=(self.p, self.p)),
        )
        price = np.where(may_stay, self.left_out, 0.0)
        return network.replace(unmet=network.unmet.assign(can_stay=may_stay, **{"lost_unmet:lost": price}))


def _blocks(counts: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield customers with the same count, some at a time."""
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        for block in np.array_split(rows, -(-len(rows) * count // BLOCK)):
            yield count, block
