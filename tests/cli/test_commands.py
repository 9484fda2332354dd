"""What each command prints and writes, as its user sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import siting
from siting.study.columns import TABLES
from siting.study.read import read_study
from siting.study.settings import leaves

if TYPE_CHECKING:
    from pathlib import Path

BY_HAND = "site_id,mode,platform,platforms\nH3,owned,closed,2\n"


def strict_json(text: str) -> Any:
    """Read JSON as the standard has it: no NaN, no Infinity."""

    def refuse(word: str) -> None:
        message = f"{word} is not JSON"
        raise AssertionError(message)

    return json.loads(text, parse_constant=refuse)


def test_init_check_optimize_is_the_way_in(run, tmp_path: Path) -> None:
    """The three commands that the help suggests work one after the other."""
    result = run("init", "mine")
    assert result.exit_code == 0
    assert "Try: siting optimize mine --out mine-out" in result.stdout
    assert run("check", "mine").exit_code == 0
    assert run("optimize", "mine", "--out", "mine-out").exit_code == 0
    assert (tmp_path / "mine-out" / "map.html").is_file()


def test_check_shows_what_was_read(run, study: Path) -> None:
    """Rows, units and the demand: 2,845,000 people x 6 in 100,000 x 0.4 = 68.3 patients a year."""
    text = run("check", study).stdout
    assert "areas: 6 rows, areas.csv" in text
    assert "70,000 (02005) to 1,450,000 (02001) people" in text
    assert "68.3" in text
    figures = strict_json(run("check", study, "--json").stdout)
    assert figures["network"]["areas"] == 6


def test_json_is_the_same_record_as_run_json(run, study: Path, tmp_path: Path) -> None:
    """A program may read stdout or the file, which adds only the fingerprints of the folder."""
    result = run("optimize", study, "--out", "plan", "--json")
    record = strict_json(result.stdout)
    file = strict_json((tmp_path / "plan" / "run.json").read_text(encoding="utf-8"))
    assert record == {key: value for key, value in file.items() if key not in {"files", "checksum"}}
    promised = "status objective bound gap runtime_s features versions inputs changes options kpis"
    assert set(promised.split()) <= set(record)
    assert record["status"] == "optimal"


def test_any_setting_can_be_set(run, study: Path) -> None:
    """Setting every key to the value that it has already changes nothing."""
    words = []
    for leaf in leaves(read_study(study).config):
        if not isinstance(leaf.value, dict):
            words += ["--set", f"{leaf.key}={'none' if leaf.value is None else json.dumps(leaf.value)}"]
    assert len(words) > 100
    result = run("check", study, "--json", *words)
    assert result.exit_code == 0, result.stderr
    assert strict_json(result.stdout) | {"changes": []} == strict_json(run("check", study, "--json").stdout)


def test_set_changes_the_plan(run, study: Path) -> None:
    """With no unit allowed everything is made centrally."""
    record = strict_json(run("optimize", study, "--set", "limits.sites.max=0", "--json").stdout)
    assert record["kpis"]["units"] == 0
    assert record["kpis"]["share_central"] == pytest.approx(1.0)


def test_fix_prices_a_plan_drawn_by_hand(run, study: Path, tmp_path: Path) -> None:
    """The units are those of the CSV, and the plan found is at least as good."""
    (tmp_path / "hand.csv").write_text(BY_HAND, encoding="utf-8")
    drawn = strict_json(run("optimize", study, "--fix", "hand.csv", "--gap", "0", "--out", "drawn", "--json").stdout)
    assert drawn["status"] == "optimal"
    assert drawn["kpis"]["units_by_mode"] == {"owned": 1}
    assert drawn["kpis"]["platforms"] == 2
    found = strict_json(run("optimize", study, "--gap", "0", "--json").stdout)
    assert found["objective"] <= drawn["objective"] * (1 + 1e-9)
    again = run("optimize", study, "--fix", "drawn/tables/openings.csv", "--gap", "0", "--json")
    assert strict_json(again.stdout)["objective"] == pytest.approx(drawn["objective"])


def test_fix_refuses_units_that_the_study_does_not_know(run, study: Path, tmp_path: Path) -> None:
    """All wrong cells of the CSV in one message."""
    (tmp_path / "hand.csv").write_text(BY_HAND.replace("H3,owned", "H9,owner"), encoding="utf-8")
    result = run("optimize", study, "--fix", "hand.csv")
    assert result.exit_code == 2
    assert "site_id 'H9' is not in the study" in result.stderr
    assert 'did you mean "owned"?' in result.stderr


def test_overwrite_replaces_an_earlier_output(run, study: Path, tmp_path: Path, left_behind) -> None:
    """The folder holds the second plan, whole; without the option it stays as it was."""
    assert run("optimize", study, "--out", "plan").exit_code == 0
    files = left_behind()
    other = ("optimize", study, "--out", "plan", "--set", 'study.name="Second"')
    assert run(*other).exit_code == 2
    assert run(*other, "--overwrite").exit_code == 0
    assert (tmp_path / "plan" / "summary.txt").read_text(encoding="utf-8").startswith("Second: open ")
    assert left_behind() == files


def test_map_is_drawn_again(run, study: Path, tmp_path: Path) -> None:
    """A folder's map is drawn with the solved network of today and with classes; what is there already stays."""
    near = tmp_path / "near"
    near.mkdir()
    run("optimize", str(study), "--out", str(tmp_path / "out"))
    site = pd.read_csv(tmp_path / "out" / "tables" / "candidates.csv", dtype=str)["site_id"].iloc[0]
    (near / "sites.csv").write_text(f"site_id,class,is_proven,share\n{site},swing,False,0.5\n", encoding="utf-8")
    words = [
        "map",
        str(tmp_path / "out"),
        "--near",
        str(near),
        "--baseline",
        "today",
        "--out",
        str(tmp_path / "m.html"),
    ]
    assert run(*words).exit_code == 0
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert "solved by the same model" in page
    assert '"swing"' in page
    again = run(*words)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_map_refuses_what_is_no_folder_of_alternatives(run, study: Path, tmp_path: Path) -> None:
    """A folder without sites.csv, or with other columns, is named, and no map is left."""
    run("optimize", str(study), "--out", str(tmp_path / "out"))
    for words in ("does not exist", "lacks a column"):
        result = run("map", str(tmp_path / "out"), "--near", str(tmp_path), "--out", str(tmp_path / "m.html"))
        assert result.exit_code == 2
        assert words in result.stderr
        (tmp_path / "sites.csv").write_text("site_id,class\n1,core\n", encoding="utf-8")
    assert not (tmp_path / "m.html").exists()


def test_schema_explains_every_table(run) -> None:
    """Each table has a heading; the JSON form is a schema that editors read."""
    text = run("schema").stdout
    assert [table for table in TABLES if f"\n{table}" not in text] == []
    assert "treats_today" in run("schema", "hospitals").stdout
    assert strict_json(run("schema", "--json").stdout)["properties"]["solve"]


def test_version_is_printed_alone(run) -> None:
    """One line, for scripts."""
    assert run("--version").stdout == f"{siting.__version__}\n"


# Two warehouses and three customers in the layout of the OR-Library: capacity and fixed cost of each warehouse, then
# for each customer its demand and the cost of serving all of it from each warehouse.
INSTANCE = """\
2 3
10 5
10 12
4
1 9
4
2 6
4
9 1
"""


@pytest.mark.parametrize(("words", "objective"), [((), 21.0), (("--ufl",), 17.0)])
def test_bench_solves_an_instance(run, tmp_path: Path, words: tuple[str, ...], objective: float) -> None:
    """A demand of 12 needs both: 5 + 12 + 1 + 2 + 1 = 21; without capacities the first: 5 + 1 + 2 + 9 = 17."""
    (tmp_path / "two.txt").write_text(INSTANCE, encoding="utf-8")
    result = run("bench", "two.txt", "--format", "orlib-cap", "--json", *words)
    assert result.exit_code == 0
    answer = strict_json(result.stdout)
    assert answer["objective"] == pytest.approx(objective)
    assert answer["bound"] == pytest.approx(objective)
    assert (answer["status"], answer["gap"]) == ("optimal", 0.0)
    assert answer["runtime_s"] > 0
    text = run("bench", "two.txt", "--format", "orlib-cap", *words).stdout
    assert "status     optimal" in text


def test_bench_refuses_an_instance_without_room(run, tmp_path: Path) -> None:
    """A demand of 3 x 4 = 12 does not fit into 2 x 5 = 10."""
    (tmp_path / "small.txt").write_text(INSTANCE.replace("10 ", "5 "), encoding="utf-8")
    result = run("bench", "small.txt", "--format", "orlib-cap")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "total capacity 10 is below total demand 12" in result.stderr
