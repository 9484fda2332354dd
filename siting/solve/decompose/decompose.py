"""National scale: a bound by relaxation, plans by local search and neighbourhoods, and what is left to HiGHS.

Rounds of (1) ascent of the multipliers, (2) local search at their prices, (3) large neighbourhoods on the model of the
rows that look promising, until the gap asked for, the time, or the work limit. Where areas are many, the first plan and
prices come from merged areas (`merge`), found in the same way. Where rounds bring little more and reduced costs leave
few options, the model of what they leave goes whole to HiGHS, started from the best plan. The bound is one of the full
model all the time.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import InfeasibleError
from siting.model.core import active_features
from siting.model.solution import Solution
from siting.model.tolerance import RELATIVE
from siting.solve.decompose.ascent import Ascent, ascend, start_prices
from siting.solve.decompose.fixing import possible
from siting.solve.decompose.ground import fits
from siting.solve.decompose.improve import Search
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.merge import merge, near_plan
from siting.solve.decompose.neighbour import neighbour_options, neighbour_prices
from siting.solve.decompose.parts import compiled, size_of, with_plan
from siting.solve.decompose.pricing import use_threads
from siting.solve.decompose.relaxation import Relaxation
from siting.solve.decompose.restrict import restrict
from siting.solve.decompose.search import LocalSearch
from siting.solve.decompose.select import promising, serving
from siting.solve.decompose.start import first_plan, values_of
from siting.solve.direct import solution_of, solve_whole
from siting.solve.highs import Outcome, Run, solve_arrays, with_integers
from siting.solve.standing import Standing

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.solve.decompose.layout import Layout
    from siting.solve.decompose.merge import Merged
    from siting.solve.decompose.relaxation import Prices
    from siting.solve.decompose.restrict import Kept, Restricted
    from siting.solve.highs import Arrays
    from siting.solve.options import Progress, SolveOptions

    Floats = NDArray[np.float64]

FIRST_ITERATIONS, MORE_ITERATIONS = 250, 350
FEW_OPTIONS, MANY_OPTIONS = 6000, 20000
"""With fewer options left than the first, HiGHS takes the rest over; with more than the second it never does."""
MOST_TRIPS = 600_000
"""With more trips left, the rest is not given to HiGHS: its model would take 4 GiB and more."""
STEEP = 1e-3
"""While an ascent raises the bound by more than this share, large neighbourhoods, which are slow, wait."""
PROGRESS = 2e-4
"""A round that closes less of the gap, relative to the cost, is the last one before the rest goes to HiGHS."""
FIRST_STEPS, STEPS, CHUNK = 0.5, 3.0, 100
"""Steps of the local search for each site, in the first round and later; how many between looks at the clock."""
ADOPT = Run(0.0, 2e-3, most_nodes=20, most_calls=400)
"""How well the model chooses among the options that it is given with a plan of the local search."""
RESERVE, LAST_SECONDS = 0.15, 20.0
"""Share of the time, and most seconds, kept for taking a plan of the local search up."""
CLOSING_NODES = 2000
"""Nodes of the closing stage under a work limit."""
MERGED_TIME, MERGED_GAP = 0.5, 0.5
"""Shares of the time left and of the gap asked for that a first plan on merged areas may take."""


def solve_decompose(network: Network, options: SolveOptions) -> Solution:
    """Find a plan of least cost with a bound on the full model.

    Parameters
    ----------
    network : Network
        Any network; made for those too large for `siting.solve.direct`.
    options : SolveOptions
        ``objective`` must be total_cost.

    Returns
    -------
    Solution
        ``left_out`` names the rules that the plan keeps and the bound does not count on.

    Raises
    ------
    InfeasibleError
        No plan meets the rules.
    NoPlanError
        The limit came before any plan.
    """
    chain = _Chain(network, options)
    try:
        chain.run()
    except KeyboardInterrupt:
        chain.stopped_by = "interrupt"
    chain.rescue()
    return chain.result()


class _Chain(Standing[Solution]):
    """One solve: the steps that better plan and bound."""

    def __init__(self, network: Network, options: SolveOptions) -> None:
        super().__init__(options)
        self.network = network
        self.reserve = min(RESERVE * options.time_limit, LAST_SECONDS)
        self.prices: Prices | None = None
        self.ascent: Ascent | None = None
        self.local: LocalSearch | None = None
        self.slower = 1
        self.rest: Kept | None = None
        self.merged: Merged | None = None
        self.scout: _Chain | None = None
        self.closing_bound: float | None = None
        self._layout: Layout | None = None

    def layout(self) -> Layout:
        """Return the arrays of the network, made once."""
        if self._layout is None:
            self._layout = lay_out(self.network)
        return self._layout

    def run(self) -> None:
        """Scout on merged areas; alternate ascent, local search and neighbourhoods; close what is left."""
        use_threads(self.options.threads)
        if self.scout is None:
            self.scout_merged()
        relaxation = Relaxation(self.layout())
        if self.prices is None:
            self.prices = self.note_start(neighbour_prices(relaxation.layout, self.options.start))
        self.prices = self.prices or start_prices(relaxation)
        answer = relaxation.price(self.prices)
        self.rest = possible(relaxation.layout, answer, self.plan)
        self.raise_bound(answer.bound)
        if not self.can_close(FEW_OPTIONS):
            self.rounds(relaxation)
        elif not self.is_over():
            self.climb(relaxation, FIRST_ITERATIONS + MORE_ITERATIONS)
        if not self.is_over() and self.can_close(MANY_OPTIONS):
            self.close()

    def rounds(self, relaxation: Relaxation) -> None:
        """Go on until gap, time or work end the solve, or a round brings little and few options are left."""
        if self.local is None and self.scout is None and fits(relaxation.layout):
            everything = np.ones(len(relaxation.layout.option_row), dtype=bool)
            self.local = LocalSearch(relaxation.layout, everything, self.options.seed)
        if self.ascent is None and not self.is_over():
            self.climb(relaxation, FIRST_ITERATIONS)
            self.roam(FIRST_STEPS)
            self.adopt()
        while not self.is_over():
            before, bound = self.gap(), self.bound
            self.climb(relaxation, MORE_ITERATIONS)
            if self.is_over() or self.can_close(FEW_OPTIONS):
                return
            self.look_for_plans(relaxation, is_steep=_is_steep(bound, self.bound))
            self.round += 1
            after = self.gap()
            is_slow = after is None or (before is not None and before - after < PROGRESS)
            if is_slow and self.can_close(MANY_OPTIONS):
                return

    def look_for_plans(self, relaxation: Relaxation, is_steep: bool) -> None:
        """Search on merged areas where there are, else here: step by step, then in large neighbourhoods."""
        if self.merged is not None and self.scout is not None:
            self.search_merged(self.merged, self.scout)
            return
        self.roam(STEPS)
        self.adopt()
        if not self.is_over() and not (is_steep and self.plan is not None):
            self.search(relaxation)

    def can_close(self, most_options: int) -> bool:
        """Say whether what reduced costs leave is small enough for HiGHS."""
        rest = self.rest
        return rest is not None and bool(rest.options.sum() <= most_options and rest.trips.sum() <= MOST_TRIPS)

    def climb(self, relaxation: Relaxation, iterations: int) -> None:
        """Raise the bound, and rule out what cannot be in a better plan."""
        prices = self.prices or start_prices(relaxation)
        self.ascent = ascend(relaxation, prices, self.target, self.left() * 0.4, iterations, self.ascent)
        self.prices = self.ascent.prices
        self.raise_bound(self.ascent.answer.bound)
        self.rest = possible(relaxation.layout, self.ascent.answer, self.plan)

    def target(self) -> float | None:
        """Return the cost of the best plan, for the step length; one of the local search where no other is known."""
        if self.plan is not None:
            return self.plan.objective
        return self.local.cost if self.local is not None and self.local.has_plan else None

    def sites_left(self) -> int | None:
        """Return how many sites may still run a unit in a better plan."""
        return None if self.rest is None else int(self.network.options["site"][self.rest.options].nunique())

    # Plans, step by step

    def roam(self, steps_a_site: float) -> None:
        """Walk with the local search, from the best plan; next time twice as long if that bettered nothing."""
        local, ascent = self.local, self.ascent
        if local is None or ascent is None:
            return
        serve = ascent.prices.serve
        if not local.has_plan:
            local.start(serve, self.note_start(neighbour_options(local.layout, self.options.start)))
        elif self.plan is not None and self.plan.objective < local.cost:
            local.take_up(self.plan)
        chunks, before = int(np.ceil(steps_a_site * self.slower * len(self.network.sites) / CHUNK)), local.cost
        for chunk in range(chunks):
            self.tell("searching")
            if self.is_over() or self.left() < self.reserve or self.is_enough(local.cost):
                return
            local.walk(serve, CHUNK, 1.0 - chunk / chunks)
        if local.cost >= before:
            self.slower *= 2

    def adopt(self) -> None:
        """Take the plan of the local search up in a model with all rules, which settles its flows and sizes."""
        if self.local is None or not self.local.has_plan or self.ascent is None:
            return
        if self.plan is not None and self.local.cost >= max(self.plan.objective, self.local.taken):
            return
        found = self.local.plan()
        kept = with_plan(serving(self.layout(), self.ascent, found), found)
        self.settle(kept, found, max(self.left(), LAST_SECONDS))

    def settle(self, kept: Kept, plan: Solution, seconds: float) -> None:
        """Settle the flows of a plan in the model of some rows, and then choose among their options."""
        part = restrict(self.network, kept)
        try:
            model, arrays = compiled(part)
        except InfeasibleError:
            return
        run, start = replace(ADOPT, time_limit=seconds, seed=self.options.seed), values_of(model, arrays, part, plan)
        settled = solve_arrays(with_integers(arrays, start), run)
        self.heed(settled.stopped_by == "interrupt")
        self.take_part(part, model, arrays, settled)
        if settled.values is not None:
            run, start = replace(run, time_limit=self.left()), settled.values
        if settled.stopped_by != "interrupt" and (settled.values is None or not self.is_over()):
            chosen = solve_arrays(arrays, run, start)
            self.heed(chosen.stopped_by == "interrupt")
            self.take_part(part, model, arrays, chosen)

    def heed(self, is_interrupted: bool) -> None:
        """Remember an interrupt that a step has caught."""
        if is_interrupted:
            self.stopped_by = "interrupt"

    def take_part(self, part: Restricted, model: pyo.ConcreteModel, arrays: Arrays, outcome: Outcome) -> None:
        """Take the plan of a part, if it has one."""
        if outcome.values is not None:
            self.take(part.lift(solution_of(model, arrays, replace(outcome, bound=None), self.options)))

    def rescue(self) -> None:
        """Take up what the local search has found, where nothing else was."""
        if self.plan is None and self.scout is not None and self.merged is not None:
            self.scout.rescue()
            if self.scout.plan is not None:
                self.take(self.merged.lift(self.scout.plan))
        if self.plan is None:
            self.adopt()

    # Plans, in large neighbourhoods

    def search(self, relaxation: Relaxation) -> None:
        """Search for plans in the promising rows."""
        ascent = self.ascent
        if ascent is None:
            return
        kept = with_plan(promising(relaxation.layout, ascent, self.plan), self.plan)
        if self.too_late(size_of(kept)):
            return
        part = restrict(self.network, kept)
        try:
            model, arrays = compiled(part)
        except InfeasibleError:
            return
        run = Run(max(self.left() * 0.5, 1.0), 0.0, 1, self.options.seed + self.round)
        values = None if self.plan is None else values_of(model, arrays, part, self.plan)
        if values is None:
            first = first_plan(model, arrays, ascent.open_share, run)
            self.heed(first.stopped_by == "interrupt")
            values = first.values
        if values is None:
            return
        search = Search(model, arrays, values, run, self.heard_searching)
        try:
            if self.stopped_by != "interrupt":
                search.sweep(self.until, self.promise(ascent.open_share))
        except KeyboardInterrupt:
            search.interrupted = True
        self.heed(search.interrupted)
        self.take_part(part, model, arrays, Outcome("work limit", search.values, search.objective, None))

    def promise(self, open_share: Floats) -> Floats:
        """Return, by site, how much the relaxation and the best plan disagree about it."""
        opened = 0.0 if self.plan is None else (self.plan.open_options >= 0).any(axis=0).astype(float)
        return np.abs(open_share - opened)

    def heard_searching(self, objective: float) -> bool:
        """Report a better plan while the search runs, and say whether it is good enough."""
        self.tell("searching", objective)
        return self.is_enough(objective)

    # Merged areas

    def scout_merged(self) -> None:
        """Find the first plan and prices on merged areas where there are many; its bound is none of the whole."""
        self.merged = merge(self.network, self.options.merged_areas)
        if self.merged is None:
            return
        gap = self.options.gap * MERGED_GAP
        self.scout = _Chain(self.merged.network, replace(self.options, gap=gap, progress=self.heard_merged))
        try:
            self.go_on(self.scout)
        except InfeasibleError:
            self.merged = self.scout = None
            return
        self.scout.rescue()
        if self.scout.plan is not None:
            self.take(self.merged.lift(self.scout.plan))
        if self.scout.ascent is not None:
            self.prices = self.merged.prices(self.scout.layout(), self.layout(), self.scout.ascent)

    def go_on(self, scout: _Chain) -> None:
        """Search on merged areas for a share of the time left."""
        scout.until = time.perf_counter() + self.left() * MERGED_TIME
        scout.stopped_by = "work limit"
        try:
            scout.run()
        except KeyboardInterrupt:
            scout.stopped_by = "interrupt"
        self.heed(scout.stopped_by == "interrupt")

    def search_merged(self, merged: Merged, scout: _Chain) -> None:
        """Search on merged areas (the first time that is done), and send the patients of all areas anew."""
        if self.round > 0:
            scout.options = replace(scout.options, gap=scout.options.gap * MERGED_GAP)
            scout.round = self.round
            self.go_on(scout)
        if scout.plan is None or scout.ascent is None:
            return
        plan = merged.lift(scout.plan)
        kept = near_plan(self.layout(), plan, scout.ascent.prices.collect)
        if not self.too_late(size_of(kept)):
            self.settle(kept, plan, max(self.left() * MERGED_TIME, 1.0))

    def heard_merged(self, progress: Progress) -> None:
        """Pass on the plans that are found on merged areas, without their bound."""
        self.tell("merged areas", progress.objective)

    # The end

    def close(self) -> None:
        """Give what reduced costs do not rule out to HiGHS, from the best plan."""
        if self.rest is None:
            return
        kept = with_plan(self.rest, self.plan)
        if self.too_late(size_of(kept)):
            return
        part = restrict(self.network, kept)
        model, arrays = compiled(part)
        start = None if self.plan is None else values_of(model, arrays, part, self.plan)
        nodes = None if self.options.work_limit is None else CLOSING_NODES
        run = Run(max(self.left(), 1.0), self.options.gap, 1, self.options.seed, self.heard_closing, nodes)
        outcome = solve_whole(model, arrays, run) if start is None else solve_arrays(arrays, run, start)
        if outcome.stopped_by == "infeasible" and self.plan is None:
            raise InfeasibleError([])
        self.stopped_by = outcome.stopped_by
        self.raise_closing(outcome.bound)
        self.take_part(part, model, arrays, outcome)

    def heard_closing(self, progress: Progress) -> None:
        """Pass on what HiGHS says about the rest, with the bound that is known already."""
        self.raise_closing(progress.bound, progress.objective)

    def raise_closing(self, rest: float | None, objective: float | None = None) -> None:
        """Raise the bound to one for the rest: what was ruled out costs more than the plan at hand."""
        self.closing_bound = rest if rest is None or self.plan is None else min(rest, self.plan.objective)
        self.raise_bound(self.closing_bound, "closing", objective)

    def left_out(self, features: tuple[str, ...]) -> tuple[str, ...]:
        """Return the rules that the bound does not count on: none where the last stage, which has all, proved it."""
        closing, bound = self.closing_bound, self.bound
        if closing is not None and bound is not None and closing >= bound - RELATIVE * abs(bound):
            return ()
        # The relaxation knows least and most units in total, not by mode or region.
        in_part = bool(self.network.limits.modes or self.network.limits.regions)
        return tuple(name for name in features if name != "counts" or in_part)

    def result(self) -> Solution:
        """Return the best plan with its bound."""
        plan, proof = self.proven()
        features = active_features(self.network)
        return replace(
            plan,
            **proof,
            strategy="decompose",
            features=features,
            start=self.start,
            multipliers=None if self.ascent is None else (self.ascent.prices.serve, self.ascent.prices.collect),
            merged_areas=0 if self.merged is None else len(self.merged.network.areas),
            left_out=self.left_out(features),
        )


def _is_steep(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and after - before > STEEP * abs(after)
