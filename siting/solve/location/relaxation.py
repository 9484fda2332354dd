"""The Lagrangian relaxation of a location problem: sites priced one by one, their number or joint capacity kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.solve.location.cover import cover_of
from siting.solve.location.pricing import gains_free, gains_split, gains_whole, served_by, served_free
from siting.solve.location.problem import demand_of

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

FREE, OPEN, SHUT = 0, 1, -1
FAIR_SHARE = 0.1
"""Of the cost of mean trips: the order of magnitude of a plan, for steps while the bound is about 0."""
MOST_WORK = 100_000_000
"""Arcs x units of capacity up to which knapsacks are solved whole; in larger ones splitting one area matters little."""
MOST_UNITS = 4000
"""Rows of the knapsack table; larger capacities are counted in coarser units, rounded so that the bound holds."""

_NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Answer:
    """The relaxation at some prices.

    Attributes
    ----------
    bound : float
        No plan costs less; infinite where the decisions taken admit no plan.
    value : ndarray, shape (n_sites,)
        Cost of each site if it is open.
    is_open : ndarray of bool, shape (n_sites,)
        What the relaxation opens.
    served : ndarray, shape (n_areas,)
        Shares of each area that open sites take.
    home : ndarray of int, shape (n_areas,)
        Site that takes the area at the least cost, -1 where none does; empty without capacities.
    """

    bound: float
    value: Floats
    is_open: Mask
    served: Floats
    home: NDArray[np.int64]


class Relaxation:
    """Prices sites of a location problem."""

    def __init__(self, problem: Location) -> None:
        self.problem = problem
        self.areas, self.sites = len(problem.stay), len(problem.fixed)
        self.cover = cover_of(problem)
        self.ceiling = problem.stay
        self.size = FAIR_SHARE * float(problem.cost.sum() / max(self.sites, 1))
        if not problem.is_capacitated:
            return
        area = problem.area
        self.demand = demand_of(problem)
        self.order = np.argsort(problem.site, kind="stable")
        self.begins = np.searchsorted(problem.site[self.order], np.arange(self.sites + 1))
        self.area = area[self.order]
        self.taken, self.regret = np.zeros(len(area)), np.zeros(len(area))
        cost, amount = problem.cost[self.order], problem.amount[self.order]
        self.arcs: tuple[Any, ...] = (self.begins, self.area, cost, amount, problem.capacity)
        self.is_whole = False
        if problem.is_single:
            size, room = _whole_units(amount, problem.capacity, self.begins)
            self.is_whole = len(area) * int(room.max(initial=0)) <= MOST_WORK
            if self.is_whole:
                self.arcs = (self.begins, self.area, cost, size, room)

    def price(self, price: Floats, state: NDArray[np.int8]) -> Answer:
        """Return the relaxation's answer at prices, with some sites decided (FREE, OPEN or SHUT)."""
        problem, value = self.problem, self.problem.fixed.copy()
        if not problem.is_capacitated:
            end = gains_free(price, problem.arcs, value)
        elif self.is_whole:
            gains_whole(price, state, self.arcs, value, self.taken, self.regret)
        else:
            gains_split(price, state, self.arcs, value, self.taken)
        is_open = self.chosen(value, state)
        if is_open is None:
            return Answer(np.inf, value, np.zeros(self.sites, dtype=bool), np.zeros(self.areas), _NOWHERE)
        if problem.is_capacitated:
            served, home = served_by(is_open, self.arcs[:3], self.taken, self.areas)
        else:
            served, home = served_free(end, problem.arcs, is_open), _NOWHERE
        return Answer(float(price.sum() + value[is_open].sum()), value, is_open, served, home)

    def chosen(self, value: Floats, state: NDArray[np.int8]) -> Mask | None:
        """Return the cheapest choice of sites within decisions and number of units; None where there is none."""
        is_open = state == OPEN
        if self.cover is not None:
            return self.cover.cheapest(value, is_open, (state == FREE) & np.isfinite(value))
        free = np.flatnonzero((state == FREE) & np.isfinite(value))
        order = free[np.argsort(value[free], kind="stable")]
        taken, forced = int((value[free] < 0.0).sum()), int(is_open.sum())
        count = min(max(taken, self.problem.least - forced), self.problem.most - forced)
        if count < 0 or count > len(order):
            return None
        is_open[order[:count]] = True
        return is_open

    def extra(self, answer: Answer, state: NDArray[np.int8]) -> Floats:
        """Return, by free site, how much the bound rises at least if the site is decided the other way."""
        free, value = state == FREE, answer.value
        if self.cover is not None:
            return self.cover.extra(value, answer.is_open, free & np.isfinite(value))
        opened, shut = free & answer.is_open, free & ~answer.is_open & np.isfinite(value)
        count = int(answer.is_open.sum())
        worst = value[opened].max(initial=-np.inf)
        next_best = value[shut].min(initial=np.inf)
        extra = np.full(self.sites, np.inf)
        swap_in = value[shut] - worst
        extra[shut] = np.minimum(value[shut], swap_in) if count < self.problem.most else swap_in
        swap_out = next_best - value[opened]
        extra[opened] = np.minimum(-value[opened], swap_out) if count > self.problem.least else swap_out
        return np.maximum(extra, 0.0)

    def arc_extra(self, answer: Answer, price: Floats, state: NDArray[np.int8]) -> Floats:
        """Return, by arc of the problem, how much the bound rises at least if the area goes there whole.

        To be called right after `price` with the same prices and decisions, whose knapsacks it uses.
        """
        problem = self.problem
        extra = np.maximum(problem.cost - price[problem.area], 0.0)
        if problem.is_capacitated and self.is_whole:
            extra[self.order] = self.regret
        opening = np.where(answer.is_open, 0.0, np.where(state == SHUT, np.inf, self.extra(answer, state)))
        return extra + opening[problem.site]


def _whole_units(amount: Floats, capacity: Floats, begins: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return sizes and rooms as whole numbers, exactly where they are whole and rounded down where they are not.

    What fits before fits after: sizes are rounded down, and the rounded room holds every whole sum that the room holds.
    """
    site = np.repeat(np.arange(len(capacity)), np.diff(begins))
    needed = np.bincount(site, amount, minlength=len(capacity))
    capacity = np.where(np.isfinite(capacity), capacity, needed)
    both = np.append(amount, capacity)
    unit = 1.0 if (np.abs(both - np.round(both)) < 1e-9).all() and capacity.max(initial=0.0) <= MOST_UNITS else (
        max(capacity.max(initial=0.0), 1e-12) / MOST_UNITS)  # fmt: skip
    size = np.floor(amount / unit + 1e-9).astype(np.int64)
    return size, np.floor(capacity / unit + 1e-9).astype(np.int64)
