"""What a solve says when there is no plan, or no time."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest
from helpers import edited, frame_of, random_files, solved, without, write_study

from siting.errors import InfeasibleError, NoPlanError, StudyError
from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.network.build import build_network
from siting.optimize import optimize
from siting.plan.plan import Plan
from siting.solve import SolveOptions, solve
from siting.solve.direct import solution_of
from siting.solve.highs import Outcome, Run, compile_model, solve_arrays
from siting.solve.options import relative_gap
from siting.study.openings import read_openings

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from siting.study.study import Study

SHORT: dict[str, Any] = {"limits.service_level": 0.95, "limits.budget": 350_000.0, "limits.modes.franchise.max": 0}
"""One owned platform is all that the money buys, and it serves 30 patients of 100."""
CLASHES: list[tuple[dict[str, Any], str]] = [
    ({"limits.allow_unserved": False, "limits.sites.max": 0}, "limits.sites.max"),
    (SHORT, "limits.budget"),
    (SHORT, "limits.modes.franchise.max"),
    ({"limits.service_level": 0.9, "limits.sites.max": 1, "limits.budget": 312_345.0, "limits.modes.franchise.max": 0},
     "limits.service_level"),
    ({"limits.mean_travel_min": 11.0}, "limits.mean_travel_min"),
    ({"limits.mean_travel_min": 13.0, "limits.regions.East.max": 0}, "limits.mean_travel_min"),
    ({"limits.mean_travel_min": 13.0, "limits.regions.East.max": 0}, "limits.regions.East.max"),
    ({"limits.sites.min": 3, "limits.budget": 350_000.0, "limits.modes.franchise.max": 0}, "limits.sites.min"),
    ({"objective.kind": "worst_travel", "limits.sites.max": 0}, "limits.sites.max"),
    ({"limits.regions.West.max": 0, "limits.modes.owned.min": 3}, "limits.modes.owned.min"),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "named"), CLASHES)
def test_diagnosis_names_a_limit_and_a_value_that_works(tiny: Study, limits: dict[str, Any], named: str) -> None:
    """Without a plant, limits that clash are named, and the value suggested for each of them does give a plan."""
    study = without(tiny, "central_plants").replace(limits)
    with pytest.raises(InfeasibleError) as caught:
        optimize(study, gap=0.0)
    remedies = {problem.where: problem.remedy for problem in caught.value.diagnosis}
    assert named in remedies
    value = float(re.match(r"set it to (\S+) or", remedies[named])[1])
    whole = named.startswith(("limits.sites", "limits.modes", "limits.regions"))
    plan = solved(study.replace({named: int(value) if whole else value}), study.config.objective.kind)
    assert plan.status == "optimal"


def test_diagnosis_suggests_the_smallest_change(tiny: Study) -> None:
    """95 of 100 patients need a unit of 3 platforms, 500,000 $; with 350,000 $ one platform serves 30 of them."""
    limits = {"limits.service_level": 0.95, "limits.budget": 350_000.0, "limits.modes.franchise.max": 0}
    with pytest.raises(InfeasibleError) as caught:
        optimize(without(tiny, "central_plants").replace(limits), gap=0.0)
    remedies = {problem.where: problem.remedy for problem in caught.value.diagnosis}
    assert remedies["limits.budget"] == "set it to 500000 or more"
    assert remedies["limits.service_level"] == "set it to 0.3 or less"


def test_areas_that_cannot_be_served_are_named(tiny: Study) -> None:
    """With room for 30 patients and everybody to be served, the diagnosis counts 70 and names where they live."""
    limits = {"limits.allow_unserved": False, "limits.budget": 300_000.0, "limits.modes.franchise.max": 0}
    with pytest.raises(InfeasibleError) as caught:
        optimize(without(tiny, "central_plants").replace(limits))
    problem = next(p for p in caught.value.diagnosis if p.where == "limits.allow_unserved")
    assert "70.0 patients a year cannot be" in problem.what
    assert set(problem.rows) <= {"A Westborough", "B Middleton", "C Eastham", "D Northwick"}


def test_a_required_unit_that_nothing_reaches_is_infeasible(tiny: Study) -> None:
    """A unit that must be, needs 10 starts and gets no cells makes the study infeasible, before any recount."""
    study = edited(tiny, "hospitals", {"H3": {"status": "required", "becomes_centre": False}})
    with pytest.raises(InfeasibleError, match="least volumes"):
        optimize(study.replace({"courier.max_distance": 0.0}))


def test_fewer_hosts_than_asked_for_is_infeasible(tiny: Study) -> None:
    """A least number of units where no unit fits anywhere is diagnosed like any other clash."""
    study = edited(tiny, "hospitals", {"*": {"space_m2": 1.0}}).replace({"limits.sites.min": 1})
    with pytest.raises(InfeasibleError, match=r"limits.sites.min: at least 1 is asked for; .* works is 0 units"):
        optimize(study)


def test_a_year_without_demand_closes_units_that_need_volume(tmp_path: Path) -> None:
    """In a scenario without patients no unit reaches its least volume, so everything stays central."""
    scenarios = "id,probability,demand_factor\nnone,0.5,0\nmuch,0.5,1\n"
    plan = solved(write_study(tmp_path / "study", {"scenarios.csv": scenarios}))
    assert frame_of(plan).empty
    assert plan.objective == pytest.approx(0.5 * 3_160_000)


def test_mean_travel_without_a_travel_limit_serves_everybody(tiny: Study) -> None:
    """Leaving patients unserved is no way to shorten the mean trip: 12 minutes with a unit at H3, from the README."""
    plan = solved(tiny.replace({"objective.kind": "mean_travel"}), "mean_travel")
    assert plan.objective == pytest.approx(12)
    assert plan.kpis["patients_unmet"] == pytest.approx(0, abs=1e-3)


def test_an_objective_of_zero_has_a_gap_of_zero(tiny: Study) -> None:
    """Where the best mean trip takes no time the plan is optimal with gap 0, not 100 %."""
    trips = tiny.tables["trips"]
    trips = trips.assign(minutes=trips["minutes"].where(trips["minutes"] > 20, 0.0))
    study = replace(tiny, tables={**tiny.tables, "trips": trips}).replace({"objective.kind": "mean_travel"})
    plan = solved(study, "mean_travel")
    assert plan.objective == pytest.approx(0, abs=1e-6)
    assert (plan.status, plan.gap) == ("optimal", 0.0)


def test_worst_trip_leaves_out_areas_that_nobody_can_reach(tiny: Study) -> None:
    """With area A cut off and allowed to be, the longest trip of the others is B's 20 minutes."""
    trips = tiny.tables["trips"]
    study = replace(tiny, tables={**tiny.tables, "trips": trips[trips["area"] != "A"]})
    plan = solved(study.replace({"objective.kind": "worst_travel", "limits.allow_unreachable": True}), "worst_travel")
    assert plan.objective == pytest.approx(20)


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.5])
def test_status_bound_and_gap_agree(tmp_path: Path, gap: float) -> None:
    """The bound is never above the optimum, and "optimal" is said only within the gap asked for."""
    network = build_network(write_study(tmp_path / "study", random_files(60)))
    found, best = solve(network, SolveOptions(gap=gap)), solve(network, SolveOptions(gap=0.0)).objective
    assert found.bound <= best * (1 + 1e-6) <= found.objective * (1 + 2e-6)
    assert found.gap == pytest.approx((found.objective - found.bound) / found.objective, abs=1e-9)
    assert found.status == "optimal"
    assert found.gap <= gap + 1e-9


def test_stopped_early_is_never_optimal(tiny: Study) -> None:
    """A plan with a bound far below it is "feasible"; without any plan there is none to hand back."""
    network, options = build_network(tiny), SolveOptions(gap=0.01)
    model = build_model(network)
    model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
    arrays = compile_model(model)
    best = solve_arrays(arrays, Run(60.0, 0.0))
    early = replace(best, stopped_by="time limit", bound=0.5 * best.objective)
    solution = solution_of(model, arrays, early, options)
    assert (solution.status, solution.gap) == ("feasible", pytest.approx(0.5))
    assert solution_of(model, arrays, replace(early, bound=None), options).status == "feasible"
    with pytest.raises(NoPlanError, match="time limit"):
        solution_of(model, arrays, Outcome("time limit", None, None, None), options)


def test_shortest_time_gives_a_recounted_plan_or_none(tiny: Study) -> None:
    """However short the time, a plan that is handed back survives the recount and claims no more than is proven."""
    network = build_network(tiny)
    try:
        solution = solve(network, SolveOptions(time_limit=1e-6, gap=0.0))
    except NoPlanError:
        return
    Plan(network, solution).check()
    assert (solution.status == "optimal") == (solution.gap is not None and solution.gap <= 1e-9)


def test_relative_gap_by_hand() -> None:
    """110 against 100 is 1/11; unknown stays unknown; a bound of zero on a small cost is all of it."""
    assert relative_gap(110.0, 100.0) == pytest.approx(1 / 11)
    assert relative_gap(None, 1.0) is None
    assert relative_gap(5.0, 0.0) == 1.0
    assert relative_gap(0.0, 0.0) == 0.0


def test_decisions_of_a_file_are_kept(tiny: Study, tmp_path: Path) -> None:
    """A table of units drawn by hand fixes every hospital: those not listed have none."""
    path = tmp_path / "units.csv"
    path.write_text("site_id,mode,platform,platforms\nH1,owned,unit,1\nH3,franchise,unit,2\n")
    plan = optimize(tiny, gap=0.0, decisions=read_openings(tiny, path))
    assert frame_of(plan).to_numpy().tolist() == [["H1", "owned", 1], ["H3", "franchise", 2]]
    assert plan.objective == pytest.approx(1_668_000)
    assert "fixed by hand" in plan.features


def test_decisions_may_run_an_option_that_pruning_drops(tiny: Study) -> None:
    """A unit that no optimal plan needs (owned, 2 platforms) can still be priced: 240 instead of 238 k$."""
    decisions = {("H1", "base"): ("owned/unit", 2), ("H2", "base"): None, ("H3", "base"): ("owned/unit", 1)}
    assert optimize(tiny, gap=0.0, decisions=decisions).objective == pytest.approx(1_660_000)


@pytest.mark.parametrize(
    ("status", "decision", "message"),
    [
        ("candidate", ("owned/unit", 4), "H3 cannot run 4 x owned/unit"),
        ("banned", ("owned/unit", 1), "H3 cannot run 1 x owned/unit"),
        ("required", None, r"required or may not close, and are given no unit \(H3\)"),
    ],
)
def test_decisions_that_cannot_be_are_refused(
    tiny: Study, status: str, decision: tuple[str, int] | None, message: str
) -> None:
    """A unit that is too large, at a banned hospital, or missing where one is required is a StudyError."""
    study = edited(tiny, "hospitals", {"H3": {"status": status}})
    with pytest.raises(StudyError, match=message):
        build_network(study, {("H3", "base"): decision})


def test_decisions_of_several_periods_need_the_period(tiny: Study, tmp_path: Path) -> None:
    """In a study of two periods a table of units without a period column is refused."""
    study = write_study(tmp_path / "study", {"periods.csv": "id\none\ntwo\n"})
    path = tmp_path / "units.csv"
    path.write_text("site_id,mode,platform,platforms\nH1,owned,unit,1\n")
    with pytest.raises(StudyError, match="no column period"):
        read_openings(study, path)
    path.write_text("site_id,mode,platform,platforms,period\nH1,owned,unit,1,one\nH1,owned,unit,3,two\n")
    plan = optimize(study, gap=0.0, decisions=read_openings(study, path))
    assert plan.openings.loc[~plan.openings["is_central"], "platforms"].tolist() == [1, 3]


def test_one_seed_gives_one_plan(tmp_path: Path) -> None:
    """Solved twice with the same seed, the plan is the same in every number (V14)."""
    network = build_network(write_study(tmp_path / "study", random_files(61)))
    first, second = (solve(network, SolveOptions(gap=0.0, seed=3)) for _ in range(2))
    for name in ("open_options", "referred", "shipped", "made", "unmet"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
