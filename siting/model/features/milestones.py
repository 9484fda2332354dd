"""Milestones: a payment for each year in which a unit makes at least so many starts.

With vol = sum_{L,i} starts[c,L,i] made[j,c,L,i,s] of the milestone's unit, target T, and K the starts of its largest
option:

(19a)  vol >= T reached[k,s]
(19b)  vol <= (T - band) + (K - T + band) reached[k,s]

Both directions stand, so that neither side can misstate the volume: where the payment is a cost the model would like
``reached = 0`` above the target, where it is an income (or lets a host break even) ``reached = 1`` below it. Volumes
inside the band are not planned, so that a plan read back is paid the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import linear
from siting.model.rows import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

BAND_STARTS = 0.01
"""Starts a year: far above the solver's tolerance, far below one batch."""
_UNIT = ["site", "configuration"]


def band(network: Network) -> NDArray[np.float64]:
    """Return, by row of milestones, the starts below the target that no plan stops at."""
    return np.minimum(BAND_STARTS, network.milestones["starts"].to_numpy(float) / 2.0)


def unit_starts(network: Network, solution: Solution) -> NDArray[np.float64]:
    """Return the starts a year of each milestone's unit, shape (milestones, slices)."""
    made = solution.made * network.makings["starts"].to_numpy()[:, None]
    unit = pd.MultiIndex.from_frame(network.milestones[_UNIT]).get_indexer(
        pd.MultiIndex.from_frame(network.makings[_UNIT])
    )
    starts = np.zeros((len(network.milestones), made.shape[1]))
    np.add.at(starts, unit[unit >= 0], made[unit >= 0])
    return starts


def reached(network: Network, solution: Solution) -> NDArray[np.bool_]:
    """Return which milestones are paid in which slice, shape (milestones, slices)."""
    if network.milestones.empty:
        return np.zeros((0, solution.made.shape[1]), dtype=bool)
    target = network.milestones["starts"].to_numpy(float) - band(network) / 2.0
    return unit_starts(network, solution) >= target[:, None]


class Milestones:
    """Modes with ``milestone_payment``."""

    name = "milestones"

    def supports(self, network: Network) -> bool:
        """Say whether any unit could earn a milestone."""
        return not network.milestones.empty

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (19)."""
        rows, made_at = model.rows.made, members(model.rows.made[[*_UNIT, "slice"]])
        starts = network.makings["starts"].to_numpy()[rows["making"]]
        largest = _largest(network)
        model.c19_milestone = pyo.ConstraintList()
        for k, (site, configuration, target, below) in enumerate(
            zip(*(network.milestones[name] for name in _UNIT), network.milestones["starts"], band(network), strict=True)
        ):
            for s in range(len(network.slices)):
                batches = made_at.get((site, configuration, s), np.zeros(0, dtype=np.int64))
                terms = [*(model.made[b] for b in batches), model.reached[k, s]]
                model.c19_milestone.add((0.0, linear([*starts[batches], -target], terms), None))
                above = max(largest[k] - target + below, 0.0)
                model.c19_milestone.add((None, linear([*starts[batches], -above], terms), target - below))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Look for volumes inside the band, which could be read either way."""
        starts, target = unit_starts(network, solution), network.milestones["starts"].to_numpy(float)
        gap = band(network)
        unclear = (starts > (target - 0.9 * gap)[:, None]) & (starts < (target - 0.1 * gap)[:, None])
        sites = network.milestones["site"].to_numpy()[unclear.any(axis=1)]
        rows = tuple(network.ids.sites[j] for j in np.unique(sites))
        what = "the volume is so near its milestone that the payment is unclear"
        return [Problem("modes.milestone_starts", what, rows=rows)] if rows else []


def _largest(network: Network) -> NDArray[np.float64]:
    """Return the most starts that any option of each milestone's unit allows."""
    per_slot = (network.makings["starts"] / network.makings["slots"]).groupby(
        [network.makings[name] for name in _UNIT]
    ).max()  # fmt: skip
    capacity = network.options.groupby(_UNIT)["capacity"].max()
    units = pd.MultiIndex.from_frame(network.milestones[_UNIT])
    return (capacity.reindex(units).to_numpy() * per_slot.reindex(units).fillna(1.0).to_numpy()).astype(float)
