"""What one unit more of each limit is worth, by solving again with it: not by prices of a relaxation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from siting.errors import StudyError
from siting.solve.start import start_of
from siting.whatif.runs import Case, RunOptions, run_all, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.plan import Plan
    from siting.study.config import LimitsSection

BUDGET_STEP = 0.01
"""A unit of the budget is this share of it."""
SHARE_STEP = 0.01
"""A unit of a share is one percentage point."""


@dataclass(frozen=True)
class Worth:
    """One limit of the study.

    Attributes
    ----------
    key : str
        The setting.
    value, relaxed : float
        As it is, and one unit looser.
    worth, at_most : float
        Money a year saved by the unit: best known, and the most that the gaps leave open.
    """

    key: str
    value: float
    relaxed: float
    worth: float
    at_most: float

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def limits_worth(plan: Plan, options: RunOptions) -> tuple[Worth, ...]:
    """Solve once for each limit that the study sets, one unit looser, and compare with the plan.

    Parameters
    ----------
    plan : Plan
        With its study; its objective is the total cost.
    options : RunOptions
        Time and gap of each solve.

    Returns
    -------
    tuple of Worth
        The dearest limit first. A limit worth nothing does not bind.
    """
    if plan.study is None:
        return ()
    start = start_of(plan.network, plan.solution)
    steps = list(_steps(plan.study.config.limits))
    cases = []
    for key, _, relaxed in steps:
        try:
            cases.append(Case((key,), plan.study.replace({key: relaxed}), start=start))
        except StudyError:  # another rule asks for the limit as it is
            continue
    solved = {result.name[0]: result.found for result in run_all(cases, options, whole)}
    years = float(plan.network.slices["weight"].sum())
    found = []
    for key, value, relaxed in steps:
        looser = solved.get(key)
        if looser is not None:
            most = float("inf") if looser.bound is None else plan.objective - looser.bound
            saved = max(plan.objective - looser.objective, 0.0)
            found.append(Worth(key, value, relaxed, saved / years, max(most, saved) / years))
    return tuple(sorted(found, key=lambda worth: -worth.worth))


def _steps(limits: LimitsSection) -> Iterator[tuple[str, float, float]]:
    """Yield setting, value and the value one unit looser."""
    groups = {"limits.sites": limits.sites}
    groups |= {f"limits.modes.{name}": limit for name, limit in limits.modes.items()}
    groups |= {f"limits.regions.{name}": limit for name, limit in limits.regions.items()}
    for name, limit in groups.items():
        if limit.max is not None:
            yield f"{name}.max", limit.max, limit.max + 1
        if limit.min:
            yield f"{name}.min", limit.min, limit.min - 1
        least, most = getattr(limit, "min_volume_share", None), getattr(limit, "max_volume_share", None)
        if least:
            yield f"{name}.min_volume_share", least, max(least - SHARE_STEP, 0.0)
        if most is not None and most < 1.0:
            yield f"{name}.max_volume_share", most, min(most + SHARE_STEP, 1.0)
    if limits.budget is not None:
        yield "limits.budget", limits.budget, limits.budget * (1.0 + BUDGET_STEP)
    if limits.service_level:
        yield "limits.service_level", limits.service_level, max(limits.service_level - SHARE_STEP, 0.0)
    if limits.mean_travel_min is not None:
        yield "limits.mean_travel_min", limits.mean_travel_min, limits.mean_travel_min + 1.0
    if limits.min_starts:
        yield "limits.min_starts", limits.min_starts, max(limits.min_starts - 1.0, 0.0)
