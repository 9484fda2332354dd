"""Options that the commands which ask what if have in common."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from helpers import DATA

from siting.errors import Problem
from siting.whatif.runs import not_money

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = """
[scenario.none]
set = ["limits.sites.max = 0"]

[scenario.clash]
set = ["limits.mean_travel_min = 11"]
"""
FOLDERS = ["alternatives", "pareto", "greenfield", "models", "tornado", "compare", "breakeven"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Copy tiny, with a scenario without units and one without a plan, into a folder."""
    folder = tmp_path / "study"
    shutil.copytree(DATA / "tiny", folder)
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + SCENARIOS, encoding="utf-8")
    return folder


def asked(run: Any, *words: object) -> dict[str, Any]:
    """Return what a command prints as JSON."""
    answer = run(*words, "--json")
    assert answer.exit_code in {0, 4}, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_scenarios_are_made_before_the_question(run: Any, study: Path) -> None:
    """Without units tiny costs 3,160 k$ (its README); a mean trip of 11 minutes has no plan there."""
    near = asked(run, "alternatives", study, "--scenario", "none", "--gap", "0")
    assert [plan["units"] for plan in near["plans"]] == [0]
    front = asked(run, "pareto", study, "--scenario", "none", "--points", "2")
    assert [point["total_cost"] for point in front["points"]] == pytest.approx([3_160_000.0])
    places = asked(run, "greenfield", study, "--scenario", "none", "--count", "1")
    assert not any(place["is_open"] for place in places["places"])
    assert not asked(run, "diagnose", study, "--scenario", "clash")["feasible"]
    assert asked(run, "diagnose", study, "--scenario", "none")["feasible"]


@pytest.mark.parametrize("command", ["alternatives", "pareto", "greenfield", "diagnose"])
def test_an_unknown_scenario_is_refused_with_the_nearest(run: Any, study: Path, command: str) -> None:
    """Exit code 2 and the nearest name."""
    answer = run(command, study, "--scenario", "nune")
    assert answer.exit_code == 2
    assert 'did you mean "none"' in answer.stderr


@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_in_use_is_refused_before_any_solve(run: Any, study: Path, command: str) -> None:
    """Exit code 2, nothing solved, nothing written."""
    answer = run(command, study, "--out", study)
    assert answer.exit_code == 2
    assert "is not an empty folder" in answer.stderr
    assert "Solved" not in answer.stderr


def test_questions_about_money_need_an_objective_in_money() -> None:
    """The least cost is asked of a study that minimises cost; any other is named."""
    assert not_money("total_cost", "savings are money") == []
    [problem] = not_money("mean_travel", "savings are money")
    assert problem == Problem(
        "objective.kind", "is mean_travel, and savings are money", "solve with objective.kind = total_cost"
    )
