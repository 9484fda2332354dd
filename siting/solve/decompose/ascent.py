"""Multiplier ascent: better and better prices for the relaxation.

Polyak steps along an averaged supergradient (Held, Wolfe and Crowder 1974; the averaging of Barahona and Anbil's volume
algorithm, Math Program 2000;87:385), in a metric weighted by patients, so that a small county's price moves like a
large one's. The step shrinks when the bound stalls and goes back to the best prices.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.decompose.layout import cheapest_making, full_costs
from siting.solve.decompose.relaxation import Answer, Prices, Relaxation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FRESH = 0.7
"""Weight of the newest supergradient in the direction; 0.3 was slower on uk, 1.0 ended lower on uk and us."""
PATIENCE, SHRINK = 20, 0.7
LEAST_STEP, RESTART = 1e-3, 0.1
GUESS = 0.03
"""Without a plan the bound is taken to miss the optimum by this share of the cost at the first prices."""
SCALE = 0.3
"""Prices of flows move as if so large a share of what could ever flow were out of balance; 0.1 and 1 were slower."""
MEMORY = 0.95
"""How slowly the share of iterations in which a site was open forgets."""


@dataclass(frozen=True)
class Ascent:
    """The best prices found, what the relaxation says there, and how often each site was open lately."""

    prices: Prices
    answer: Answer
    open_share: Floats
    step: float


def start_prices(relaxation: Relaxation) -> Prices:
    """Return prices to begin with: cells at the cheapest full cost of making them, areas at their cheapest way.

    The full cost of a cell is courier, making, and the option's cost for a slot at full load.
    """
    lay = relaxation.layout
    cheapest = cheapest_making(lay)
    place = np.repeat(np.arange(len(lay.cell_start) - 1), np.diff(lay.cell_start))
    site, slice_ = np.divmod(place, len(lay.slice_weight))
    full = lay.slice_weight[slice_] * (lay.cell_cost + cheapest[site, lay.cell_group])
    collect = np.full(len(lay.band_most), np.inf)
    np.minimum.at(collect, lay.cell_flow[~lay.cell_own], full[~lay.cell_own])
    collect[~np.isfinite(collect)] = 0.0
    collect = np.repeat(collect[:, None], lay.band_most.shape[1], axis=1)
    serve = lay.unserved_cost.copy()
    np.minimum.at(serve, lay.trip_demand, full_costs(lay, collect))
    return Prices(np.where(np.isfinite(serve), serve, 0.0), collect)


def ascend(
    relaxation: Relaxation,
    prices: Prices,
    target: Callable[[], float | None],
    seconds: float,
    most_iterations: int,
    before: Ascent | None = None,
) -> Ascent:
    """Raise the bound until it stalls or the time is up.

    Parameters
    ----------
    relaxation : Relaxation
        What to price.
    prices : Prices
        Where to begin.
    target : callable
        The cost of the best plan so far, for the step length; None where there is none.
    seconds : float
        Time allowed.
    most_iterations : int
        Work limit; a run that ends by it is the same every time.
    before : Ascent, optional
        An earlier ascent to go on from, with its step and what it knows about sites.

    Returns
    -------
    Ascent
        Best prices and bound.
    """
    lay = relaxation.layout
    weight, size = np.maximum(lay.patients, 1e-9), float(np.abs(prices.serve).sum())
    scale = np.maximum(lay.band_most * SCALE, 1e-9)
    best_prices, best = prices, relaxation.price(prices)
    answer, way_serve, way_collect = best, best.serve, best.collect
    open_share = (answer.opened >= 0).max(axis=0).astype(float) if before is None else before.open_share
    theta, idle, began = 1.0 if before is None else max(before.step, RESTART), 0, time.perf_counter()
    for _ in range(most_iterations):
        length = float(weight @ way_serve**2 + (way_collect**2 / scale).sum())
        if length <= 0.0 or theta < LEAST_STEP or time.perf_counter() - began > seconds:
            break
        known = target()
        aim = best.bound + GUESS * size if known is None else known
        step = theta * max(aim - answer.bound, 1e-4 * size) / length
        serve = np.minimum(prices.serve + step * weight * way_serve, lay.unserved_cost)
        prices = Prices(serve, prices.collect + step * way_collect / scale)
        answer = relaxation.price(prices)
        way_serve = FRESH * answer.serve + (1 - FRESH) * way_serve
        way_collect = FRESH * answer.collect + (1 - FRESH) * way_collect
        open_share = MEMORY * open_share + (1 - MEMORY) * (answer.opened >= 0).max(axis=0)
        if answer.bound > best.bound + 1e-6 * abs(best.bound):
            best_prices, best, idle = prices, answer, 0
        else:
            idle += 1
        if idle >= PATIENCE:
            theta, idle, prices, answer = theta * SHRINK, 0, best_prices, best
            way_serve, way_collect = best.serve, best.collect
    return Ascent(best_prices, best, open_share, theta)
