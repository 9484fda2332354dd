"""Regions in the middle of branching where areas may not be split: rules kept, bounds respected, never dearer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from whole_areas import check, optimum

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.solve.location.locate import _Search
from siting.solve.location.relaxation import SHUT
from siting.solve.location.single import Node
from siting.solve.options import SolveOptions

if TYPE_CHECKING:
    from siting.solve.location.unsplit import Unsplit


def roomy(areas: int, sites: int, seed: int) -> Instance:
    """Return a random instance whose sites together have two and a half times the capacity needed."""
    rng = np.random.default_rng(seed)
    cost, demand = rng.integers(1, 100, (areas, sites)).astype(float), rng.integers(5, 15, areas).astype(float)
    capacity = np.full(sites, np.ceil(2.5 * demand.sum() / sites))
    return Instance("SSCFLP", cost, demand, capacity, rng.integers(50, 150, sites).astype(float), None, True)


def begun(instance: Instance) -> tuple[Unsplit, Node]:
    """Return a search after its first bound, with the node that holds all plans."""
    search = _Search(to_network(instance), SolveOptions(time_limit=60.0, gap=1e-6))
    assert search.unsplit is not None
    search.unsplit.begin()
    root, state = search.climb()
    everything = np.ones(len(search.problem.cost), dtype=bool)
    return search.unsplit, Node(root.answer.bound, 0, everything, state, root.price, root.open_share)


@pytest.mark.parametrize("seed", range(3))
def test_regions_find_a_plan_between_the_bound_and_the_one_before(seed: int) -> None:
    """With 60 areas and 20 sites the plan keeps the capacities, is no dearer than before and not below the bound."""
    unsplit, node = begun(roomy(60, 20, seed))
    before = unsplit.search.cost
    unsplit.by_regions(node)
    plan = unsplit.search.plan
    assert plan is not None
    assert node.bound <= plan.objective <= before
    check(unsplit.problem, plan)


@pytest.mark.parametrize("seed", range(3))
def test_regions_are_never_below_the_optimum(seed: int) -> None:
    """With 7 areas and 4 sites, the plan after two goes costs no less than the cheapest of all 4^7 ways."""
    instance = roomy(7, 4, seed)
    unsplit, node = begun(instance)
    unsplit.by_regions(node)
    unsplit.by_regions(node)
    known = optimum(instance)
    assert node.bound <= known + 1e-9
    assert unsplit.search.cost >= known - 1e-9


def test_a_node_without_plans_leads_to_none() -> None:
    """Where all sites are shut there is nowhere to go, which is no error."""
    unsplit, node = begun(roomy(20, 6, 0))
    shut = np.full(len(unsplit.problem.fixed), SHUT, dtype=np.int8)
    assert unsplit.led_to(Node(np.inf, 1, node.kept, shut, node.price, node.share)) is None


def test_known_plans_give_way_to_others() -> None:
    """A plan that regions are done with is not what they begin with again."""
    unsplit, node = begun(roomy(60, 20, 1))
    first = unsplit.to_better(node, np.inf)
    assert first is not None
    unsplit.known = unsplit.search.plan
    assert unsplit.to_better(node, np.inf) is not unsplit.search.plan
