"""The strong rows change nothing but speed, and without hubs the model is the textbook one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest
from helpers import random_files, solved, write_study

from siting.model.core import build_model, switches
from siting.model.objectives import OBJECTIVES
from siting.network.build import build_network
from siting.solve.highs import Run, compile_model, solve_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.network import Network


def weak_model(network: Network) -> pyo.ConcreteModel:
    """Return the model with one big-M row for each hospital and site instead of one for each trip and lane."""
    model = build_model(network)
    model.c2_active.deactivate()
    model.c4_link.deactivate()
    assign, cells, treating = model.rows.assign, model.rows.cells, switches(model)
    model.weak = pyo.ConstraintList()
    for h, rows in assign.groupby("hospital").indices.items():
        if treating[h][0] is not None:
            model.weak.add(sum(model.share[k] for k in rows) <= len(rows) * treating[h][0])
    for j, rows in cells.groupby("site").indices.items():
        model.weak.add(sum(model.cells[k] for k in rows) <= 1e4 * model.opens[j, 0])
    return model


@pytest.mark.parametrize("seed", [40, 41, 42])
def test_strong_and_weak_formulations_agree(tmp_path: Path, seed: int) -> None:
    """The optimum is the same with the strong links on trips and lanes and with big-M rows (V10)."""
    study = write_study(tmp_path / "study", random_files(seed))
    model = weak_model(build_network(study))
    model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
    weak = solve_arrays(compile_model(model), Run(60.0, 0.0))
    assert weak.stopped_by == "optimal"
    assert solved(study).objective == pytest.approx(weak.objective, rel=1e-6)


@pytest.mark.parametrize("seed", [40, 41, 42])
def test_relaxation_of_the_strong_formulation_is_no_weaker(tmp_path: Path, seed: int) -> None:
    """Without whole numbers the strong rows bound the cost at least as high as the weak ones, and below the optimum."""
    study = write_study(tmp_path / "study", random_files(seed))
    network, bounds = build_network(study), []
    for model in (build_model(network), weak_model(network)):
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        arrays = compile_model(model)
        arrays.is_integer[:] = False
        bounds.append(solve_arrays(arrays, Run(60.0, 0.0)).objective)
    strong, weak = bounds
    assert weak <= strong * (1 + 1e-9)
    assert strong <= solved(study).objective * (1 + 1e-9)


def test_point_of_care_without_losses_is_the_capacitated_facility_problem(tmp_path: Path) -> None:
    """No couriers, no losses, one platform a unit, everybody served: the plain facility problem, by hand (V8).

    A unit makes 60 a year for 180 k$ and treats where it stands; making costs 10 k$ a patient, 1,000 for all 100. Two
    units suffice. Travel, from the table in the README of tiny: H1 + H2: A, B to H1 and C, D to H2, 40 + 100 + 30 + 90
    = 260. H1 + H3: A to H1, the rest to H3, 40 + 40 + 240 + 10 = 330. H2 + H3: H3 takes 60 of A, B and D, and moving
    10 of A or B to H2 costs least (4 each), 240 + 40 + 10 + 40 + 30 = 360. All three: 120. So 360 + 260 = 620 with H1
    and H2 beats 540 + 120 = 660 with all three: 1,620 k$ with making.
    """
    study = write_study(
        tmp_path / "study",
        {
            "central_plants.csv": None,
            "lanes.csv": None,
            "capacities.csv": "platform,count,starts_per_year\nunit,1,60\n",
            "hospitals.csv": "id,lon,lat\nH1,10.0,50.0\nH2,11.1,50.0\nH3,10.55,50.27\n",
        },
    ).replace(
        {
            "courier.max_distance": 0.0,
            "costs.activation": 0.0,
            "costs.headquarters_per_year": 0.0,
            "limits.min_starts_at_new_centre": 0.0,
            "limits.allow_unserved": False,
        }
    )
    plan = solved(study)
    assert plan.objective == pytest.approx(1_620_000)
    assert set(plan.openings["site_id"]) == {"H1", "H2"}


def test_central_only_by_hand(tmp_path: Path) -> None:
    """With no host everything is made centrally: by hand making + shipments + travel = 2,500 + 400 + 260 k$ (V11)."""
    hospitals = (
        "id,lon,lat,treats_today,can_host\nH1,10.0,50.0,true,false\nH2,11.1,50.0,true,false\nH3,10.5,50.2,false,false\n"
    )
    plan = solved(write_study(tmp_path / "study", {"hospitals.csv": hospitals}))
    assert plan.objective == pytest.approx(3_160_000)
    assert plan.kpis["share_central"] == 1.0
    assert np.isclose(plan.costs.set_index("component").loc["courier", "amount_per_year"], 400_000)
