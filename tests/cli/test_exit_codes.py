"""Exit codes are a promise to scripts; a failure comes with a message and leaves nothing on the disk."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from siting.errors import Problem
from siting.plan import plan as plan_module
from siting.solve import direct, kernel
from siting.solve.highs import Outcome, solve_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from siting.solve.highs import Arrays, Run

NOTHING = Outcome("time limit", None, None, None)


def _out_of_time(arrays: Arrays, run: Run, start: object = None) -> Outcome:
    """Solve, then say that the time ran out with a bound 10 % below the plan."""
    outcome = solve_arrays(arrays, run, start)
    return replace(outcome, stopped_by="time limit", bound=0.9 * outcome.objective)


def test_a_proven_plan_is_0(run, study: Path) -> None:
    """Results go to stdout, progress and the way to the files to stderr."""
    result = run("optimize", study, "--out", "plan")
    assert result.exit_code == 0
    assert result.stdout.startswith("Example: open ")
    assert "Proven" in result.stdout
    assert "Solving" not in result.stdout
    assert result.stderr.startswith("Solving Example ...\n")
    assert "plan/map.html in a browser" in result.stderr


def test_a_plan_that_is_not_proven_is_3(run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of time with a plan: files are written, and each says that the gap is 1 - 0.9 = 10 %."""
    monkeypatch.setattr(direct, "solve_arrays", _out_of_time)
    result = run("optimize", study, "--out", "plan")
    assert result.exit_code == 3
    record = json.loads((tmp_path / "plan" / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "feasible"
    assert record["gap"] == pytest.approx(0.1)
    for text in (result.stdout, *(_text(tmp_path / "plan" / name) for name in ("summary.txt", "map.html"))):
        assert "not proven optimal" in text.lower()
        assert "10.0 %" in text


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_no_plan_in_time_is_5(run, study: Path, left_behind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of time without a plan: not even the parents of the output folder are made."""
    monkeypatch.setattr(direct, "solve_arrays", lambda *_: NOTHING)
    result = run("optimize", study, "--out", "deep/plan")
    assert result.exit_code == 5
    assert result.stdout == ""
    assert "stopped by the time limit before any plan was found; give more time" in result.stderr
    assert left_behind() == []


def test_an_interrupted_relaxation_is_5(run, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of a relaxation are fractions of units and must not pass for a plan."""

    def stopped(arrays: Arrays, run: Run, start: object = None) -> Outcome:
        return replace(solve_arrays(arrays, run, start), stopped_by="interrupt", bound=None)

    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    monkeypatch.setattr(kernel, "solve_arrays", stopped)
    result = run("optimize", study)
    assert result.exit_code == 5
    assert "stopped by the interrupt before any plan was found" in result.stderr


def test_a_plan_of_the_kernel_is_kept_when_the_whole_solve_stops_early(
    run, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan was found before the time ran out, so this is 3 and not 5."""

    def too_late(arrays: Arrays, run: Run, start: object = None) -> Outcome:
        return NOTHING if start is not None else solve_arrays(arrays, run)

    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    monkeypatch.setattr(direct, "solve_arrays", too_late)
    result = run("optimize", study, "--gap", "0")
    assert result.exit_code == 3
    assert "not proven optimal" in result.stdout.lower()


def test_ctrl_c_before_the_solve_is_5(run, study: Path, left_behind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the model is built is said in words too."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(direct, "build_model", interrupted)
    result = run("optimize", study, "--out", "plan", "--json")
    assert result.exit_code == 5
    assert json.loads(result.stdout)["status"] == "no_plan"
    assert "stopped by Ctrl-C; nothing was written" in result.stderr
    assert left_behind() == []


def test_no_possible_plan_is_4_with_a_diagnosis(run, study: Path, tmp_path: Path) -> None:
    """The message names the limit and the value that works, and that value does work."""
    asked = ("optimize", study, "--set", "limits.service_level=1.0")
    result = run(*asked, "--out", "plan")
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "limits.service_level: at least 1 is asked for" in result.stderr
    folder = tmp_path / "plan"
    assert sorted(path.name for path in folder.iterdir()) == ["diagnosis.txt", "run.json"]
    assert json.loads(_text(folder / "run.json"))["status"] == "infeasible"
    answer = json.loads(run(*asked, "--json").stdout)
    assert answer["status"] == "infeasible"
    level = answer["problems"][0]["remedy"].removeprefix("set it to ").removesuffix(" or less")
    assert run("optimize", study, "--set", f"limits.service_level={level}", "--gap", "0.5").exit_code == 0


def test_a_recount_that_disagrees_is_1(run, study: Path, left_behind, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that fails its recount is our fault and is never written."""
    monkeypatch.setattr(plan_module, "recount", lambda *_: [Problem("costs", "the objective differs")])
    result = run("optimize", study, "--out", "plan")
    assert result.exit_code == 1
    assert "costs: the objective differs" in result.stderr
    assert left_behind() == []


BAD_INPUT = {
    "no such study": (["optimize", "nowhere"], "nowhere: no such study folder"),
    "unknown command": (["optimise", "tiny"], "Did you mean 'optimize'?"),
    "unknown option": (["optimize", "tiny", "--gaps", "1"], "No such option: --gaps"),
    "negative gap": (["optimize", "tiny", "--gap", "-1"], "Invalid value for '--gap'"),
    "no value": (["optimize", "tiny", "--set", "limits.sites.max"], "is not of the form key = value"),
    "no such table": (["schema", "hospital"], 'did you mean "hospitals"?'),
    "no such openings": (["optimize", "tiny", "--fix", "none.csv"], "none.csv: cannot be read"),
    "no such instance": (["bench", "none.txt", "--format", "orlib-cap"], "none.txt: cannot be read"),
    "no such format": (["bench", "none.txt", "--format", "orlib"], "choose one of orlib-cap"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_2(run, left_behind, case: str) -> None:
    """The message says what is wrong, on stderr; nothing is written."""
    words, message = BAD_INPUT[case]
    result = run(*words, *(["--out", "plan"] if words[0] == "optimize" else []))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert left_behind() == []


def test_all_problems_are_listed_at_once(run, study: Path) -> None:
    """Three wrong settings make one message with three lines, and three entries in JSON."""
    wrong = [word for pair in ("limits.sitez.max=3", "solve.gap=-1", "courier.detour=0.5") for word in ("--set", pair)]
    result = run("check", study, *wrong, "--json")
    assert result.exit_code == 2
    assert "3 problems in the study" in result.stderr
    assert 'did you mean "limits.sites"?' in result.stderr
    assert len(json.loads(result.stdout)["problems"]) == 3


@pytest.mark.parametrize("words", [(), ("--overwrite",)])
def test_a_folder_that_is_no_earlier_output_stays(run, study: Path, left_behind, words: tuple[str, ...]) -> None:
    """Other people's files are never replaced, and the refusal comes before the solve."""
    assert run("init", "mine").exit_code == 0
    before = left_behind()
    result = run("optimize", study, "--out", "mine", *words)
    assert result.exit_code == 2
    assert "choose another folder" in result.stderr
    assert "Solving" not in result.stderr
    assert left_behind() == before
    assert run("init", "mine").exit_code == 2
