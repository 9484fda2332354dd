"""What a published location instance says, whatever its file format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True)
class BenchOptions:
    """How to read an instance, which problem to make of it, and how long to solve.

    Attributes
    ----------
    format : str
        Name of the layout, a key of `siting.bench.formats.FORMATS`.
    capacity : float, optional
        Value of the word ``capacity`` in OR-Library's capa, capb and capc.
    p : int, optional
        Facilities to open, exactly; replaces the file's own number.
    single_source : bool
        Each customer is served by one facility; otherwise demand may be split.
    ufl : bool
        Ignore the capacities (uncapacitated facility location).
    p_center : bool
        Minimise the largest distance instead of the sum.
    time_limit : float
        Seconds for the solver.
    gap : float
        Relative gap at which the solver may stop; 0 asks for a full proof.
    threads : int
        Passed to the solver.
    """

    format: str
    capacity: float | None = None
    p: int | None = None
    single_source: bool = False
    ufl: bool = False
    p_center: bool = False
    time_limit: float = math.inf
    gap: float = 0.0
    threads: int = 2


@dataclass(frozen=True)
class Instance:
    """A one-stage location instance.

    Attributes
    ----------
    name : str
        The file's name without its suffixes.
    cost : ndarray, shape (n_customers, n_facilities)
        Cost (or distance) of serving the customer's whole demand; infinite where that is not allowed.
    demand : ndarray, shape (n_customers,)
        In the units of `capacity`; ones where the problem has no demand.
    capacity, fixed_cost : ndarray, shape (n_facilities,)
        Capacity is infinite where there is none.
    p : int or None
        Facilities to open, exactly.
    is_single_source : bool
        A customer may not be split.
    is_center : bool
        The objective is the largest distance instead of the total cost.
    """

    name: str
    cost: NDArray[Any]
    demand: NDArray[np.float64]
    capacity: NDArray[np.float64]
    fixed_cost: NDArray[np.float64]
    p: int | None = None
    is_single_source: bool = False
    is_center: bool = False

    @property
    def is_capacitated(self) -> bool:
        """Whether any facility has a limit."""
        return bool(np.isfinite(self.capacity).any())

    @property
    def problem(self) -> str:
        """The literature's name of the problem."""
        if self.is_center:
            return "p-center"
        if self.p is not None and not self.fixed_cost.any():
            return "CPMP" if self.is_capacitated else "p-median"
        if not self.is_capacitated:
            return "UFL"
        return "SSCFLP" if self.is_single_source else "CFLP"


def checked(instance: Instance, where: str) -> Instance:
    """Return the instance if its numbers make sense.

    Parameters
    ----------
    instance : Instance
        As read.
    where : str
        The file, for messages.

    Returns
    -------
    Instance
        The same object.

    Raises
    ------
    StudyError
        With all that is wrong: negative numbers, too little capacity, an impossible p, a customer nobody may serve.
    """
    n_facilities = len(instance.fixed_cost)
    rules: list[tuple[str, Any, Callable[[Any], Any]]] = [
        ("demand is negative at customer", instance.demand, lambda values: values < 0),
        ("capacity is negative at facility", instance.capacity, lambda values: values < 0),
        ("fixed cost is negative at facility", instance.fixed_cost, lambda values: values < 0),
        ("a cost is negative in the row of customer", instance.cost, lambda values: (values < 0).any(axis=1)),
        ("no facility may serve customer", instance.cost, lambda values: ~np.isfinite(values).any(axis=1)),
    ]
    problems = []
    for what, values, is_bad in rules:
        rows = tuple(str(row + 1) for row in np.flatnonzero(is_bad(values)))
        if rows:
            problems.append(Problem(where, what, "correct the file, or check --format", rows))
    problems += p_problems(instance.p, n_facilities, where)
    if instance.capacity.sum() < instance.demand.sum():
        problems.append(
            Problem(
                where,
                f"total capacity {instance.capacity.sum():g} is below total demand {instance.demand.sum():g}",
                "check --format and --capacity",
            )
        )
    if problems:
        raise StudyError(problems)
    return instance


def p_problems(p: int | None, n_facilities: int, where: str) -> list[Problem]:
    """Return what is wrong with the number of facilities to open, if anything; `where` is the file."""
    if p is None or 1 <= p <= n_facilities:
        return []
    return [Problem(where, f"p is {p}, but there are {n_facilities} facilities", f"give a p from 1 to {n_facilities}")]
