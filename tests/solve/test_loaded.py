"""Location with capacities: the covering row, who goes where, and local search, against brute force."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import linprog
from whole_areas import optimum

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve.location.assignment import Assignment
from siting.solve.location.cooling import Cooling
from siting.solve.location.cover import Cover, cover_of
from siting.solve.location.problem import read_location
from siting.solve.location.relaxation import FREE, OPEN, SHUT
from siting.solve.location.transport import transported

if TYPE_CHECKING:
    from siting.solve.location.problem import Location


def loaded(seed: int, *, single: bool, areas: int = 5, sites: int = 4) -> tuple[Instance, Location]:
    """Return a random instance whose sites can make about half of the demand each, and its arrays."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 10, areas).astype(float)
    capacity = np.maximum(rng.uniform(0.35, 0.6, sites) * demand.sum(), demand.max()).round()
    cost = rng.integers(1, 50, (areas, sites)).astype(float)
    fixed = rng.integers(5, 60, sites).astype(float)
    given = Instance("random", cost, demand, capacity, fixed, None, single)
    return given, read_location(to_network(given))


@pytest.mark.parametrize("seed", range(40))
def test_cover_and_what_it_costs_to_decide_otherwise(seed: int) -> None:
    """The choice is the cheapest of all that cover the need, and no flip is said to cost more than it does."""
    rng = np.random.default_rng(seed)
    capacity, state = rng.integers(1, 9, 7), rng.choice([FREE, FREE, FREE, OPEN, SHUT], 7)
    need, value = int(rng.integers(1, capacity.sum() + 1)), rng.normal(2.0, 3.0, 7)
    choices = np.array(list(product([False, True], repeat=7)))
    kept = (choices[:, state == OPEN]).all(axis=1) & ~(choices[:, state == SHUT]).any(axis=1)
    choices = choices[kept & (choices @ capacity >= need)]
    cover = Cover(np.minimum(capacity, need), need)
    found = cover.cheapest(value, state == OPEN, state == FREE)
    if not len(choices):
        assert found is None
        return
    assert found is not None
    costs = choices @ value
    assert value[found].sum() == pytest.approx(costs.min())
    extra = cover.extra(value, found, state == FREE)
    for site in np.flatnonzero(state == FREE):
        otherwise = costs[choices[:, site] != found[site]].min(initial=np.inf) - costs.min()
        assert extra[site] <= otherwise + 1e-9
        if found[site] and np.isfinite(otherwise):
            assert extra[site] == pytest.approx(otherwise, abs=1e-9)


def test_units_of_capacity() -> None:
    """Capacities 20, 30 and 50 are 2, 3 and 5 tens; a demand of 61 needs 7 of them, as 6 would make only 60."""
    given = Instance(
        "x", np.ones((2, 3)), np.array([30.0, 31.0]), np.array([20.0, 30.0, 50.0]), np.ones(3), None, False
    )
    cover = cover_of(read_location(to_network(given)))
    assert cover is not None
    assert cover.need == 7
    assert cover.capacity.tolist() == [2, 3, 5]


@pytest.mark.parametrize("seed", range(20))
def test_transport_of_every_choice(seed: int) -> None:
    """For every choice of sites the plan costs what the transportation problem written out does."""
    given, problem = loaded(seed, single=False)
    areas, sites = given.cost.shape
    for chosen in product([False, True], repeat=sites):
        is_open = np.array(chosen)
        served = np.kron(np.eye(areas), np.ones(sites))
        made = np.kron(given.demand, np.eye(sites))
        room = np.where(is_open, given.capacity, 0.0)
        truth = linprog(given.cost.ravel(), made, room, served, np.ones(areas))
        found = transported(problem, is_open)
        if truth.status == 2:
            assert found is None
        else:
            assert found is not None
            assert found.objective == pytest.approx(truth.fun + given.fixed_cost[is_open].sum())


@pytest.mark.parametrize("seed", range(20))
def test_local_search_keeps_capacities(seed: int) -> None:
    """What it finds splits nothing, overloads nothing, costs what it says, and no less than the best of all plans."""
    given, problem = loaded(seed, single=True)
    areas, sites = given.cost.shape
    found = Assignment(problem, seed).improve(np.ones(sites, dtype=bool), Cooling(50, 0.5), np.inf)
    if found is None:
        return
    load = np.bincount(problem.site, found.share * problem.amount, minlength=sites)
    assert (load <= given.capacity + 1e-9).all()
    assert set(found.share.tolist()) <= {0.0, 1.0}
    assert np.bincount(problem.area, found.share).tolist() == [1.0] * areas
    homes = problem.site[found.share > 0]
    assert found.is_open[homes].all()
    cost = (found.share @ problem.cost) + given.fixed_cost[found.is_open].sum()
    assert found.objective == pytest.approx(cost)
    assert found.objective >= optimum(given) - 1e-9
