"""Which pairs of places are asked for, and in which blocks.

A road is never shorter than the great circle, and no whole trip is faster than `FASTEST_KMH`. So a pair further apart
than the study's distance limit, or than its time limit at that speed, cannot be within the limits and is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from siting.network.distance import HALF_EARTH_KM, pairs_within
from siting.study.travel_record import ENDS, reach_km

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.study.study import Study

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of places of one table; ``origin`` and ``target`` are positions in the tables of the study.

    Attributes
    ----------
    table : str
        "trips" or "lanes".
    origins, targets : str
        Tables of the study the ends stand in.
    origin, target : ndarray of int
        Positions, sorted by origin then target.
    straight_km : ndarray of float
        Geodesic distances.
    radius_km : float or None
        Pairs further apart were left out; None if there was no limit.
    """

    table: str
    origins: str
    targets: str
    origin: Ints
    target: Ints
    straight_km: Floats
    radius_km: float | None

    def __len__(self) -> int:
        return len(self.origin)


def points_of(study: Study, table: str) -> Floats:
    """Return lon and lat of a table's places."""
    return study.tables[table][["lon", "lat"]].to_numpy(float)


def wanted_pairs(study: Study, table: str) -> Pairs:
    """Return the pairs of a table that may be within the study's limits; a hospital is no pair with itself."""
    (_, origins), (_, targets) = ENDS[table]
    radius = reach_km(study.config, table)
    ends = points_of(study, origins), points_of(study, targets)
    origin, target, km = pairs_within(*ends, HALF_EARTH_KM if radius is None else radius)
    apart = (origin != target) if origins == targets else np.ones(len(km), dtype=bool)
    return Pairs(
        table, origins, targets, origin[apart].astype(np.int64), target[apart].astype(np.int64), km[apart], radius
    )


def blocks(origin: Ints, target: Ints, ends: tuple[Floats, Floats], size: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Group pairs into tables of at most `size` places, neighbours together.

    Half of the places are origins that lie along a Hilbert curve, the rest targets that any of them needs. A table also
    holds pairs that nobody asked for; they are thrown away.

    Yields
    ------
    origins, targets : ndarray of int
        Positions of the places of one table.
    pairs : ndarray of int
        Pairs that it answers, as positions in `origin`.
    """
    along = [np.asarray(gpd.GeoSeries(gpd.points_from_xy(*points.T)).hilbert_distance()) for points in ends]
    origins = np.unique(origin)
    origins = origins[np.argsort(along[0][origins], kind="stable")]
    rank = np.zeros(len(ends[0]), dtype=np.int64)
    half = max(1, size // 2)
    rank[origins] = np.arange(len(origins)) // half
    group = rank[origin]
    by_group = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[by_group], np.arange(group.max(initial=-1) + 2))
    for first, last in pairwise(bounds):
        pairs = by_group[first:last]
        rows = np.unique(origin[pairs])
        columns = np.unique(target[pairs])
        columns = columns[np.argsort(along[1][columns], kind="stable")]
        room = max(1, size - len(rows))
        for start in range(0, len(columns), room):
            part = columns[start : start + room]
            answered = pairs[np.isin(target[pairs], part)]
            yield np.unique(origin[answered]), part, answered
