"""Neighbourhoods of a compiled model: some sites with the areas and hospitals that deal with them.

Nearness is counted in patients that two sites compete for, along the trips and lanes of the network, so it needs no
coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, diags

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

STEPS = 3
"""How many times competition spreads from the seed."""
NOBODY = -1


@dataclass(frozen=True)
class Places:
    """Where each column of a compiled model belongs; `NOBODY` where it belongs to no area, hospital or site."""

    area: Ints
    hospital: Ints
    site: Ints
    is_design: Mask
    is_share: Mask
    is_lane: Mask


def places(model: pyo.ConcreteModel, arrays: Arrays) -> Places:
    """Say where each column of a compiled model belongs."""
    network, rows = model.network, model.rows
    nowhere = np.full(len(arrays.columns), NOBODY)
    found = {name: nowhere.copy() for name in ("area", "hospital", "site")}
    is_design, is_share, is_lane = (np.zeros(len(nowhere), dtype=bool) for _ in range(3))
    owners = {
        "share": {name: rows.assign[name].to_numpy() for name in ("area", "hospital")},
        "unserved": {"area": network.demands["area"].to_numpy()},
        "cells": {name: rows.cells[name].to_numpy() for name in ("hospital", "site")},
        "sends": {name: rows.cells[name].to_numpy() for name in ("hospital", "site")},
        "made": {"site": rows.made["site"].to_numpy()},
        "option": {"site": network.options["site"].to_numpy()},
        "opens": {"site": np.arange(len(network.sites))},
        "treats": {"hospital": np.arange(len(network.hospitals))},
    }
    for column, variable in enumerate(arrays.columns):
        name, index = variable.parent_component().local_name, variable.index()
        row = index[0] if isinstance(index, tuple) else index
        is_design[column], is_share[column] = name in ("option", "opens", "treats"), name == "share"
        is_lane[column] = name == "cells"
        for kind, owner in owners.get(name, {}).items():
            found[kind][column] = owner[row]
    return Places(**found, is_design=is_design, is_share=is_share, is_lane=is_lane)


class Regions:
    """Neighbourhoods of one compiled model."""

    def __init__(self, model: pyo.ConcreteModel, arrays: Arrays) -> None:
        network = model.network
        self.places = places(model, arrays)
        self.sizes = (len(network.areas), len(network.hospitals), len(network.sites))
        lanes = network.lanes[~network.sites["is_central"].to_numpy(bool)[network.lanes["site"]]]
        self.trips = _incidence(network.trips["area"], network.trips["hospital"], self.sizes[:2])
        self.lanes = _incidence(lanes["hospital"], lanes["site"], self.sizes[1:])
        self.hosting = network.sites["hospital"].to_numpy()
        patients = np.bincount(network.demands["area"], network.demands["patients"], self.sizes[0])
        reach = (self.trips @ self.lanes).minimum(1)
        rivals = reach.T @ diags(patients) @ reach
        total = np.maximum(np.asarray(rivals.sum(axis=1)).ravel(), 1e-12)
        self._spread = diags(1.0 / total) @ rivals
        has_options = np.isin(np.arange(self.sizes[2]), network.options["site"])
        self.candidates = np.flatnonzero(has_options & ~network.sites["is_central"].to_numpy(bool))

    def around(self, seed: int, count: int) -> Mask:
        """Return the sites that compete most with a seed, itself among them."""
        heat = np.zeros(self.sizes[2])
        heat[seed] = 1.0
        for _ in range(STEPS):
            heat = heat @ self._spread
        heat[seed] = np.inf
        nearest = self.candidates[np.argsort(-heat[self.candidates], kind="stable")[:count]]
        chosen = np.zeros(self.sizes[2], dtype=bool)
        chosen[nearest] = True
        return chosen

    def columns(self, sites: Mask, values: Floats) -> Mask:
        """Return the columns that are free when some sites are planned again; all others keep their values."""
        at = self.places
        hosts = np.zeros(self.sizes[1], dtype=bool)
        hosts[self.hosting[sites & (self.hosting >= 0)]] = True
        areas = np.asarray(self.trips @ hosts.astype(float)).ravel() > 0
        sent = np.flatnonzero(at.is_lane & (values > 0.0))
        hospitals = hosts.copy()
        hospitals[at.hospital[sent[sites[at.site[sent]]]]] = True
        going = np.flatnonzero(at.is_share & (values > 0.0))
        areas[at.area[going[hospitals[at.hospital[going]]]]] = True
        senders = hosts | (np.asarray(areas.astype(float) @ self.trips).ravel() > 0)
        makers = np.asarray(senders.astype(float) @ self.lanes).ravel() > 0
        makers |= ~np.isin(np.arange(self.sizes[2]), self.candidates)
        free = np.ones(len(at.area), dtype=bool)
        for index, allowed, which in (
            (at.area, areas, at.area >= 0),
            (at.hospital, senders, (at.hospital >= 0) & ~at.is_share),
            (at.site, makers, (at.site >= 0) & ~at.is_design),
            (at.site, sites, (at.site >= 0) & at.is_design),
            (at.hospital, hospitals, (at.hospital >= 0) & at.is_design),
        ):
            free[which] &= allowed[index[which]]
        return free


def _incidence(left: object, right: object, shape: tuple[int, int]) -> csr_matrix:
    left, right = np.asarray(left), np.asarray(right)
    matrix = csr_matrix((np.ones(len(left)), (left, right)), shape=shape)
    matrix.data[:] = 1.0
    return matrix
