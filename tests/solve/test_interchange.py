"""Local search and kicks without capacities, against every choice of sites."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve.location.interchange import interchange
from siting.solve.location.kicks import Kicks
from siting.solve.location.problem import read_location

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.location.problem import Location

AREAS, SITES, P = 14, 9, 3


def drawn(seed: int, kind: str) -> Location:
    """Return a random p-median problem, or one whose sites have costs and any number may open."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 60, (AREAS, SITES)).astype(float)
    fixed = np.zeros(SITES) if kind == "p-median" else rng.integers(10, 90, SITES).astype(float)
    p = P if kind == "p-median" else None
    free = np.full(SITES, np.inf)
    return read_location(to_network(Instance(kind, costs, np.ones(AREAS), free, fixed, p, False)))


def cost_of(problem: Location, is_open: NDArray[np.bool_]) -> float:
    """Return fixed costs and each area's cheapest open arc."""
    least = np.full(len(problem.stay), np.inf)
    usable = is_open[problem.site]
    np.minimum.at(least, problem.area[usable], problem.cost[usable])
    return float(least.sum() + problem.fixed[is_open].sum())


def neighbours(problem: Location, is_open: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return the choices one opening, closing or swap away, within the numbers allowed."""
    changes = [[site] for site in range(SITES)] + [list(pair) for pair in combinations(range(SITES), 2)]
    found = []
    for change in changes:
        other = is_open.copy()
        other[change] = ~other[change]
        if abs(int(other.sum()) - int(is_open.sum())) <= 1 and problem.least <= other.sum() <= problem.most:
            found.append(other)
    return [other for other in found if other.any()]


@pytest.mark.parametrize("kind", ["p-median", "UFL"])
@pytest.mark.parametrize("seed", range(15))
def test_no_single_move_is_left(kind: str, seed: int) -> None:
    """The search ends where no opening, closing or swap is cheaper, and says what its choice costs."""
    problem = drawn(seed, kind)
    is_open = np.zeros(SITES, dtype=bool)
    is_open[np.random.default_rng(seed).choice(SITES, P, replace=False)] = True
    cost = interchange(is_open, problem.ground, problem.counts)
    assert cost == pytest.approx(cost_of(problem, is_open))
    assert all(cost_of(problem, other) >= cost - 1e-6 for other in neighbours(problem, is_open))


@pytest.mark.parametrize("kind", ["p-median", "UFL"])
@pytest.mark.parametrize("seed", range(5))
def test_kicks_find_the_best_choice(kind: str, seed: int) -> None:
    """Kicks from the dearest choice end at the least cost of all choices of a small problem."""
    problem = drawn(seed, kind)
    counts = [P] if kind == "p-median" else range(1, SITES + 1)
    choices = [np.isin(np.arange(SITES), chosen) for count in counts for chosen in combinations(range(SITES), count)]
    costs = [cost_of(problem, choice) for choice in choices]
    kicks = Kicks(seed)
    assert kicks.is_stuck
    kicks.begin(problem, choices[int(np.argmax(costs))])
    is_open, cost = kicks.many(lambda _: False)
    assert cost == pytest.approx(min(costs))
    assert cost_of(problem, is_open) == pytest.approx(cost)


def test_kicks_stop_when_told() -> None:
    """A search that is told to stop at once makes only its first few kicks."""
    problem = drawn(1, "p-median")
    kicks, costs = Kicks(1), []
    kicks.begin(problem, np.arange(SITES) < P)
    kicks.many(lambda cost: bool(costs.append(cost)) or True)
    assert len(costs) == 1
