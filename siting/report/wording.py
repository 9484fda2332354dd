"""Figures of a report in words: patients, minutes, days, money, each right for unknown, none, one and many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from siting.words import count, listed, money, some

if TYPE_CHECKING:
    from siting.plan.plan import Plan

UNKNOWN = "-"
TIED = "\N{NO-BREAK SPACE}"
"""Between a figure and its unit, so that no line ends there."""


def is_known(value: Any) -> bool:
    """Say whether there is a number."""
    return value is not None and not math.isnan(float(value))


def number(value: Any, digits: int = 0) -> str:
    """Return a number with separators; a dash where there is none."""
    return f"{value:,.{digits}f}" if is_known(value) else UNKNOWN


def percent(value: Any, digits: int = 1) -> str:
    """Return a share as a percentage; a dash where there is none."""
    return f"{value * 100:,.{digits}f}{TIED}%" if is_known(value) else UNKNOWN


def patients(value: float) -> str:
    """Return "no patients", "under 1 patient", "1 patient", "730 patients"."""
    return f"{some(value)} patient" if 0.0 < value < 0.5 else count(round(value), "patient")


def minutes(value: float) -> str:
    """Return "1 minute", "49 minutes"."""
    return count(round(value), "minute")


def days(value: float) -> str:
    """Return "1.0 days", "22.5 days"."""
    return f"{value:,.1f} days"


def cash(value: Any, plan: Plan) -> str:
    """Return an amount in the study's currency; a dash where there is none."""
    if not is_known(value):
        return UNKNOWN
    sign = "-" if value < 0 else ""
    return f"{sign}{money(abs(float(value)), plan.network.currency)}".replace(" ", TIED)


def signed(value: float, plan: Plan) -> str:
    """Return a change of an amount with its sign."""
    return f"{'+' if value > 0 else ''}{cash(value, plan)}"


def modes(counts: dict[str, int]) -> str:
    """Return "5 franchise and 2 owned"; "franchise" where there is one mode."""
    return next(iter(counts)) if len(counts) == 1 else listed(f"{number_} {mode}" for mode, number_ in counts.items())


def last_period(plan: Plan) -> str:
    """Return the id of the last period, which the counts of units are about."""
    return str(plan.network.ids.periods[-1])


def is_staged(plan: Plan) -> bool:
    """Say whether the plan has several periods."""
    return len(plan.network.ids.periods) > 1
