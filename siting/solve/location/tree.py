"""Branch and bound over sites, with the relaxation's bound at every node.

Nodes are taken by least bound. Each node raises its prices from its parent's, decides by reduced costs what no better
plan does otherwise, and is split at a site that the relaxation opens half of the time. What has few sites left, or
none, is handed over to be solved outright.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.ascent import ascend
from siting.solve.location.relaxation import FREE, OPEN, SHUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.solve.location.ascent import Ascent, Pace
    from siting.solve.location.relaxation import Answer, Relaxation

    Floats = NDArray[np.float64]
    State = NDArray[np.int8]


@dataclass(order=True)
class Node:
    """Decisions taken, and what is known below them."""

    bound: float
    number: int
    state: State = field(compare=False)
    price: Floats = field(compare=False)
    share: Floats | None = field(compare=False, default=None)


def decided(relaxation: Relaxation, ascent: Ascent, state: State, room: float) -> State:
    """Return the decisions, with those that reduced costs force where a plan may cost `room` more than the bound."""
    extra = relaxation.extra(ascent.answer, state)
    forced = (state == FREE) & (extra > room)
    result = state.copy()
    result[forced] = np.where(ascent.answer.is_open[forced], OPEN, SHUT)
    result[(result == FREE) & ~np.isfinite(ascent.answer.value)] = SHUT
    opened, free = int((result == OPEN).sum()), int((result == FREE).sum())
    if opened == relaxation.problem.most:
        result[result == FREE] = SHUT
    elif opened + free == relaxation.problem.least:
        result[result == FREE] = OPEN
    return result


def split_at(state: State, share: Floats) -> tuple[int, State, State]:
    """Return the free site that is open nearest to half of the time, and the decisions with it opened and shut."""
    free = np.flatnonzero(state == FREE)
    site = int(free[np.argmin(np.abs(share[free] - 0.5))])
    opened, shut = state.copy(), state.copy()
    opened[site], shut[site] = OPEN, SHUT
    return site, opened, shut


class Tree:
    """The open nodes of a search.

    Parameters
    ----------
    relaxation : Relaxation
        Gives bounds.
    target : callable
        Cost of the best plan so far.
    look : callable
        Told every answer, for plans; see `ascend`.
    hand_over : callable
        Told state and ascent; solves the node outright and returns a bound for all its plans, or None to have it split.
    pace : Pace
        Of the ascent at each node.
    """

    def __init__(
        self,
        relaxation: Relaxation,
        target: Callable[[], float],
        look: Callable[[Answer], float],
        hand_over: Callable[[State, Ascent], float | None],
        pace: Pace,
    ) -> None:
        self.relaxation, self.target, self.look = relaxation, target, look
        self.hand_over, self.pace = hand_over, pace
        self.nodes: list[Node] = []
        self.numbers = 0
        self.left_behind = np.inf
        """Least bound of nodes handed over that were not solved to the end."""

    def push(self, bound: float, state: State, price: Floats, share: Floats) -> None:
        """Add a node."""
        self.numbers += 1
        heapq.heappush(self.nodes, Node(bound, self.numbers, state, price, share))

    @property
    def bound(self) -> float:
        """No plan costs less."""
        return min(self.nodes[0].bound if self.nodes else np.inf, self.left_behind, self.target())

    def is_hopeless(self, bound: float) -> bool:
        """Say whether a bound excludes plans better than the best one."""
        return self.relaxation.problem.raised(bound) >= self.target() * (1.0 - 1e-9)

    def step(self) -> None:
        """Take the node of least bound, and split it unless it is done."""
        node = heapq.heappop(self.nodes)
        if self.is_hopeless(node.bound):
            return
        ascent = ascend(self.relaxation, node.price, node.state, self.target(), self.pace, self.look)
        bound = max(node.bound, ascent.answer.bound)
        if self.is_hopeless(bound):
            return
        state = decided(self.relaxation, ascent, node.state, self.target() - ascent.answer.bound)
        solved = self.hand_over(state, ascent)
        if solved is not None:
            if not self.is_hopeless(max(bound, solved)):
                self.left_behind = min(self.left_behind, max(bound, solved))
            return
        share = ascent.open_share if node.share is None else 0.5 * (node.share + ascent.open_share)
        _, opened, shut = split_at(state, share)
        for child in (opened, shut):
            self.push(bound, child, ascent.price, share)
