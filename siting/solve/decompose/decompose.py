"""National scale: a bound by relaxation, plans by neighbourhoods, and what is left to HiGHS.

Where areas are many, the first plan and prices come from merged areas (`merge`), found in the same way. Then
rounds of (1) ascent of the multipliers, (2) the rows that look promising at them, (3) search on the model of these
rows, until the gap asked for, the time, or a round without progress. Then the model without what reduced costs rule out
goes whole to HiGHS, started from the best plan. The bound is one of the full model all the time.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pyomo.environ as pyo

from siting.errors import InfeasibleError, NoPlanError
from siting.model.core import active_features, build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.decompose.ascent import Ascent, ascend, start_prices
from siting.solve.decompose.fixing import possible
from siting.solve.decompose.improve import Search
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.merge import merge, near_plan
from siting.solve.decompose.pricing import use_threads
from siting.solve.decompose.relaxation import Prices, Relaxation
from siting.solve.decompose.restrict import Kept, Restricted, restrict
from siting.solve.decompose.select import promising
from siting.solve.decompose.start import first_plan, values_of
from siting.solve.direct import no_collection, solution_of, solve_whole
from siting.solve.highs import Outcome, Run, compile_model, solve_arrays
from siting.solve.options import Progress, SolveOptions, relative_gap

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.decompose.layout import Layout
    from siting.solve.decompose.merge import Merged
    from siting.solve.highs import Arrays

FIRST_ITERATIONS, MORE_ITERATIONS = 600, 300
FEW_OPTIONS = 6000
"""With fewer options left, HiGHS takes the rest over."""
MERGED_TIME, MERGED_GAP = 0.5, 0.5
"""Shares of the time left and of the gap asked for that a first plan on merged areas may take."""
MOST_TRIPS = 600_000
"""With more trips left, the rest is not given to HiGHS: its model would take 4 GiB and more."""
AGAIN_GAP = 0.1
"""Share of the gap asked for to which patients of all areas are then sent anew to the same units."""
PROGRESS = 2e-4
"""A round that closes less of the gap, relative to the cost, is the last one."""


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
        chain.begin_merged()
        chain.run()
    except KeyboardInterrupt:
        chain.stopped_by = "interrupt"
    return chain.result()


class _Chain:
    """One solve: the best bound and the best plan so far, and the steps that better them."""

    def __init__(self, network: Network, options: SolveOptions) -> None:
        self.began = time.perf_counter()
        self.until = self.began + options.time_limit
        self.network, self.options = network, options
        self.plan: Solution | None = None
        self.bound: float | None = None
        self.stopped_by = "work limit"
        self.round = 0
        self.ascent: Ascent | None = None
        self.prices: Prices | None = None
        self.merged: Merged | None = None
        self.first: _Chain | None = None
        self._layout: Layout | None = None

    def begin_merged(self) -> None:
        """Find the first plan and prices on merged areas where there are many; its bound is none of the whole."""
        self.merged = merge(self.network, self.options.merged_areas)
        if self.merged is None:
            return
        gap = self.options.gap * MERGED_GAP
        first = _Chain(self.merged.network, replace(self.options, gap=gap, progress=self.heard_merged))
        self.first = first
        try:
            self.search_merged(first)
        except InfeasibleError:
            self.merged = self.first = None
            return
        if first.plan is not None:
            self.plan = self.merged.lift(first.plan)
        if first.ascent is not None:
            self.prices = self.merged.prices(first.layout(), self.layout(), first.ascent)

    def search_merged(self, first: _Chain) -> None:
        """Go on with the search on merged areas."""
        first.until = time.perf_counter() + self.left() * MERGED_TIME
        first.prices = None if first.ascent is None else first.ascent.prices
        first.stopped_by = "work limit"
        try:
            first.run()
        except KeyboardInterrupt:
            first.stopped_by = "interrupt"
        self.stopped_by = "interrupt" if first.stopped_by == "interrupt" else self.stopped_by

    def search_through(self, merged: Merged, first: _Chain) -> None:
        """Search on merged areas (the first time that is done), and send the patients of all areas anew."""
        if self.round > 0:
            first.options = replace(first.options, gap=first.options.gap * MERGED_GAP)
            first.round = self.round
            self.search_merged(first)
        if first.plan is not None and first.ascent is not None:
            plan = merged.lift(first.plan)
            self.plan_again(near_plan(self.layout(), plan, first.ascent.prices.collect), plan)

    def plan_again(self, kept: Kept, plan: Solution) -> None:
        """Solve the model of some rows, from a plan, to a part of the gap asked for."""
        part = restrict(self.network, kept)
        model, arrays = _compiled(part)
        run = Run(max(self.left() * MERGED_TIME, 1.0), self.options.gap * AGAIN_GAP, 1, self.options.seed)
        outcome = solve_arrays(arrays, run, values_of(model, arrays, part, plan))
        if outcome.values is not None:
            self.take(part, model, arrays, outcome)

    def layout(self) -> Layout:
        """Return the arrays of the network, made once."""
        if self._layout is None:
            self._layout = lay_out(self.network)
        return self._layout

    def heard_merged(self, progress: Progress) -> None:
        """Pass on the plans that are found on merged areas, without their bound."""
        self.tell("merged areas", progress.objective)

    def run(self) -> None:
        """Alternate ascent and search, then close what is left."""
        use_threads(self.options.threads)
        relaxation = Relaxation(self.layout())
        prices, iterations, ascent = self.prices or start_prices(relaxation), FIRST_ITERATIONS, None
        rest = possible(relaxation.layout, relaxation.price(prices), None)
        while not self.is_over():
            before = self.gap()
            ascent = ascend(relaxation, prices, self.target, self.left() * 0.4, iterations, ascent)
            prices, iterations, self.ascent = ascent.prices, MORE_ITERATIONS, ascent
            self.raise_bound(ascent.answer.bound)
            rest = possible(relaxation.layout, ascent.answer, self.plan)
            if self.is_over() or rest.options.sum() <= FEW_OPTIONS:
                break
            if self.merged is not None and self.first is not None:
                self.search_through(self.merged, self.first)
            else:
                self.search(relaxation, ascent)
            after = self.gap()
            if after is None or (before is not None and before - after < PROGRESS):
                break
            self.round += 1
        if not self.is_over() and rest.trips.sum() <= MOST_TRIPS:
            self.close(rest)

    def target(self) -> float | None:
        """Return the cost of the best plan, for the step length."""
        return None if self.plan is None else self.plan.objective

    def left(self) -> float:
        """Return the seconds left."""
        return self.until - time.perf_counter()

    def gap(self) -> float | None:
        """Return the gap as it stands."""
        return None if self.plan is None else relative_gap(self.plan.objective, self.bound)

    def is_over(self) -> bool:
        """Say whether gap or time end the solve."""
        gap = self.gap()
        if gap is not None and gap <= self.options.gap:
            self.stopped_by = "gap"
            return True
        if self.left() <= 0.0 and self.stopped_by != "interrupt":
            self.stopped_by = "time limit"
        return self.stopped_by in ("time limit", "interrupt")

    def raise_bound(self, bound: float | None, phase: str = "bounding", objective: float | None = None) -> None:
        """Take a better bound, and report it."""
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound = bound
        self.tell(phase, objective)

    def tell(self, phase: str, objective: float | None = None) -> None:
        """Report how far the solve has come; `objective` is that of a plan not yet taken."""
        best = min((cost for cost in (self.target(), objective) if cost is not None), default=None)
        if self.options.progress is not None:
            seconds = time.perf_counter() - self.began
            self.options.progress(Progress(seconds, best, self.bound, relative_gap(best, self.bound), phase))

    def search(self, relaxation: Relaxation, ascent: Ascent) -> None:
        """Search for plans in the promising rows."""
        kept = _with_plan(promising(relaxation.layout, ascent, self.plan), self.plan)
        part = restrict(self.network, kept)
        try:
            model, arrays = _compiled(part)
        except InfeasibleError:
            return
        run = Run(max(self.left() * 0.5, 1.0), 0.0, 1, self.options.seed + self.round)
        values = None if self.plan is None else values_of(model, arrays, part, self.plan)
        if values is None:
            first = first_plan(model, arrays, ascent.open_share, run)
            self.stopped_by = "interrupt" if first.stopped_by == "interrupt" else self.stopped_by
            values = first.values
        if values is None:
            return
        search = Search(model, arrays, values, run, self.enough)
        try:
            if self.stopped_by != "interrupt":
                search.sweep(self.until)
        except KeyboardInterrupt:
            search.interrupted = True
        self.stopped_by = "interrupt" if search.interrupted else self.stopped_by
        self.take(part, model, arrays, Outcome("work limit", search.values, search.objective, None))

    def enough(self, objective: float) -> bool:
        """Report a better plan while the search runs, and say whether it is good enough."""
        self.tell("searching", objective)
        gap = relative_gap(objective, self.bound)
        return gap is not None and gap <= self.options.gap

    def close(self, rest: Kept) -> None:
        """Give what reduced costs do not rule out to HiGHS, from the best plan."""
        part = restrict(self.network, _with_plan(rest, self.plan))
        model, arrays = _compiled(part)
        start = None if self.plan is None else values_of(model, arrays, part, self.plan)
        options = self.options
        run = Run(max(self.left(), 1.0), options.gap, 1, options.seed, self.heard)
        outcome = solve_whole(model, arrays, run) if start is None else solve_arrays(arrays, run, start)
        if outcome.stopped_by == "infeasible" and self.plan is None:
            raise InfeasibleError([])
        self.stopped_by = outcome.stopped_by
        self.raise_bound(self.bound_of(outcome.bound))
        if outcome.values is not None:
            self.take(part, model, arrays, outcome)

    def heard(self, progress: Progress) -> None:
        """Pass on what HiGHS says about the rest, with the bound that is known already."""
        self.raise_bound(self.bound_of(progress.bound), "closing", progress.objective)

    def bound_of(self, rest: float | None) -> float | None:
        """Return the bound for all plans from one for the rest: what was ruled out costs more than the plan at hand."""
        return rest if rest is None or self.plan is None else min(rest, self.plan.objective)

    def take(self, part: Restricted, model: pyo.ConcreteModel, arrays: Arrays, outcome: Outcome) -> None:
        """Keep a plan of a part if it is the best so far."""
        found = part.lift(solution_of(model, arrays, replace(outcome, bound=None), self.options))
        if self.plan is None or found.objective < self.plan.objective:
            self.plan = found
        self.tell("searching")

    def counts_in_part(self) -> bool:
        """Say whether units are counted by mode or region; the bound knows the total only."""
        return bool(self.network.limits.modes or self.network.limits.regions)

    def result(self) -> Solution:
        """Return the best plan with its bound."""
        if self.plan is None:
            message = f"stopped by the {self.stopped_by} before any plan was found; give more time"
            raise NoPlanError(message)
        bound = None if self.bound is None else min(self.bound, self.plan.objective)
        gap = relative_gap(self.plan.objective, bound)
        proven = gap is not None and gap <= self.options.gap + 1e-9
        features = active_features(self.network)
        return replace(
            self.plan,
            status="optimal" if proven else "feasible",
            bound=bound,
            gap=gap,
            strategy="decompose",
            runtime_s=time.perf_counter() - self.began,
            stopped_by="gap" if proven else self.stopped_by,
            features=features,
            merged_areas=0 if self.merged is None else len(self.merged.network.areas),
            left_out=tuple(name for name in features if name != "counts" or self.counts_in_part()),
        )


def _compiled(part: Restricted) -> tuple[pyo.ConcreteModel, Arrays]:
    with no_collection():
        model = build_model(part.network)
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        return model, compile_model(model)


def _with_plan(kept: Kept, plan: Solution | None) -> Kept:
    """Return the rows kept and those that a plan uses."""
    if plan is None:
        return kept
    options = kept.options.copy()
    options[plan.open_options[plan.open_options >= 0]] = True
    return Kept(kept.trips | (plan.referred > 0).any(axis=1), kept.lanes | (plan.shipped > 0).any(axis=1), options)
