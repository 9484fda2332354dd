"""Plain facility location: prices, local search, fixing, then branch and bound or a small model to HiGHS.

Without capacities the relaxation is nearly tight and plans cost next to nothing, so branching on sites with its bound
closes most problems; with capacities, or where many sites are left, HiGHS gets what reduced costs leave. Where areas
may not be split, branching goes on from sites to areas, for plans that cost little more than the bound first.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import InfeasibleError
from siting.model.core import active_features
from siting.solve.highs import Run
from siting.solve.location.ascent import LEAST_STEP, Ascent, Pace, ascend
from siting.solve.location.closing import NEAREST_FIRST, close_out, first_plan, likely, nearest, rounded
from siting.solve.location.interchange import assign
from siting.solve.location.kernel import solve_kernel
from siting.solve.location.kicks import drawn
from siting.solve.location.plan import Choice, choice_of, solution_from
from siting.solve.location.problem import narrowed, read_location, trimmed
from siting.solve.location.relaxation import FREE, OPEN, SHUT, Answer, Relaxation
from siting.solve.location.transport import transported
from siting.solve.location.tree import Tree, decided
from siting.solve.location.uncapacitated import Uncapacitated
from siting.solve.location.unsplit import Unsplit
from siting.solve.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.options import Progress, SolveOptions

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    State = NDArray[np.int8]

ROOT = Pace(1500, 1.0, 0.8, 20)
STAGE = replace(ROOT, iterations=250)
WORTHWHILE = 0.2
"""Share of the sites left that a stage must shut for the next to be made without them."""
NODE = Pace(60, 1.0, 0.6, 10)
AGAIN = Pace(400, 0.5, 0.7, 15)
"""Once a first plan says how far the bound may rise."""
DIVE = Pace(40, 0.5, 0.7, 6)
FIRST_SHARE, FIRST_NODES, FIRST_GAP = 0.3, 200, 1e-3
"""Share of the time, nodes and gap for a first plan."""
LATER_SHARE, LATER_NODES = 0.1, 10
"""For a better plan after that."""
LEAF_ARCS = 4
"""Arcs by area with which a node goes to HiGHS."""
LOOK_EVERY, LOOK_LOADED, LOOK_IN_TREE = 10, 50, 120
"""Iterations between two looks at what the relaxation opens: at the root, there with capacities, and at nodes."""
ARCS_LOOKED_AT = 100_000
"""Arcs for each iteration between two looks without capacities, where they are so many that looks would take long."""
FEW_ARCS, MORE_ARCS, MANY_SITES, WIDE = 20_000, 60_000, 100, 0.002
"""With few arcs left HiGHS is faster than branching: with single sourcing; and where the gap is not wide without
capacities, for many sites with somewhat more arcs."""
NEAR, MANY_ARCS = 10.0, 1_000_000
"""Arcs of an area that the first bound looks at, times the sites for each unit; only where there are so many arcs."""
MOST_NODES = 20_000
MOST_ARCS = 100_000
"""After so many nodes HiGHS takes over, where it can hold what is left."""


def solve_location(network: Network, options: SolveOptions) -> Solution:
    """Find a plan of least cost of a network for which `is_location` holds.

    Parameters
    ----------
    network : Network
        Plain facility location.
    options : SolveOptions
        ``objective`` must be total_cost.

    Returns
    -------
    Solution
        Its bound holds for the whole model.

    Raises
    ------
    InfeasibleError
        No plan meets the rules.
    NoPlanError
        The limit came before any plan.
    """
    search = _Search(network, options)
    try:
        search.run()
    except KeyboardInterrupt:
        search.stopped_by = "interrupt"
    return search.result()


class _Search(Standing[Choice]):
    """One solve: the best plan and bound so far, and the steps that better them."""

    def __init__(self, network: Network, options: SolveOptions) -> None:
        super().__init__(options)
        self.problem = read_location(network)
        self.whole = Relaxation(self.problem)
        self.first = self.nearest_first()
        """What the first bound is raised with."""
        self.near = self.problem
        """The problem without what is known to be in no better plan, for local search without capacities."""
        self.looks = 0
        many = len(self.problem.cost) // ARCS_LOOKED_AT
        self.look_every = LOOK_LOADED if self.problem.is_capacitated else max(LOOK_EVERY, many)
        self.seen: set[bytes] = set()
        must_all = not np.isfinite(self.problem.stay).any()
        self.uncapacitated = None if self.problem.is_capacitated else Uncapacitated(self, options.seed)
        self.unsplit = Unsplit(self, options.seed) if self.problem.is_single and must_all else None

    def run(self) -> None:
        """Price, search, fix, and close what is left."""
        if self.unsplit is not None:
            self.unsplit.begin()
        root, state = self.climb()
        if self.plan is None and not self.is_over():
            self.plan_near(root, state)
            root = self.again(root, state)
        if self.is_over():
            return
        if self.unsplit is not None:
            self.unsplit.go_on(root, state)
            if self.is_over():
                return
        if self.uncapacitated is not None and self.plan is not None:
            before = self.cost
            self.uncapacitated.breed(root, state)
            root = self.again(root, state) if self.cost < before else root
        if self.problem.is_capacitated or not self.is_wide():
            self.plan_among(root, state, likely(root, state))
        state = decided(self.whole, root, state, self.cost - root.answer.bound)
        extra, room = self.extra_of(root, state)
        kept = (state[self.problem.site] != SHUT) & ((extra <= room) | (not self.problem.never_splits))
        self.tell("branching")
        if self.is_tree(kept, state):
            self.branch(root, kept, state)
        if not self.is_over() and kept.sum() <= MOST_ARCS:
            self.close(extra, room, state)

    def climb(self) -> tuple[Ascent, State]:
        """Raise the bound; without capacities in stages, and sites decided after each are left out of the next."""
        state, relaxation = np.zeros(self.whole.sites, dtype=np.int8), self.first
        price = np.minimum(self.first_prices(), relaxation.ceiling)
        pace = replace(ROOT if self.problem.is_capacitated else STAGE, enough=self.options.gap)
        for _ in range(ROOT.iterations // pace.iterations):
            ascent = ascend(relaxation, price, state, self.cost, pace, self.look)
            self.raise_bound(ascent.answer.bound)
            price, pace = ascent.price, replace(pace, step=ascent.step)
            if self.is_over() or self.problem.is_capacitated or ascent.step < LEAST_STEP:
                break
            before, state = state, decided(relaxation, ascent, state, self.cost - ascent.answer.bound)
            if (state == SHUT).sum() - (before == SHUT).sum() > WORTHWHILE * (before != SHUT).sum():
                self.near = trimmed(self.problem, state[self.problem.site] != SHUT)
                relaxation = Relaxation(self.near)
        return ascent, state

    def nearest_first(self) -> Relaxation:
        """Return the relaxation, with the cheapest arcs only where areas may not be split and arcs are very many."""
        count = int(NEAR * self.whole.sites / max(self.problem.least, 1))
        is_large = len(self.problem.cost) >= max(MANY_ARCS, 2 * count * self.whole.areas)
        if not (self.problem.is_single and is_large and self.whole.cover is None):
            return self.whole
        return Relaxation(narrowed(self.problem, count))

    def is_tree(self, kept: Mask, state: State) -> bool:
        """Say whether to branch before HiGHS takes over."""
        if self.problem.is_single:
            return bool(kept.sum() > FEW_ARCS)
        if self.problem.is_capacitated:
            return True
        most = MORE_ARCS if (state == FREE).sum() >= MANY_SITES else FEW_ARCS
        return self.is_wide() or kept.sum() > most

    def is_wide(self) -> bool:
        """Say whether the best plan is far above the bound."""
        return self.bound is None or self.cost - self.bound > WIDE * self.cost

    def plan_near(self, root: Ascent, state: State) -> None:
        """Find a first plan at sites that the relaxation leads to; where that fails, by a small model."""
        ascent, near = self.dive(root, state)
        self.plan_within(self.extra_of(ascent, near)[0], near, self.brief(FIRST_SHARE, FIRST_NODES))
        if self.plan is None and not self.is_over():
            extra, _ = self.extra_of(root, state)
            self.consider(first_plan(self.problem, root, extra, state, self.brief(FIRST_SHARE, FIRST_NODES)))

    def dive(self, root: Ascent, state: State) -> tuple[Ascent, State]:
        """Decide on all sites, half of them at a time, with prices that follow; return both."""
        ascent, near = root, state
        while (near == FREE).any() and not self.is_over():
            near = rounded(self.problem, ascent, near)
            ascent = ascend(self.whole, ascent.price, near, self.cost, DIVE, self.look)
        return ascent, near

    def plan_among(self, root: Ascent, state: State, near: State) -> None:
        """Look for a plan with more decisions than those of the root."""
        run = self.brief(FIRST_SHARE if self.is_wide() else LATER_SHARE, LATER_NODES)
        self.plan_within(self.extra_of(root, state)[0], near, run)

    def plan_within(self, extra: Floats, state: State, run: Run) -> None:
        """Look for a plan that keeps the decisions, with little work."""
        near = nearest(self.problem, extra, state, NEAREST_FIRST)
        self.consider(solve_kernel(self.problem, near, state, run).choice)

    def brief(self, share: float, nodes: int) -> Run:
        """Return how HiGHS looks for a plan in a share of the time and so many nodes."""
        seconds = max(self.left() * share, 1.0)
        gap = max(self.options.gap, FIRST_GAP) if self.problem.is_capacitated else self.options.gap
        return Run(seconds, gap, 1, self.options.seed, most_nodes=nodes)

    def extra_of(self, ascent: Ascent, state: State) -> tuple[Floats, float]:
        """Return how much each arc raises the bound, and how much it may rise."""
        answer = self.whole.price(ascent.price, state)
        return self.whole.arc_extra(answer, ascent.price, state), self.cost - answer.bound

    def consider(self, choice: Choice | None) -> None:
        """Keep a plan if there is one and it is the best so far."""
        if choice is not None:
            self.take(choice)

    @property
    def cost(self) -> float:
        """Cost of the best plan."""
        return np.inf if self.plan is None else self.plan.objective

    def first_prices(self) -> Floats:
        """Return prices to begin with: between the nearest and the second nearest unit of a plan.

        With capacities: the least cost with the unit's cost spread over its capacity.
        """
        problem = self.problem
        if self.uncapacitated is None:
            spread = np.where(np.isfinite(problem.fixed), problem.fixed / problem.capacity, np.inf)
            price = problem.stay.copy()
            np.minimum.at(price, problem.area, problem.cost + spread[problem.site] * problem.amount)
            return price
        is_open = self.uncapacitated.improve(drawn(problem, self.options.seed))
        _, first, second = assign(is_open, problem.arcs, problem.away)
        return np.where(second < problem.far, (first + second) / 2.0, np.where(first < problem.far, first, 0.0))

    def look(self, answer: Answer) -> float:
        """Search around what the relaxation opens now and then; return the target, or minus infinity to stop."""
        if time.perf_counter() > self.until:
            return -np.inf
        self.looks += 1
        if self.looks % self.look_every == 0:
            self.better(answer)
        return self.cost

    def better(self, answer: Answer) -> None:
        """Look for a plan around what the relaxation opens, unless that was looked at before."""
        key = answer.is_open.tobytes() + answer.home.tobytes() * self.problem.is_single
        if key in self.seen:
            return
        self.seen.add(key)
        if self.unsplit is not None:
            self.unsplit.look(answer)
        elif self.uncapacitated is not None:
            self.uncapacitated.look(answer.is_open, self.looks)
        elif not self.problem.is_single:
            self.consider(transported(self.problem, answer.is_open))

    def again(self, root: Ascent, state: State) -> Ascent:
        """Raise the bound once more, with what a better plan costs."""
        ascent = ascend(self.first, root.price, state, self.cost, AGAIN, self.look)
        self.raise_bound(ascent.answer.bound)
        return ascent

    def take_sites(self, is_open: Mask, cost: float) -> None:
        """Keep a choice of sites if it is the best so far and serves everybody."""
        if cost >= self.cost:
            return
        arc, _, _ = assign(is_open, self.problem.arcs, self.problem.away)
        if np.isinf(self.problem.stay[arc < 0]).any():
            return
        share = np.zeros(len(self.problem.cost))
        share[arc[arc >= 0]] = 1.0
        self.consider(choice_of(self.problem, share, is_open.copy()))

    def branch(self, root: Ascent, kept: Mask, state: State) -> None:
        """Branch on sites."""
        self.look_every = LOOK_IN_TREE
        relaxation = Relaxation(trimmed(self.problem, kept))
        tree = Tree(relaxation, lambda: self.cost, self.look, self.leaf, NODE)
        tree.push(root.answer.bound, state, root.price, root.open_share)
        while tree.nodes and not self.is_over():
            tree.step()
            self.raise_bound(tree.bound)
            if tree.numbers > MOST_NODES and kept.sum() <= MOST_ARCS:
                break
        if not tree.nodes:
            self.raise_bound(tree.bound)

    def leaf(self, state: State, ascent: Ascent) -> float | None:
        """Solve a node outright, if that is little work."""
        is_decided = not (state == FREE).any()
        if not self.problem.is_capacitated:
            if not is_decided:
                return None
            is_open = state == OPEN
            _, first, _ = assign(is_open, self.problem.arcs, self.problem.away)
            cost = float(first.sum() + self.problem.fixed[is_open].sum())
            self.take_sites(is_open, cost)
            return cost
        if not self.problem.is_single:
            return self.split(state) if is_decided else None
        extra, room = self.extra_of(ascent, state)
        few = (extra[state[self.problem.site] != SHUT] <= room).sum() <= LEAF_ARCS * self.whole.areas
        if not (is_decided or few):
            return None
        if room > FIRST_GAP * self.cost:
            self.plan_within(extra, state, self.brief(LATER_SHARE, FIRST_NODES))
            extra, room = self.extra_of(ascent, state)
        return self.solved(extra, room, state, None)

    def split(self, state: State) -> float:
        """Solve a node whose sites are decided, where areas may be split; return what its best plan costs."""
        choice = transported(self.problem, state == OPEN)
        self.consider(choice)
        return np.inf if choice is None else choice.objective

    def solved(self, extra: Floats, room: float, state: State, report: Callable[[Progress], None] | None) -> float:
        """Solve a part of the problem with HiGHS; return a bound for its plans."""
        run = Run(max(self.left(), 1.0), self.options.gap, 1, self.options.seed, report)
        closed = close_out(self.problem, extra, room, state, run, self.plan)
        if closed.stopped_by not in ("optimal", "infeasible"):
            self.stopped_by = closed.stopped_by
        self.consider(closed.choice)
        return closed.bound

    def close(self, extra: Floats, room: float, state: State) -> None:
        """Give all that is left to HiGHS."""
        bound = self.solved(extra, room, state, self.heard)
        self.raise_bound(min(bound, self.cost))

    def heard(self, progress: Progress) -> None:
        """Pass on what HiGHS says; where areas may stay away from its kernel, what it finds may be no plan."""
        self.raise_bound(progress.bound, "closing", progress.objective if self.problem.never_splits else None)

    def is_over(self) -> bool:
        """Say whether gap or time end the solve, or no plan can exist."""
        return super().is_over() or self.bound == np.inf

    def raise_bound(self, bound: float | None, phase: str = "bounding", objective: float | None = None) -> None:
        """Take a better bound; whole costs make it a whole number."""
        if bound is not None:
            bound = min(self.problem.raised(bound), self.cost) if bound > -np.inf else None
        super().raise_bound(bound, phase, objective)

    def result(self) -> Solution:
        """Return the best plan with its bound."""
        if self.plan is None and self.bound == np.inf:
            raise InfeasibleError([])
        plan, proof = self.proven()
        features = active_features(self.problem.network)
        return solution_from(self.problem, plan, strategy="location", features=features, **proof)
