"""How a plan whose areas may not be split is annealed: from which temperature to which, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.solve.location.anneal import anneal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Plan = tuple[NDArray[np.int64], Mask]

COLD = 0.02
"""Temperature in the end; as `Cooling.heat`."""
LEAST_NEAR, NEAR = 8, 2.0
"""Sites near an area: at least, and times the sites for each that is open."""
AT_ONCE = 100_000
"""Moves of the annealing between two looks at the clock."""
SMALL = 1e-9


@dataclass(frozen=True)
class Cooling:
    """Sweeps over all areas, and temperature in the beginning, times what the second nearest unit costs more."""

    sweeps: int
    heat: float


def near_count(is_open: Mask) -> int:
    """Return how many sites are near an area."""
    return max(LEAST_NEAR, int(NEAR * len(is_open) / is_open.sum()))


def annealed(plan: Plan, tables: Any, near: Any, counts: tuple[int, int], rules: Any) -> tuple[float, Plan]:
    """Return the least cost found, infinite where nothing was, and its plan.

    Parameters
    ----------
    plan : tuple of ndarray
        To begin with: site by area, and whether a site is open; changed.
    tables, near : tuple of ndarray
        As `siting.solve.location.anneal.anneal`.
    counts : tuple of int
        Least and most units.
    rules : tuple
        Cooling, generator, and the time until when at most.
    """
    cooling, rng, until = rules
    site, is_open = plan
    two = np.sort(tables[0][:, is_open], axis=1)[:, :2]
    more = two[:, -1] - two[:, 0]
    more = more[np.isfinite(more)]
    scale = float(more.mean() if more.any() else two[:, 0].mean()) or 1.0
    price, heat = scale / max(tables[1].sum() / max((tables[1] > 0.0).sum(), 1), SMALL), scale * cooling.heat
    best = np.full(1, np.inf), site.copy(), is_open.copy()
    cool, left = (COLD / cooling.heat) ** (1.0 / cooling.sweeps), cooling.sweeps
    while left > 0 and time.perf_counter() < until:
        sweeps = min(left, AT_ONCE // len(site) + 1)
        price = anneal(site, is_open, best, tables, near, (counts, sweeps, heat, cool, price, rng))
        heat, left = heat * cool**sweeps, left - sweeps
    return float(best[0][0]), best[1:]
