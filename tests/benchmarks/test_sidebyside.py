"""The side-by-side benchmark: every solver finds the same optimum, and the tables say what is true."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from side import report
from side.cases import FOLDER, Case, load_cases
from side.entrants import ENTRANTS, version_of
from side.runs import Book, Terms, watched
from side.whole import whole_model

from siting.bench.formats import read_instance
from siting.bench.instance import BenchOptions

SCRIPT = Path(__file__).with_name("sidebyside.py")
MODULES = {"siting": "siting", "highs": "highspy", "scip": "pyscipopt", "cpsat": "ortools", "spopt": "spopt"}
TERMS = Terms(limit=20.0, gap=1e-6, threads=1, margin=100.0, memory_gib=8.0)

# Two sites (capacity 10 and 12, opening 3 and 4), three customers (demand 5, 6 and 7; 18 in all, so both sites open:
# 7), and the cost of the whole demand. Whole customers: no site holds all three, and site 1 holds one of them only
# (5 + 6 > 10). One at site 1, two at site 2: 5 + 6 = 11 and 5 + 7 = 12 fit there, 6 + 7 = 13 does not.
#   customer 3 at site 1: 5 + (2 + 4) = 11; customer 2 at site 1: 3 + (2 + 9) = 14. Least: 7 + 11 = 18.
# Split: site 1 charges 1/5, 3/6 and 5/7 a unit, site 2 2/5, 4/6 and 9/7. All at site 1 would be 9; of the 18 units at
# least 8 go to site 2, for 1/5 more a unit (customer 1, 5 units), then 1/6 more (customer 2, 6 units), the least
# first: 6 units at 1/6, 2 at 1/5: 9 + 1 + 0.4 = 10.4. Least: 7 + 10.4 = 17.4.
# Without capacities site 1 alone serves all for 3 + 9 = 12.
CAP = "2 3\n10 3\n12 4\n5\n1 2\n6\n3 4\n7\n5 9\n"
# A path of five vertices with edges 1, 2, 3 and 4: at 0, 1, 3, 6 and 10. Two medians at 1 and 6: 1 + 0 + 2 + 0 + 4 = 7;
# at 1 and 10: 1 + 0 + 2 + 4 + 0 = 7; no pair does better, as each of the groups {0, 1, 3} and {6, 10} needs 3 and 4.
# Two centres: 3 reaches 0, 1 and 6 within 3, and 10 itself. Below 3, 10 is alone (6 is 4 away), and no vertex has the
# other four within 2: 3.
PMED = "5 4 2\n1 2 1\n2 3 2\n3 4 3\n4 5 4\n"
# One plant (capacity 20, opening 9), one satellite (capacity 20, opening 3), two customers (demand 4 and 5); a unit
# costs 2 to the satellite and 1 and 3 onwards: 9 + 3 + 9 x 2 + 4 x 1 + 5 x 3 = 49.
TSCFLP = "1 1 2\n4 5\n20 9\n2\n20 3\n1 3\n"
TINY = [
    ("CFLP", CAP, {"format": "orlib-cap"}, 17.4),
    ("SSCFLP", CAP, {"format": "orlib-cap", "single_source": True}, 18.0),
    ("UFL", CAP, {"format": "orlib-cap", "ufl": True}, 12.0),
    ("p-median", PMED, {"format": "orlib-pmed"}, 7.0),
    ("p-center", PMED, {"format": "orlib-pmed", "p_center": True}, 3.0),
    ("TSCFLP", TSCFLP, {"format": "tscflp"}, 49.0),
]


# One process a solver, as ortools and highspy do not load side by side.
ASK_ALL = """\
import json, sys
sys.path.insert(0, sys.argv[1])
from dataclasses import asdict
from side.solvers import SOLVERS, Question
for question in json.load(sys.stdin):
    print("ANSWER" + json.dumps(asdict(SOLVERS[sys.argv[2]](Question(**question)))))
"""


@pytest.mark.parametrize("solver", list(ENTRANTS))
def test_every_solver_finds_the_optima_of_tiny_instances(tmp_path: Path, solver: str) -> None:
    """Cost and bound of each solver are the optima worked out by hand, on every problem that it is asked."""
    if importlib.util.find_spec(MODULES[solver]) is None:
        pytest.skip(f'{MODULES[solver]} is not installed; pip install -e ".[bench]"')
    asked = [case for case in TINY if case[0] in ENTRANTS[solver].problems]
    for problem, text, _, _ in asked:
        (tmp_path / problem).write_text(text)
    questions = [
        {"file": str(tmp_path / problem), "options": options, "limit": 20.0, "gap": 1e-6, "threads": 1}
        for problem, _, options, _ in asked
    ]
    command = [sys.executable, "-c", ASK_ALL, str(SCRIPT.parent), solver]
    done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=True)
    lines = [line.removeprefix("ANSWER") for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    for (problem, _, _, optimum), found in zip(asked, map(json.loads, lines), strict=True):
        assert found["objective"] == pytest.approx(optimum, rel=1e-6), problem
        assert found["bound"] == pytest.approx(optimum, rel=1e-5), problem
        assert found["note"] == ""


def test_a_solve_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The record holds the answer, and the peak memory and processor time of the process that found it."""
    file = tmp_path / "tiny.txt"
    file.write_text(CAP)
    question = {"file": str(file), "options": {"format": "orlib-cap"}, "limit": 20.0, "gap": 1e-6, "threads": 1}
    found = watched(SCRIPT, {"solver": "highs", "question": question}, TERMS)
    assert (found["status"], found["objective"]) == ("answered", pytest.approx(17.4))
    assert found["peak_mib"] > 10
    assert found["cpu_s"] > 0


def test_whole_model_is_the_strong_formulation(tmp_path: Path) -> None:
    """Two sites and three customers: 8 columns; 3 rows of demand, 6 links, 2 capacities and the total, 12 rows."""
    file = tmp_path / "tiny.txt"
    file.write_text(CAP)
    whole = whole_model(read_instance(file, BenchOptions("orlib-cap")))
    assert whole.matrix.shape == (12, 8)
    assert whole.is_integer.tolist() == [True, True] + [False] * 6


def test_recount_sees_a_broken_row(tmp_path: Path) -> None:
    """All at a closed site of capacity 10: 1 + 3 + 5; 18 units too many, 1.8 times the row's largest coefficient."""
    file = tmp_path / "tiny.txt"
    file.write_text(CAP)
    whole = whole_model(read_instance(file, BenchOptions("orlib-cap")))
    cost, breach = whole.recounted(np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]))
    assert (cost, breach) == (9.0, pytest.approx(1.8))


def case(known: float = 100.0, is_proven: bool = True) -> Case:
    """Return a case whose file does not matter."""
    return Case("family", "one", "CFLP", "2 x 3", "set/one", {}, known, 1e-4, is_proven, "")


def result(objective: float | None, bound: float | None, known: Case, seconds: float = 5.0) -> report.Result:
    """Return a solver's answer to a case."""
    record = {"objective": objective, "bound": bound, "seconds": seconds, "status": "answered", "note": ""}
    return report.Result(known, record, TERMS)


@pytest.mark.parametrize(
    ("objective", "bound", "is_proven", "cell"),
    [
        (100.0, 100.0, True, "5.0"),
        (110.0, 99.0, True, "gap 10.00%, +10.00%"),
        (None, 50.0, True, "no solution"),
        (None, None, True, "no solution"),
        (100.0, None, True, "no bound, optimal"),
        (98.0, 49.0, False, "gap 50.00%, better than known"),
        (99.0, 49.5, True, "**!!** gap 50.00%, -1.00%"),
        (120.0, 108.0, True, "**!!** gap 10.00%, +20.00%"),
        (120.0, 120.0, True, "**!!** 5.0 (+20.00%)"),
    ],
)
def test_cell_says_what_is_proven(objective: float | None, bound: float | None, is_proven: bool, cell: str) -> None:
    """Seconds stand for a proof only; an undercut optimum and a bound above the known value are marked."""
    assert result(objective, bound, case(is_proven=is_proven)).cell == cell


def test_a_result_of_another_version_and_a_failure_are_solved_again(tmp_path: Path) -> None:
    """A killed solve stays as it is; a failed one, and one of another version, do not count as there."""
    book = Book(tmp_path / "results.jsonl")
    record = {"solver": "scip", "limit": 20.0, "gap": 1e-6, "threads": 1, "version": "9"}
    for key, status in (("a", "killed"), ("b", "failed")):
        book.add({**record, "key": key, "status": status})
    assert book.has("a", "scip", TERMS, "9")
    assert not book.has("a", "scip", TERMS, "10")
    assert not book.has("b", "scip", TERMS, "9")


def test_cell_shows_an_overrun() -> None:
    """A solve that took twice the limit and proved nothing does not hide it; a tenth more is let pass."""
    assert result(110.0, 99.0, case(), seconds=40.0).cell == "gap 10.00%, +10.00%, ran 40 s"
    assert result(110.0, 99.0, case(), seconds=22.0).cell == "gap 10.00%, +10.00%"


def test_alarm_when_one_bound_is_above_another_solution() -> None:
    """Two solvers that contradict each other are reported even where the known value is only the best known."""
    known = case(known=120.0, is_proven=False)
    found = {(known.key, "highs"): result(110.0, 105.0, known), (known.key, "scip"): result(100.0, 90.0, known)}
    assert [line.split(": ")[1] for line in report.alarms([known], found)] == ["CONTRADICTION"]


def test_mean_of_ratios() -> None:
    """(5 + 1)/(2 + 1) = 2 and (2 + 1)/(23 + 1) = 1/8: the geometric mean is 1/2; totals are 7 s and 25 s."""
    one, two = case(), Case("family", "two", "CFLP", "", "set/two", {}, 100.0, 1e-4, True, "")
    found = {
        (one.key, "siting"): result(100.0, 100.0, one, 2.0), (one.key, "highs"): result(100.0, 100.0, one, 5.0),
        (two.key, "siting"): result(100.0, 100.0, two, 23.0), (two.key, "highs"): result(100.0, 100.0, two, 2.0),
    }  # fmt: skip
    assert (
        report.ratios([one, two], found, ["siting", "highs"])
        .splitlines()[-1]
        .endswith("| 2/2, 25 s | 2/2, 0.50, 0.28 |")
    )


def test_limit_counts_where_the_gap_was_not_reached() -> None:
    """A solve that stopped with a gap counts as the limit, however early it stopped."""
    assert result(110.0, 99.0, case(), seconds=3.0).seconds == TERMS.limit


def test_results_survive_a_line_cut_off(tmp_path: Path) -> None:
    """A run killed while it wrote loses that line only; the last result of a kind on the same terms counts."""
    book = Book(tmp_path / "results.jsonl")
    record = {"key": "a", "solver": "scip", "limit": 20.0, "gap": 1e-6, "threads": 1, "version": "9"}
    book.add({**record, "seconds": 1})
    book.add({**record, "seconds": 2})
    with book.file.open("a") as lines:
        lines.write('\n{"key": "a", "sol')
    Book(book.file).add({**record, "seconds": 3, "limit": 30.0})
    again = Book(book.file)
    assert [one["seconds"] for one in again.records] == [1, 2, 3]
    assert again.find("a", "scip", TERMS)["seconds"] == 2
    assert again.find("a", "highs", TERMS) is None


@pytest.mark.parametrize(
    ("terms", "status"),
    [(Terms(0.0, 1e-6, 1, 0.2, 8.0), "killed"), (Terms(60.0, 1e-6, 1, 60.0, 0.001), "memory")],
)
def test_a_solve_out_of_bounds_is_killed_and_recorded(tmp_path: Path, terms: Terms, status: str) -> None:
    """A process that overruns the limit by the margin, or its memory, ends, and so do the processes it started."""
    script = tmp_path / "sleeps.py"
    script.write_text("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])\n")
    found = watched(script, {}, terms)
    assert (found["status"], found["objective"]) == (status, None)
    assert found["wall_s"] < 30


def test_a_failed_solve_says_why(tmp_path: Path) -> None:
    """The last line on stderr becomes the note."""
    script = tmp_path / "fails.py"
    script.write_text("raise SystemExit('out of luck')\n")
    assert watched(script, {}, TERMS)["note"] == "out of luck"


def test_core_instances_have_known_values() -> None:
    """About thirty instances, each in known_values.csv, with p and capacity where the file does not say them."""
    if not FOLDER.is_dir():
        pytest.skip(f"no published instances at {FOLDER}; set SITING_BENCH to their folder")
    cases = {case.key: case for case in load_cases()}
    assert len(cases) >= 30
    assert cases["orlib_cap/capa_8000/CFLP"].options == {"format": "orlib-cap", "capacity": 8000.0}
    assert cases["orlib_cap/capa_8000/CFLP"].published == "CPLEX 28.96, Benders 10.30, blurred 0.90"
    assert cases["pmedian_tsplib/rl1304_p300/p-median"].options["p"] == 300
    assert not cases["cflp_tbed1/i500_1/CFLP"].is_proven


def test_parent_imports_the_standard_library_only() -> None:
    """The process that starts the solves stays small, as its peak would count as that of its children."""
    code = f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import sidebyside; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_report_of_nothing_says_so(tmp_path: Path) -> None:
    """The command prints its tables before anything was solved."""
    if not FOLDER.is_dir():
        pytest.skip(f"no published instances at {FOLDER}; set SITING_BENCH to their folder")
    command = [sys.executable, str(SCRIPT), "--report-only", "--instance", "cap64", "--results", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "| cap64 (CFLP) | 16 x 50 | 1,045,650.25 | not run |" in done.stdout


def test_code_has_a_fingerprint() -> None:
    """What siting solved with other code is not taken for its own; a solver that is missing has no version."""
    assert json.dumps(version_of("siting")).startswith('"code ')
