"""Which assumptions matter: every parameter at its low and high end, with the units as they are and chosen again.

*Priced again*: the units of the base plan stay, patients and cells find their way anew under the changed figures; this
is what an analyst risks who builds the plan and errs in one figure. *Chosen again*: the whole plan is solved anew; this
is what the parameter decides. Of the two, the cheaper plan counts as chosen again, so a solve that stops at its gap
never looks worse than standing still.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.whatif.parameters import Parameter, parameters_of
from siting.whatif.runs import Case, Result, RunOptions, decisions_of, run_all, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.plan.plan import Plan
    from siting.study.study import Study

ENDS = ("low", "high")
_HOW = ("fixed", "chosen")


@dataclass(frozen=True)
class End:
    """What a plan at one end of a parameter comes to.

    Attributes
    ----------
    status : str
        "optimal" or "feasible".
    cost : float
        Cost a year, lost patients priced.
    unproven : float
        How much of it the gap of the solve leaves open; infinite where nothing is proven.
    units : int
        Units in the last period.
    shares : dict of str to float
        Share of all starts by mode in the last period, central plants among them.
    """

    status: str
    cost: float
    unproven: float
    units: int
    shares: dict[str, float]


def end_of(plan: Plan) -> End:
    """Return what a tornado keeps of a plan."""
    cost = float(plan.kpis["cost_per_year"])
    last = plan.openings[plan.openings["period"] == plan.network.ids.periods[-1]]
    starts = last.groupby("mode")["starts_per_year"].sum()
    return End(
        status=plan.status,
        cost=cost,
        unproven=float("inf") if plan.gap is None else plan.gap * abs(cost),
        units=plan.kpis["units"],
        shares=(starts / starts.sum()).to_dict() if starts.sum() > 0 else {},
    )


@dataclass(frozen=True)
class Tornado:
    """The swings of a plan with its parameters.

    Attributes
    ----------
    plan : Plan
        The plan with every parameter in use as it is.
    parameters : tuple of Parameter
        What was moved.
    results : mapping of (key, end, "fixed" or "chosen") to Result
        Every solve, as an `End`; ``found`` is None where there is no plan, ``failure`` says why.
    """

    plan: Plan
    parameters: tuple[Parameter, ...]
    results: dict[tuple[str, ...], Result[End]]

    @cached_property
    def base(self) -> End:
        """What the plan comes to with every parameter in use as it is."""
        return end_of(self.plan)

    @property
    def is_proven(self) -> bool:
        """Whether every plan that was chosen is proven within the gap asked for."""
        chosen = [self.base, *(result.found for name, result in self.results.items() if name[2] == "chosen")]
        return all(end is not None and end.status == "optimal" for end in chosen)

    def fixed(self, key: str, end: str) -> End | None:
        """Return what the base plan's units come to at one end of a parameter."""
        return self.results[key, end, "fixed"].found

    def chosen(self, key: str, end: str) -> End | None:
        """Return what the plan chosen again at one end comes to: the cheaper of the two solved."""
        known = [found for how in _HOW if (found := self.results[key, end, how].found) is not None]
        return min(known, key=lambda found: found.cost) if known else None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each parameter, the one that moves the chosen plan's cost most first.

        Columns: ``parameter, unit, low, base, high`` (texts; a range where rows differ), ``range_source``,
        ``fixed_cost_low, fixed_cost_high, cost_low, cost_high`` (money a year, lost patients priced), ``effect`` and
        ``fixed_effect`` (greatest less least cost, the base among them), ``unproven`` (how much of the effect the gaps
        leave open), ``units_low, units_high, modes_low, modes_high``, ``mode_shift`` (greatest share of all starts that
        changes its mode), ``rank_cost, rank_units, rank_modes``, ``failure``.
        """
        if not self.parameters:
            return pd.DataFrame(columns=["parameter", "effect", "rank_cost", "rank_units", "rank_modes"])
        rows = pd.DataFrame([self._row(parameter) for parameter in self.parameters])
        costs = [f"{kind}cost_{end}" for kind in ("fixed_", "") for end in ENDS]
        rows[costs] = rows[costs].astype(float)
        swing = (rows[["units_low", "units_high"]].astype(float) - self.base.units).abs().max(axis=1)
        for name, values in (("cost", rows["effect"]), ("units", swing), ("modes", rows["mode_shift"])):
            rows[f"rank_{name}"] = values.round(9).rank(method="min", ascending=False).astype("Int64")
        return rows.sort_values(["effect", "parameter"], ascending=[False, True], ignore_index=True)

    def _row(self, parameter: Parameter) -> dict[str, object]:
        chosen = {end: self.chosen(parameter.key, end) for end in ENDS}
        fixed = {end: self.fixed(parameter.key, end) for end in ENDS}
        reached = [found for found in chosen.values() if found is not None]
        failures = [result.failure for name, result in self.results.items() if name[0] == parameter.key]
        return {
            "parameter": parameter.key, "unit": parameter.unit,
            **{end: span(getattr(parameter, end)) for end in ("low", "base", "high")},
            "range_source": parameter.range_source,
            **{f"fixed_cost_{end}": None if (found := fixed[end]) is None else found.cost for end in ENDS},
            **{f"cost_{end}": None if (found := chosen[end]) is None else found.cost for end in ENDS},
            "effect": self._effect(reached),
            "fixed_effect": self._effect([found for found in fixed.values() if found is not None]),
            "unproven": self.base.unproven + sum(found.unproven for found in reached),
            **{f"units_{end}": None if (found := chosen[end]) is None else found.units for end in ENDS},
            **{f"modes_{end}": modes_in_words(chosen[end]) for end in ENDS},
            "mode_shift": max((_shift(self.base, found) for found in reached), default=0.0),
            "failure": "; ".join(dict.fromkeys(failure for failure in failures if failure)),
        }  # fmt: skip

    def _effect(self, ends: Sequence[End]) -> float:
        costs = [end.cost for end in (self.base, *ends)]
        return max(costs) - min(costs)

    def record(self) -> dict[str, object]:
        """Return base and table as they are written as JSON; ends without a plan are null."""
        return {
            "study": self.plan.name,
            "is_proven": self.is_proven,
            "base": {"cost_per_year": self.base.cost, "units": self.base.units, "shares": self.base.shares},
            "parameters": json.loads(self.table.to_json(orient="records")),
        }

    def summary(self) -> str:
        """Return the ranking as Markdown."""
        from siting.whatif.tornado_report import tornado_text

        return tornado_text(self)


def _shift(start: End, end: End) -> float:
    """Return the share of all starts that changes its mode between two plans."""
    modes = {*start.shares, *end.shares}
    return 0.5 * sum(abs(start.shares.get(mode, 0.0) - end.shares.get(mode, 0.0)) for mode in modes)


def modes_in_words(end: End | None) -> str:
    """Return "60% owned, 40% central"; "no plan" without one."""
    if end is None:
        return "no plan"
    shares = sorted(end.shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{share:.0%} {mode}" for mode, share in shares if share >= 0.005) or "nothing made"


def span(values: np.ndarray) -> str:
    """Return one value, or the range of several, as text."""
    known = values[np.isfinite(values)]
    low, high = (f"{value:,.0f}" if value == round(value) else f"{value:,.6g}" for value in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"


def tornado(
    study: Study, keys: Sequence[str] | None = None, every: bool = False, options: RunOptions | None = None
) -> Tornado:
    """Move each parameter to its low and high end and see what that does to cost, units and modes.

    Parameters
    ----------
    study : Study
        With the ranges it gives; see `siting.whatif.parameters` for the others.
    keys : sequence of str, optional
        Parameters to move, such as ``["platforms.fixed_opex"]``; by default the unpublished ones and all that the study
        gives a range.
    every : bool
        Move every parameter that is an assumption or has a range.
    options : RunOptions, optional
        Time limit and gap of each solve, solves side by side.

    Returns
    -------
    Tornado
        Four solves for each parameter, ranked.

    Raises
    ------
    StudyError
        An unknown parameter, or no plan for the study as it is.
    """
    options = options or RunOptions()
    parameters = tuple(parameters_of(study, keys, every))
    [base] = run_all([Case(("base",), study)], options, whole)
    if base.found is None:
        raise StudyError([Problem("tornado", f"the study has no plan as it is: {base.failure}")])
    units = decisions_of(base.found)
    cases: list[Case] = []
    failed: list[Result[End]] = []
    for parameter in parameters:
        for end in ENDS:
            try:
                moved = parameter.moved(study, getattr(parameter, end))
            except StudyError as error:
                failed += [Result((parameter.key, end, how), None, str(error.problems[0])) for how in _HOW]
                continue
            cases += [
                Case((parameter.key, end, how), moved, given) for how, given in zip(_HOW, (units, None), strict=True)
            ]
    results = [*run_all(cases, options, end_of), *failed]
    return Tornado(base.found, parameters, {result.name: result for result in results})
