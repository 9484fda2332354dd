"""Where areas may not be split: rounds before and after the prices, then branching for plans near the bound.

A round anneals a plan. Where the number of units is given, sites are much alike, and a round goes on by regions, at
the plan's sites by HiGHS, and combines it with the plans before. Elsewhere prices say more about which sites to open,
and branching soon proves small problems; where it takes long, plans go on by regions now and then.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.highs import Run
from siting.solve.location.ascent import Ascent, Pace
from siting.solve.location.assignment import Assignment
from siting.solve.location.cooling import Cooling
from siting.solve.location.interchange import interchange
from siting.solve.location.kicks import drawn
from siting.solve.location.relaxation import OPEN
from siting.solve.location.single import SingleTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.locate import _Search
    from siting.solve.location.plan import Choice
    from siting.solve.location.relaxation import Answer
    from siting.solve.location.single import Node

    Mask = NDArray[np.bool_]
    State = NDArray[np.int8]

SHORT, LONG = Cooling(100, 0.2), Cooling(1000, 0.5)
"""Annealing from what the relaxation opens; and from the best plan, there with twice the sweeps after it failed."""
PATIENT, MORE_PATIENT = 2, 4
"""Times in a row that annealing may better nothing, and where it goes on for all of the time."""
SHARE, LARGER_SHARE = 0.1, 0.3
"""Of the time, for annealing; and for annealing where the number of units is given (sites are then much alike, and
trees large), for branching until plans go on by regions, and for that."""
SIZES, PARTS, LEAST_SIZE = (6, 9, 12), 3, 2
"""Open sites of a region: so many, but no more than a part of those open; none where they would be fewer."""
BRIEFLY, PATIENTLY = Cooling(500, 0.3), Cooling(2000, 0.3)
"""Annealing of a region, and where that helped nothing."""
MOST_NODES = 200
"""For HiGHS, which has no longer than the search took before it."""
INNER = Pace(60, 0.3, 0.6, 10)
"""At nodes, whose prices are nearly right."""
FIRST_GUESS, LAST_GUESS = 1e-3, 1.0
"""How far above the bound the optimum is guessed; twice as far each time."""
COMBINING = 0.3
"""Of the time for regions, to combine the plan with others."""
REFINED = 20
"""Times the work of a look that goes into a first search at decided sites."""


class Unsplit:
    """Steps of a solve whose areas may not be split and are all to be served.

    Parameters
    ----------
    search : _Search
        The solve.
    seed : int
        Of the first choice of sites and of `Assignment`.
    """

    def __init__(self, search: _Search, seed: int) -> None:
        self.search, self.seed, self.problem = search, seed, search.problem
        self.assignment, self.cooling = Assignment(self.problem, seed), LONG
        self.is_given = self.problem.least == self.problem.most
        self.known: Choice | None = None
        """The best plan when regions were last done with it."""
        self.patience = np.inf
        """When to leave branching for regions."""

    def begin(self) -> None:
        """Find a first plan, around a choice of sites for units without limits."""
        problem, is_open = self.problem, drawn(self.problem, self.seed)
        interchange(is_open, problem.ground, problem.counts)
        self.anneal(is_open, self.cooling)
        if self.is_given:
            self.rounds()

    def look(self, answer: Answer) -> None:
        """Look for a plan around what the relaxation opens; where all plans open as many, rounds find more."""
        if not self.is_given:
            self.anneal(answer.is_open, SHORT)

    def anneal(self, is_open: Mask, cooling: Cooling) -> None:
        """Look for a plan around a choice of sites."""
        self.search.consider(self.assignment.improve(is_open, cooling, self.search.until))

    def go_on(self, root: Ascent, state: State) -> None:
        """Better the plan, then branch for ever dearer ones until there are none."""
        search, guess = self.search, FIRST_GUESS
        root = self.annealed(root, state)
        search.tell("branching")
        bound, self.patience = root.answer.bound, time.perf_counter() + LARGER_SHARE * search.left()
        while not search.is_over() and guess <= LAST_GUESS:
            self.branch_below(bound + guess * max(abs(bound), search.whole.size), root, state)
            guess *= 2.0

    def annealed(self, root: Ascent, state: State) -> Ascent:
        """Better the best plan by annealing, and the bound by what that plan costs."""
        search, before = self.search, self.search.cost
        self.assignment.rank(search.extra_of(root, state)[0])
        self.rounds()
        return search.again(root, state) if search.cost < before else root

    def rounds(self) -> None:
        """Make rounds from the best plan, slower ones where that bettered nothing, for a share of the time.

        Where the number of units is given: for all of it while the gap is wide.
        """
        search, idle, spent, share = self.search, 0, 0.0, LARGER_SHARE if self.is_given else SHARE
        shared = time.perf_counter() + share * search.left()
        while search.plan is not None and not search.is_over():
            goes_on = self.is_given and search.bound is not None and search.is_wide()
            until, began, before = search.until if goes_on else shared, time.perf_counter(), search.cost
            if began + spent > until or idle >= (MORE_PATIENT if goes_on else PATIENT):
                break
            self.round(search.plan.is_open, until)
            spent, idle = time.perf_counter() - began, 0 if search.cost < before else idle + 1
            if idle and time.perf_counter() + 2.0 * spent < until:
                self.cooling, spent = replace(self.cooling, sweeps=2 * self.cooling.sweeps), 2.0 * spent

    def round(self, is_open: Mask, until: float) -> None:
        """Anneal from a choice of sites; where their number is given and that is no better, go on with the plan."""
        search, began, before = self.search, time.perf_counter(), self.search.cost
        found = self.assignment.improve(is_open, self.cooling, search.until)
        search.consider(found)
        if self.is_given and found is not None and search.cost >= before:
            self.combine(self.bettered(found, SIZES[0], BRIEFLY, until), began)

    def combine(self, found: Choice, began: float) -> None:
        """Better a plan at its sites, then combine it with those before, each for as long as it took to find."""
        for step in (self.assignment.placed, self.assignment.combined):
            self.search.consider(found)
            found = step(found, self.brief(time.perf_counter() - began))
        self.search.consider(found)

    def by_regions(self, node: Node) -> None:
        """Better a plan by regions of several sizes as long as that helps, and combine it with those before."""
        search, began, cooling = self.search, time.perf_counter(), BRIEFLY
        until = began + LARGER_SHARE * search.left()
        found = self.to_better(node, until)
        while found is not None and time.perf_counter() < until:
            before = found.objective
            for size in SIZES:
                found = self.bettered(found, size, cooling, until)
            if found.objective >= before and cooling == PATIENTLY:
                break
            cooling = BRIEFLY if found.objective < before else PATIENTLY
        if found is not None:
            search.consider(found)
            search.consider(self.assignment.combined(found, self.brief(COMBINING * (time.perf_counter() - began))))
        self.known = search.plan

    def to_better(self, node: Node, until: float) -> Choice | None:
        """Return the best plan, or where regions know it another: at the sites that prices lead to, or annealed."""
        led, best = self.led_to(node), self.search.plan
        if best is self.known:
            return led or (best and self.assignment.improve(best.is_open, self.cooling, until))
        return min((plan for plan in (best, led) if plan), key=lambda plan: plan.objective)

    def led_to(self, node: Node) -> Choice | None:
        """Look for a plan at the sites that a node leads to, from where the relaxation sends areas."""
        search = self.search
        answer = search.whole.price(node.price, node.state)
        ascent, state = search.dive(Ascent(node.price, answer, node.share, 0.0), node.state)
        if not ascent.answer.bound < np.inf:
            return None
        everything = np.ones(len(self.problem.cost), dtype=bool)
        return self.assignment.refine(state == OPEN, ascent.answer.home, everything, REFINED)

    def bettered(self, choice: Choice, size: int, cooling: Cooling, until: float) -> Choice:
        """Return a plan bettered by regions of so many open sites, or of as many as suit it."""
        size = min(size, int(choice.is_open.sum()) // PARTS)
        return self.assignment.bettered(choice, size, cooling, until) if size >= LEAST_SIZE else choice

    def branch_below(self, goal: float, root: Ascent, state: State) -> None:
        """Branch for plans that cost less than a goal."""
        search = self.search

        def target() -> float:
            return min(goal, search.cost)

        def look(_: Answer) -> float:
            return target() if search.left() > 0.0 else -np.inf

        tree = SingleTree(self.problem, target, look, self.settle, INNER)
        everything = np.ones(len(self.problem.cost), dtype=bool)
        tree.push(root.answer.bound, everything, state, root.price, root.open_share)
        while tree.nodes and not search.is_over():
            tree.step()
            search.raise_bound(tree.bound)
            if tree.nodes and time.perf_counter() > self.patience:
                self.by_regions(tree.nodes[0])
                self.patience = time.perf_counter() + LARGER_SHARE * search.left() if search.is_wide() else np.inf

    def settle(self, state: State, ascent: Ascent, kept: Mask) -> None:
        """Look for a plan at decided sites, the first time long and with every arc that a better plan can have."""
        search, key, began = self.search, state.tobytes(), time.perf_counter()
        is_new = kept.sum() > search.whole.areas and key not in search.seen
        if is_new:
            search.seen.add(key)
            extra, room = search.extra_of(ascent, state)
            kept = kept | (extra <= room)
        found = self.assignment.refine(state == OPEN, ascent.answer.home, kept, REFINED if is_new else 1)
        if is_new and found is not None:
            found = self.assignment.placed(found, self.brief(time.perf_counter() - began))
        search.consider(found)

    def brief(self, seconds: float) -> Run:
        """Return how HiGHS looks for a better plan."""
        options = self.search.options
        return Run(min(seconds, self.search.left()), options.gap, 1, options.seed, most_nodes=MOST_NODES)
