"""Why a hospital has a unit in a plan, or has none: what the other decision costs and what would change it.

The price of a hospital is the cost of the best plan that takes the other decision there, less that of the plan in hand.
Both are known only within their gaps, so the price is an interval:

    bound(forced) - cost(plan)  <=  price  <=  cost(forced) - bound(plan)

Two plans take the other decision: one with all other units as planned, which shows whom the hospital would take
patients from, and one planned anew. The cheaper of the two counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.solve.start import start_of
from siting.whatif.flips import Decision, Flip, flips
from siting.whatif.limits_worth import Worth, limits_worth
from siting.whatif.runs import Case, Result, RunOptions, decisions_of, not_money, run_all, whole
from siting.whatif.sites import find_site, forced

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.study.study import Study

TIGHTER, TIGHTER_SECONDS = 0.25, 30.0
"""Share of the gap to which both decisions are planned for the price, and the longest time of each; assumption."""
LEAST_PAID = 1.0
"""Changes in the trips of an area below so much money a year are ties."""
LEAST_CHANGE = 0.05
"""Changes below this many patients a year are not listed."""


@dataclass(frozen=True)
class Explanation:
    """One hospital in one plan.

    Attributes
    ----------
    plan : Plan
        The plan in hand.
    site : str
        Id of the hospital.
    is_open : bool
        Whether the plan has a unit there in any period.
    kept, replanned : Result of Plan
        The other decision with all other units as planned, and planned anew.
    bound : float or None
        No plan of the study costs less: the plan's own bound, or that of a solve to a smaller gap.
    flips : tuple of Flip
        What would change the decision.
    limits : tuple of Worth
        The limits of the study and what one unit more of each is worth.
    """

    plan: Plan
    site: str
    is_open: bool
    kept: Result[Plan]
    replanned: Result[Plan]
    bound: float | None
    flips: tuple[Flip, ...] = ()
    limits: tuple[Worth, ...] = ()

    @property
    def hospital(self) -> pd.Series:
        """The hospital's row of the study."""
        return _study(self.plan).tables["hospitals"].set_index("id").loc[self.site]

    @property
    def name(self) -> str:
        """Name of the hospital, or its id."""
        return self._label(self.site)

    @cached_property
    def other(self) -> Plan | None:
        """The cheaper plan with the other decision; None where there is none."""
        plans = [result.found for result in (self.replanned, self.kept) if result.found is not None]
        return min(plans, key=lambda plan: plan.objective) if plans else None

    @property
    def shown(self) -> Plan | None:
        """The plan that shows whom the hospital takes patients from: the others as planned, if that is possible."""
        return self.kept.found or self.replanned.found

    @property
    def price(self) -> tuple[float, float, float] | None:
        """Money a year that the other decision costs: least, best known, most; None where it is impossible."""
        if self.other is None:
            return None
        years = years_of(self.plan)
        bound = self.replanned.found.bound if self.replanned.found is not None else None
        least = -np.inf if bound is None else bound - self.plan.objective
        most = np.inf if self.bound is None else self.other.objective - self.bound
        known = self.other.objective - self.plan.objective
        if self.is_restriction:
            least = max(least, min(known, 0.0))
        return least / years, known / years, most / years

    @property
    def is_restriction(self) -> bool:
        """Whether the study leaves the decision open, so that the other one can only cost money."""
        status = self.hospital["status"]
        if self.is_open:
            return status == "candidate" or (status == "existing" and bool(self.hospital["may_close"]))
        return status != "banned" and bool(self.hospital["can_host"])

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Areas whose patients come to the hospital or leave it.

        Columns: ``area_id, name, patients`` (a year, negative where they leave), ``others``: hospitals that lose or
        gain them.
        """
        if self.shown is None:
            return pd.DataFrame(columns=["area_id", "name", "patients", "others"])
        change = self._moved
        here = change[change.index.get_level_values("hospital") == self.site].droplevel("hospital")
        here = here[here.abs() >= LEAST_CHANGE].sort_values(key=np.abs, ascending=False)
        rest = change[change.index.get_level_values("hospital") != self.site]
        names = self.plan.areas.set_index("area_id")["name"]
        rows = [
            {"area_id": area, "name": names[area], "patients": patients, "others": self._others(rest, area, patients)}
            for area, patients in here.items()
        ]
        return pd.DataFrame(rows, columns=["area_id", "name", "patients", "others"])

    @cached_property
    def _moved(self) -> pd.Series:
        """Change of patients treated by (area, hospital), without ties.

        Ties are areas that the hospital has no part in and whose trips cost as much as before: the solver took another
        way of the same cost.
        """
        if self.shown is None:
            return pd.Series(dtype=float)
        change = _treated(self.shown).sub(_treated(self.plan), fill_value=0.0)
        area = change.index.get_level_values("area")
        here = change[change.index.get_level_values("hospital") == self.site]
        touched = set(here[here.abs() >= LEAST_CHANGE].index.get_level_values("area"))
        paid = _trip_cost(self.shown).sub(_trip_cost(self.plan), fill_value=0.0)
        dearer = set(paid[paid.abs() >= LEAST_PAID].index)
        return change[area.isin(touched | dearer)]

    def _others(self, rest: pd.Series, area: str, patients: float) -> str:
        """Return the hospitals that lose (or gain) the patients of an area, the most affected first."""
        if area not in rest.index.get_level_values("area"):
            return ""
        moved = rest.xs(area, level="area") * -np.sign(patients)
        moved = moved[moved >= LEAST_CHANGE].sort_values(ascending=False)
        return ", ".join(self._label(site) for site in moved.index)

    def _label(self, site: str) -> str:
        network = self.plan.network
        return str(network.sites["name"].iloc[network.ids.sites.index(site)])

    @cached_property
    def hospitals(self) -> pd.DataFrame:
        """Hospitals whose treated patients change: ``site_id, name, before, after``, a year."""
        before = _treated(self.plan).groupby("hospital").sum()
        return self._changes(before, before.add(self._moved.groupby("hospital").sum(), fill_value=0.0))

    @cached_property
    def units(self) -> pd.DataFrame:
        """Units and plants whose work changes: ``site_id, name, before, after`` patients made a year."""
        after = self.plan if self.shown is None else self.shown
        return self._changes(*(p.openings.groupby("site_id")["patients_made"].mean() for p in (self.plan, after)))

    def _changes(self, before: pd.Series, after: pd.Series) -> pd.DataFrame:
        columns = ["site_id", "name", "before", "after"]
        both = pd.DataFrame({"before": before, "after": after}).fillna(0.0)
        both = both[(both["after"] - both["before"]).abs() >= LEAST_CHANGE]
        both = both.sort_values(by=["after"], ascending=False).rename_axis("site_id").reset_index()
        return both.assign(name=[self._label(site) for site in both["site_id"]])[columns]

    def record(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        price = self.price
        return {
            "site_id": self.site,
            "name": self.name,
            "is_open": self.is_open,
            "price_per_year": None if price is None else price[1],
            "price_at_least": None if price is None or not np.isfinite(price[0]) else price[0],
            "price_at_most": None if price is None or not np.isfinite(price[2]) else price[2],
            "failure": self.replanned.failure if price is None else "",
            "flips": [flip.record() for flip in self.flips],
            "limits": [worth.record() for worth in self.limits],
            "areas": self.areas.to_dict("records"),
            "hospitals": self.hospitals.to_dict("records"),
            "units": self.units.to_dict("records"),
        }


def explain(plan: Plan, site: str, options: RunOptions | None = None) -> Explanation:
    """Say what the other decision at a hospital would cost, whom it affects and what would change it.

    Parameters
    ----------
    plan : Plan
        From `siting.optimize` or `siting.read_plan`, with its study; its objective is the total cost.
    site : str
        Id or name of a hospital.
    options : RunOptions, optional
        Time and gap of each re-solve, solves side by side.

    Returns
    -------
    Explanation
        Every figure from re-solves; prices as intervals by the gaps.

    Raises
    ------
    StudyError
        No such hospital, a plan without its study, or an objective that is not money.
    """
    study, options = _study(plan), options or RunOptions()
    site = find_site(study, site)
    is_open = site in set(plan.openings["site_id"])
    others = {key: choice for key, choice in decisions_of(plan).items() if key[0] != site}
    other = forced(study, site, is_open=not is_open)
    [kept] = run_all([Case(("the others as planned",), other, others)], options, whole)
    begun = start_of(plan.network, plan.solution)
    near = begun if kept.found is None else start_of(kept.found.network, kept.found.solution)
    cases = [
        Case(("planned anew",), other, start=near),
        Case(("the plan, to a smaller gap",), study, start=begun),
    ]
    replanned, again = run_all(cases, _tighter(plan, options), whole)
    found = Explanation(plan, site, is_open, kept, replanned, _best_bound(plan, again.found))
    price = found.price
    if price is None:
        return found
    designs = [others]
    if found.other is not None and found.other is not kept.found:
        designs.append({key: choice for key, choice in decisions_of(found.other).items() if key[0] != site})
    difference = price[1] * years_of(plan)
    decision = Decision(study, site, is_open, tuple(designs), tuple(_catchment(found)), difference)
    return replace(found, flips=flips(decision, price, options), limits=limits_worth(plan, options))


def _tighter(plan: Plan, options: RunOptions) -> RunOptions:
    """Return how both decisions are solved for the price: to a smaller gap than the plan, for some seconds."""
    section = _study(plan).config.solve
    gap = section.gap if options.gap is None else options.gap
    seconds = section.time_limit if options.time_limit is None else options.time_limit
    return replace(options, gap=gap * TIGHTER, time_limit=min(seconds, TIGHTER_SECONDS))


def _best_bound(plan: Plan, again: Plan | None) -> float | None:
    bounds = [each.bound for each in (plan, again) if each is not None and each.bound is not None]
    return max(bounds, default=None)


def years_of(plan: Plan) -> float:
    """Return the discounted years of a plan: what to divide its objective by."""
    return float(plan.network.slices["weight"].sum())


def _study(plan: Plan) -> Study:
    problems = []
    if plan.study is None:
        problems.append(Problem("plan", "has no study to re-solve", "read it from an output folder"))
    problems += not_money(plan.solution.objective_kind, "prices of decisions are in money")
    if problems or plan.study is None:
        raise StudyError(problems)
    return plan.study


def _treated(plan: Plan) -> pd.Series:
    """Return patients collected in a mean year by (area, hospital)."""
    trips, ids = plan.network.trips, plan.network.ids
    rows = pd.DataFrame(
        {
            "area": np.array(ids.areas, dtype=object)[trips["area"]],
            "hospital": np.array(ids.hospitals, dtype=object)[trips["hospital"]],
            "patients": plan.outcomes.collected @ plan.outcomes.mean_year,
        }
    )
    return rows[rows["patients"] > 0].groupby(["area", "hospital"])["patients"].sum()


def _trip_cost(plan: Plan) -> pd.Series:
    """Return what the trips of a mean year cost by area."""
    trips = plan.network.trips
    paid = (plan.outcomes.collected @ plan.outcomes.mean_year) * plan.network.cost("trips")
    return pd.Series(paid, index=np.array(plan.network.ids.areas, dtype=object)[trips["area"]]).groupby(level=0).sum()


def _catchment(found: Explanation) -> list[str]:
    """Return the areas whose patients the hospital treats where it has a unit."""
    plan = found.plan if found.is_open else found.shown
    treated = _treated(plan) if plan is not None else pd.Series(dtype=float)
    here = treated[treated.index.get_level_values("hospital") == found.site]
    return sorted(here[here >= LEAST_CHANGE].index.get_level_values("area"))
