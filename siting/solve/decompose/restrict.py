"""A network with some of its rows only, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from siting.model.features.service_level import attainable

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Kept:
    """Which rows of a network's tables a smaller one keeps: masks over trips, lanes and options."""

    trips: Mask
    lanes: Mask
    options: Mask


@dataclass(frozen=True)
class Restricted:
    """A smaller network and the rows of the whole one that it keeps."""

    network: Network
    whole: Network
    trips: NDArray[np.int64]
    lanes: NDArray[np.int64]
    makings: NDArray[np.int64]
    options: NDArray[np.int64]

    def lift(self, solution: Solution) -> Solution:
        """Lay a solution of the smaller network on the rows of the whole one; what was left out stays at zero."""
        slices = len(self.whole.slices)
        flows: dict[str, Any] = {}
        for name, table, rows in (
            ("referred", self.whole.trips, self.trips),
            ("shipped", self.whole.lanes, self.lanes),
            ("made", self.whole.makings, self.makings),
        ):
            flows[name] = np.zeros((len(table), slices))
            flows[name][rows] = getattr(solution, name)
        opened = np.append(self.options, -1)[solution.open_options]
        return replace(solution, open_options=opened, **flows)


def restrict(network: Network, kept: Kept) -> Restricted:
    """Keep some trips, lanes and options, with the makings that these can do.

    A plan of the smaller network is a plan of the whole one at the same cost. The service level stays the same number
    of patients, though fewer could be reached.
    """
    pairs = network.options.loc[kept.options, ["site", "configuration"]].drop_duplicates()
    count = len(network.configurations)
    runs = np.zeros(len(network.sites) * count, dtype=bool)
    runs[pairs["site"].to_numpy() * count + pairs["configuration"].to_numpy()] = True
    makes = runs[network.makings["site"].to_numpy() * count + network.makings["configuration"].to_numpy()]
    open_sites = np.zeros(len(network.sites), dtype=bool)
    open_sites[pairs["site"]] = True
    rows = {
        "trips": kept.trips,
        "lanes": kept.lanes & open_sites[network.lanes["site"]],
        "makings": makes,
        "options": kept.options,
    }
    index = {name: np.flatnonzero(mask) for name, mask in rows.items()}
    members = network.shared_members
    milestones = network.milestones
    runs_unit = runs[milestones["site"].to_numpy() * count + milestones["configuration"].to_numpy()]
    smaller = network.replace(
        milestones=milestones[runs_unit].reset_index(drop=True),
        **{name: getattr(network, name).iloc[at].reset_index(drop=True) for name, at in index.items()},
        shared_members=members[open_sites[members["site"]]].reset_index(drop=True),
    )
    return Restricted(same_service(network, smaller), network, **index)


def same_service(network: Network, smaller: Network) -> Network:
    """Return the smaller network with a service level that asks for as many patients as the whole one's does."""
    level = network.limits.service_level
    if not level:
        return smaller
    scaled = level * attainable(network) / max(attainable(smaller), 1e-9)
    return smaller.replace(limits=replace(smaller.limits, service_level=scaled))
