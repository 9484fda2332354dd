"""Where units have no limits: local search around what the relaxation opens, breeding, HiGHS on the sites of the best.

What the best choices of sites have in common is kept, and HiGHS chooses among the sites that only some of them open.
(After Rosing and ReVelle, Heuristic concentration, European Journal of Operational Research 1997;97:75.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.interchange import interchange
from siting.solve.location.kicks import Pool
from siting.solve.location.relaxation import FREE, OPEN, SHUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.ascent import Ascent
    from siting.solve.location.locate import _Search

    Mask = NDArray[np.bool_]
    State = NDArray[np.int8]

SHARE = 0.6
"""Of the time left, at most, for better plans before branching."""
ROUNDS, WIDE_ROUNDS = 1, 3
"""Rounds in a row that may better nothing; and where the gap is wide, so that branching would not close it."""
OTHERS = 5
"""Choices of sites beside the best among whose sites HiGHS chooses."""
BREED_AFTER = 10_000
"""Answers of the relaxation, most of them at nodes, after which looks breed as well."""


class Uncapacitated:
    """Steps of a solve without capacities.

    Parameters
    ----------
    search : _Search
        The solve.
    seed : int
        Of kicks and parents.
    """

    def __init__(self, search: _Search, seed: int) -> None:
        self.search, self.pool = search, Pool(seed)

    def look(self, is_open: Mask, looks: int) -> None:
        """Search around what the relaxation opens, after so many looks."""
        self.improve(is_open)
        if looks > BREED_AFTER and len(self.pool.kept) > 1:
            self.pool.child(self.search.near, lambda _: self.search.is_over())
            self.take_best()

    def improve(self, is_open: Mask) -> Mask:
        """Search locally around a choice of sites; return the choice found."""
        near, is_open = self.search.near, is_open.copy()
        cost = interchange(is_open, near.ground, near.counts)
        self.search.take_sites(is_open, cost)
        self.pool.add(cost, is_open)
        return is_open

    def breed(self, root: Ascent, state: State) -> None:
        """Better the best plan by kicks and breeding, and by HiGHS on the sites of the best."""
        search = self.search
        until, rounds = time.perf_counter() + SHARE * search.left(), 0

        def is_over(cost: float) -> bool:
            return search.is_enough(cost) or time.perf_counter() > until

        self.pool.kick_all(search.near, is_over)
        while rounds < (WIDE_ROUNDS if search.is_wide() else ROUNDS) and not is_over(search.cost):
            before = search.cost
            self.pool.breed(search.near, is_over)
            self.take_best()
            self.choose_between(root, state)
            rounds = 0 if search.cost < before else rounds + 1

    def take_best(self) -> None:
        """Keep the best choice of sites as a plan."""
        self.search.take_sites(self.pool.kept[0][1], self.pool.least)

    def choose_between(self, root: Ascent, state: State) -> None:
        """Let HiGHS choose among the sites of good choices; what all of them open stays open."""
        chosen = np.array(self.pool.some(OTHERS))
        near = np.where(chosen.all(axis=0), OPEN, np.where(chosen.any(axis=0), FREE, SHUT)).astype(np.int8)
        if (near == FREE).any():
            self.search.plan_among(root, state, near)
            if (plan := self.search.plan) is not None:
                self.pool.add(plan.objective, plan.is_open)
