"""Local search and kicks without capacities, against every choice of sites."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve.location.interchange import interchange
from siting.solve.location.kicks import SIZE, Pool
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


def least_cost(problem: Location, kind: str) -> float:
    """Return the least cost of all choices of sites."""
    counts = [P] if kind == "p-median" else range(1, SITES + 1)
    choices = [np.isin(np.arange(SITES), chosen) for count in counts for chosen in combinations(range(SITES), count)]
    return min(cost_of(problem, choice) for choice in choices)


@pytest.mark.parametrize("seed", range(5))
def test_too_many_sites_are_closed(seed: int) -> None:
    """From all sites open the search comes down to the number allowed, and no move is left there either."""
    problem = drawn(seed, "p-median")
    is_open = np.ones(SITES, dtype=bool)
    cost = interchange(is_open, problem.ground, problem.counts)
    assert is_open.sum() == P
    assert cost == pytest.approx(cost_of(problem, is_open))
    assert all(cost_of(problem, other) >= cost - 1e-6 for other in neighbours(problem, is_open))


@pytest.mark.parametrize("seed", range(5))
def test_areas_out_of_reach_are_served_first(seed: int) -> None:
    """Where sites reach a third of the areas, the search ends with all served if its choice says less than `far`."""
    rng = np.random.default_rng(seed)
    costs = np.where(rng.random((AREAS, SITES)) < 0.35, rng.integers(1, 60, (AREAS, SITES)), np.inf)
    costs[np.arange(AREAS), rng.integers(0, SITES, AREAS)] = 7.0
    free, fixed = np.full(SITES, np.inf), rng.integers(10, 90, SITES).astype(float)
    problem = read_location(to_network(Instance("sparse", costs, np.ones(AREAS), free, fixed, None, False)))
    is_open = np.arange(SITES) < 1
    cost = interchange(is_open, problem.ground, problem.counts)
    assert cost < problem.far
    assert cost == pytest.approx(cost_of(problem, is_open))


@pytest.mark.parametrize("kind", ["p-median", "UFL"])
@pytest.mark.parametrize("seed", range(5))
def test_kicks_find_the_best_choice(kind: str, seed: int) -> None:
    """Kicks from one choice of a small problem end at the least cost of all its choices."""
    problem = drawn(seed, kind)
    is_open = np.arange(SITES) < P
    cost = Pool(seed).kicked(problem, is_open, lambda _: False)
    assert cost == pytest.approx(least_cost(problem, kind))
    assert cost_of(problem, is_open) == pytest.approx(cost)


@pytest.mark.parametrize("kind", ["p-median", "UFL"])
@pytest.mark.parametrize("seed", range(5))
def test_children_are_choices_that_are_allowed(kind: str, seed: int) -> None:
    """All that is kept after breeding opens an allowed number of sites and costs what is said, cheapest first."""
    problem, pool = drawn(seed, kind), Pool(seed)
    for first in (0, 3, 6):
        is_open = (np.arange(SITES) >= first) & (np.arange(SITES) < first + P)
        pool.add(cost_of(problem, is_open), is_open)
    parents = dict.fromkeys(cost for cost, _ in pool.kept)
    for _ in range(3):
        pool.child(problem, lambda _: True)
    assert pool.least <= min(parents)
    assert [cost for cost, _ in pool.kept] == sorted(cost for cost, _ in pool.kept)
    for cost, is_open in pool.kept:
        assert problem.least <= is_open.sum() <= problem.most
        assert cost == pytest.approx(cost_of(problem, is_open))


def test_of_two_choices_of_one_cost_one_is_kept() -> None:
    """Choices of the same cost count as one, and only the best are kept."""
    pool = Pool(1)
    for cost in (5.0, 3.0, 5.0, *range(10, 30)):
        pool.add(float(cost), np.ones(2, dtype=bool))
    assert [cost for cost, _ in pool.kept] == [3.0, 5.0, *range(10, 8 + SIZE)]


def test_kicks_stop_when_told() -> None:
    """A search that is told to stop at once makes only its first few kicks."""
    problem, costs = drawn(1, "p-median"), []
    Pool(1).kicked(problem, np.arange(SITES) < P, lambda cost: bool(costs.append(cost)) or True)
    assert len(costs) == 1
