"""Arithmetic before solving: whether there is enough capacity for the service level at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.network.attainable import attainable_shares, weighted_patients

if TYPE_CHECKING:
    from siting.network.network import Network


def too_little_capacity(network: Network) -> list[Problem]:
    """Compare the patients that the service level asks for with the most that all sites together could infuse.

    The comparison is generous: every site runs its largest option, the sites allowed are the largest ones, and every
    patient needs the fewest starts. A study that fails it has no plan whatever the solver does.
    """
    level, options = network.limits.service_level, network.options
    if level is None or options.empty or network.makings.empty:
        return []
    largest = options.groupby("site")["capacity"].max()
    central = network.sites["is_central"].to_numpy(bool)[largest.index]
    units = np.sort(largest.to_numpy(float)[~central])[::-1][: network.limits.sites[1]]
    starts = units.sum() + largest.to_numpy(float)[central].sum()
    best = (network.makings["infused"] / network.makings["slots"]).max()
    most = starts * best * float(network.slices["weight"].sum())
    asked = level * float(attainable_shares(network) @ weighted_patients(network))
    if most >= asked:
        return []
    return [
        Problem(
            "limits.service_level",
            f"{level:,.4g} asks for {asked:,.1f} infused patients, but all capacity together makes {starts:,.1f} "
            f"starts a year, enough for {most:,.1f}",
            "raise platforms.max_count, limits.sites.max or the central plant's capacity, or lower the service level",
        )
    ]
