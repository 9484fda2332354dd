"""Branch and bound where areas may not be split: on sites first, then on where areas go.

At decided sites the problem is one of generalised assignment. The knapsacks of the relaxation bound that well, and what
reduced costs exclude is left out for good below a node (Posta, Ferland and Michelon, Comput Optim Appl 2012;52:629).
Among nodes whose bounds are the same whole number the newest is taken first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.ascent import ascend
from siting.solve.location.problem import demand_of, trimmed
from siting.solve.location.relaxation import FREE, SHUT, Relaxation
from siting.solve.location.tree import decided, split_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.solve.location.ascent import Ascent, Pace
    from siting.solve.location.problem import Location
    from siting.solve.location.relaxation import Answer

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    State = NDArray[np.int8]

SETTLE_EVERY = 20
"""Nodes between two searches for a plan where sites are decided."""


@dataclass(order=True)
class Node:
    """What is known of a part of the plans: arcs kept, decisions on sites, prices to begin with."""

    bound: float
    number: int
    kept: Mask = field(compare=False)
    state: State = field(compare=False)
    price: Floats = field(compare=False)
    share: Floats = field(compare=False)


class SingleTree:
    """The open nodes of a search for plans that cost less than a target.

    Parameters
    ----------
    problem : Location
        Its areas may not be split, and all are to be served.
    target : callable
        What plans must cost less than.
    look : callable
        Told every answer, to stop in time; see `ascend`.
    settle : callable
        Told decisions, ascent and arcs kept, for plans: when all sites are decided, now and then below, and where one
        arc an area is left.
    pace : Pace
        Of the ascent at each node.
    """

    def __init__(
        self,
        problem: Location,
        target: Callable[[], float],
        look: Callable[[Answer], float],
        settle: Callable[[State, Ascent, Mask], None],
        pace: Pace,
    ) -> None:
        self.problem, self.target, self.look, self.settle, self.pace = problem, target, look, settle, pace
        self.demand = demand_of(problem)
        self.nodes: list[Node] = []
        self.numbers = self.steps = 0

    def push(self, bound: float, kept: Mask, state: State, price: Floats, share: Floats) -> None:
        """Add a node."""
        self.numbers += 1
        heapq.heappush(self.nodes, Node(self.problem.raised(bound), -self.numbers, kept, state, price, share))

    @property
    def bound(self) -> float:
        """No plan costs less."""
        return min(self.nodes[0].bound if self.nodes else np.inf, self.target())

    def is_hopeless(self, bound: float) -> bool:
        """Say whether a bound excludes plans that cost less than the target."""
        return self.problem.raised(bound) >= self.target() * (1.0 - 1e-9)

    def step(self) -> None:
        """Take the node of least bound, and split it unless it is done."""
        node = heapq.heappop(self.nodes)
        self.steps += 1
        if self.is_hopeless(node.bound):
            return
        relaxation = Relaxation(trimmed(self.problem, node.kept))
        ascent = ascend(relaxation, node.price, node.state, self.target(), self.pace, self.look)
        bound = max(node.bound, ascent.answer.bound)
        if self.is_hopeless(bound):
            return
        state = decided(relaxation, ascent, node.state, self.target() - ascent.answer.bound)
        answer = relaxation.price(ascent.price, state)
        if self.is_hopeless(answer.bound):
            return
        extra = np.full(len(node.kept), np.inf)
        extra[node.kept] = relaxation.arc_extra(answer, ascent.price, state)
        kept = (extra <= self.target() - answer.bound) & (state[self.problem.site] != SHUT)
        if not np.bincount(self.problem.area[kept], minlength=relaxation.areas).all():
            return
        if (state == FREE).any():
            self.split_sites(bound, kept, state, node.share, ascent)
            return
        is_settled, is_first = kept.sum() == relaxation.areas, (node.state == FREE).any() or self.steps == 1
        if is_settled or is_first or self.steps % SETTLE_EVERY == 0:
            self.settle(state, ascent, kept)
        if not is_settled:
            self.split_areas(bound, kept, extra, state, ascent)

    def split_sites(self, bound: float, kept: Mask, state: State, share: Floats, ascent: Ascent) -> None:
        """Split at the site that the relaxation opens half of the time."""
        share = 0.5 * (share + ascent.open_share)
        site, opened, shut = split_at(state, share)
        for child in (shut, opened) if share[site] > 0.5 else (opened, shut):
            self.push(bound, kept, child, ascent.price, share)

    def split_areas(self, bound: float, kept: Mask, extra: Floats, state: State, ascent: Ascent) -> None:
        """Send the largest area that the relaxation serves more or less than once to its best site, or not there."""
        area = self.problem.area[kept]
        several = np.bincount(area, minlength=len(ascent.price)) > 1
        wrong = several & (ascent.answer.served != 1.0)
        chosen = int(np.argmax(np.where(wrong if wrong.any() else several, self.demand, -1.0)))
        arcs = np.flatnonzero(kept & (self.problem.area == chosen))
        arc = arcs[np.argmin(extra[arcs])]
        there, elsewhere = kept.copy(), kept.copy()
        there[arcs], there[arc], elsewhere[arc] = False, True, False
        for child in (elsewhere, there):
            self.push(bound, child, state, ascent.price, ascent.open_share)
