"""Trade-offs between two criteria: plans of which no other is better in one without being worse in the other.

The epsilon-constraint method in its augmented form (Mavrotas, Appl Math Comput 2009;213:455): one criterion is
optimised while the other one is capped at values between its best and what it is where nobody minds it. The reward for
slack in the cap is lexicographic, not a small weight, which the gap of a solve would swallow: a second solve betters
the capped criterion while the first may not get worse. (Where the capped one is found by a search, the second solve is
left out; its value is recounted.)

What is certain, and what is not, where solves stop at a gap. A point is a plan, so its two values are facts. A point
that another point beats is dominated for certain and is not shown. The bound of a point says how much better its
optimised criterion could be among all plans that keep its cap; as a wider cap allows more plans, the bound of the
wider cap holds for the narrower one too, and the best of them is taken. So each point has a gap of its own, and a plan
that dominates it can lie only inside that gap.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.model.goals import GOALS
from siting.model.objectives import SIGN
from siting.solve.options import relative_gap
from siting.whatif.criteria import CRITERIA, SLACK, Criterion, criterion, roles
from siting.whatif.runs import Case, RunOptions, run_all, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from siting.model.solution import Solution, Status
    from siting.plan.plan import Plan
    from siting.study.study import Study

KNEE_HEIGHT = 0.05
"""A front that bulges less than this from its chord, in shares of both ranges, has no knee."""

SPARING = 0.25
"""Share of the time limit that the second solve of a point gets."""


@dataclass(frozen=True)
class Point:
    """One plan on a front.

    Attributes
    ----------
    plan : Plan
        The plan; its study holds the cap, so that `siting.export` and ``siting optimize`` work with it.
    cap : float or None
        What the capped criterion was capped at; None where it was free.
    goal, capped : float
        Values of the optimised and of the capped criterion.
    bound : float or None
        No plan that keeps `capped` has a better optimised criterion.
    """

    plan: Plan
    cap: float | None
    goal: float
    capped: float
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Fraction by which the optimised criterion could be better at most; None if nothing is proven."""
        return relative_gap(self.goal, self.bound)


@dataclass(frozen=True)
class Pareto:
    """The front of two criteria.

    Attributes
    ----------
    study : Study
        What was asked.
    of, against : Criterion
        The axes as they were asked for.
    goal, capped : Criterion
        Which of them is optimised and which is capped.
    points : tuple of Point
        Not dominated by any plan that was found, best in `against` first.
    beaten : int
        Plans found and not shown, because a point is as good in both and better in one, or the same.
    failures : tuple of (str, str)
        Caps without a plan, and why.
    """

    study: Study
    of: Criterion
    against: Criterion
    goal: Criterion
    capped: Criterion
    points: tuple[Point, ...]
    beaten: int
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether every cap had a plan, proven within the gap asked for."""
        return not self.failures and all(point.plan.status == "optimal" for point in self.points)

    def value(self, point: Point, axis: Criterion) -> float:
        """Return the value of a point on one of the two axes."""
        return point.goal if axis.key == self.goal.key else point.capped

    @cached_property
    def knee(self) -> int | None:
        """Number of the knee, from 1: the point furthest from the line between the ends; None where nothing bulges.

        Distances are taken after both axes are brought to the range 0 to 1 (Das, Struct Optim 1999;18:107).
        """
        values = np.array([[axis.loss(self.value(p, axis)) for axis in (self.of, self.against)] for p in self.points])
        if len(values) < 3:
            return None
        low, high = values.min(axis=0), values.max(axis=0)
        if (high - low <= 0).any():
            return None
        scaled = (values - low) / (high - low)
        height = (1.0 - scaled.sum(axis=1)) / np.sqrt(2.0)
        best = int(np.argmax(height))
        return best + 1 if height[best] >= KNEE_HEIGHT else None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each point, best in `against` first.

        Columns: ``point`` (from 1), the two criteria by name, ``cap``, ``bound`` (of the optimised criterion), ``gap``,
        ``status, is_knee, units, modes, cost_per_year, patients_infused``; ``step_price``: what the point costs in
        `against` for one unit of `of`, compared with the point before; ``price``: what it costs in `against` compared
        with the first point, as a share (the price of fairness, where `of` is one).
        """
        rows = [self._row(number, point) for number, point in enumerate(self.points, start=1)]
        table = pd.DataFrame(rows)
        of, against = (table[axis.key].astype(float) for axis in (self.of, self.against))
        gained = of.diff().map(self.of.loss) * -1.0
        paid = against.map(self.against.loss).diff()
        table["step_price"] = (paid / gained).where(gained > 0)
        first = against.iloc[0]
        table["price"] = (against.map(self.against.loss) - self.against.loss(first)) / abs(first) if first else np.nan
        return table

    def _row(self, number: int, point: Point) -> dict[str, Any]:
        figures = point.plan.kpis
        return {
            "point": number,
            self.of.key: self.value(point, self.of),
            self.against.key: self.value(point, self.against),
            "cap": point.cap,
            "bound": point.bound,
            "gap": point.gap,
            "status": point.plan.status,
            "is_knee": number == self.knee,
            "units": figures["units"],
            "modes": "; ".join(f"{n} {mode}" for mode, n in figures["units_by_mode"].items()),
            "cost_per_year": figures["cost_per_year"],
            "patients_infused": figures["patients_infused"],
        }

    def plan(self, number: int) -> Plan:
        """Return the plan behind a point.

        Raises
        ------
        StudyError
            No such point.
        """
        if not 1 <= number <= len(self.points):
            what = f"there is no point {number}"
            raise StudyError([Problem("points", what, f"points are 1 to {len(self.points)}")])
        return self.points[number - 1].plan

    def record(self) -> dict[str, Any]:
        """Return the front as it is written as JSON."""
        return {
            "study": self.study.name,
            "of": self.of.key,
            "against": self.against.key,
            "optimised": self.goal.key,
            "capped": self.capped.key,
            "is_proven": self.is_proven,
            "knee": self.knee,
            "points": json.loads(self.table.to_json(orient="records")),
            "dominated_or_equal": self.beaten,
            "without_plan": [{"cap": cap, "reason": reason} for cap, reason in self.failures],
        }

    def summary(self) -> str:
        """Return the front in words and figures, as Markdown."""
        from siting.whatif.pareto_report import pareto_text

        return pareto_text(self)

    def write(self, folder: str | Path, export: Iterable[int] = ()) -> Path:
        """Write table, chart and page, and the plans of some points; see `siting.whatif.pareto_report.write_pareto`."""
        from siting.whatif.pareto_report import write_pareto

        return write_pareto(self, folder, tuple(export))

    def _repr_html_(self) -> str:
        from siting.whatif.pareto_report import pareto_fragment

        return pareto_fragment(self)


def pareto(
    study: Study, of: str, against: str = "total_cost", points: int = 8, options: RunOptions | None = None
) -> Pareto:
    """Find plans that trade two criteria, from the best in one to the best in the other.

    Parameters
    ----------
    study : Study
        Its limits hold for every plan.
    of, against : str
        Two of `siting.whatif.criteria.CRITERIA`: total_cost, mean_travel, p90_travel, worst_travel, cvar_travel,
        vein_to_vein, patients_treated, capex, units.
    points : int
        Most points; equal and dominated ones are not shown, so there may be fewer.
    options : RunOptions, optional
        Time limit and gap of each solve, solves side by side.

    Returns
    -------
    Pareto
        Points with a gap each, knee, table, ``summary()``, ``write(folder, export=[3])``.

    Raises
    ------
    StudyError
        An unknown criterion, the same one twice, fewer than 2 points, or a study without any plan.
    """
    options = options or RunOptions()
    axes = criterion(of), criterion(against)
    problems = []
    if of == against:
        problems.append(Problem("criterion", f"{of} cannot be traded against itself", f"others: {', '.join(CRITERIA)}"))
    if points < 2:
        problems.append(Problem("points", f"{points} is too few", "ask for 2 or more"))
    if problems:
        raise StudyError(problems)
    search = _Search(study, *roles(*axes), options)
    search.ends()
    search.between(points)
    shown = front(search.points, search.goal, search.capped)
    shown.sort(key=lambda point: axes[1].loss(point.goal if axes[1].key == search.goal.key else point.capped))
    beaten = len(search.points) - len(shown)
    return Pareto(study, *axes, search.goal, search.capped, tuple(shown), beaten, tuple(search.failures))


class _Search:
    """The plans found so far, and the solves that find more."""

    def __init__(self, study: Study, goal: Criterion, capped: Criterion, options: RunOptions) -> None:
        self.goal, self.capped, self.options = goal, capped, options
        self.study = study.replace({"objective.kind": goal.key})
        self.points: list[Point] = []
        self.failures: list[tuple[str, str]] = []

    def ends(self) -> None:
        """Find the best plan of either criterion."""
        other = self.study.replace({"objective.kind": self.capped.key})
        cases = [Case((f"best {self.goal.key}",), self.study), Case((f"best {self.capped.key}",), other)]
        found = run_all(cases, self.options, whole)
        problems = [Problem("pareto", f"{result.name[0]}: {result.failure}") for result in found if not result.found]
        if problems:
            raise StudyError(problems)
        free, best = (result.found for result in found)
        if free is not None and best is not None:
            self.solve([self.capped.value(best)], [self._point(free, None)])

    def between(self, points: int) -> None:
        """Find plans at caps between the ends."""
        values = [point.capped for point in self.points]
        caps = np.linspace(min(values), max(values), points)[1:-1]
        if self.capped.key == "units":
            caps = np.unique(np.round(caps))
        self.solve([float(cap) for cap in caps if not any(_is_same(cap, value) for value in values)])

    def solve(self, caps: Sequence[float], more: Sequence[Point] = ()) -> None:
        """Find the best plan at each cap, then, of these and of `more`, the plan that spares the cap most."""
        cases = [
            Case((f"{self.capped.key} {cap:.6g}",), self.study.replace(self.capped.cap(self.study, cap)))
            for cap in caps
        ]
        found = list(more)
        for cap, result in zip(caps, run_all(cases, self.options, whole), strict=True):
            if result.found is None:
                self.failures.append((result.name[0], result.failure))
            else:
                found.append(self._point(result.found, cap))
        if self.capped.is_searched:
            self.points += found
            return
        again = [self._spared(point) for point in found]
        for point, result in zip(found, run_all(again, self._shorter(), whole), strict=True):
            spared = point if result.found is None else self._point(_merged(point.plan, result.found), point.cap)
            self.points.append(spared)

    def _shorter(self) -> RunOptions:
        """Return how the second solves are made: what they find is taken, what they prove is not needed."""
        limit = self.options.solve_options(self.study, side_by_side=False).time_limit
        return replace(self.options, time_limit=SPARING * limit)

    def _spared(self, point: Point) -> Case:
        """Return the solve for the best capped criterion while the optimised one stays as good as it is."""
        study = point.plan.study or self.study
        caps = self.goal.cap(self.study, point.goal)
        name = (f"{self.goal.key} {point.goal:.6g}",)
        return Case(name, study.replace({**caps, "objective.kind": self.capped.key}))

    def _point(self, plan: Plan, cap: float | None) -> Point:
        bound = plan.bound
        if bound is not None and self.goal.key == "total_cost":
            bound /= float(plan.network.periods["weight"].sum())
        return Point(plan, cap, self.goal.value(plan), self.capped.value(plan), bound)


def _merged(first: Plan, second: Plan) -> Plan:
    """Return the second plan as one of the first one's study: its objective, and what was proven about it."""
    value = GOALS[first.solution.objective_kind](first.network, second.solution)
    solution = replace(
        first.solution,
        **{name: getattr(second.solution, name) for name in _DECISIONS},
        log=first.log + second.log,
        runtime_s=first.runtime_s + second.runtime_s,
    )
    plan = replace(first, solution=_proven(solution, value, first.bound, first.status))
    plan.check()
    return plan


def _proven(solution: Solution, value: float, bound: float | None, status: Status) -> Solution:
    """Return a solution with a value and a bound, the bound never better than the value."""
    sign = SIGN[solution.objective_kind]
    if bound is not None:
        bound = sign * min(sign * bound, sign * value)
    return replace(solution, objective=value, bound=bound, gap=relative_gap(value, bound), status=status)


_DECISIONS = ("open_options", "treating", "referred", "shipped", "made", "unmet")


def front(points: Iterable[Point], goal: Criterion, capped: Criterion) -> list[Point]:
    """Return the points that no other one beats, each with the best bound that holds for it; of equals the first.

    Parameters
    ----------
    points : iterable of Point
        Plans of one study.
    goal, capped : Criterion
        The optimised and the capped criterion.
    """
    every = list(points)
    shown: list[Point] = []
    for i, point in enumerate(every):
        others = [(j, other) for j, other in enumerate(every) if j != i]
        if not any(_beats(other, point, goal, capped, is_earlier=j < i) for j, other in others):
            shown.append(_with_best_bound(point, every, goal, capped))
    return shown


def _beats(other: Point, point: Point, goal: Criterion, capped: Criterion, *, is_earlier: bool) -> bool:
    """Say whether a point is as good in both criteria and better in one, or equal and earlier."""
    pairs = [(goal.loss(other.goal), goal.loss(point.goal)), (capped.loss(other.capped), capped.loss(point.capped))]
    same = [_is_same(*pair) for pair in pairs]
    better = [not is_same and mine < theirs for is_same, (mine, theirs) in zip(same, pairs, strict=True)]
    no_worse = all(is_same or is_better for is_same, is_better in zip(same, better, strict=True))
    return no_worse and (any(better) or is_earlier)


def _is_same(one: float, other: float) -> bool:
    return abs(one - other) <= 3.0 * SLACK * max(1e-3, abs(one), abs(other))


def _with_best_bound(point: Point, every: Sequence[Point], goal: Criterion, capped: Criterion) -> Point:
    """Return a point with the best bound of those whose cap is as wide as its own or wider."""
    own = _width(point, capped)
    bounds = [other.bound for other in every if other.bound is not None and _width(other, capped) >= own]
    if not bounds:
        return point
    best = max(bounds, key=goal.loss)
    best = best if goal.loss(best) <= goal.loss(point.goal) else point.goal
    if point.bound is not None and best == point.bound:
        return point
    scale = point.plan.objective / point.goal if point.goal else 1.0
    asked = float(point.plan.options.get("gap", 0.0))
    gap = relative_gap(point.goal, best)
    status: Status = "optimal" if gap is not None and gap <= asked + 1e-9 else point.plan.status
    solution = _proven(point.plan.solution, point.plan.objective, best * scale, status)
    return replace(point, bound=best, plan=replace(point.plan, solution=solution))


def _width(point: Point, capped: Criterion) -> float:
    return np.inf if point.cap is None else capped.loss(point.cap)
