"""An instance for CP-SAT, which knows whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.bench.instance import Instance

DECIMALS = 6
LARGEST_SUM = 2.0**50
"""Sums of scaled costs stay below this, far inside 64 bits."""


@dataclass(frozen=True)
class Integers:
    """A model whose objective is `scale` times the cost of the instance, rounded down term by term.

    So its bound divided by the scale is a bound for the instance too.
    """

    instance: Instance
    model: cp_model.CpModel
    scale: float
    is_exact: bool
    opened: list[Any]
    assigned: list[Any]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]

    def recounted(self, solver: cp_model.CpSolver) -> float:
        """Return the cost of the solver's solution in the instance's own numbers."""
        chosen = np.array([solver.boolean_value(one) for one in self.assigned])
        opened = np.array([solver.boolean_value(one) for one in self.opened])
        cost = self.instance.cost[self.pairs][chosen]
        return float(cost.max() if self.instance.is_center else cost.sum() + self.instance.fixed_cost[opened].sum())


def integer_model(instance: Instance) -> Integers:
    """Return the model: exactly one site a customer, only open ones, within capacity, p of them.

    Parameters
    ----------
    instance : Instance
        Uncapacitated or of single source.

    Returns
    -------
    Integers
        Ready for `cp_model.CpSolver`.

    Raises
    ------
    ValueError
        If demand may be split, or demand and capacity cannot be made whole numbers.
    """
    if instance.is_capacitated and not instance.is_single_source:
        message = "demand may be split"
        raise ValueError(message)
    customers, sites = instance.cost.shape
    pairs = np.nonzero(np.isfinite(instance.cost))
    cost, scale, is_exact = _scaled(np.concatenate([instance.fixed_cost, instance.cost[pairs]]))
    model = cp_model.CpModel()
    opened = [model.new_bool_var("") for _ in range(sites)]
    assigned = [model.new_bool_var("") for _ in range(len(pairs[0]))]
    of_customer: list[list[Any]] = [[] for _ in range(customers)]
    for customer, site, one in zip(pairs[0].tolist(), pairs[1].tolist(), assigned, strict=True):
        of_customer[customer].append(one)
        model.add_implication(one, opened[site])
    for ones in of_customer:
        model.add_exactly_one(ones)
    if instance.p is not None:
        model.add(sum(opened) == instance.p)
    _limit(model, instance, opened, assigned, pairs)
    if instance.is_center:
        largest = model.new_int_var(0, int(cost.max()), "")
        starts = np.searchsorted(pairs[0], np.arange(customers + 1))
        trips = cost[sites:]
        for customer in range(customers):
            terms = trips[starts[customer] : starts[customer + 1]].tolist()
            model.add(cp_model.LinearExpr.weighted_sum(of_customer[customer], terms) <= largest)
        model.minimize(largest)
    else:
        model.minimize(cp_model.LinearExpr.weighted_sum([*opened, *assigned], cost.tolist()))
    return Integers(instance, model, scale, is_exact, opened, assigned, pairs)


def _limit(model: cp_model.CpModel, instance: Instance, opened: list[Any], assigned: list[Any], pairs: Any) -> None:
    if not instance.is_capacitated:
        return
    numbers, _, is_exact = _scaled(np.concatenate([instance.demand, instance.capacity]))
    if not is_exact:
        message = "demand or capacity is no multiple of a millionth"
        raise ValueError(message)
    demand, capacity = numbers[: len(instance.demand)], numbers[len(instance.demand) :].tolist()
    for site, room in enumerate(capacity):
        here = np.flatnonzero(pairs[1] == site)
        load = cp_model.LinearExpr.weighted_sum([assigned[one] for one in here], demand[pairs[0][here]].tolist())
        model.add(load <= room * opened[site])
    model.add(cp_model.LinearExpr.weighted_sum(opened, capacity) >= int(demand.sum()))


def _scaled(numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], float, bool]:
    """Return the numbers as whole ones, the power of ten they were multiplied by, and whether nothing was lost."""
    scale = 1.0
    for decimals in range(DECIMALS + 1):
        if numbers.sum() * 10.0**decimals > LARGEST_SUM:
            break
        scale = 10.0**decimals
        if np.allclose(numbers * scale, np.rint(numbers * scale), rtol=0.0, atol=1e-6):
            return np.rint(numbers * scale).astype(np.int64), scale, True
    return np.floor(numbers * scale).astype(np.int64), scale, False
