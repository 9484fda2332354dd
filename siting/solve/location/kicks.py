"""Iterated local search without capacities, and choices of sites bred from two others.

A kick swaps a few sites and searches again; what is no worse is kept. A child opens the sites of both parents, closes
the cheapest until their number is allowed, and is searched and kicked; it takes the place of the worst. (After Resende
and Werneck, A hybrid heuristic for the p-median problem, Journal of Heuristics 2004;10:59.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.interchange import interchange, kick

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.solve.location.problem import Location

    Mask = NDArray[np.bool_]

SWAPS = (2, 3, 5)
"""Sites swapped by a kick, in turn."""
AT_ONCE, MOST_AT_ONCE = 3e5, 10
"""Kicks of one strength between two looks at the clock, times the arcs that a kick looks at; and at most."""
PATIENCE, PATIENCE_EACH = 50, 1
"""Kicks without a better plan that end a search: so many, and so many for each open site."""
SIZE = 12
"""Choices of sites kept."""
BARREN = 2
"""Children in a row, none of them better than the best, that end the breeding, times the choices kept."""
SAME = 1e-9
"""Relative difference of cost below which two choices count as one."""


def drawn(problem: Location, seed: int) -> Mask:
    """Return the least number of sites, and one at least, drawn at random."""
    able = np.flatnonzero(np.isfinite(problem.fixed))
    is_open = np.zeros(len(problem.fixed), dtype=bool)
    is_open[np.random.default_rng(seed).choice(able, min(max(problem.least, 1), len(able)), replace=False)] = True
    return is_open


class Pool:
    """The best choices of sites so far, without capacities; `seed` is that of kicks and parents."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.kept: list[tuple[float, Mask]] = []
        """Cost and sites, cheapest first."""

    def add(self, cost: float, is_open: Mask) -> None:
        """Keep a choice of sites if it is among the best and unlike the others."""
        if any(abs(cost - other) <= SAME * abs(other) for other, _ in self.kept):
            return
        self.kept = sorted([*self.kept, (cost, is_open.copy())], key=lambda one: one[0])[:SIZE]

    def kick_all(self, problem: Location, is_over: Callable[[float], bool]) -> None:
        """Kick all that is kept, until that betters nothing.

        Parameters
        ----------
        problem : Location
            Without capacities.
        is_over : callable
            Told the least cost now and then; says whether to stop.
        """
        before, self.kept = self.kept, []
        for cost, is_open in before:
            self.add(cost if is_over(self.least) else self.kicked(problem, is_open, is_over), is_open)

    def breed(self, problem: Location, is_over: Callable[[float], bool]) -> None:
        """Breed until children are no better any more; see `kick_all`."""
        barren = 0
        while len(self.kept) > 1 and barren < BARREN * len(self.kept) and not is_over(self.least):
            before = self.least
            self.child(problem, is_over)
            barren = 0 if self.least < before else barren + 1

    @property
    def least(self) -> float:
        """Cost of the best choice."""
        return self.kept[0][0] if self.kept else np.inf

    def some(self, count: int) -> list[Mask]:
        """Return the best choice and so many others, drawn at random."""
        others = self.rng.permutation(np.arange(1, len(self.kept)))[:count]
        return [self.kept[one][1] for one in (0, *others.tolist())]

    def child(self, problem: Location, is_over: Callable[[float], bool]) -> None:
        """Breed once."""
        one, other = self.rng.choice(len(self.kept), 2, replace=False)
        is_open = self.kept[one][1] | self.kept[other][1]
        interchange(is_open, problem.ground, problem.counts)
        self.add(self.kicked(problem, is_open, is_over), is_open)

    def kicked(self, problem: Location, is_open: Mask, is_over: Callable[[float], bool]) -> float:
        """Kick a choice of sites, in place, until that betters nothing; return its cost."""
        count = int(np.clip(AT_ONCE / _work(problem, is_open), 1, MOST_AT_ONCE))
        cost, idle, patience = np.inf, 0, PATIENCE + PATIENCE_EACH * int(is_open.sum())
        while idle < patience:
            before = cost
            for swaps in SWAPS:
                cost = kick(is_open, problem.ground, problem.counts, self.rng.random((count, 1 + swaps, 2)))
            idle = idle + count * len(SWAPS) if cost >= before else 0
            if is_over(cost):
                break
        return float(cost)


def _work(problem: Location, is_open: Mask) -> float:
    """Return about how many arcs a kick looks at: those of the areas of two sites, up to the second open site."""
    opened = max(int(is_open.sum()), 2)
    return 4.0 * len(problem.cost) / opened**2
