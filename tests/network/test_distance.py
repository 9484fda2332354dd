"""Pairs within a distance, against the full matrix."""

from __future__ import annotations

import numpy as np
import pytest

from siting.network.distance import geodesic_km, pairs_within


def places(kind: str, count: int, seed: int) -> np.ndarray:
    """Return random points: over the globe, around a pole, or on both sides of the antimeridian."""
    draw = np.random.default_rng(seed)
    lon, lat = draw.uniform(-180, 180, count), np.degrees(np.arcsin(draw.uniform(-1, 1, count)))
    if kind == "pole":
        lat = draw.uniform(88, 90, count)
    if kind == "antimeridian":
        lon, lat = (draw.uniform(178, 182, count) + 180) % 360 - 180, draw.uniform(-3, 3, count)
    return np.column_stack((lon, lat))


@pytest.mark.parametrize("kind", ["globe", "pole", "antimeridian"])
@pytest.mark.parametrize("radius", [0.0, 50.0, 300.0, 4_000.0, 19_000.0, 19_950.0, 30_000.0])
def test_pairs_are_those_of_the_full_matrix(kind: str, radius: float) -> None:
    """The tree finds the pairs that measuring all pairs gives, with the same distances; equal places included."""
    origins, targets = places(kind, 40, 1), places(kind, 30, 2)
    targets[:5] = origins[:5]
    one, two = (axis.ravel() for axis in np.indices((40, 30)))
    km = geodesic_km(origins[one, 0], origins[one, 1], targets[two, 0], targets[two, 1])
    near = km <= radius
    found = pairs_within(origins, targets, radius)
    assert np.array_equal(found[0], one[near])
    assert np.array_equal(found[1], two[near])
    assert np.allclose(found[2], km[near], rtol=0, atol=1e-9)
    assert near.sum() >= 5


def test_geodesic_of_known_lengths() -> None:
    """A quarter meridian of WGS 84 is 10,001.966 km; a degree of the equator 111.3195 km (2 pi 6378.137 / 360)."""
    lengths = geodesic_km(np.array([0.0, 0.0]), np.array([0.0, 0.0]), np.array([0.0, 1.0]), np.array([90.0, 0.0]))
    assert lengths[0] == pytest.approx(10_001.966, abs=1e-3)
    assert lengths[1] == pytest.approx(2 * np.pi * 6378.137 / 360, abs=1e-4)


def test_no_places_give_no_pairs() -> None:
    """An empty list of places is no error."""
    assert [len(part) for part in pairs_within(np.zeros((0, 2)), np.zeros((3, 2)), 10.0)] == [0, 0, 0]
