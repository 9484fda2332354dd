"""Rows that follow from the core: they ask for what everybody needs, and change no optimum."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import random_files, write_study
from pyomo.repn import generate_standard_repn

from siting.bench.network import to_network
from siting.bench.tscflp import TwoStage
from siting.errors import InfeasibleError
from siting.model.core import build_model
from siting.model.cover import add_covers
from siting.network.build import build_network
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from pathlib import Path

    import pyomo.environ as pyo

    from siting.network.network import Network

EXACT = SolveOptions(time_limit=120.0, gap=0.0, threads=1, strategy="direct")


def two_stages() -> TwoStage:
    """Return two plants (capacities 30 and 50), three satellites (20, 30, 40) and customers who need 10 and 25."""
    return TwoStage(
        name="two",
        demand=np.array([10.0, 25.0]),
        plant_cost=np.array([100.0, 150.0]),
        plant_capacity=np.array([30.0, 50.0]),
        satellite_cost=np.array([20.0, 30.0, 45.0]),
        satellite_capacity=np.array([20.0, 30.0, 40.0]),
        plant_to_satellite=np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 1.0]]),
        satellite_to_customer=np.array([[1.0, 4.0], [2.0, 3.0], [2.0, 1.0]]),
    )


def with_covers(network: Network) -> pyo.ConcreteModel:
    """Return the model with the rows that follow from it."""
    model = build_model(network)
    add_covers(model)
    return model


def test_covers_ask_for_all_demand() -> None:
    """Open plants must have room for 10 + 25 = 35, so 30 p + 50 q >= 35, and satellites 20 a + 30 b + 40 c >= 35."""
    model = with_covers(to_network(two_stages()))
    for rows, capacities in ((model.c13_units, {30.0, 50.0}), (model.c13b_centres, {20.0, 30.0, 40.0})):
        (row,) = rows.values()
        assert float(row.lower) == 35.0
        assert {float(each) for each in generate_standard_repn(row.body).linear_coefs} == capacities


@pytest.mark.parametrize("seed", range(6))
def test_covers_change_no_optimum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Random studies in which all must be served cost the same with the rows and without them."""
    study = write_study(tmp_path / "study", random_files(seed)).replace({"limits.allow_unserved": False})
    network = build_network(study)
    if not len(getattr(with_covers(network), "c13_units", ())):
        pytest.skip("a unit of this study has no limit, so there is no such row")
    costs = []
    for add in (add_covers, lambda model: None):
        monkeypatch.setattr(sys.modules["siting.solve.direct"], "add_covers", add)
        try:
            costs.append(solve(network, EXACT).objective)
        except InfeasibleError:
            costs.append(np.inf)
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)
