"""Limits: rules that a study sets, kept under their name so that a diagnosis can relax them one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


@dataclass(frozen=True)
class Limit:
    """One rule: ``body >= bound`` or ``body <= bound``.

    Attributes
    ----------
    name : str
        The setting, as in study.toml: "limits.sites.max".
    body : Pyomo expression
        Left-hand side.
    is_least : bool
        True for ``>=``.
    bound : float
        Right-hand side, as large as the body.
    unit : str
        What the setting counts; "" for a plain number.
    is_whole : bool
        Whether only whole numbers make sense (units).
    size : float or Pyomo expression
        What 1 in the setting is worth in the body; a share of patients is worth all of them.
    setting : float or None
        What the study says, where that is not ``bound / size``: a share of a volume that is itself decided.
    """

    name: str
    body: Any
    is_least: bool
    bound: float
    unit: str = ""
    is_whole: bool = False
    size: Any = 1.0
    setting: float | None = None


def linear(coefficients: Iterable[float], variables: Sequence[object]) -> LinearExpression:
    """Return a linear expression without the cost of adding it up term by term."""
    return LinearExpression(constant=0.0, linear_coefs=list(coefficients), linear_vars=list(variables))


def add_limit(model: pyo.ConcreteModel, limit: Limit) -> None:
    """Add the constraint of a limit to the model and file it in ``model.limits`` under its name."""
    if not hasattr(model, "limit_rows"):
        model.limit_rows = pyo.ConstraintList()
    low, high = (limit.bound, None) if limit.is_least else (None, limit.bound)
    row = model.limit_rows.add((low, limit.body, high))
    model.limits[limit.name] = (limit, row)
