"""Merged areas: plans of fewer areas are plans of all, at the same cost, and bounds are of all areas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import DATA, RULES, random_files, write_study

from siting.errors import InfeasibleError
from siting.network.build import build_network
from siting.plan.check import recount
from siting.plan.plan import Plan
from siting.solve import SolveOptions, solve
from siting.study.read import read_study

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.network import Network
    from siting.study.study import Study

pytest.importorskip("numba")

from siting.solve.decompose import ascent
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.merge import merge
from siting.solve.decompose.relaxation import Relaxation

EXACT = SolveOptions(gap=0.0, threads=1, strategy="direct")
SEVERAL = {
    "products.csv": (
        "id,incidence_per_100k,eligible_share,lost_patient_price\none,100,0.12,300000\ntwo,100,0.06,300000\n"
    ),
    "periods.csv": "id,years,demand_factor\nearly,2,0.5\nlate,3,1.1\n",
    "scenarios.csv": "id,probability,demand_factor\nlow,0.7,0.8\nhigh,0.3,1.2\n",
}


@pytest.mark.parametrize("seed", range(len(RULES)))
def test_a_plan_of_merged_areas_is_a_plan_of_all_at_the_same_cost(tmp_path: Path, seed: int) -> None:
    """Laid on all areas, the merged optimum keeps every rule, costs the same, and is no better than the optimum."""
    network = build_network(write_study(tmp_path / "study", random_files(seed)).replace(RULES[seed]))
    merged = merge(network, 1)
    assert merged is not None
    assert len(merged.network.areas) < len(network.areas)
    assert merged.network.demands["patients"].sum() == pytest.approx(network.demands["patients"].sum())
    try:
        best, fewer = solve(network, EXACT), solve(merged.network, EXACT)
    except InfeasibleError:
        pytest.skip("no plan, for all areas or for the merged ones")
    lifted = replace(merged.lift(fewer), bound=None, gap=None)
    assert recount(network, lifted) == []
    assert lifted.objective >= best.objective * (1 - 1e-6)


def test_rules_on_areas_speak_of_the_same_patients(tmp_path: Path) -> None:
    """Areas of another group are not merged with it; its floor names its own patients and holds for all areas."""
    files = random_files(3)
    header, *rows = str(files["areas.csv"]).splitlines()
    groups = zip(rows, ("far", "near", "far"), strict=True)
    files["areas.csv"] = "\n".join([f"{header},group", *(f"{row},{group}" for row, group in groups)])
    study = write_study(tmp_path / "study", files).replace({"limits.equity.groups.far.min_treated_share": 0.8})
    network = build_network(study)
    merged = merge(network, 1)
    assert merged is not None
    assert len(merged.network.areas) == 2
    (whole,), (fewer,) = network.limits.equity.groups, merged.network.limits.equity.groups
    assert whole.areas == (0, 2)
    patients = [
        of.demands.loc[of.demands["area"].isin(rule.areas), "patients"].sum()
        for of, rule in ((network, whole), (merged.network, fewer))
    ]
    assert patients[0] == pytest.approx(patients[1])
    found = replace(merged.lift(solve(merged.network, EXACT)), bound=None, gap=None)
    assert recount(network, found) == []


def test_merged_indices(tmp_path: Path) -> None:
    """Two products, two periods and two scenarios are merged and laid back alike."""
    study = write_study(tmp_path / "study", SEVERAL).replace({"limits.min_starts_at_new_centre": 0.0})
    network = build_network(study)
    merged = merge(network, 1)
    assert merged is not None
    found = replace(merged.lift(solve(merged.network, EXACT)), bound=None, gap=None)
    assert recount(network, found) == []


def test_shares_that_differ_by_slice_are_not_merged(tiny: Study) -> None:
    """Areas whose patients change apart over the slices have no share that holds in all of them."""
    network = build_network(tiny)
    demands = network.demands
    assert merge(network, len(network.areas)) is None
    two = network.replace(
        slices=network.slices.loc[[0, 0]].reset_index(drop=True),
        demands=demands.assign(slice=np.arange(len(demands)) % 2),
    )
    assert merge(two, 1) is None


@pytest.fixture(scope="module")
def texas() -> Network:
    """Return the network of the study of Texas."""
    return build_network(read_study(DATA / "texas"))


def test_prices_of_merged_areas_are_a_warm_start(texas: Network) -> None:
    """Laid on all counties, prices of 80 groups give a better bound than the first prices, and more steps go on up."""
    merged = merge(texas, 80)
    assert merged is not None
    few, all_ = Relaxation(lay_out(merged.network)), Relaxation(lay_out(texas))
    coarse = ascent.ascend(few, ascent.start_prices(few), lambda: None, 60.0, 200)
    cold = all_.price(ascent.start_prices(all_)).bound
    warm = ascent.ascend(all_, merged.prices(few.layout, all_.layout, coarse), lambda: None, 60.0, 50)
    assert all_.price(merged.prices(few.layout, all_.layout, coarse)).bound > cold
    exact = solve(texas, SolveOptions(gap=0.3, time_limit=300.0, threads=1, strategy="direct"))
    assert cold < warm.answer.bound <= exact.objective


def test_merging_is_told(texas: Network) -> None:
    """A decomposition that begins on merged areas ends with a plan and a bound of all of them, and says so."""
    options = SolveOptions(gap=0.08, time_limit=300.0, threads=1, strategy="decompose", merged_areas=80)
    found = solve(texas, options)
    assert found.merged_areas >= 80
    assert recount(texas, found) == []
    assert found.bound is not None
    assert found.bound <= found.objective
    assert "merged areas" in Plan(texas, found).summary()
