"""What would change the decision about a hospital: the value of one figure at which both decisions cost the same.

For a figure p, D(p) = cost of the best plan with a unit at the hospital less that of the best plan without one. The
plan has the unit where D < 0. A root of D is searched over the designs of the other units that are known, which is
quick; then both decisions are solved anew on both sides of it. Where those solves disagree with the search, the sides
are moved apart until they agree. "Proven" means that the bounds of the four solves leave no doubt; "checked" that the
best plans found agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from scipy.optimize import brentq

from siting.errors import StudyError
from siting.whatif.runs import Case, RunOptions, run_all
from siting.whatif.sites import forced
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from siting.plan.plan import Plan
    from siting.study.openings import Decisions
    from siting.study.study import Study

MARGINS = (0.03, 0.1, 0.3)
"""How far apart the sides are set, as shares of the way from today's figure to the end of the search; assumption."""
PRECISION = 0.02
"""Precision of the search, as a share of that way."""
STEPS = 4
"""Steps of the search; the solves on both sides make up for a root that is not exact."""
NO_PLAN = 1e15
"""Cost of a decision that no plan can take."""


@dataclass(frozen=True)
class Decision:
    """The decision about a hospital in a plan.

    Attributes
    ----------
    study : Study
        What was solved.
    site : str
        Id of the hospital.
    is_open : bool
        What the plan decided.
    designs : tuple of dict
        Units at all other hospitals: those of the plan, and those of the best plan with the other decision.
    catchment : tuple of str
        Ids of the areas whose patients the hospital treats when it has a unit.
    difference : float
        What the other decision costs today, in units of the objective, by the best plans known.
    """

    study: Study
    site: str
    is_open: bool
    designs: tuple[Decisions, ...]
    catchment: tuple[str, ...]
    difference: float


@dataclass(frozen=True)
class Flip:
    """A figure that may change the decision.

    Attributes
    ----------
    figure : {"subsidy", "demand", "platform price", "fee"}
        What is moved.
    stays, flips : float or None
        Values on both sides: the decision stays at the one and is the other at the other one. Money a year for a
        subsidy, else factors on today's figures. None where no value of the search flips it.
    end : float
        Where the search ended.
    proof : {"proven", "checked", "not settled"}
        How sure that is.
    note : str
        Why there was nothing to search.
    """

    figure: str
    stays: float | None
    flips: float | None
    end: float
    proof: str
    note: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Cost:
    """Cost and bound of a plan, in units of the objective."""

    objective: float
    bound: float


def cost_of(plan: Plan) -> Cost:
    """Return what the search keeps of a plan."""
    return Cost(plan.objective, float("-inf") if plan.bound is None else plan.bound)


def flips(decision: Decision, price: tuple[float, float, float], options: RunOptions) -> tuple[Flip, ...]:
    """Search every figure that may change the decision.

    Parameters
    ----------
    decision : Decision
        The plan's decision about a hospital.
    price : tuple of float
        Least, best known and greatest price of the other decision, money a year.
    options : RunOptions
        Time and gap of each solve.
    """
    quiet = replace(options, report=None)
    grow, shrink = ((3.0, 0.0), (0.05, 3.0))[decision.is_open]
    found = [_subsidy(price), _search(decision, "demand", _demand, grow, quiet)]
    found.append(_search(decision, "platform price", _platform_price, shrink, quiet))
    if _fees_cancel(decision.study):
        note = "fees move money between manufacturer and hospital; both count alike here, so no fee changes the plan"
        found.append(Flip("fee", None, None, 1.0, "proven", note))
    else:
        ends = (_search(decision, "fee", _fee, end, quiet) for end in (0.0, 3.0))
        found.append(next((flip for flip in ends if flip.flips is not None), Flip("fee", None, None, 3.0, "checked")))
    return tuple(found)


def _subsidy(price: tuple[float, float, float]) -> Flip:
    """Return the yearly sum that flips the decision: a lump sum shifts one side of D and changes nothing else."""
    least, _, most = price
    return Flip("subsidy", max(least, 0.0), most, most, "proven")


def _demand(decision: Decision, factor: float) -> Study:
    study = decision.study
    areas = study.tables["areas"].copy()
    here = areas["id"].isin(decision.catchment)
    areas.loc[here, "demand_factor"] = areas.loc[here, "demand_factor"].astype(float) * factor
    tables = {"areas": areas}
    if "demand" in study.tables:
        rows = study.tables["demand"].copy()
        mine = rows["area"].isin(decision.catchment)
        rows.loc[mine, "patients_per_year"] = rows.loc[mine, "patients_per_year"].astype(float) * factor
        tables["demand"] = rows
    return varied(study, tables)


def _scaled(decision: Decision, table: str, columns: Sequence[str], factor: float) -> Study:
    rows = decision.study.tables[table].copy()
    rows[list(columns)] = rows[list(columns)].astype(float) * factor
    return varied(decision.study, {table: rows})


def _platform_price(decision: Decision, factor: float) -> Study:
    return _scaled(decision, "platforms", ("setup_cost", "capex_per_platform"), factor)


def _fee(decision: Decision, factor: float) -> Study:
    return _scaled(decision, "modes", ("fee_per_start", "fee_per_dose"), factor)


def _fees_cancel(study: Study) -> bool:
    weights = study.config.perspective.weights()
    return weights["manufacturer"] == weights["host"] and not study.tables["modes"]["host_must_break_even"].any()


def _search(
    decision: Decision, figure: str, moved: Callable[[Decision, float], Study], end: float, options: RunOptions
) -> Flip:
    """Look for a flip between today (1) and the end of a range."""
    sign = -1.0 if decision.is_open else 1.0

    @cache
    def stays_by(factor: float) -> float:
        """Return D with the sign of the plan's decision: positive where it stays."""
        if factor == 1.0:
            return decision.difference
        with_it, without = _solve_both(decision, moved(decision, factor), options, decision.designs)
        return sign * (with_it.objective - without.objective)

    if decision.difference <= 0.0:
        return Flip(figure, None, None, end, "not settled", "by the best plans found both decisions cost the same")
    try:
        if stays_by(end) >= 0.0:
            return _at_the_end(decision, figure, moved, end, options)
        root = brentq(stays_by, 1.0, end, xtol=PRECISION * abs(end - 1.0), maxiter=STEPS, disp=False)
        return _verified(decision, figure, moved, (root, end), options)
    except StudyError as error:
        return Flip(figure, None, None, end, "not settled", str(error.problems[0]))


def _at_the_end(
    decision: Decision, figure: str, moved: Callable[[Decision, float], Study], end: float, options: RunOptions
) -> Flip:
    """Solve both decisions anew at the end of the range, where the search found no flip."""
    stays, is_proven = _stays(decision, moved(decision, end), options)
    if stays:
        return Flip(figure, None, None, end, "proven" if is_proven else "checked")
    return Flip(figure, 1.0, end, end, "proven" if is_proven else "checked")


def _verified(
    decision: Decision,
    figure: str,
    moved: Callable[[Decision, float], Study],
    found: tuple[float, float],
    options: RunOptions,
) -> Flip:
    """Solve both decisions anew on both sides of a root; `found`: the root, and the end of the range."""
    root, end = found
    near = far = None
    sure: list[bool] = []
    for margin in MARGINS:
        step = margin * (end - 1.0)
        if near is None:
            factor = _between(root - step, end)
            stays, is_proven = _stays(decision, moved(decision, factor), options)
            if stays:
                near, sure = factor, [*sure, is_proven]
        if far is None:
            factor = _between(root + step, end)
            stays, is_proven = _stays(decision, moved(decision, factor), options)
            if not stays:
                far, sure = factor, [*sure, is_proven]
    if far is None:
        return Flip(figure, None, None, end, "not settled", "planned anew, the network answers in another way")
    return Flip(figure, 1.0 if near is None else near, far, end, "proven" if sure == [True, True] else "checked")


def _between(factor: float, end: float) -> float:
    return min(max(factor, min(1.0, end)), max(1.0, end))


def _stays(decision: Decision, study: Study, options: RunOptions) -> tuple[bool, bool]:
    """Solve both decisions anew; say whether the plan's decision is still the cheaper one, and whether that is sure."""
    anew = _solve_both(decision, study, options, (None,))
    kept = _solve_both(decision, study, options, decision.designs)
    with_it, without = (min(pair, key=lambda cost: cost.objective) for pair in zip(anew, kept, strict=True))
    bounds = [cost.bound for cost in anew]
    opens = with_it.objective < without.objective
    sure = with_it.objective < bounds[1] if opens else without.objective < bounds[0]
    return opens == decision.is_open, sure


def _solve_both(
    decision: Decision, study: Study, options: RunOptions, designs: Sequence[Decisions | None]
) -> tuple[Cost, Cost]:
    """Return the least cost with a unit at the hospital and without one, over designs of the others (None: any)."""
    cases = [
        Case((word, str(k)), forced(study, decision.site, is_open=word == "with"), others)
        for word in ("with", "without")
        for k, others in enumerate(designs)
    ]
    costs = [result.found or Cost(NO_PLAN, NO_PLAN) for result in run_all(cases, options, cost_of)]
    halves = costs[: len(designs)], costs[len(designs) :]
    with_it, without = (min(half, key=lambda cost: cost.objective) for half in halves)
    return with_it, without
