"""Near-optimal plans that differ, and how sure each hospital's place in them is.

The cap is (1 + tolerance) x the proven bound, so every plan listed is within the tolerance of the best plan that can
exist, not of the best one found. A hospital is

- *core* if every plan without a unit there is proven to cost more than the cap,
- *never* if every plan with one is,
- *swing* otherwise: proven if plans of both kinds are known, else not proven.

How they are found and proven is told in `siting.whatif.near_plans`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import NoPlanError, Problem, StudyError
from siting.optimize import options_of
from siting.plan.plan import Plan
from siting.solve.near import NearOptimal
from siting.whatif.near_plans import NearPlans
from siting.whatif.runs import Case, RunOptions, not_money, run_all, whole
from siting.words import count, listed, money

if TYPE_CHECKING:
    from siting.study.study import Study

CLASSES = ("core", "swing", "never")
SECONDS, ONE_SEARCH = 120.0, 10.0
"""Longest time for all searches together, unless said otherwise, and for one of them; assumption."""


@dataclass(frozen=True)
class Alternatives:
    """Near-optimal plans of a study.

    Attributes
    ----------
    plans : tuple of Plan
        The best plan first, then by the order in which they were found: each as far as possible from those before.
    within : float
        Tolerance over the bound.
    bound, cap : float
        Proven bound of the study, and (1 + within) x bound.
    is_complete : bool
        Whether it is proven that no other set of sites keeps the cap.
    classes : dict of str to (str, bool)
        By site id: core, swing or never, and whether that is proven.
    found : int
        Sets of sites within the cap that were found; the plans listed are those of them that differ most.
    stopped_by : str
        "time limit" where that ended the search, else empty.
    """

    plans: tuple[Plan, ...]
    within: float
    bound: float
    cap: float
    is_complete: bool
    classes: dict[str, tuple[str, bool]]
    found: int
    stopped_by: str = ""

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """One row for each hospital that could have a unit, those in most plans first.

        Columns: ``site_id, name, city, region, is_open`` (in the best plan), ``share`` (of the plans listed),
        ``class, is_proven, lon, lat``, geometry.
        """
        best = self.plans[0]
        rows = best.candidates.set_index("site_id").loc[list(self.classes)].reset_index()
        units = [set(plan.openings["site_id"]) for plan in self.plans]
        table = rows[["site_id", "name", "city", "region", "is_open"]].assign(
            share=[np.mean([site in opened for opened in units]) for site in rows["site_id"]],
            **{"class": [self.classes[site][0] for site in rows["site_id"]]},
            is_proven=[self.classes[site][1] for site in rows["site_id"]],
            lon=rows["lon"], lat=rows["lat"],
        )  # fmt: skip
        found = gpd.GeoDataFrame(table, geometry=rows.geometry, crs=rows.crs)
        return found.sort_values(["share", "site_id"], ascending=[False, True], ignore_index=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each plan: ``plan, cost, over_bound`` (share), ``units, differs_by`` (sites, from the nearest).

        ``sites`` lists the hospitals with a unit, separated by ";".
        """
        units = [set(plan.openings.loc[~plan.openings["is_central"], "site_id"]) for plan in self.plans]
        rows = [
            {
                "plan": k + 1,
                "cost": plan.objective,
                "over_bound": plan.objective / self.bound - 1.0,
                "units": len(units[k]),
                "differs_by": min((len(units[k] ^ other) for other in units[:k]), default=0),
                "sites": ";".join(sorted(units[k])),
            }
            for k, plan in enumerate(self.plans)
        ]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        """Return the alternatives for a notebook: how many, how near, and the hospitals by class."""
        from siting.card import card

        about = self.summary().split("\n\n")[0].splitlines()
        listed = self.sites[self.sites["share"] > 0.0].drop(columns="geometry")
        rows = [(row["name"], row["site_id"], f"{row['share']:.0%}", row["class"], "yes" if row["is_proven"] else "no")
                for row in listed.to_dict("records")]  # fmt: skip
        return card(about[0], about[1:], ["Hospital", "Id", "Share of plans", "Class", "Proven"], rows)

    def summary(self) -> str:
        """Return what the plans have in common, in words."""
        best, currency = self.plans[0], self.plans[0].network.currency
        others = "no other set of sites does" if self.is_complete else "more may exist"
        if self.found > len(self.plans):
            others = f"those of {self.found:,} found that differ most; {others}"
        lines = [
            f"{best.name}: {count(len(self.plans), 'plan')} within {percent(self.within)} of the proven bound; "
            f"{others}.",
            f"Bound {money(self.bound, currency)}, cap {money(self.cap, currency)}; the dearest plan listed costs "
            f"{money(float(self.table['cost'].max()), currency)}.",
            *self._diversity(),
            *(["The time limit ended the search for further plans."] if self.stopped_by else []),
            "",
        ]
        meaning = {
            "core": "every plan without a unit there is proven to cost more than the cap",
            "swing": "near-optimal plans exist, or may exist, with and without a unit there",
            "never": "every plan with a unit there is proven to cost more than the cap",
        }
        for name in CLASSES:
            rows = self.sites[self.sites["class"] == name]
            named = [f"{site} ({share:.0%})" for site, share in zip(rows["name"], rows["share"], strict=True)]
            more = [f"{len(named) - 12:,} more"] if len(named) > 12 and name != "core" else []
            shown = listed([*(named if name == "core" else named[:12]), *more]) or "none"
            lines.append(f"{name.capitalize()}, {len(rows):,} ({meaning[name]}): {shown}.")
            unproven = int((~rows["is_proven"]).sum())
            if unproven:
                why = "the time did not suffice" if self.stopped_by else "the searches ended without plan or proof"
                lines.append(f"  Not settled for {count(unproven, 'hospital')}: {why}.")
        return "\n".join(lines) + "\n"

    def _diversity(self) -> list[str]:
        """Return how much the plans differ, in words."""
        units = [set(plan.openings.loc[~plan.openings["is_central"], "site_id"]) for plan in self.plans]
        apart = [len(one ^ other) for one, other in combinations(units, 2)]
        if not apart:
            return []
        return [
            f"Two plans differ in the units at {np.mean(apart):.1f} hospitals on average, at least {min(apart)} and at "
            f"most {max(apart)}."
        ]

    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "within": self.within, "bound": self.bound, "cap": self.cap, "is_complete": self.is_complete,
            "found": self.found, "stopped_by": self.stopped_by,
            "plans": self.table.to_dict("records"),
            "sites": self.sites.drop(columns="geometry").to_dict("records"),
        }  # fmt: skip


def alternatives(
    study: Study, within: float = 0.02, number: int = 20, options: RunOptions | None = None
) -> Alternatives:
    """Find plans within a tolerance of the proven bound that differ in their sites, and classify the hospitals.

    Parameters
    ----------
    study : Study
        Its objective is the total cost.
    within : float
        Tolerance over the bound, above 0; 0.02 is 2 %.
    number : int
        Most plans to list, the best one among them.
    options : RunOptions, optional
        Time and gap of the first solve; the time also holds for the searches after it together (120 s by default).

    Returns
    -------
    Alternatives
        Every plan recounted.

    Raises
    ------
    StudyError
        A tolerance or number out of range, or an objective that is not money.
    NoPlanError
        No plan is proven to be within the tolerance of the bound.
    """
    _check(study, within, number)
    options = options or RunOptions()
    gap = min(study.config.solve.gap if options.gap is None else options.gap, within / 2.0)
    first = RunOptions(time_limit=options.time_limit, gap=gap, report=options.report)
    [result] = run_all([Case(("the best plan",), study)], first, whole)
    best = result.found
    if best is None:
        raise StudyError([Problem("study", f"has no plan: {result.failure}", "see siting diagnose")])
    bound = best.bound
    cap = float("-inf") if bound is None else bound + within * abs(bound)
    if bound is None or best.objective > cap:
        message = (
            f"the best plan found is not proven to be within {percent(within)} of the bound (gap {percent(best.gap)}); "
            "give more time or a wider tolerance"
        )
        raise NoPlanError(message)
    seconds = SECONDS if options.time_limit is None else options.time_limit
    near = NearOptimal(best.network, bound, cap, options_of(study, min(seconds, ONE_SEARCH), gap))
    search = NearPlans(near, best.solution, seconds, options.report)
    search.classify()
    search.spread(number)
    listed = search.farthest(number)
    plans = (best, *(Plan(best.network, solution, study, dict(best.options)) for solution in listed[1:]))
    for plan in plans:
        plan.check()
    ids, classes = best.network.ids.sites, search.classes()
    known = {ids[site]: found for site, found in classes.items()}
    stopped_by = "time limit" if search.is_out_of_time else ""
    return Alternatives(plans, within, bound, cap, search.is_complete, known, len(search.found), stopped_by)


def percent(share: float | None) -> str:
    """Return a share as people write it: "2 %", "0.25 %"."""
    return "unknown" if share is None else f"{100.0 * share:.3g} %"


def tolerance(text: str) -> float:
    """Return a tolerance written as "2%" or "0.02".

    Raises
    ------
    StudyError
        If it is no number.
    """
    number = text.strip()
    try:
        return float(number.removesuffix("%")) / (100.0 if number.endswith("%") else 1.0)
    except ValueError as error:
        raise StudyError([Problem("--within", f"{text!r} is no share", "write 2% or 0.02")]) from error


def _check(study: Study, within: float, number: int) -> None:
    problems = []
    if not 0.0 < within <= 1.0:
        problems.append(Problem("--within", f"{within:g} is not above 0 and at most 1", "2% or 0.02"))
    if number < 1:
        problems.append(Problem("--count", f"{number} is no number of plans", "1 or more"))
    problems += not_money(study.config.objective.kind, "the tolerance is about money")
    if problems:
        raise StudyError(problems)
