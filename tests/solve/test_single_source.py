"""Single-sourced location with little room to spare: the tree and the tabu search against brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array
from whole_areas import optimum

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.errors import InfeasibleError
from siting.solve import SolveOptions, solve
from siting.solve.location.ascent import Ascent, Pace, ascend
from siting.solve.location.assignment import Assignment
from siting.solve.location.problem import Location, narrowed, read_location
from siting.solve.location.relaxation import OPEN, Relaxation
from siting.solve.location.single import SingleTree

PACE = Pace(60, 0.3, 0.6, 10)


def tight(areas: int, sites: int, seed: int, slack: int = 1) -> Instance:
    """Return a random instance whose capacities are what some plan needs, and up to `slack` more by site."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(3, 20, areas).astype(float)
    load = np.bincount(rng.integers(0, sites, areas), demand, minlength=sites)
    return Instance(
        "SSCFLP",
        rng.integers(1, 50, (areas, sites)).astype(float),
        demand,
        np.maximum(load + rng.integers(0, slack + 1, sites), 1.0),
        rng.integers(5, 60, sites).astype(float),
        None,
        True,
    )


def tree_of(problem: Location, target: float) -> tuple[SingleTree, list[float]]:
    """Return a tree from prices of nothing, and the costs of plans that it found by settling every area."""
    found: list[float] = []

    def settle(state: np.ndarray, _: Ascent, kept: np.ndarray) -> None:
        load = np.bincount(problem.site[kept], problem.amount[kept], minlength=len(problem.fixed))
        if kept.sum() == len(problem.stay) and (load <= problem.capacity + 1e-9).all():
            found.append(float(problem.cost[kept].sum() + problem.fixed[state == OPEN].sum()))

    def best() -> float:
        return min([target, *found])

    tree = SingleTree(problem, best, lambda _: best(), settle, PACE)
    sites = len(problem.fixed)
    price, share = np.zeros(len(problem.stay)), np.full(sites, 0.5)
    tree.push(0.0, np.ones(len(problem.cost), dtype=bool), np.zeros(sites, dtype=np.int8), price, share)
    return tree, found


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_tree_finds_the_optimum_and_no_less(seed: int) -> None:
    """The bound never exceeds the optimum, a target above it is met by it, and one at it by nothing."""
    instance = tight(6, 3, seed)
    problem, known = read_location(to_network(instance)), optimum(instance)
    if not problem.is_single:
        return
    tree, found = tree_of(problem, known + 5.0)
    while tree.nodes:
        assert tree.bound <= known + 1e-6
        tree.step()
    assert min(found) == pytest.approx(known)
    tree, found = tree_of(problem, known)
    while tree.nodes:
        tree.step()
    assert found == []
    assert tree.bound == pytest.approx(known)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_whole_solve_of_tight_instances(seed: int) -> None:
    """The optimum of brute force is found and proven."""
    instance = tight(6, 3, seed)
    found = solve(to_network(instance), SolveOptions(time_limit=30.0, gap=0.0, threads=1, strategy="location"))
    assert (found.objective, found.bound) == pytest.approx((optimum(instance), optimum(instance)))


@pytest.mark.parametrize("seed", range(4))
def test_cheapest_arcs_bound_as_all_do(seed: int) -> None:
    """With a given number of units, at prices no higher than the first arc left out, the bound is the same."""
    instance = replace(tight(6, 4, seed, slack=4), p=3)
    problem = read_location(to_network(instance))
    near, state = narrowed(problem, 2), np.zeros(4, dtype=np.int8)
    np.testing.assert_allclose(near.stay, np.sort(instance.cost, axis=1)[:, 2])
    price = np.random.default_rng(seed).random(6) * near.stay
    bound, whole = (Relaxation(part).price(price, state).bound for part in (near, problem))
    assert bound == pytest.approx(whole)


def test_no_plan_is_said() -> None:
    """Three areas of 2 do not go whole to two sites of 3, although 6 patients can be made."""
    instance = Instance("SSCFLP", np.ones((3, 2)), np.full(3, 2.0), np.full(2, 3.0), np.ones(2), None, True)
    with pytest.raises(InfeasibleError):
        solve(to_network(instance), SolveOptions(time_limit=30.0, gap=0.0, threads=1, strategy="location"))


@pytest.mark.parametrize("seed", range(5))
def test_tabu_search_finds_the_optimum_of_few_areas(seed: int) -> None:
    """With all sites open and no cost of opening, brute force is no better; forbidden arcs stay unused."""
    instance = tight(7, 3, seed, slack=3)
    instance = Instance("SSCFLP", instance.cost, instance.demand, instance.capacity, np.zeros(3), None, True)
    problem = read_location(to_network(instance))
    search, nowhere = Assignment(problem, 0), np.full(7, -1)
    everything = np.ones(len(problem.cost), dtype=bool)
    found = search.refine(np.ones(3, dtype=bool), nowhere, everything, 1)
    assert found is not None
    assert found.objective == pytest.approx(optimum(instance))
    only = found.share > 0.5
    again = search.refine(np.ones(3, dtype=bool), nowhere, only, 1)
    assert again is not None
    np.testing.assert_array_equal(again.share > 0.5, only)


@pytest.mark.parametrize("seed", range(4))
def test_ascent_comes_up_to_the_linear_relaxation(seed: int) -> None:
    """At decided sites with hardly any room, prices found from afar give 99.9 % of the linear relaxation."""
    problem = read_location(to_network(tight(60, 6, seed)))
    areas, sites, arcs = len(problem.stay), len(problem.fixed), np.arange(len(problem.cost))
    served = csr_array((np.ones(len(arcs)), (problem.area, arcs)), shape=(areas, len(arcs)))
    load = csr_array((problem.amount, (problem.site, arcs)), shape=(sites, len(arcs)))
    linear = linprog(
        problem.cost,
        A_ub=load,
        b_ub=np.minimum(problem.capacity, problem.amount.sum()),
        A_eq=served,
        b_eq=np.ones(areas),
        bounds=(0, 1),
    ).fun + float(problem.fixed.sum())
    first = 6.0 * problem.amount[problem.start[:-1]]
    state = np.full(sites, OPEN, dtype=np.int8)
    pace = Pace(1500, 1.0, 0.8, 20)
    found = ascend(Relaxation(problem), first, state, 2.0 * linear, pace, lambda _: 2.0 * linear)
    assert found.answer.bound >= 0.999 * linear
