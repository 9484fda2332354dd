"""Raising the prices: a deflected subgradient method with Polyak's step.

The step is ``theta (target - bound) / |g|^2`` along ``0.7 old + 0.3 new`` subgradient; theta shrinks when the bound has
not risen for some iterations, and the search goes back to the best prices. (Held, Wolfe and Crowder, Math Program
1974;6:62; Camerini, Fratta and Maffioli, Math Program Study 1975;3:26.)

Prices that rise in proportion to demand hardly change the bound while the capacity that is open just suffices, and so
short steps never get far that way. Where areas may not be split, a line search does, once the bound has stopped rising.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.solve.location.relaxation import Answer, Relaxation

    Floats = NDArray[np.float64]

MEMORY = 0.7
LEAST_STEP, SMALL = 1e-3, 1e-12
GUESS = 0.05
"""The optimum is taken to lie no further above the bound, relatively, while no better plan says so."""
SLIDES, REACH, WORTH = 8, 0.05, 1e-5
"""Prices looked at in a line search, the first step as a share of the mean price, and the rise of the bound after which
the steps need not shrink."""
AVERAGE = 0.05
"""Weight of the latest answer in the average of what is open."""


@dataclass(frozen=True)
class Pace:
    """Iterations at most, theta to begin with, and by what it shrinks after how many iterations without progress.

    ``enough`` is how far the bound may stay below the target, relatively, for the ascent to end.
    """

    iterations: int
    step: float
    shrink: float
    patience: int
    enough: float = 0.0


@dataclass(frozen=True)
class Ascent:
    """The best prices found, the answer at them, how often each site was open of late, and theta in the end."""

    price: Floats
    answer: Answer
    open_share: Floats
    step: float


def ascend(
    relaxation: Relaxation,
    price: Floats,
    state: NDArray[np.int8],
    target: float,
    pace: Pace,
    look: Callable[[Answer], float],
) -> Ascent:
    """Raise the bound from given prices.

    Parameters
    ----------
    relaxation : Relaxation
        What is to be priced.
    price : ndarray, shape (n_areas,)
        Where to begin.
    state : ndarray of int8, shape (n_sites,)
        Decisions taken.
    target : float
        Cost of the best plan; the ascent ends when the bound reaches it.
    pace : Pace
        How long and how fast.
    look : callable
        Told every answer; may return a better target, or -inf to stop.
    """
    best = answer = relaxation.price(price, state)
    best_price, ceiling = price, relaxation.ceiling
    share, direction = answer.is_open.astype(float), 1.0 - answer.served
    step, idle, reach = pace.step, 0, REACH
    for _ in range(pace.iterations):
        target = min(target, look(answer))
        goal = target - pace.enough * abs(target) if np.isfinite(target) else target
        if target == -np.inf or relaxation.problem.raised(best.bound) >= goal or step < LEAST_STEP:
            break
        size = float(direction @ direction)
        if size < SMALL:
            if not (gradient := 1.0 - answer.served).any():
                break
            direction, size = gradient, float(gradient @ gradient)
        goal = min(target, best.bound + GUESS * max(abs(best.bound), relaxation.size))
        price = np.clip(price + step * (goal - answer.bound) / size * direction, None, ceiling)
        answer = relaxation.price(price, state)
        share += AVERAGE * (answer.is_open - share)
        direction = MEMORY * direction + (1.0 - MEMORY) * (1.0 - answer.served)
        if answer.bound > best.bound:
            idle = 0 if answer.bound > best.bound + 1e-6 * abs(best.bound) else idle + 1
            best, best_price = answer, price
        else:
            idle += 1
        if idle >= pace.patience:
            before = best.bound
            best_price, best, reach = _slide(relaxation, best_price, best, state, reach)
            if best.bound <= before + WORTH * abs(before):
                step *= pace.shrink
            price, answer, idle, direction = best_price, best, 0, 1.0 - best.served
    return Ascent(best_price, best, share, step)


def _slide(
    relaxation: Relaxation, price: Floats, best: Answer, state: NDArray[np.int8], reach: float
) -> tuple[Floats, Answer, float]:
    """Return the best prices on the line along demand and the answer at them, with where to begin the next search."""
    if not relaxation.problem.is_single:
        return price, best, reach
    along = relaxation.demand
    sign = float(np.sign(along @ (1.0 - best.served)))
    unit = sign * max(abs(price.mean()), SMALL) / along.mean()
    best_price, low, high, move = price, 0.0, np.inf, reach
    for _ in range(SLIDES):
        there = np.clip(price + unit * move * along, None, relaxation.ceiling)
        answer = relaxation.price(there, state)
        if answer.bound > best.bound:
            best_price, best = there, answer
        if sign * float(along @ (1.0 - answer.served)) > 0.0:
            low = move
        else:
            high = move
        move = 0.5 * (low + high) if high < np.inf else 2.0 * move
    return best_price, best, max(low, LEAST_STEP * reach)
