"""A made-up network of any size, and the same model of it as arrays without Pyomo.

Areas and hospitals lie at random in a square. Patients of an area may go to the nearest hospitals; a hospital treats by
hosting and may send cells to its own unit and to the units nearest to it; each site has one option. That makes the rows
(1) to (6) of `siting.model.core` and no others.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from siting.bench import tables
from siting.network.network import Limits, Network
from siting.solve.highs import INFINITE, Arrays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Block = tuple[ArrayLike, ArrayLike, ArrayLike]

SEED = 7
SIDE_KM = 1000.0
LOST_PATIENT = 400_000.0


def make_network(areas: int, hospitals: int, trips_per_area: int, lanes_per_hospital: int) -> Network:
    """Return a network with ``areas x trips_per_area`` trips and ``hospitals x lanes_per_hospital`` lanes."""
    random = np.random.default_rng(SEED)
    homes, sites = random.uniform(0.0, SIDE_KM, (areas, 2)), random.uniform(0.0, SIDE_KM, (hospitals, 2))
    area, hospital, trip_km = _nearest(homes, sites, trips_per_area)
    sender, site, lane_km = _nearest(sites, sites, lanes_per_hospital)
    patients = random.uniform(1.0, 10.0, areas)
    capacity = np.full(hospitals, 20.0 * patients.sum() / hospitals)
    here = tables.positions(hospitals)
    network = tables.network(
        "synthetic",
        {
            "demands": tables.rows(
                {"area": tables.positions(areas), "slice": np.int32(0), "patients": patients}, areas
            ),
            "trips": tables.trips(area, hospital, 20.0 * trip_km, trip_km, np.exp(-trip_km / 500.0)),
            "lanes": tables.lanes(sender, site, 0, 400.0 + 4.0 * lane_km),
            "hospitals": tables.hospitals(hospitals),
            "sites": tables.sites(here),
            "options": tables.options(capacity, random.uniform(1e6, 2e6, hospitals)),
        },
        areas,
        Limits(),
    )
    return network.replace(unmet=network.unmet.assign(can_stay=True, **{"lost_unmet:lost": LOST_PATIENT}))


def _nearest(
    start: NDArray[np.float64], end: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    km, place = cKDTree(end).query(start, k=count)
    return np.repeat(tables.positions(len(start)), count), place.ravel().astype(np.int32), km.ravel()


def as_arrays(network: Network) -> Arrays:
    """Return the model of a network of `make_network`: share, unserved, cells, made, option, opens side by side."""
    trips, lanes, sites = network.trips, network.lanes, len(network.sites)
    n_trips, n_areas, n_lanes = len(trips), len(network.areas), len(lanes)
    starts = np.cumsum([0, n_trips, n_areas, n_lanes, sites, sites, sites])
    share, unserved, cells, made, option, opens = (np.arange(a, b) for a, b in pairwise(starts))
    area, hospital = trips["area"].to_numpy(), trips["hospital"].to_numpy()
    sender, site = lanes["hospital"].to_numpy(), lanes["site"].to_numpy()
    patients, capacity = network.demands["patients"].to_numpy(), network.options["capacity"].to_numpy()
    arriving = patients[area] * trips["uptake"].to_numpy()
    most = np.minimum(np.bincount(hospital, arriving, sites)[sender], capacity[site])
    away = np.flatnonzero(sender != site)
    one = np.ones
    blocks: list[tuple[int, list[Block], float, float]] = [
        # rows, (row, column, value) of each term, least, most
        (n_areas, [(area, share, one(n_trips)), (np.arange(n_areas), unserved, one(n_areas))], 1.0, 1.0),
        (n_trips, [(share, share, one(n_trips)), (share, opens[hospital], -one(n_trips))], -INFINITE, 0.0),
        (sites, [(hospital, share, arriving), (sender, cells, -one(n_lanes))], 0.0, 0.0),
        (len(away), [(np.arange(len(away)), cells[away], one(len(away))),
                     (np.arange(len(away)), opens[site[away]], -most[away])], -INFINITE, 0.0),
        (sites, [(site, cells, one(n_lanes)), (np.arange(sites), made, -one(sites))], 0.0, 0.0),
        (sites, [(np.arange(sites), made, one(sites)), (np.arange(sites), option, -capacity)], -INFINITE, 0.0),
        (sites, [(np.arange(sites), option, one(sites)), (np.arange(sites), opens, -one(sites))], 0.0, 0.0),
    ]  # fmt: skip
    cost = (network.cost("trips") * patients[area], network.cost("unmet") * patients, network.cost("lanes"),
            network.cost("makings"), network.cost("options"), np.zeros(sites))  # fmt: skip
    size = int(starts[-1])
    high = np.ones(size)
    high[cells], high[made] = INFINITE, INFINITE
    is_integer = np.zeros(size, dtype=bool)
    is_integer[option] = True
    lengths = [rows for rows, _, _, _ in blocks]
    return Arrays(
        matrix=_stacked([(rows, terms) for rows, terms, _, _ in blocks], size),
        cost=np.concatenate(cost),
        offset=0.0,
        scale=1.0,
        low=np.zeros(size),
        high=high,
        row_low=np.repeat([least for _, _, least, _ in blocks], lengths),
        row_high=np.repeat([most for _, _, _, most in blocks], lengths),
        is_integer=is_integer,
        columns=[],
    )


def _stacked(blocks: Iterable[tuple[int, list[Block]]], columns: int) -> csr_matrix:
    """Return the blocks one below the other."""
    row, column, value, height = [], [], [], 0
    for rows, terms in blocks:
        for at, where, what in terms:
            row.append(np.asarray(at) + height)
            column.append(np.asarray(where))
            value.append(np.asarray(what))
        height += rows
    places = (np.concatenate(row), np.concatenate(column))
    return csr_matrix((np.concatenate(value), places), shape=(height, columns))
