"""Parts of a network as models: rows that are kept, with those a plan uses, built and compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyomo.environ as pyo

from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.decompose.restrict import Kept
from siting.solve.direct import no_collection
from siting.solve.highs import compile_model

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.solve.decompose.restrict import Restricted
    from siting.solve.highs import Arrays


def with_plan(kept: Kept, plan: Solution | None) -> Kept:
    """Return the rows kept and those that a plan uses."""
    if plan is None:
        return kept
    options = kept.options.copy()
    options[plan.open_options[plan.open_options >= 0]] = True
    return Kept(kept.trips | (plan.referred > 0).any(axis=1), kept.lanes | (plan.shipped > 0).any(axis=1), options)


def size_of(kept: Kept) -> int:
    """Return the number of rows kept."""
    return sum(int(rows.sum()) for rows in (kept.trips, kept.lanes, kept.options))


def compiled(part: Restricted) -> tuple[pyo.ConcreteModel, Arrays]:
    """Return the model of a part and its arrays; InfeasibleError if a rule cannot be kept by the rows alone."""
    with no_collection():
        model = build_model(part.network)
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        return model, compile_model(model)
