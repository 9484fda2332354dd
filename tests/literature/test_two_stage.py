"""Two echelons: the two-leg model with satellites that open by themselves."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.bench.formats import read_instance
from siting.bench.instance import BenchOptions
from siting.bench.run import run
from siting.bench.tscflp import TwoStage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Two plants, three satellites, four customers, one of them without demand; no single plant can serve all.
SMALL = """\
2 3 4
5 7 0 6
12 90  14 70
2 5 9
6 3 4
8 40  11 55  9 30
4 9 7 6
8 3 2 5
6 5 8 1
"""


def test_two_stages_match_enumeration(tmp_path: Path) -> None:
    """The optimum over all subsets of plants and satellites, flows by linear programming, is what the engine finds."""
    file = tmp_path / "small.txt"
    file.write_text(SMALL)
    options = BenchOptions("tscflp")
    instance = read_instance(file, options)
    assert isinstance(instance, TwoStage)
    plant_cost, satellite_cost = instance.plant_cost, instance.satellite_cost
    expected = min(
        plant_cost[plants].sum() + satellite_cost[satellites].sum() + _flow_cost(instance, plants, satellites)
        for plants in _subsets(len(plant_cost)) for satellites in _subsets(len(satellite_cost))
    )  # fmt: skip
    result = run(file, options)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(expected, rel=1e-6)


def _subsets(count: int) -> Iterator[list[int]]:
    return map(list, chain.from_iterable(combinations(range(count), size) for size in range(1, count + 1)))


def _flow_cost(instance: TwoStage, plants: list[int], satellites: list[int]) -> float:
    """Return the cheapest flow through the open places, infinite where they are too small."""
    supply = instance.plant_to_satellite[np.ix_(plants, satellites)]
    delivery = instance.satellite_to_customer[satellites]
    n_plants, n_satellites, n_customers = len(plants), len(satellites), delivery.shape[1]
    first = np.arange(supply.size).reshape(supply.shape)
    second = supply.size + np.arange(delivery.size).reshape(delivery.shape)
    size = supply.size + delivery.size
    within, balance = np.zeros((n_plants + n_satellites, size)), np.zeros((n_satellites + n_customers, size))
    for i in range(n_plants):
        within[i, first[i]] = 1
    for j in range(n_satellites):
        within[n_plants + j, second[j]] = 1
        balance[j, first[:, j]], balance[j, second[j]] = 1, -1
    for k in range(n_customers):
        balance[n_satellites + k, second[:, k]] = 1
    room = np.concatenate([instance.plant_capacity[plants], instance.satellite_capacity[satellites]])
    need = np.concatenate([np.zeros(n_satellites), instance.demand])
    flow = linprog(np.concatenate([supply.ravel(), delivery.ravel()]), within, room, balance, need)
    return float(flow.fun) if flow.status == 0 else np.inf


def test_published_two_stage_instance(bench: Path) -> None:
    """PSC1-C1-50 (50 plants, 100 satellites, 200 customers), stopped at 5 %, agrees with the published bounds."""
    lower_bound, best_known = 721209.6, 722178.0
    file = f"{bench}/tscflp_fernandes2014/instances_50.tar.xz:PSC1-C1-50.txt"
    result = run(file, BenchOptions("tscflp", gap=0.05, time_limit=120))
    assert result.status == "optimal"
    assert result.bound is not None
    assert lower_bound <= result.objective * (1 + 1e-6)
    assert result.bound <= best_known * (1 + 1e-6)
    assert result.objective <= best_known / (1 - 0.05)
