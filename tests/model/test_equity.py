"""Equity rules and the objectives that go with them, by hand on tiny and against brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from equity_rows import best_with_equity
from helpers import edited, random_files, solved, whole_network, write_study

from siting.errors import InfeasibleError, StudyError
from siting.model.features import FEATURES
from siting.model.features.cvar_travel import cvar_travel, demand_minutes
from siting.model.features.within import travel_quantile
from siting.network.build import build_network
from siting.optimize import optimize
from siting.plan.check import recount

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.study.study import Study

TRAVEL = {"A": 10.0, "B": 20.0, "C": 10.0, "D": 10.0}
"""Minutes of tiny's optimum by area (40, 20, 30 and 10 patients), from its README."""


def test_figures_of_the_hand_worked_optimum(tiny: Study) -> None:
    """80 of 100 patients travel 10 min and 20 travel 20: p90 20, worst 20, worst-off tenth 20, mean 12 min.

    All cells are made at H3 for 40, 30 and 30 patients of H1, H2 and H3.
    """
    plan = optimize(tiny)
    found = plan.criteria
    assert found["mean_travel"] == pytest.approx(12.0)
    assert [found[name] for name in ("p90_travel", "worst_travel", "cvar_travel")] == pytest.approx([20.0] * 3)
    assert found["total_cost"] == pytest.approx(1_609_000.0)
    assert (found["units"], found["capex"]) == (1.0, 0.0)
    assert found["patients_treated"] == pytest.approx(100.0)


def test_cvar_shares_the_row_at_the_edge(tiny: Study) -> None:
    """The worst-off half of 100 patients: 20 at 20 min and 30 at 10 min, (400 + 300) / 50 = 14 min."""
    plan = optimize(tiny.replace({"limits.equity.tail_share": 0.5}))
    assert cvar_travel(plan.network, plan.solution) == pytest.approx(14.0)


@pytest.mark.parametrize(
    ("settings", "where", "words"),
    [
        ({"limits.equity.within.near.minutes": 15.0}, "limits.equity.within.near.share", "0.8 of the patients"),
        ({"limits.equity.cvar_travel_min": 15.0}, "limits.equity.cvar_travel_min", "20 minutes"),
        ({"limits.equity.regions.East.max_mean_travel_min": 9.0}, "limits.equity.regions.East", "10 minutes"),
    ],
)
def test_an_impossible_rule_is_named_with_the_nearest_that_works(
    tiny: Study, settings: dict[str, Any], where: str, words: str
) -> None:
    """In no plan is B nearer than 20 min to a hospital, and C and D nearer than 10."""
    with pytest.raises(InfeasibleError) as error:
        optimize(tiny.replace(settings))
    [problem] = [problem for problem in error.value.diagnosis if problem.where.startswith(where)]
    assert words in problem.what


def test_a_ratio_between_groups_costs_what_the_other_hospitals_cost(tiny: Study) -> None:
    """West (A 40, B 20 patients) may travel 1.2 times the mean of all at most.

    The optimum has West at (400 + 400) / 60 = 13.33 min and all at 12, a ratio of 1.11: 1.2 changes nothing, 1.05 must
    cost more.
    """
    free, tight = (
        optimize(tiny.replace({"limits.equity.regions.West.max_travel_ratio": ratio})) for ratio in (1.2, 1.05)
    )
    assert free.objective == pytest.approx(1_609_000.0)
    assert tight.objective > 1_609_000.0
    west, whole = (tight.groups.set_index(["by", "name"]).loc[key, "minutes_mean"]
                   for key in (("region", "West"), ("all", "")))  # fmt: skip
    assert west <= 1.05 * whole * (1 + 1e-6)


def test_the_share_in_the_table_is_the_one_that_a_floor_asks_for(tiny: Study) -> None:
    """Without units West goes to H1: A 10 km, B 50 km, where 20 km to a unit at H3 would be best for B.

    With an uptake of exp(-0.01 km), 40 x 0.904837 + 20 x 0.606531 = 48.3241 of 40 x 0.904837 + 20 x 0.818731 =
    52.5681 treatable patients are collected: 0.919267. A floor of 0.919 holds, one of 0.92 cannot.
    """
    distance = {"travel.uptake_decay_per_mi": 0.01609344, "limits.sites.max": 0}
    key = "limits.equity.regions.West.min_treated_share"
    plan = optimize(tiny.replace({**distance, key: 0.919}))
    west = plan.groups.set_index(["by", "name"]).loc[("region", "West")]
    assert west["demand"] == pytest.approx(60.0)
    assert west["treatable"] == pytest.approx(52.5681, abs=1e-4)
    assert west["treated_share"] == pytest.approx(48.3241 / 52.5681, abs=1e-5)
    with pytest.raises(InfeasibleError) as error:
        optimize(tiny.replace({**distance, key: 0.92}))
    [problem] = [problem for problem in error.value.diagnosis if problem.where == key]
    assert "0.91926" in problem.what


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"limits.equity.within.near.minutes": 15.0, "limits.equity.within.near.share": 0.8}, "travel within a limit"),
        ({"limits.equity.cvar_travel_min": 20.0}, "travel of the worst-off"),
        ({"limits.equity.regions.West.max_mean_travel_min": 14.0}, "ceilings by group"),
        ({"limits.equity.regions.West.max_travel_ratio": 1.2}, "ceilings by group"),
        ({"limits.equity.regions.East.min_treated_share": 1.0}, "floors by group"),
        ({"limits.vein_to_vein_d": 26.0}, "vein to vein"),
        ({"limits.cost_per_year": 1_609_000.0}, "cost cap"),
    ],
)
def test_the_recount_sees_a_broken_rule(tiny: Study, settings: dict[str, Any], name: str) -> None:
    """A plan whose patients of A and D all go to the furthest hospital, or nowhere, is refused by the rule's name."""
    plan = optimize(tiny.replace(settings))
    network, trips = plan.network, plan.network.trips
    assert name in plan.features
    assert not recount(network, plan.solution)
    feature = next(feature for feature in FEATURES if feature.name == name)
    assert not feature.check(network, plan.solution)
    far = np.zeros_like(plan.solution.referred)
    nobody = network.demands.set_index(["area", "product"])["patients"]
    left = nobody.reindex(network.unmet.set_index(["area", "product"]).index).to_numpy()[:, None]
    broken = replace(plan.solution, referred=far, unmet=left, made=np.zeros_like(plan.solution.made))
    assert len(trips)
    if name == "ceilings by group" and "ratio" in str(settings):
        return  # everybody is equally badly off
    assert feature.check(network, broken)


def tighter(plan: Plan) -> list[dict[str, Any]]:
    """Return rules that a plan breaks by a little, each in the sense of its own figure."""
    network, solution = plan.network, plan.solution
    minutes, patients = demand_minutes(network, solution), network.demands["patients"].to_numpy(float)
    rural = network.demands["area"].isin([0, 1]).to_numpy()
    mean = float(np.average(minutes[rural], weights=patients[rural]))
    ratio = mean / float(np.average(minutes, weights=patients))
    treated = plan.groups.set_index(["by", "name"]).loc[("group", "rural")]
    near = travel_quantile(network, solution, 0.3)
    within = float(solution.referred[network.trips["minutes"] <= near].sum() / patients.sum())
    return [
        {"limits.equity.within.most.minutes": near, "limits.equity.within.most.share": min(1.0, within + 0.05)},
        {"limits.equity.groups.rural.max_mean_travel_min": 0.95 * mean},
        {"limits.equity.groups.rural.max_travel_ratio": 0.95 * ratio},
        {"limits.equity.groups.rural.min_treated_share": min(1.0, treated["treated_share"] + 0.02)},
        {"limits.vein_to_vein_d": 0.999 * plan.criteria["vein_to_vein"]},
    ]  # fmt: skip


DEAR_CENTRES = {
    "travel.max_distance": 400.0, "courier.max_distance": 300.0, "limits.min_starts_at_new_centre": 0.0,
    "costs.activation": 8e6, "travel.cost_per_distance": 0.1, "travel.uptake_decay_per_mi": 0.0005,
}  # fmt: skip
"""Settings with which the cheapest plan opens few centres, so that a rule of equity has something to better."""


@pytest.mark.parametrize("rule", range(5))
def test_equity_rules_against_brute_force(tmp_path: Path, rule: int) -> None:
    """Under a rule that the cheapest plan breaks the optimum is the best of all designs with the rule in SciPy."""
    study = write_study(tmp_path / "study", random_files(43)).replace(DEAR_CENTRES)
    study = edited(study, "areas", {"A0": {"group": "rural"}, "A1": {"group": "rural"}, "A2": {"group": "urban"}})
    study = edited(study, "hospitals", {"*": {"becomes_centre": True, "treatment_capacity_per_year": float("nan")}})
    free = solved(study)
    ruled = study.replace(tighter(free)[rule])
    best = best_with_equity(whole_network(ruled))
    assert best > free.objective * (1 + 1e-9)
    try:
        found = solved(ruled).objective
    except InfeasibleError:
        found = np.inf
    assert found == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [50, 51])
def test_p90_is_the_least_that_works(tmp_path: Path, seed: int) -> None:
    """Nine patients in ten within the p90 found is possible by brute force, within the next shorter trip it is not."""
    study = write_study(tmp_path / "study", random_files(seed)).replace({"limits.sites.max": 1})
    best = solved(study.replace({"objective.kind": "p90_travel"}), "p90_travel").objective
    times = np.unique(build_network(study).trips["minutes"])
    for minutes, is_possible in ((best, True), (times[times < best - 1e-9].max(initial=0.0), False)):
        if minutes > times.max() or minutes == 0.0:
            continue
        network = whole_network(study.replace({"limits.equity.within.p90.minutes": float(minutes)}))
        assert np.isfinite(best_with_equity(network)) == is_possible


def test_a_group_that_no_area_has_is_refused(tiny: Study) -> None:
    """A misspelt region is met with the nearest one, a group where there are none with that."""
    with pytest.raises(StudyError, match=r'there is no "Wets".*did you mean "West"'):
        tiny.replace({"limits.equity.regions.Wets.max_mean_travel_min": 10.0})
    with pytest.raises(StudyError, match=r'limits.equity.groups.rural: there is no "rural"'):
        tiny.replace({"limits.equity.groups.rural.max_mean_travel_min": 10.0})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"limits.equity.within.p90.share": 1.5, "limits.equity.within.p90.minutes": 9.0}, "less than or equal to 1"),
        ({"limits.equity.within.p90.share": 1.5}, 'has no "minutes"'),
        ({"limits.equity.within.p90.share": 0.9}, 'has no "minutes"'),
        ({"limits.equity.tail_share": 0.0}, "greater than 0"),
        ({"limits.equity.regions.West.max_travel_rato": 1.0}, "max_travel_ratio"),
        ({"objective.kind": "p95_travel"}, "p90_travel"),
    ],
)
def test_bad_settings_are_refused(tiny: Study, settings: dict[str, Any], words: str) -> None:
    """Shares out of range, a rule without its minutes and misspelt keys are named."""
    with pytest.raises(StudyError) as error:
        tiny.replace(settings)
    assert words in str(error.value)
