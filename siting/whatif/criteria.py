"""What plans can be traded by: each criterion as an objective, as a cap in study.toml, and as a figure of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.model.features.service_level import attainable
from siting.model.goals import P90
from siting.network.build import build_network
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.plan.plan import Plan
    from siting.study.study import Study

    Cap = Callable[[Study, float], dict[str, Any]]

SLACK = 1e-6
"""How far a cap lies beyond the value it is made from, relatively: the solver's own tolerance."""
_OWN = "pareto"
"""Name of the rule of travel within a limit that a cap adds."""


@dataclass(frozen=True)
class Criterion:
    """One axis.

    Attributes
    ----------
    key : str
        Name on the command line; also ``objective.kind``.
    label, unit : str
        In words; the unit "money" stands for the study's currency a year.
    cap : callable
        ``(study, value) -> settings`` that let no plan be worse than the value.
    is_searched : bool
        Found by a search over travel limits, so capped rather than optimised where the other axis allows.
    is_stepped : bool
        Takes few values, such as units, so that many plans share one.
    is_most : bool
        More is better.
    about : str
        What exactly is optimised.
    """

    key: str
    label: str
    unit: str
    cap: Cap
    is_searched: bool = False
    is_stepped: bool = False
    is_most: bool = False
    about: str = ""

    def value(self, plan: Plan) -> float:
        """Return the criterion of a plan, recounted."""
        return plan.criteria[self.key]

    def loss(self, value: float) -> float:
        """Return the value so that less is better."""
        return -value if self.is_most else value


def _above(value: float) -> float:
    return value + SLACK * max(abs(value), 1e-3)


def _simple(setting: str) -> Cap:
    return lambda _, value: {setting: _above(value)}


def _within(share: float) -> Cap:
    key = f"limits.equity.within.{_OWN}_{round(100 * share)}"
    return lambda _, value: {f"{key}.minutes": _above(value), f"{key}.share": share}


def _treated(study: Study, value: float) -> dict[str, Any]:
    """Turn patients into the share of the attainable that `limits.service_level` asks for."""
    most = attainable(build_network(study.replace({"limits.service_level": None})))
    return {"limits.service_level": max(0.0, min(1.0, value * (1.0 - SLACK) / most))}


def _units(_: Study, value: float) -> dict[str, Any]:
    return {"limits.sites.max": round(value)}


_UNSERVED = "patients who are not served count with the travel limit"
CRITERIA = {
    criterion.key: criterion
    for criterion in (
        Criterion("total_cost", "cost a year", "money", _simple("limits.cost_per_year"),
                  about="all payers by the weights of the perspective, lost patients priced"),
        Criterion("mean_travel", "mean trip", "min", _simple("limits.mean_travel_min"),
                  about=f"mean one-way minutes of all patients; {_UNSERVED}"),
        Criterion("patients_treated", "patients infused a year", "patients", _treated, is_most=True),
        Criterion("cvar_travel", "mean trip of the worst-off", "min", _simple("limits.equity.cvar_travel_min"),
                  about="mean one-way minutes of the worst-off share of the patients (limits.equity.tail_share); "
                  f"patients of one area count with their mean trip; {_UNSERVED}"),
        Criterion("vein_to_vein", "mean days from vein to vein", "d", _simple("limits.vein_to_vein_d"),
                  about="mean days of all patients; those who are not infused count with the longest way"),
        Criterion("capex", "the manufacturer's investment", "money once", _simple("limits.budget"), is_stepped=True),
        Criterion("units", "units", "units", _units, is_stepped=True),
        Criterion("p90_travel", "p90 trip", "min", _within(P90), is_searched=True,
                  about="the least T such that 90 % of the patients whom any trip can serve travel at most T minutes; "
                  "who is not served is beyond every T"),
        Criterion("worst_travel", "worst trip", "min", _within(1.0), is_searched=True,
                  about="the longest one-way trip; everybody whom any trip can serve is served"),
    )
}  # fmt: skip
"""Criteria by name. Of two, the one that comes first is optimised and the other capped, unless `roles` says else."""


def criterion(name: str) -> Criterion:
    """Return a criterion by name.

    Raises
    ------
    StudyError
        No such criterion; the message suggests the nearest.
    """
    if name not in CRITERIA:
        raise StudyError([Problem("criterion", f'there is no "{name}"', did_you_mean(name, CRITERIA))])
    return CRITERIA[name]


def roles(one: Criterion, other: Criterion) -> tuple[Criterion, Criterion]:
    """Return which of two criteria is optimised and which is capped; a front is the same either way.

    A searched criterion is capped, unless the other one is stepped: then many plans share the optimum of the other.
    """
    order = list(CRITERIA)
    first, second = sorted((one, other), key=lambda item: order.index(item.key))
    return (second, first) if second.is_searched and first.is_stepped else (first, second)
