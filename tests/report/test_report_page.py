"""The report as a page: valid, in order, escaped, honest about what is missing; and what searches add to it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from helpers import without
from pages import Reader, read_report, tied
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.errors import StudyError
from siting.report.material import gather
from siting.report.page import css_text, report_page
from siting.report.picture import shrunk
from siting.report.rules import felt
from siting.report.wording import patients
from siting.whatif.tornado import tornado
from siting.whatif.tornado_report import write_tornado

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.study.study import Study

    Made = tuple[Plan, Path]


@pytest.fixture(params=["one", "none", "staged", "unproven"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Return the folder of each plan in turn."""
    return request.getfixturevalue(request.param)[1]


def test_page_is_well_formed(folder: Path) -> None:
    """Tags close in order, ids are unique, one h1 comes first, no level is skipped, heads of tables have a scope."""
    reader = read_report(folder)
    assert reader.wrong == []
    assert len(reader.ids) == len(set(reader.ids))
    levels = [int(tag[1]) for tag, _ in reader.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert reader.scopes
    assert set(reader.scopes) == {"col", "row"}


def test_every_section_is_there(folder: Path) -> None:
    """The parts that deciders ask for come in one order, whatever the plan."""
    titles = [text for tag, text in read_report(folder).headings if tag == "h2"]
    assert titles[1:] == [
        "The decision in three sentences", "Map", "The plan", "Cost against the central baseline", "Vein to vein",
        "Who travels how far, before and after", "Capacity, use and the queue",
        "Franchise and owned: who pays, who is paid", "Near-optimal alternatives", "The assumptions that drive it",
        "The rules that bind", "How good the plan is", "What the model cannot say", "Data, sources and licences",
    ]  # fmt: skip


def test_nothing_is_fetched_and_nothing_runs(folder: Path) -> None:
    """No script, no source, no link but inside the page; a policy forbids the rest."""
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert re.findall(r"\ssrc=", text) == []
    assert {link[0] for link in re.findall(r'href="(.)', text)} == {"#"}
    assert "default-src 'none'" in text
    assert "url(" not in text


def test_charts_have_text_alternatives(folder: Path) -> None:
    """Every drawing is an image with a title and a description."""
    drawings = re.findall(r"<svg.*?</svg>", (folder / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    assert len(drawings) >= 3
    assert all("<title>" in one and "<desc>" in one and 'role="img"' in one for one in drawings)


def test_unproven_is_said_everywhere(unproven: Made) -> None:
    """Stamp, first block, third sentence, proof, foot of the page and the running lines of print say it."""
    text = (unproven[1] / "report.html").read_text(encoding="utf-8")
    reader = read_report(unproven[1])
    words = "Not proven optimal: at most 10.0 % from the best possible plan"
    assert sum(line.startswith(words) for line in reader.words) == 3
    assert any(words in line for line in reader.words if line.startswith("Made by"))
    assert text.count(css_text("Tiny. " + words)) == 2
    assert '@top-left { content: "Tiny' in text


def test_markup_in_names_is_text(staged: Made) -> None:
    """A hospital named with a script is shown as it is written."""
    reader = read_report(staged[1])
    names = [row[2] for row in reader.table("Units and central plants")[1:]]
    assert any("<script>alert(1)</script>" in name for name in names)


def test_css_text_cannot_end_its_string() -> None:
    """Quotes, backslashes, ends of lines and markup become code points, each ended by its own space."""
    assert css_text('a "b\\') == "a \\000022 b\\00005c "
    assert css_text("</style>\n") == "\\00003c \\00002f style\\00003e \\00000a "


def test_missing_searches_name_their_command(one: Made) -> None:
    """What was not computed is said with the command that gets it."""
    words = " ".join(read_report(one[1]).words)
    for command in ("siting report OUT --with alternatives", "siting report OUT --with tornado", "siting simulate OUT"):
        assert f"To get it: {command}" in words


def test_alternatives_are_searched_and_found_again(one: Made, tmp_path: Path) -> None:
    """--with searches and keeps the folder; the next report finds it; the plan's unit is among the hospitals."""
    home = tmp_path / "out"
    shutil.copytree(one[1], home)
    ran = CliRunner().invoke(app, ["report", str(home), "--with", "alternatives", "--time-limit", "5"])
    assert ran.exit_code == 0, ran.output
    assert (home / "alternatives" / "sites.csv").is_file()
    text = siting.report(home).page
    reader = Reader(text.replace("\N{NO-BREAK SPACE}", " "))
    plans = pd.read_csv(home / "alternatives" / "plans.csv")
    assert len(reader.table("Plans within the tolerance")) == 1 + len(plans)
    assert "To get it: siting report" in " ".join(line for line in reader.words if "tornado" in line)
    assert (home / "report.html").read_text(encoding="utf-8") == text


def test_alternatives_of_another_study_are_left_out(one: Made, tmp_path: Path) -> None:
    """Plans whose bound lies above this plan's cost are about other prices: left out, and the report says so."""
    home = tmp_path / "out"
    shutil.copytree(one[1], home)
    (home / "alternatives").mkdir()
    sites = pd.DataFrame({"site_id": ["H1", "H2", "H3"], "name": "x", "share": 1.0, "class": "core", "is_proven": True})
    sites.to_csv(home / "alternatives" / "sites.csv", index=False)
    plans = pd.DataFrame(
        {"plan": [1], "cost": [9e9], "over_bound": [0.0], "units": [1], "differs_by": [0], "sites": ["H1"]}
    )
    plans.to_csv(home / "alternatives" / "plans.csv", index=False)
    (home / "alternatives" / "summary.txt").write_text("words\n", encoding="utf-8")
    page = siting.report(home).page
    assert "is about other hospitals or other prices than this plan" in page
    (home / "alternatives" / "plans.csv").write_text("nothing\n", encoding="utf-8")
    assert "The folder alternatives was found and left out: it cannot be read" in siting.report(home).page


def test_tornado_is_shown_unless_its_values_are_others(one: Made, tmp_path: Path) -> None:
    """A tornado beside the plan is drawn; one that moved another base value is not."""
    plan, folder = one
    home = tmp_path / "out"
    home.mkdir()
    write_tornado(tornado(plan.study, ["platforms.fixed_opex"]), home / "tornado")
    page = report_page(gather(plan, home))
    table = pd.read_csv(home / "tornado" / "tornado.csv")
    assert "platforms.fixed_opex is the one parameter that was moved" in page
    assert "platforms.fixed_opex" in page
    table.assign(base="7").to_csv(home / "tornado" / "tornado.csv", index=False)
    found = gather(plan, home)
    assert found.swings is None
    assert found.stale == {"tornado": "moved other values than those of this plan's study"}
    assert folder.is_dir()


def test_report_needs_only_the_output_folder(one: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made again from the folder alone, the report is the same to the letter."""
    shutil.copytree(one[1], tmp_path / "OUT")
    monkeypatch.chdir(tmp_path)
    assert siting.report("OUT").page == (one[1] / "report.html").read_text(encoding="utf-8")


def test_unknown_search_is_refused(one: Made, tmp_path: Path) -> None:
    """A word that is no search, or a search without a folder, is bad input; no folder is exit code 2."""
    with pytest.raises(StudyError, match="simulation is no part of the report"):
        siting.report(one[1], ["simulation"])
    with pytest.raises(StudyError, match="needs an output folder"):
        siting.report(one[0], ["tornado"])
    assert CliRunner().invoke(app, ["report", str(tmp_path / "nowhere")]).exit_code == 2


def test_existing_units_have_two_baselines(tiny_with: Callable[..., Study]) -> None:
    """With a unit at H1 today, today's network has it and the central baseline has none."""
    existing = {"status": "existing", "existing_mode": "owned", "existing_platform": "unit", "existing_count": 1}
    study = tiny_with(hospitals={"H1": existing})
    found = gather(siting.optimize(study, gap=0.0))
    assert found.today is not found.central
    assert found.today.plan.kpis["units"] == 1
    assert found.central.plan.kpis["units"] == 0


def test_without_central_plants_the_bridge_says_so(tiny: Study) -> None:
    """A study without plants has no central baseline; without a unit either, today's network treats nobody."""
    plan = siting.optimize(without(tiny, "central_plants"), gap=0.0)
    reader = Reader(siting.report(plan).page)
    words = " ".join(reader.words)
    assert "There is no central baseline to hold the plan against: the study has no central plant." in words
    assert ", against 0 in today's network, " in reader.sentences()[1]


def test_population_may_be_unknown(tiny_with: Callable[..., Study]) -> None:
    """The picture is framed by patients, so a study that knows these and no population has a report too."""
    plan = siting.optimize(tiny_with(), gap=0.0)
    unknown = plan.network.replace(areas=plan.network.areas.assign(population=float("nan")))
    assert Reader(siting.report(replace(plan, network=unknown)).page).wrong == []


@pytest.mark.parametrize(("number", "part"), [(0, 1.0), (500, 1.0), (2000, 0.5), (7199, 0.35)])
def test_signs_shrink_where_there_are_many(number: int, part: float) -> None:
    """Up to 500 keep their size; 2,000 have the root of a quarter; nothing gets smaller than 0.35."""
    assert shrunk(number, 500) == pytest.approx(part)


def test_in_a_notebook(one: Made) -> None:
    """The report is a frame; study, network and plan are small tables, escaped."""
    plan = one[0]
    assert siting.report(plan)._repr_html_().startswith('<iframe title="Report"')
    assert "Open" not in plan.study._repr_html_()
    for shown, words in ((plan.study, "Study Tiny"), (plan.network, "Network of Tiny"), (plan, "Plan of Tiny")):
        text = shown._repr_html_()
        reader = Reader(text)
        assert reader.wrong == []
        assert words in text
        assert "http" not in text
        assert len(text) < 10_000


def test_notebook_escapes(staged: Made) -> None:
    """Names with markup are text in the cards too; a staged plan shows its periods."""
    text = staged[0]._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert ">early</td>" in text


@pytest.mark.parametrize(
    ("limits", "tight", "words"),
    [
        (0, 0, "The study sets no limit on numbers"),
        (1, 0, "The one limit with a figure is not at its end. "),
        (1, 1, "The one limit with a figure is at its end. "),
        (3, 0, "Of the 3 limits with a figure none is at its end. "),
        (3, 1, "Of the 3 limits with a figure 1 limit is at its end. "),
        (3, 2, "Of the 3 limits with a figure 2 limits are at their ends. "),
    ],
)
def test_limits_in_words(limits: int, tight: int, words: str) -> None:
    """None, one and many limits, and none, one and many of them at their ends, are said rightly."""
    assert felt(limits, tight).startswith(words)


def test_limits_are_shown_against_the_plan(none: Made, one: Made) -> None:
    """Tiny with at most 0 units runs 0 units: at its end. README: tiny's unit makes 100 of its 110 starts: 90.9 %."""
    rows = {row[0]: row[1:] for row in read_report(none[1]).table("Limits of the study")[1:]}
    assert rows["limits.sites.max"] == ["at most 0", "0", "yes"]
    rows = {row[0]: row[1:] for row in read_report(one[1]).table("Limits of the study")[1:]}
    assert rows["capacity, fullest unit"] == ["at most 100.0 %", "90.9 %", "no"]


EVERY_LIMIT = {
    "limits.budget": 1e9, "limits.sites.max": 3, "limits.modes.franchise.min": 1,
    "limits.modes.franchise.max_volume_share": 1.0, "limits.regions.East.max": 2, "limits.service_level": 0.5,
    "limits.min_starts": 10.0, "limits.mean_travel_min": 12.0, "limits.cost_per_year": 2e6,
    "limits.vein_to_vein_d": 30.0, "limits.equity.within.near.minutes": 10.0, "limits.equity.within.near.share": 0.7,
    "limits.equity.cvar_travel_min": 25.0, "limits.equity.regions.West.min_treated_share": 0.9,
    "limits.equity.regions.West.max_mean_travel_min": 14.0, "limits.equity.regions.West.max_travel_ratio": 1.2,
    "travel.max_distance": 100.0, "travel.max_min": 120.0, "courier.max_h": 48.0, "modes.franchise.min_starts_per_year":
    7.0, "products.cart.max_vein_to_vein_d": 40.0,
}  # fmt: skip


def test_every_limit_has_the_figure_of_the_plan(tiny: Study) -> None:
    """Tiny's hand-worked optimum (README) keeps all of these; 80 of 100 patients travel 10 min, B's 20 travel 20.

    Means: all (80 x 10 + 20 x 20) / 100 = 12, West (40 x 10 + 20 x 20) / 60 = 13.3, 1.11 times 12; worst-off tenth 20.
    """
    plan = siting.optimize(tiny.replace(EVERY_LIMIT), gap=0.0)
    assert plan.objective == pytest.approx(1_609_000.0)
    rows = {row[0]: row[1:] for row in Reader(tied(siting.report(plan).page)).table("Limits of the study")[1:]}
    assert rows["limits.sites.max"] == ["at most 3", "1", "no"]
    assert rows["limits.modes.franchise.min"] == ["at least 1", "1", "yes"]
    assert rows["limits.modes.franchise.max_volume_share"] == ["at most 100.0 %", "100.0 %", "yes"]
    assert rows["limits.regions.East.max"][1:] == ["1", "no"]
    assert rows["limits.budget"] == ["at most USD 1 bn", "USD 0", "no"]
    assert rows["limits.cost_per_year"] == ["at most USD 2 M", "USD 1.609 M", "no"]
    assert rows["limits.service_level"] == ["at least 50.0 %", "100.0 %", "no"]
    assert rows["limits.min_starts"][1:] == ["100.0 starts a year", "no"]
    assert rows["limits.mean_travel_min"] == ["at most 12.0 min", "12.0 min", "yes"]
    assert rows["limits.equity.within.near: within 10 min"] == ["at least 70.0 %", "80.0 %", "no"]
    assert rows["limits.equity.cvar_travel_min, worst-off 10%"] == ["at most 25.0 min", "20.0 min", "no"]
    assert rows["limits.equity.regions.West.min_treated_share"] == ["at least 90.0 %", "100.0 %", "no"]
    assert rows["limits.equity.regions.West.max_mean_travel_min"] == ["at most 14.0 min", "13.3 min", "no"]
    assert rows["limits.equity.regions.West.max_travel_ratio"][1:] == ["1.11 times the mean", "no"]
    assert rows["travel.max_min, longest trip"] == ["at most 120.0 min", "20.0 min", "no"]
    assert rows["travel.max_distance, longest trip"] == ["at most 100.0 km", "20.0 km", "no"]
    assert rows["modes.min_starts_per_year, franchise with the fewest"][1:] == ["100.0 starts a year", "no"]
    assert {name for name, row in rows.items() if row[2] == "yes"} == {
        "limits.modes.franchise.min", "limits.modes.franchise.max_volume_share", "limits.mean_travel_min",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "no patients"), (0.3, "under 1 patient"), (1.2, "1 patient"), (730.4, "730 patients")]
)
def test_patients_in_words(value: float, words: str) -> None:
    """None, a little, one and many."""
    assert patients(value) == words


def test_optimize_writes_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line writes it with the other files; an earlier report and its searches may be overwritten."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["optimize", "tiny", "--out", "out"]).exit_code == 0
    assert "siting report out --with tornado" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (tmp_path / "out" / "tornado").mkdir()
    assert CliRunner().invoke(app, ["optimize", "tiny", "--out", "out", "--overwrite"]).exit_code == 0
    assert not (tmp_path / "out" / "tornado").exists()
