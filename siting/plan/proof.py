"""How good a plan is, in one sentence that no output can leave out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def proof(plan: Plan) -> str:
    """Return in words how far at most the plan is from the best possible one.

    Parameters
    ----------
    plan : Plan
        Status and gap are read.

    Returns
    -------
    str
        Starts with "Proven" or "Not proven optimal", so that no table or map can hide it.
    """
    if plan.gap is None or math.isnan(plan.gap):
        return "Proven optimal" if plan.status == "optimal" else "Not proven optimal: no bound is known"
    if plan.status != "optimal":
        return f"Not proven optimal: at most {_percent(plan.gap)} from the best possible plan"
    return "Proven optimal" if plan.gap < 5e-7 else f"Proven: at most {_percent(plan.gap)} from the best possible plan"


def _percent(share: float) -> str:
    digits = 2 if share < 0.1 else 1
    return f"{math.ceil(share * 100 * 10**digits - 1e-9) / 10**digits:.{digits}f} %"
