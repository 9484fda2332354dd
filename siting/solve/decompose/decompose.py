"""National scale: a bound by relaxation, plans by local search and neighbourhoods, and what is left to HiGHS.

Rounds of (1) ascent of the multipliers, (2) local search at their prices, (3) large neighbourhoods on the model of the
rows that look promising, until the gap asked for, the time, or the work limit. Where rounds bring little more
and reduced costs leave few options, the model of what they leave goes whole to HiGHS, started from the best plan. The
bound is one of the full model all the time.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import InfeasibleError, NoPlanError
from siting.model.core import active_features, build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.decompose.ascent import Ascent, ascend, start_prices
from siting.solve.decompose.fixing import possible
from siting.solve.decompose.ground import fits, options_of
from siting.solve.decompose.improve import Search
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.pricing import use_threads
from siting.solve.decompose.relaxation import Relaxation
from siting.solve.decompose.restrict import Kept, Restricted, restrict
from siting.solve.decompose.search import LocalSearch
from siting.solve.decompose.select import promising, serving
from siting.solve.decompose.start import first_plan, values_of
from siting.solve.direct import no_collection, solution_of, solve_whole
from siting.solve.highs import Outcome, Run, compile_model, solve_arrays
from siting.solve.options import Progress, SolveOptions, relative_gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.decompose.layout import Layout
    from siting.solve.highs import Arrays

    Floats = NDArray[np.float64]

FIRST_ITERATIONS, MORE_ITERATIONS = 250, 350
FEW_OPTIONS, MANY_OPTIONS = 6000, 20000
"""With fewer options left than the first, HiGHS takes the rest over; with more than the second it never does."""
PROGRESS = 2e-4
"""A round that closes less of the gap, relative to the cost, is the last one before the rest goes to HiGHS."""
FIRST_STEPS, STEPS, CHUNK = 0.5, 3.0, 100
"""Steps of the local search for each site, in the first round and later; how many between looks at the clock."""
ADOPT = Run(0.0, 1e-4, most_nodes=20, most_calls=400)
"""How well the flows and sizes of a plan of the local search are solved when the model takes it up."""
RESERVE, LAST_SECONDS = 0.15, 20.0
"""Share of the time, and most seconds, kept for taking a plan of the local search up."""
BUILD_SECONDS = 5e-5
"""Time that a row takes to be built and compiled, roughly, on a slow machine."""
CLOSING_NODES = 2000
"""Nodes of the closing stage under a work limit."""


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
    if chain.plan is None and chain.local is not None:
        chain.adopt(chain.local.layout)
    return chain.result()


class _Chain:
    """One solve: the best bound and the best plan so far, and the steps that better them."""

    def __init__(self, network: Network, options: SolveOptions) -> None:
        self.began = time.perf_counter()
        self.until = self.began + options.time_limit
        self.reserve = min(RESERVE * options.time_limit, LAST_SECONDS)
        self.network, self.options = network, options
        self.plan: Solution | None = None
        self.local: LocalSearch | None = None
        self.ascent: Ascent | None = None
        self.rest: Kept
        self.bound: float | None = None
        self.stopped_by = "time limit"
        self.round = 0

    def run(self) -> None:
        """Alternate ascent, local search and neighbourhoods, then close what is left."""
        use_threads(self.options.threads)
        relaxation = Relaxation(lay_out(self.network))
        prices = start_prices(relaxation)
        self.rest = possible(relaxation.layout, relaxation.price(prices), None)
        if self.rest.options.sum() > FEW_OPTIONS:
            self.rounds(relaxation)
        else:
            self.climb(relaxation, FIRST_ITERATIONS + MORE_ITERATIONS)
        if not self.is_over() and self.rest.options.sum() <= MANY_OPTIONS:
            self.close(self.rest)

    def rounds(self, relaxation: Relaxation) -> None:
        """Go on until gap, time or work end the solve, or a round brings little and few options are left."""
        if fits(relaxation.layout):
            everything = np.ones(len(relaxation.layout.option_row), dtype=bool)
            self.local = LocalSearch(relaxation.layout, everything, self.options.seed)
        self.climb(relaxation, FIRST_ITERATIONS)
        self.roam(FIRST_STEPS)
        self.adopt(relaxation.layout)
        while not self.is_over():
            before = self.gap()
            self.climb(relaxation, MORE_ITERATIONS)
            if self.is_over() or self.rest.options.sum() <= FEW_OPTIONS:
                return
            self.roam(STEPS)
            self.adopt(relaxation.layout)
            if not self.is_over():
                self.search(relaxation)
            self.round += 1
            after = self.gap()
            is_slow = after is None or (before is not None and before - after < PROGRESS)
            if is_slow and self.rest.options.sum() <= MANY_OPTIONS:
                return

    def climb(self, relaxation: Relaxation, iterations: int) -> None:
        """Raise the bound, and rule out what cannot be in a better plan."""
        prices = start_prices(relaxation) if self.ascent is None else self.ascent.prices
        self.ascent = ascend(relaxation, prices, self.target, self.left() * 0.4, iterations, self.ascent)
        self.raise_bound(self.ascent.answer.bound)
        self.rest = possible(relaxation.layout, self.ascent.answer, self.plan)

    def roam(self, steps_a_site: float) -> None:
        """Walk with the local search, from the best plan."""
        local, ascent = self.local, self.ascent
        if local is None or ascent is None:
            return
        serve = ascent.prices.serve
        if not local.has_plan:
            local.start(serve)
        elif self.plan is not None and self.plan.objective < local.cost:
            local.start(serve, options_of(local.layout, self.plan))
        chunks = int(np.ceil(steps_a_site * len(self.network.sites) / CHUNK))
        for chunk in range(chunks):
            self.tell("searching")
            gap = relative_gap(local.cost, self.bound)
            if self.is_over() or self.left() < self.reserve or (gap is not None and gap <= self.options.gap):
                return
            local.walk(serve, CHUNK, 1.0 - chunk / chunks)

    def adopt(self, layout: Layout) -> None:
        """Take the plan of the local search up in a model with all rules, which settles its flows and sizes."""
        if self.local is None or not self.local.has_plan or self.ascent is None:
            return
        if self.plan is not None and self.local.cost >= self.plan.objective:
            return
        found = self.local.plan()
        part = restrict(self.network, _with_plan(serving(layout, self.ascent, found), found))
        try:
            model, arrays = _compiled(part)
        except InfeasibleError:
            return
        run = replace(ADOPT, time_limit=max(self.left(), LAST_SECONDS), seed=self.options.seed)
        outcome = solve_arrays(arrays, run, values_of(model, arrays, part, found))
        if outcome.stopped_by == "interrupt":
            self.stopped_by = "interrupt"
        if outcome.values is not None:
            self.take(part, model, arrays, outcome)

    def target(self) -> float | None:
        """Return the cost of the best plan, for the step length; one of the local search where no other is known."""
        if self.plan is None:
            return self.local.cost if self.local is not None and self.local.has_plan else None
        return self.plan.objective

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
        if self.options.work_limit is not None and self.round >= self.options.work_limit:
            self.stopped_by = "work limit"
            return True
        return self.left() <= 0.0 or self.stopped_by == "interrupt"

    def raise_bound(self, bound: float | None, phase: str = "bounding", objective: float | None = None) -> None:
        """Take a better bound, and report it."""
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound = bound
        self.tell(phase, objective)

    def tell(self, phase: str, objective: float | None = None) -> None:
        """Report how far the solve has come; `objective` is that of a plan not yet taken."""
        known = None if self.plan is None else self.plan.objective
        best = min((cost for cost in (known, objective) if cost is not None), default=None)
        if self.options.progress is not None:
            seconds = time.perf_counter() - self.began
            self.options.progress(
                Progress(seconds, best, self.bound, relative_gap(best, self.bound), phase, self.sites_left())
            )

    def sites_left(self) -> int:
        """Return how many sites may still run a unit."""
        return int(self.network.options["site"][self.rest.options].nunique())

    def search(self, relaxation: Relaxation) -> None:
        """Search for plans in the promising rows."""
        ascent = self.ascent
        if ascent is None:
            return
        kept = _with_plan(promising(relaxation.layout, ascent, self.plan), self.plan)
        if self.plan is not None and self.too_late(kept):
            return
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
                search.sweep(self.until, self.promise(ascent.open_share))
        except KeyboardInterrupt:
            search.interrupted = True
        self.stopped_by = "interrupt" if search.interrupted else self.stopped_by
        self.take(part, model, arrays, Outcome("work limit", search.values, search.objective, None))

    def promise(self, open_share: Floats) -> Floats:
        """Return, by site, how much the relaxation and the best plan disagree about it."""
        opened = 0.0 if self.plan is None else (self.plan.open_options >= 0).any(axis=0).astype(float)
        return np.abs(open_share - opened)

    def enough(self, objective: float) -> bool:
        """Report a better plan while the search runs, and say whether it is good enough."""
        self.tell("searching", objective)
        gap = relative_gap(objective, self.bound)
        return gap is not None and gap <= self.options.gap

    def close(self, rest: Kept) -> None:
        """Give what reduced costs do not rule out to HiGHS, from the best plan."""
        kept = _with_plan(rest, self.plan)
        if self.plan is not None and self.too_late(kept):
            return
        part = restrict(self.network, kept)
        model, arrays = _compiled(part)
        start = None if self.plan is None else values_of(model, arrays, part, self.plan)
        options = self.options
        nodes = None if options.work_limit is None else CLOSING_NODES
        run = Run(max(self.left(), 1.0), options.gap, 1, options.seed, self.heard, nodes)
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

    def left_out(self, features: tuple[str, ...]) -> tuple[str, ...]:
        """Return the rules that the bound does not count on: none where the last stage, which has all, proved it."""
        if self.ascent is not None and self.bound is not None and self.bound > self.ascent.answer.bound:
            return ()
        return tuple(name for name in features if name != "counts" or self.counts_in_part())

    def too_late(self, kept: Kept) -> bool:
        """Say whether the time left is too short to build a model of some rows."""
        return self.left() < BUILD_SECONDS * sum(int(rows.sum()) for rows in (kept.trips, kept.lanes, kept.options))

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
            left_out=self.left_out(features),
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
