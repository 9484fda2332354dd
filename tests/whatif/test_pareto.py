"""Fronts against full enumeration of small studies, and by hand on tiny."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from equity_rows import best_with_equity
from helpers import random_files, whole_network, write_study
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.plan.read import read_plan
from siting.whatif.criteria import CRITERIA, roles
from siting.whatif.pareto import Pareto, Point, front, pareto
from siting.whatif.pareto_report import pareto_svg
from siting.whatif.runs import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

EXACT = RunOptions(gap=0.0)
TIGHTER = 1e-3
"""How much tighter than a point's value a cap is that the point must not be able to keep, relatively."""


@pytest.mark.parametrize(
    ("seed", "of", "points"),
    [(60, "mean_travel", 4), (61, "patients_treated", 3), (62, "p90_travel", 3), (63, "units", 4), (64, "capex", 4)],
)
def test_every_point_against_full_enumeration(tmp_path: Path, seed: int, of: str, points: int) -> None:
    """No design costs less at a point's cap, and with a cap a little tighter every design costs more.

    That is what it means that nothing dominates the point.
    """
    study = write_study(tmp_path / "study", random_files(seed)).replace({"solve.gap": 0.0})
    found = pareto(study, of, "total_cost", points, EXACT)
    axis = CRITERIA[of]
    assert found.points
    for point in found.points:
        assert point.gap == pytest.approx(0.0, abs=1e-6)
        at = whole_network(study.replace(axis.cap(study, point.capped)))
        assert point.goal == pytest.approx(best_with_equity(at), rel=1e-5)
        value = point.capped * (1.0 + TIGHTER) if axis.is_most else point.capped * (1.0 - TIGHTER)
        value = point.capped - 1.0 if axis.key == "units" else value
        if value < 0.0 or (axis.is_most and value > 0 and axis.cap(study, value) == axis.cap(study, 1e9)):
            continue
        tighter = whole_network(study.replace(axis.cap(study, value)))
        assert best_with_equity(tighter) > point.goal * (1.0 - 1e-5)


def test_no_point_beats_another(tiny_study: Study) -> None:
    """Each step from the cheapest plan costs money and saves days; each point has a gap of its own."""
    found = pareto(tiny_study, "vein_to_vein", "total_cost", 6, EXACT)
    assert len(found.points) > 3
    for one, other in pairwise(found.points):
        assert one.goal < other.goal
        assert one.capped > other.capped
    assert [point.gap for point in found.points] == pytest.approx([0.0] * len(found.points), abs=1e-6)
    assert found.is_proven


def test_units_against_cost_by_hand(tiny_study: Study) -> None:
    """README: no unit costs 3,160,000, one 1,609,000, and no plan with more units costs less."""
    found = pareto(tiny_study, "units", options=EXACT)
    assert [(point.capped, point.goal) for point in found.points] == [
        (1.0, pytest.approx(1_609_000.0)),
        (0.0, pytest.approx(3_160_000.0)),
    ]
    assert found.table["price"].tolist() == pytest.approx([0.0, 3_160 / 1_609 - 1])
    assert found.table["step_price"].iloc[1] == pytest.approx(1_551_000.0)


def test_one_plan_best_in_both(tiny_study: Study) -> None:
    """Tiny's optimum also travels least: one point, said in words."""
    found = pareto(tiny_study, "mean_travel", "total_cost", 5, EXACT)
    assert [(point.capped, point.goal) for point in found.points] == [(pytest.approx(12.0), pytest.approx(1_609_000.0))]
    assert "there is nothing to trade" in found.summary()


def test_searched_criteria_against_steps(tiny_study: Study) -> None:
    """No unit leaves B at 50 min (p90 and above: 40 + 30 + 20 of 100 within 50), one unit at H3 brings p90 to 20.

    Without a unit D travels 90 min: within 50 min there are 90 of 100 patients.
    """
    found = pareto(tiny_study, "units", "p90_travel", 4, EXACT)
    assert found.goal.key == "p90_travel"
    assert [(point.capped, point.goal) for point in found.points] == [(1.0, 20.0), (0.0, 50.0)]


def test_roles() -> None:
    """A searched criterion is capped, unless the other one takes few values."""
    pairs = {("p90_travel", "total_cost"): "total_cost", ("units", "worst_travel"): "worst_travel",
             ("total_cost", "units"): "total_cost", ("worst_travel", "p90_travel"): "p90_travel"}  # fmt: skip
    for names, goal in pairs.items():
        assert roles(*(CRITERIA[name] for name in names))[0].key == goal


@pytest.fixture(scope="module")
def waiting(tiny_study: Study) -> Pareto:
    """Trade the clock of tiny against its cost: a front with several points."""
    return pareto(tiny_study, "vein_to_vein", "total_cost", 5, EXACT)


def test_dominance_and_bounds_with_gaps(waiting: Pareto) -> None:
    """Made-up points: facts decide who is dominated, and a wider cap's bound serves the narrower cap.

    b (cost 11 at 5) is beaten by c (10 at 4). a has cap 9 and bound 8: no plan within 9, so none within 5, costs less
    than 8, which is better than c's own 6. d equals c and goes.
    """
    plan, goal, capped = waiting.points[0].plan, CRITERIA["total_cost"], CRITERIA["vein_to_vein"]
    plan = replace(plan, solution=replace(plan.solution, objective=10.0, bound=6.0, gap=0.4, status="feasible"))
    a, b = Point(plan, 9.0, 9.0, 9.0, 8.0), Point(plan, 5.0, 11.0, 5.0, 6.0)
    c, d = Point(plan, 5.0, 10.0, 4.0, 6.0), Point(plan, 5.0, 10.0, 4.0, 6.0)
    shown = front([a, b, c, d], goal, capped)
    assert [(point.goal, point.capped, point.bound) for point in shown] == [(9.0, 9.0, 8.0), (10.0, 4.0, 8.0)]
    assert shown[1].gap == pytest.approx(0.2)
    assert shown[1].plan.gap == pytest.approx(0.2)


def test_knee_of_made_up_points(waiting: Pareto) -> None:
    """(0, 10), (1, 1), (10, 0): the middle lies (1 - 0.1 - 0.1) / sqrt 2 from the chord; on a line there is no knee."""
    point = waiting.points[0]
    for values, knee in ((((0.0, 10.0), (1.0, 1.0), (10.0, 0.0)), 2), (((0.0, 10.0), (5.0, 5.0), (10.0, 0.0)), None)):
        points = tuple(replace(point, capped=x, goal=y) for x, y in values)
        assert replace(waiting, points=points).knee == knee


def test_plan_behind_a_point_reads_back(waiting: Pareto, tmp_path: Path) -> None:
    """Its folder has a map, holds the point's cost and gap, and survives its recount."""
    folder = waiting.write(tmp_path / "out", export=[2])
    assert {path.name for path in folder.iterdir()} == {
        "pareto.csv", "pareto.html", "pareto.json", "pareto.md", "pareto.svg", "points",
    }  # fmt: skip
    assert (folder / "points" / "02" / "map.html").is_file()
    plan = read_plan(folder / "points" / "02")
    assert plan.kpis["cost_per_year"] == pytest.approx(waiting.points[1].goal)
    assert plan.criteria["vein_to_vein"] == pytest.approx(waiting.points[1].capped)
    assert plan.gap == waiting.points[1].gap
    assert json.loads((folder / "pareto.json").read_text(encoding="utf-8"))["knee"] == waiting.knee


def test_chart_has_a_mark_for_each_point(waiting: Pareto) -> None:
    """One disc for each point and a ring for the knee."""
    circles = [node for node in ET.fromstring(pareto_svg(waiting)).iter() if node.tag.endswith("circle")]
    assert len(circles) == len(waiting.points) + (waiting.knee is not None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--of", "mean_travl"], 'did you mean "mean_travel"'),
        (["--of", "units", "--against", "units"], "cannot be traded against itself"),
        (["--export", "first", "--out", "x"], "'first' is no point"),
        (["--export", "1"], "there is no folder to write plans into"),
        (["--set", "limits.cost_per_year=1.0"], "the nearest that works is 1609000"),
    ],
)
def test_bad_input(arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown criteria, the same twice, points that are none, and a study without a plan are refused in words."""
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, ["pareto", "tiny", *arguments])
    assert refused.exit_code in {2, 4}
    assert words in refused.stderr
    assert not list(tmp_path.iterdir())


def test_points_and_criteria_from_python(waiting: Pareto, tiny_study: Study) -> None:
    """A point that is not there and too few points are refused."""
    with pytest.raises(StudyError, match="points are 1 to"):
        waiting.plan(0)
    with pytest.raises(StudyError, match="ask for 2 or more"):
        pareto(tiny_study, "units", points=1)
