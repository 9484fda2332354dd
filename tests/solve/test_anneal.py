"""Annealing where areas may not be split: against brute force, within all limits, the same for the same seed."""

from __future__ import annotations

import time
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve import SolveOptions, solve
from siting.solve.location.anneal import near_lists
from siting.solve.location.assignment import Assignment
from siting.solve.location.cooling import Cooling
from siting.solve.location.problem import Location, read_location

if TYPE_CHECKING:
    from siting.solve.location.plan import Choice

QUICK = Cooling(300, 0.5)


def medians(areas: int, units: int, seed: int, share: float = 0.85) -> Instance:
    """Return points in a square, each a possible unit, of which so many open; a share of their capacity is needed."""
    rng = np.random.default_rng(seed)
    points, demand = rng.random((areas, 2)) * 100.0, rng.integers(1, 20, areas).astype(float)
    cost = np.floor(np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=2)))
    capacity = np.full(areas, np.ceil(max(demand.sum() / units / share, demand.max())))
    return Instance("CPMP", cost, demand, capacity, np.zeros(areas), units, True)


def cheapest(problem: Instance, units: range) -> float:
    """Return the least cost over all choices of so many sites and all whole assignments to them."""
    areas, sites = problem.cost.shape
    best = np.inf
    for chosen in (choice for count in units for choice in combinations(range(sites), count)):
        for homes in product(chosen, repeat=areas):
            if (np.bincount(homes, problem.demand, minlength=sites) <= problem.capacity).all():
                cost = problem.cost[np.arange(areas), list(homes)].sum() + problem.fixed_cost[list(chosen)].sum()
                best = min(best, float(cost))
    return best


def improved(problem: Location, first: list[int], seed: int = 0, cooling: Cooling = QUICK) -> Choice | None:
    """Return the plan that annealing finds from some open sites."""
    is_open = np.isin(np.arange(len(problem.fixed)), first)
    return Assignment(problem, seed).improve(is_open, cooling, np.inf)


@pytest.mark.parametrize("seed", range(6))
def test_given_number_of_units_against_brute_force(seed: int) -> None:
    """From the first two sites, annealing comes to the optimum of brute force with exactly two units."""
    instance = medians(7, 2, seed)
    found = improved(read_location(to_network(instance)), [0, 1])
    assert found is not None
    assert found.objective == pytest.approx(cheapest(instance, range(2, 3)))
    assert found.is_open.sum() == 2


@pytest.mark.parametrize("seed", range(6))
def test_cost_of_units_against_brute_force(seed: int) -> None:
    """From all sites open, annealing closes as many as brute force does, or as good a choice."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(3, 15, 6).astype(float)
    cost, fixed = rng.integers(1, 50, (6, 4)).astype(float), rng.integers(5, 60, 4).astype(float)
    instance = Instance("SSCFLP", cost, demand, np.full(4, np.ceil(0.6 * demand.sum())), fixed, None, True)
    found = improved(read_location(to_network(instance)), [0, 1, 2, 3])
    assert found is not None
    assert found.objective == pytest.approx(cheapest(instance, range(1, 5)))


@pytest.mark.parametrize("seed", range(4))
def test_plans_keep_all_limits(seed: int) -> None:
    """Each area goes to one open site by a trip there is, no unit makes too much, and the cost is that of its parts."""
    instance = medians(60, 6, seed, share=0.95)
    instance.cost[instance.cost > 90.0] = np.inf
    problem = read_location(to_network(instance))
    first = np.random.default_rng(seed).choice(60, 6, replace=False).tolist()
    found = improved(problem, first)
    assert found is not None
    used = found.share > 0.0
    assert (found.share[used] == 1.0).all()
    assert (np.bincount(problem.area[used], minlength=60) == 1).all()
    assert found.is_open[problem.site[used]].all()
    assert found.is_open.sum() == 6
    assert (np.bincount(problem.site[used], problem.amount[used], minlength=60) <= instance.capacity + 1e-9).all()
    assert found.objective == pytest.approx(instance.cost[problem.area[used], problem.site[used]].sum())


def test_same_seed_same_plan() -> None:
    """Two searches with one seed give the same plan."""
    problem = read_location(to_network(medians(80, 8, 1)))
    one, two = improved(problem, list(range(8)), 3), improved(problem, list(range(8)), 3)
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.share, two.share)


def test_no_plan_where_an_area_has_no_trip_or_no_time_is_left() -> None:
    """The first area has no trip to the first site only that is open; with the second open, the time is over."""
    cost = np.array([[np.inf, 5.0], [1.0, 2.0]])
    instance = Instance("CPMP", cost, np.full(2, 2.0), np.array([3.0, 4.0]), np.zeros(2), 1, True)
    problem = read_location(to_network(instance))
    assert improved(problem, [0]) is None
    is_open = np.array([False, True])
    assert Assignment(problem, 0).improve(is_open, QUICK, time.perf_counter() - 1.0) is None


def test_sites_near_areas_by_hand() -> None:
    """Two sites of each of three areas; by site the areas whose first it is come before those whose second it is."""
    start, site = np.array([0, 3, 6, 8]), np.array([2, 0, 1, 0, 1, 2, 1, 0], dtype=np.int32)
    begin, near, inverse, members = near_lists(start, site, 4, 2)
    assert begin.tolist() == [0, 2, 4, 6]
    assert near.tolist() == [2, 0, 0, 1, 1, 0]
    assert inverse.tolist() == [0, 3, 5, 6, 6]
    assert members.tolist() == [1, 0, 2, 2, 1, 0]


def test_whole_solve_of_medians_against_brute_force() -> None:
    """The optimum with two units is found and proven."""
    instance = medians(8, 2, 5)
    found = solve(to_network(instance), SolveOptions(time_limit=30.0, gap=0.0, threads=1, strategy="location"))
    known = cheapest(instance, range(2, 3))
    assert (found.objective, found.bound) == pytest.approx((known, known))
