"""Seeded infeasibilities get the planted cause, and every way out that is priced gives a plan of that price."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from helpers import DATA, edited, solved, without

from siting.errors import Repair, StudyError
from siting.network.build import build_network
from siting.solve import diagnose as repairs
from siting.solve.conflict import REQUIRED, conflict
from siting.solve.highs import Outcome, solve_arrays
from siting.solve.options import SolveOptions
from siting.whatif.diagnose import diagnose
from siting.whatif.runs import RunOptions

if TYPE_CHECKING:
    from siting.study.study import Study

EXACT = RunOptions(gap=0.0)
PLANTED: list[tuple[dict[str, Any], set[str]]] = [
    # H3 brings the mean trip from 26 to 12 minutes (README of tiny), and H3 is in the East, as is H2.
    ({"limits.mean_travel_min": 13.0, "limits.regions.East.max": 0},
     {"limits.mean_travel_min", "limits.regions.East.max"}),
    # The shortest mean trip of all is 12 minutes.
    ({"limits.mean_travel_min": 11.0, "limits.sites.max": 3}, {"limits.mean_travel_min"}),
    # Three owned units cost 3 x 300,000 $; the budget pays for one.
    ({"limits.sites.min": 3, "limits.budget": 350_000.0, "limits.modes.franchise.max": 0},
     {"limits.sites.min", "limits.budget", "limits.modes.franchise.max"}),
    # Without the plant somebody must make the cells.
    ({"limits.allow_unserved": False, "limits.sites.max": 0}, {"limits.allow_unserved", "limits.sites.max"}),
    # Of 100 patients no network can make 120 starts.
    ({"limits.min_starts": 120.0}, {"limits.min_starts"}),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "planted"), PLANTED)
def test_the_planted_limits_are_in_conflict(tiny: Study, settings: dict[str, Any], planted: set[str]) -> None:
    """The conflict names the limits that were planted and no other limit."""
    study = without(tiny, "central_plants").replace(settings)
    found = diagnose(study, EXACT)
    assert not found.is_feasible
    assert planted <= set(found.conflict.rules)
    assert {name for name in found.conflict.rules if name.startswith("limits.")} == planted
    assert found.conflict.is_proven


@pytest.mark.parametrize(("settings", "planted"), PLANTED)
def test_none_of_the_conflict_can_be_left_out(tiny: Study, settings: dict[str, Any], planted: set[str]) -> None:
    """Irreducible: with any one of the planted limits gone there is a plan."""
    study = without(tiny, "central_plants").replace(settings)
    for name in planted:
        gone = True if name == "limits.allow_unserved" else None
        assert diagnose(study.replace({name: gone}), EXACT).is_feasible, name


@pytest.mark.parametrize(("settings", "planted"), PLANTED)
def test_every_price_is_that_of_a_re_solve(tiny: Study, settings: dict[str, Any], planted: set[str]) -> None:
    """Each way out, put into the study by hand, costs what the diagnosis says; the cheapest comes first."""
    study = without(tiny, "central_plants").replace(settings)
    ways = [way for way in diagnose(study, EXACT).ways_out if way.price is not None and way.price.found is not None]
    assert ways
    prices = [way.price.found.cost for way in ways]
    assert prices == sorted(prices)
    for way, price in zip(ways, prices, strict=True):
        assert solved(study.replace(way.settings)).objective == pytest.approx(price, rel=1e-6)


def test_required_sites_that_cannot_live_are_named(tiny: Study) -> None:
    """A required unit at H3, which nothing reaches and which needs 10 starts, clashes with the least volume."""
    study = edited(tiny, "hospitals", {"H3": {"status": "required", "becomes_centre": False}})
    network = build_network(study.replace({"courier.max_distance": 0.0}))
    found = conflict(network, SolveOptions())
    assert set(found.rules) == {REQUIRED, "modes.min_starts_per_year"}


def test_highs_names_the_areas_of_the_conflict(tiny: Study) -> None:
    """B and D are what makes 13 minutes impossible without H3: A and C have a centre 10 minutes away."""
    study = without(tiny, "central_plants").replace(PLANTED[0][0])
    found = conflict(build_network(study), SolveOptions())
    assert set(found.areas) == {"B", "D"}


def test_areas_out_of_reach_are_named_with_their_nearest_hospital() -> None:
    """B (20 patients a year) is 20 minutes from H3 at best, so a limit of 15 leaves it out; 20 lets it in."""
    from siting.study.read import read_study

    study = read_study(DATA / "tiny", {"travel.max_min": 15.0})
    found = diagnose(study, EXACT)
    text = found.summary()
    assert "Middleton, 20 patients a year, nearest is North General at 20 min (20 km)" in text
    assert found.conflict.rules == ("travel.max_min", "limits.allow_unreachable")
    raised = next(way for way in found.ways_out if "travel.max_min" in way.settings)
    assert raised.settings == {"travel.max_min": 20.0}
    left = next(way for way in found.ways_out if "limits.allow_unreachable" in way.settings)
    assert left.price.found.unserved == pytest.approx(20.0)
    assert raised.price.found.cost < left.price.found.cost


def test_a_study_with_plans_has_no_conflict(tiny: Study) -> None:
    """Nothing is made up where there is nothing to explain."""
    found = diagnose(tiny, EXACT)
    assert found.is_feasible
    assert found.record()["ways_out"] == []
    assert "there are plans" in found.summary()


def test_other_mistakes_stay_mistakes(tiny: Study) -> None:
    """A lost patient cheaper than a treated one is wrong input, not a conflict of limits."""
    with pytest.raises(StudyError, match="lost_patient_price"):
        diagnose(edited(tiny, "products", {"cart": {"lost_patient_price": 1.0}}))


def test_what_the_time_did_not_suffice_for_is_said(tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that ends by the clock without a value names its limit and asks for time; it is no proof of anything."""
    network = build_network(without(tiny, "central_plants").replace(PLANTED[0][0]))
    stopped = Outcome("time limit", None, None, None)
    monkeypatch.setattr(repairs, "solve_arrays", lambda *_: stopped)
    found = {problem.where: problem for problem in repairs.diagnose(network, SolveOptions())}
    assert set(found) == {"limits.mean_travel_min", "limits.regions.East.max", "study"}
    assert "at most 13 is asked for; the time did not suffice" in found["limits.mean_travel_min"].what
    assert not any(isinstance(problem, Repair) for problem in found.values())


def test_a_repair_that_is_not_the_smallest_says_so(tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value found when the clock ended the search works, but is not called the nearest."""
    network = build_network(tiny.replace({"limits.mean_travel_min": 11.0}))
    monkeypatch.setattr(repairs, "solve_arrays", lambda *words: replace(solve_arrays(*words), stopped_by="time limit"))
    [problem] = repairs.diagnose(network, SolveOptions())
    assert "the nearest found in the time is 12 minutes" in problem.what


def test_the_command_ends_with_4_and_optimize_says_the_same(run, tmp_path) -> None:
    """Both print the conflict and the price of a way out; `optimize` writes them into its folder."""
    clash = ("--set", "limits.mean_travel_min=11", "--gap", "0")
    answer = run("diagnose", DATA / "tiny", *clash, "--json")
    assert answer.exit_code == 4
    record = json.loads(answer.stdout)
    assert record["conflict"] == ["limits.mean_travel_min"]
    assert record["ways_out"][0]["settings"] == {"limits.mean_travel_min": 12.0}
    assert record["ways_out"][0]["cost_per_year"] == pytest.approx(1_609_000)
    failed = run("optimize", DATA / "tiny", *clash, "--out", "out")
    assert failed.exit_code == 4
    text = (tmp_path / "out" / "diagnosis.txt").read_text(encoding="utf-8")
    assert "limits.mean_travel_min by itself cannot be kept" in text
    assert "the plan then costs USD 1.609 M a year" in text


def test_the_command_says_when_there_are_plans(run) -> None:
    """Exit code 0 and one sentence."""
    answer = run("diagnose", DATA / "tiny")
    assert (answer.exit_code, answer.stdout) == (0, "Tiny: there are plans that meet all the rules.\n")
