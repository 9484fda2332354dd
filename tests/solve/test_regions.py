"""Regions, clusters and placing where areas may not be split: rules kept, never dearer, and hand arithmetic."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from whole_areas import check

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve.highs import Run
from siting.solve.location.assignment import Assignment
from siting.solve.location.clusters import Clusters
from siting.solve.location.placing import placed
from siting.solve.location.plan import Choice, choice_of
from siting.solve.location.problem import Location, read_location
from siting.solve.location.unsplit import BRIEFLY

RUN = Run(10.0, 1e-9)


def problem_of(areas: int, units: int, seed: int, share: float = 0.9) -> Location:
    """Return points in a square, each a possible unit, of which so many open; a share of their capacity is needed."""
    rng = np.random.default_rng(seed)
    points, demand = rng.random((areas, 2)) * 100.0, rng.integers(1, 20, areas).astype(float)
    cost = np.floor(np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=2)))
    capacity = np.full(areas, np.ceil(max(demand.sum() / units / share, demand.max())))
    return read_location(to_network(Instance("CPMP", cost, demand, capacity, np.zeros(areas), units, True)))


def poor(problem: Location, units: int, seed: int) -> Choice:
    """Return a plan that fills random sites with the areas in turn, the largest first, wherever there is room."""
    rng, sites = np.random.default_rng(seed), len(problem.fixed)
    opened = rng.choice(sites, units, replace=False)
    need = problem.amount[problem.start[:-1]]
    share, load = np.zeros(len(problem.cost)), np.zeros(sites)
    for area in np.argsort(-need):
        place = opened[np.argmin(load[opened])]
        arcs = np.arange(problem.start[area], problem.start[area + 1])
        share[arcs[problem.site[arcs] == place]] = 1.0
        load[place] += need[area]
    assert (load <= problem.capacity).all()
    return choice_of(problem, share, np.isin(np.arange(sites), opened))


@pytest.mark.parametrize("seed", range(4))
def test_regions_keep_all_rules_and_never_cost_more(seed: int) -> None:
    """A plan of random sites with 12 units gets cheaper by regions of three, and again no dearer by a second pass."""
    problem = problem_of(60, 12, seed, share=0.7)
    search, first = Assignment(problem, seed), poor(problem, 12, seed)
    second = search.bettered(first, 3, BRIEFLY, np.inf)
    third = search.bettered(second, 3, BRIEFLY, np.inf)
    for choice in (second, third):
        check(problem, choice)
    assert third.objective <= second.objective < first.objective


def test_no_time_leaves_the_plan_as_it_is() -> None:
    """When time is over, regions change nothing."""
    problem = problem_of(40, 8, 0, share=0.7)
    first = poor(problem, 8, 0)
    assert Assignment(problem, 0).bettered(first, 3, BRIEFLY, time.perf_counter() - 1.0).objective == first.objective


def test_regions_are_the_same_for_the_same_seed() -> None:
    """Two passes with one seed give the same plan."""
    problem = problem_of(60, 12, 1, share=0.7)
    one, two = (Assignment(problem, 3).bettered(poor(problem, 12, 1), 3, BRIEFLY, np.inf) for _ in range(2))
    np.testing.assert_array_equal(one.share, two.share)


def line() -> tuple[np.ndarray, ...]:
    """Return tables of four areas at 0, 1, 10 and 11 on a line, which are the sites as well: two for each unit."""
    points = np.array([0.0, 1.0, 10.0, 11.0])
    return np.abs(points[:, None] - points), np.ones((4, 4)), np.full(4, 3.0), np.zeros(4)


def test_clusters_of_two_plans_make_a_better_one() -> None:
    """{0, 1} at 0 costs 1, from one plan, and {10, 11} at 10 costs 1, from another: 2 together.

    The plan at hand costs 0 + (0 + 9 + 10) = 19, and {0, 1, 10} at 10 with {11} at 11 costs 10 + 9 + 0 + 0 = 19.
    """
    clusters, areas = Clusters(line(), (2, 2)), np.arange(4)
    first = np.array([0, 1, 1, 1]), np.array([True, True, False, False])
    for site, opened in (((0, 0, 2, 2), (0,)), ((0, 0, 2, 2), (2,)), ((2, 2, 2, 3), (2, 3))):
        clusters.note(areas, np.array(site), np.array(opened))
    site, is_open = clusters.combined(first, RUN)
    assert site.tolist() == [0, 0, 2, 2]
    assert is_open.tolist() == [True, False, True, False]


def test_an_area_in_two_clusters_goes_where_it_costs_least() -> None:
    """{0, 1, 10} at 1 costs 1 + 0 + 9 = 10 and {10, 11} at 11 costs 1: 11, and 2 once area 10 goes to 11 alone."""
    clusters, areas = Clusters(line(), (2, 2)), np.arange(4)
    first = np.array([3, 0, 0, 3]), np.array([True, False, False, True])  # 11 + 1 + 10 + 0 = 22
    clusters.note(areas, np.array([1, 1, 1, 3]), np.array([1]))
    clusters.note(areas, np.array([0, 0, 3, 3]), np.array([3]))
    site, is_open = clusters.combined(first, RUN)
    assert site.tolist() == [1, 1, 3, 3]
    assert is_open.tolist() == [False, True, False, True]


def test_one_site_is_in_one_cluster_only() -> None:
    """{0, 1} and {10} at site 1 would do with one unit's room twice; the plan given is kept instead."""
    clusters, areas = Clusters(line(), (2, 2)), np.arange(4)
    clusters.note(areas, np.array([1, 1, 2, 2]), np.array([1]))
    clusters.note(areas, np.array([0, 0, 1, 1]), np.array([1]))
    first = np.array([0, 3, 3, 3]), np.array([True, False, False, True])
    site, _ = clusters.combined(first, RUN)
    assert site.tolist() == first[0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_placing_against_brute_force(seed: int) -> None:
    """At three sites and with seven areas, HiGHS finds the cheapest of all 3^7 assignments within the capacities."""
    rng = np.random.default_rng(seed)
    cost, amount = rng.integers(1, 50, (7, 4)).astype(float), rng.integers(1, 10, 7).astype(float)
    amounts, capacity = np.repeat(amount[:, None], 4, axis=1), np.full(4, np.ceil(amount.sum() / 2.4))
    is_open = np.array([True, True, False, True])
    plans = {
        home: cost[np.arange(7), list(home)].sum()
        for home in product((0, 1, 3), repeat=7)
        if (np.bincount(home, amount, minlength=4) <= capacity).all()
    }
    worst = np.array(max(plans, key=lambda home: plans[home]))
    site = placed(worst, is_open, (cost, amounts, capacity, np.zeros(4)), RUN)
    assert plans[tuple(site.tolist())] == min(plans.values())
