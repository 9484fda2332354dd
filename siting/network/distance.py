"""Pairs of places within a distance, found with a tree and measured on the ellipsoid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyproj import Geod
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the IUGG, for the sphere on which pairs are pruned."""
SPHERE_ERROR = 0.006
"""The sphere misses the ellipsoid by at most 0.56 %; pruning with this margin loses no pair."""
HALF_EARTH_KM = 20_100.0
_WGS84 = Geod(ellps="WGS84")


def geodesic_km(lon_from: Floats, lat_from: Floats, lon_to: Floats, lat_to: Floats) -> Floats:
    """Return the geodesic length on WGS 84 in km, pair by pair (Karney's algorithm, through PROJ)."""
    _, _, metres = _WGS84.inv(lon_from, lat_from, lon_to, lat_to)
    return np.asarray(metres, dtype=float) / 1000.0


def pairs_within(origins: Floats, targets: Floats, radius_km: float) -> tuple[Ints, Ints, Floats]:
    """Find all pairs of an origin and a target no further apart than a great-circle radius.

    Parameters
    ----------
    origins, targets : ndarray, shape (n, 2)
        Longitude and latitude in degrees.
    radius_km : float
        Greatest geodesic distance.

    Returns
    -------
    origin, target : ndarray of int
        Positions, sorted by origin then target.
    km : ndarray of float
        Exact geodesic distances.
    """
    if not len(origins) or not len(targets):
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, np.zeros(0)
    if radius_km * (1 + SPHERE_ERROR) >= HALF_EARTH_KM:
        origin, target = (axis.ravel() for axis in np.indices((len(origins), len(targets))))
    else:
        angle = min(radius_km * (1 + SPHERE_ERROR) / EARTH_RADIUS_KM, np.pi)
        chord = 2.0 * np.sin(angle / 2.0)
        found = cKDTree(on_sphere(origins)).sparse_distance_matrix(
            cKDTree(on_sphere(targets)), chord, output_type="ndarray"
        )
        order = np.lexsort((found["j"], found["i"]))
        origin, target = found["i"][order], found["j"][order]
    km = geodesic_km(origins[origin, 0], origins[origin, 1], targets[target, 0], targets[target, 1])
    near = km <= radius_km
    return origin[near], target[near], km[near]


def on_sphere(points: Floats) -> Floats:
    """Return points of lon, lat in degrees as unit vectors, for trees."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
