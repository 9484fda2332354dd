"""Why (not) a hospital: against data/tiny/README.md (k$ a year; optimum 1,609: a franchise of 3 at H3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from helpers import edited

from siting.errors import StudyError
from siting.export.export import export
from siting.optimize import optimize
from siting.whatif.explain import Explanation, explain
from siting.whatif.explain_report import explain_page, explain_text, write_explanation
from siting.whatif.limits_worth import limits_worth
from siting.whatif.runs import RunOptions
from siting.whatif.sites import find_site, forced
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

EXACT = RunOptions(gap=0.0)


@pytest.fixture(scope="module")
def closed(tiny_study: Study) -> Explanation:
    """Why no unit at H1."""
    return explain(optimize(tiny_study), "west general", EXACT)


@pytest.fixture(scope="module")
def opened(tiny_study: Study) -> Explanation:
    """Why a unit at H3."""
    return explain(optimize(tiny_study), "H3", EXACT)


def test_forcing_in_costs_what_the_readme_says(closed: Explanation) -> None:
    """The best design with a unit at H1 is H1 franchise 2 + H3 owned 1: 1,658, so 49 more."""
    assert not closed.is_open
    assert closed.price == pytest.approx((49_000.0, 49_000.0, 49_000.0), abs=1.0)


def test_forcing_out_costs_what_the_readme_says(opened: Explanation) -> None:
    """The best design without H3 is one franchise of 3 at H1: 1,693, so 84 more."""
    assert opened.is_open
    assert opened.price == pytest.approx((84_000.0, 84_000.0, 84_000.0), abs=1.0)


def test_the_price_is_that_of_a_re_solve(closed: Explanation, tiny_study: Study) -> None:
    """Solving the study with the unit required gives the same difference."""
    plan = optimize(forced(tiny_study, "H1", is_open=True), gap=0.0)
    assert plan.objective - closed.plan.objective == pytest.approx(closed.price[1], abs=1.0)


def test_patients_move_as_in_the_readme(opened: Explanation) -> None:
    """Without a unit at H3, B (20) goes to H1 and D (10) to H2."""
    moved = opened.areas.set_index("area_id")
    assert moved["patients"].to_dict() == pytest.approx({"B": -20.0, "D": -10.0})
    assert moved["others"].to_dict() == {"B": "West General", "D": "East General"}
    treated = opened.hospitals.set_index("site_id")
    assert treated["after"].to_dict() == pytest.approx({"H1": 60.0, "H2": 40.0, "H3": 0.0})


def _demand(study: Study, areas: tuple[str, ...], factor: float) -> Study:
    rows = study.tables["areas"].copy()
    rows.loc[rows["id"].isin(areas), "demand_factor"] *= factor
    return varied(study, {"areas": rows})


def test_flip_values_hold_on_both_sides(opened: Explanation, tiny_study: Study) -> None:
    """With fewer patients in B and D (their travel is what H3 saves) the free study keeps H3 open, then leaves it."""
    flip = next(flip for flip in opened.flips if flip.figure == "demand")
    assert flip.proof == "proven"
    for factor, is_open in ((flip.stays, True), (flip.flips, False)):
        plan = optimize(_demand(tiny_study, ("B", "D"), factor), gap=0.0)
        assert ("H3" in set(plan.openings["site_id"])) == is_open


def test_flip_of_demand_opens_a_closed_hospital(closed: Explanation, tiny_study: Study) -> None:
    """H1 stays closed at the one factor on the patients of A, and is opened at the other."""
    flip = next(flip for flip in closed.flips if flip.figure == "demand")
    areas = ("A",)
    for factor, is_open in ((flip.stays, False), (flip.flips, True)):
        plan = optimize(_demand(tiny_study, areas, factor), gap=0.0)
        assert ("H1" in set(plan.openings["site_id"])) == is_open


def test_subsidy_is_the_price(closed: Explanation) -> None:
    """A lump sum of less than 49 k$ a year leaves H1 closed, more opens it."""
    flip = next(flip for flip in closed.flips if flip.figure == "subsidy")
    assert (flip.stays, flip.flips) == pytest.approx((49_000.0, 49_000.0), abs=1.0)


def test_no_platform_price_opens_h1(closed: Explanation) -> None:
    """With platforms for nothing, units still cost upkeep: H3 alone 243 + courier 166, H1 + H3 198 + 150 + 90: dearer.

    H3 franchise 3: 0.9 x 250 + 18 = 243, with courier 166: 409. H1 franchise 2 + H3 owned 1: 0.9 x 200 + 18 = 198, 150,
    with courier 90: 438.
    """
    flip = next(flip for flip in closed.flips if flip.figure == "platform price")
    assert flip.flips is None
    assert flip.proof == "proven"


def test_fees_that_cancel_are_not_searched(closed: Explanation) -> None:
    """Manufacturer and host weigh the same here."""
    flip = next(flip for flip in closed.flips if flip.figure == "fee")
    assert flip.flips is None
    assert "count alike" in flip.note


def test_a_limit_is_worth_what_it_keeps_away(tiny_study: Study) -> None:
    """With no unit in the East the best plan is H1 (1,693); one unit there brings 1,609: worth 84."""
    plan = optimize(tiny_study.replace({"limits.regions.East.max": 0, "limits.sites.max": 3}), gap=0.0)
    worths = {worth.key: worth for worth in limits_worth(plan, EXACT)}
    assert worths["limits.regions.East.max"].worth == pytest.approx(84_000.0, abs=1.0)
    assert worths["limits.sites.max"].worth == pytest.approx(0.0, abs=1.0)


def test_a_decision_of_the_study_is_said_to_be_one(tiny_study: Study) -> None:
    """A banned hospital is priced as if it were allowed, and the page says who decided; H3 would save 84."""
    study = edited(tiny_study, "hospitals", {"H3": {"status": "banned"}})
    found = explain(optimize(study, gap=0.0), "H3", EXACT)
    assert found.price[1] == pytest.approx(-84_000.0, abs=1.0)
    assert "The study itself settles this decision" in explain_text(found)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("H9", "did you mean H"),
        ("Nort General", "did you mean H3"),
        ("general", "3 hospitals are called like"),
        ("?", "check"),
    ],
)
def test_unknown_hospitals_suggest_the_nearest(tiny_study: Study, asked: str, message: str) -> None:
    """Names that come near are offered; one that fits several lists them."""
    with pytest.raises(StudyError, match=message):
        find_site(tiny_study, asked)


def test_hospitals_are_found_by_parts_of_names(tiny_study: Study) -> None:
    """Case makes no difference."""
    assert [find_site(tiny_study, word) for word in ("h2", "East General", "north")] == ["H2", "H2", "H3"]


def test_other_objectives_are_refused(tiny_study: Study) -> None:
    """Prices are money."""
    plan = optimize(tiny_study.replace({"objective.kind": "mean_travel"}))
    with pytest.raises(StudyError, match="prices of decisions are in money"):
        explain(plan, "H1")


def test_the_page_is_readable_and_stands_alone(closed: Explanation, tmp_path: Path) -> None:
    """Sentences for a director; no script, nothing fetched; tables beside it."""
    text = explain_page(closed)
    assert "The plan opens no unit at West General." in text
    assert "costs USD 49 k a year more" in text
    assert "<script" not in text
    assert "http" not in text
    folder = write_explanation(closed, tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {
        "explain.html", "explain.txt", "areas.csv", "hospitals.csv", "units.csv"
    }  # fmt: skip


def test_the_command_reads_an_output_folder(run, tiny_study: Study, tmp_path: Path) -> None:
    """`siting explain OUT --site NAME --json`; an unknown name is bad input."""
    export(optimize(tiny_study), tmp_path / "plan")
    bad = run("explain", "plan", "--site", "Norht General")
    assert bad.exit_code == 2
    assert "did you mean H3 (North General)" in bad.stderr
    answer = run("explain", "plan", "--site", "H3", "--json", "--out", "why")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["price_per_year"] == pytest.approx(84_000.0, abs=1.0)
    assert (tmp_path / "why" / "explain.html").is_file()
