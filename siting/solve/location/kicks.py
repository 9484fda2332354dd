"""Iterated local search without capacities: kick the best choice of sites, search again, keep what is no worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.interchange import kick

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.solve.location.problem import Location

    Mask = NDArray[np.bool_]

SWAPS = (2, 3, 5)
"""Sites swapped by a kick, in turn."""
AT_ONCE, MOST_AT_ONCE = 3e5, 20
"""Kicks of one strength between two looks at the clock, times the arcs that a local search looks at; and at most."""
PATIENCE, PATIENCE_EACH = 50, 5
"""Kicks without a better plan that end a search: so many, and so many for each open site."""
ROUNDS = 200
"""Times that a few kicks are made at most before a search ends."""


def drawn(problem: Location, seed: int) -> Mask:
    """Return the least number of sites, and one at least, drawn at random."""
    able = np.flatnonzero(np.isfinite(problem.fixed))
    is_open = np.zeros(len(problem.fixed), dtype=bool)
    is_open[np.random.default_rng(seed).choice(able, min(max(problem.least, 1), len(able)), replace=False)] = True
    return is_open


class Kicks:
    """Kicks choices of sites, without capacities; `seed` is that of the kicks."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.cost, self.idle = np.inf, np.inf
        self.is_open: Mask = np.zeros(0, dtype=bool)

    def begin(self, problem: Location, is_open: Mask) -> None:
        """Begin, or go on, from a choice of sites of a problem."""
        self.problem = problem
        self.is_open, self.cost, self.idle = is_open.copy(), np.inf, 0

    @property
    def is_stuck(self) -> bool:
        """Say whether kicks have bettered nothing for long, or have nothing to begin with."""
        return self.idle > PATIENCE + PATIENCE_EACH * int(self.is_open.sum())

    def some(self) -> tuple[Mask, float]:
        """Make a few kicks of each strength; return the choice of sites and its cost."""
        problem, before = self.problem, self.cost
        count = int(np.clip(AT_ONCE / self._work(), 1, MOST_AT_ONCE))
        for swaps in SWAPS:
            draws = self.rng.random((count, 1 + swaps, 2))
            self.cost = kick(self.is_open, problem.ground, problem.counts, draws)
        self.idle = self.idle + count * len(SWAPS) if self.cost >= before else 0
        return self.is_open, self.cost

    def _work(self) -> float:
        """Return about how many arcs a kick looks at: those of the areas of a site, up to the second open site."""
        opened = max(int(self.is_open.sum()), 2)
        return 2.0 * len(self.problem.stay) / opened * 2.0 * len(self.problem.cost) / len(self.problem.stay) / opened

    def many(self, is_over: Callable[[float], bool]) -> tuple[Mask, float]:
        """Make kicks until they better nothing; return the choice of sites and its cost.

        Parameters
        ----------
        is_over : callable
            Told the least cost now and then; says whether to stop.
        """
        for _ in range(ROUNDS):
            self.some()
            if self.is_stuck or is_over(self.cost):
                break
        return self.is_open, self.cost
