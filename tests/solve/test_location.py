"""Plain facility location: the same answer as the whole model, with bounds and fixings that brute force confirms."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.errors import InfeasibleError, SolveError
from siting.solve import SolveOptions, solve
from siting.solve.location.plan import choice_from
from siting.solve.location.problem import is_location, read_location
from siting.solve.location.relaxation import OPEN, SHUT, Relaxation
from siting.solve.solve import strategy_of

if TYPE_CHECKING:
    from siting.network.network import Network
    from siting.solve.options import Progress

LOCATE = SolveOptions(time_limit=30.0, gap=0.0, threads=1, strategy="location")
DIRECT = replace(LOCATE, strategy="direct")
KINDS = ["p-median", "UFL", "CFLP", "SSCFLP", "CPMP"]


def instance(kind: str, areas: int, sites: int, seed: int) -> Instance:
    """Return a random instance; capacities are about twice the demand in total."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 10, areas).astype(float)
    has_p = kind in ("p-median", "CPMP")
    is_free = kind in ("p-median", "UFL")
    capacity = rng.integers(10, 10 + 4 * areas * 5 // sites, sites).astype(float)
    capacity[0] += demand.sum()
    return Instance(
        kind,
        rng.integers(1, 50, (areas, sites)).astype(float),
        np.ones(areas) if is_free else demand,
        np.full(sites, np.inf) if is_free else capacity,
        np.zeros(sites) if has_p else rng.integers(5, 60, sites).astype(float),
        max(2, sites // 3) if has_p else None,
        kind in ("SSCFLP", "CPMP"),
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(areas=st.integers(2, 14), sites=st.integers(2, 9), seed=st.integers(0, 10**6))
def test_strategies_agree(kind: str, areas: int, sites: int, seed: int) -> None:
    """The optimum of the whole model is found, and the bound says so."""
    network = to_network(instance(kind, areas, sites, seed))
    whole, found = solve(network, DIRECT), solve(network, LOCATE)
    assert found.objective == pytest.approx(whole.objective, rel=1e-6)
    assert (found.status, found.strategy) == ("optimal", "location")
    assert found.bound is not None
    assert found.bound <= found.objective
    assert found.referred.sum() == pytest.approx(network.demands["patients"].sum())
    assert choice_from(read_location(network), found).objective == pytest.approx(found.objective)


def optimum(problem: Instance, forced: dict[int, bool], arc: tuple[int, int] | None = None) -> float:
    """Return the optimum over all choices and whole assignments, with some sites forced and one assignment."""
    areas, sites = problem.cost.shape
    best = np.inf
    for chosen in product([False, True], repeat=sites):
        if any(chosen[j] != value for j, value in forced.items()):
            continue
        if problem.p is not None and sum(chosen) != problem.p:
            continue
        opened = [j for j in range(sites) if chosen[j]]
        for homes in product(opened, repeat=areas):
            if arc is not None and homes[arc[0]] != arc[1]:
                continue
            load = np.bincount(homes, problem.demand, minlength=sites)
            if (load <= problem.capacity).all():
                cost = problem.cost[np.arange(areas), list(homes)].sum() + problem.fixed_cost[opened].sum()
                best = min(best, float(cost))
    return best


@pytest.mark.parametrize("kind", ["p-median", "UFL", "SSCFLP", "CPMP"])
@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_bounds_and_reduced_costs_hold(kind: str, seed: int) -> None:
    """At any prices: bound <= optimum; bound + extra <= the optimum with a site turned or an assignment forced."""
    problem = instance(kind, 4, 4, seed)
    arrays = read_location(to_network(problem))
    relaxation, state = Relaxation(arrays), np.zeros(4, dtype=np.int8)
    price = np.random.default_rng(seed).uniform(0, 70, 4)
    answer = relaxation.price(price, state)
    assert answer.bound <= optimum(problem, {}) + 1e-6
    extra = relaxation.extra(answer, state)
    for site in range(4):
        assert answer.bound + extra[site] <= optimum(problem, {site: not answer.is_open[site]}) + 1e-6
    by_arc = relaxation.arc_extra(answer, price, state)
    for area, site, more in zip(arrays.area, arrays.site, by_arc, strict=True):
        assert answer.bound + more <= optimum(problem, {}, (int(area), int(site))) + 1e-6


def test_decisions_are_kept_by_the_relaxation() -> None:
    """Brute force over the choices that keep "site 0 open, site 1 shut" is no less than the bound."""
    problem = instance("UFL", 4, 4, 7)
    relaxation = Relaxation(read_location(to_network(problem)))
    state = np.array([OPEN, SHUT, 0, 0], dtype=np.int8)
    answer = relaxation.price(np.full(4, 30.0), state)
    assert answer.is_open[0]
    assert not answer.is_open[1]
    assert answer.bound <= optimum(problem, {0: True, 1: False}) + 1e-6


def varied(seed: int, can_stay: bool) -> Network:
    """Return a location network as studies have them: uptake, slots, prices of making, weights, areas that may stay."""
    network = to_network(instance("CFLP", 8, 5, seed))
    rng = np.random.default_rng(seed)
    trips, makings, hospitals = network.trips, network.makings, network.hospitals
    return network.replace(
        trips=trips.assign(uptake=rng.uniform(0.5, 1.0, len(trips))),
        makings=makings.assign(**{"slots": 1.25, "making:manufacturer": rng.uniform(0, 3, len(makings))}),
        hospitals=hospitals.assign(treatment_capacity=np.where(np.arange(len(hospitals)) == 2, 6.0, np.nan)),
        unmet=network.unmet.assign(can_stay=can_stay, **{"lost_unmet:lost": 4.0}),
        slices=network.slices.assign(weight=2.5),
        periods=network.periods.assign(weight=1.5),
    )


@pytest.mark.parametrize("can_stay", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_prices_of_studies(single: bool, can_stay: bool) -> None:
    """Uptake, slots, treatment capacity, weights and unserved areas cost the same as in the whole model."""
    for seed in range(3):
        network = varied(seed, can_stay)
        network = network.replace(limits=replace(network.limits, single_source_areas=single))
        whole, found = solve(network, DIRECT), solve(network, LOCATE)
        assert found.objective == pytest.approx(whole.objective, rel=1e-6)
        np.testing.assert_allclose(found.unmet.sum(), whole.unmet.sum(), atol=1e-5)
        assert found.made.sum() == pytest.approx(found.shipped.sum())


def test_kernel_grows_until_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one trip an area at first, areas whose nearest units are full get theirs back; the optimum stays."""
    closing = import_module("siting.solve.location.closing")
    monkeypatch.setattr(closing, "NEAREST", 1)
    for seed in range(4):
        network = to_network(instance("CFLP", 12, 6, seed))
        assert solve(network, LOCATE).objective == pytest.approx(solve(network, DIRECT).objective, rel=1e-6)


def test_stops_at_ctrl_c_with_a_plan() -> None:
    """An interrupt leaves the best plan and a bound below it."""
    network = to_network(instance("p-median", 60, 60, 3))

    def interrupt(progress: Progress) -> None:
        if progress.bound is not None:
            raise KeyboardInterrupt

    found = solve(network, replace(LOCATE, progress=interrupt))
    assert found.stopped_by in ("interrupt", "gap")
    assert found.bound is not None
    assert found.bound <= solve(network, LOCATE).objective <= found.objective


def test_same_seed_same_plan() -> None:
    """Two runs that end by the gap agree to the last digit."""
    network = to_network(instance("p-median", 60, 60, 4))
    one, other = solve(network, LOCATE), solve(network, LOCATE)
    assert (one.objective, one.bound) == (other.objective, other.bound)
    np.testing.assert_array_equal(one.referred, other.referred)


def test_too_little_capacity_is_infeasible() -> None:
    """Two areas of 5 do not fit undivided into units of 6, 3 and 3, though 12 is more than 10."""
    problem = instance("SSCFLP", 2, 3, 0)
    problem = replace(problem, demand=np.full(2, 5.0), capacity=np.array([6.0, 3.0, 3.0]))
    with pytest.raises(InfeasibleError):
        solve(to_network(problem), LOCATE)


@pytest.mark.parametrize("kind", ["UFL", "CFLP"])
def test_an_area_out_of_reach_is_infeasible(kind: str) -> None:
    """An area that is to be served and has no trip leaves no plan."""
    problem = instance(kind, 4, 3, 0)
    network = to_network(problem)
    near = network.trips[network.trips["area"] != 2].reset_index(drop=True)
    with pytest.raises(InfeasibleError):
        solve(network.replace(trips=near), LOCATE)


def test_chosen_by_structure_and_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """Auto takes it for plain location from some size on; a rule more, or no numba, and it does not."""
    module = import_module("siting.solve.solve")
    network = to_network(instance("CFLP", 8, 5, 1))
    auto = SolveOptions()
    assert strategy_of(network, auto) == "direct"
    monkeypatch.setattr(module, "SMALL", 1)
    assert strategy_of(network, auto) == "location"
    budget = network.replace(limits=replace(network.limits, budget=1e9))
    required = network.replace(sites=network.sites.assign(status="required"))
    for other in (budget, required):
        assert not is_location(other)
        assert strategy_of(other, auto) == "direct"
    with pytest.raises(SolveError, match="all make for themselves"):
        solve(budget, LOCATE)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert strategy_of(network, auto) == "direct"
    with pytest.raises(SolveError, match="needs numba"):
        solve(network, LOCATE)
