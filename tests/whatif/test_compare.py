"""Plans side by side, against the arithmetic of data/tiny/README.md."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pyogrio
import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.export.export import export
from siting.optimize import optimize
from siting.whatif.baselines import kept, today
from siting.whatif.compare import compare
from siting.whatif.compare_report import words_of
from siting.whatif.targets import names_of, points_of
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.study.study import Study


@pytest.fixture(scope="module")
def best(tiny_study: Study) -> Plan:
    """One franchise unit of 3 platforms at H3: 1,609,000 a year."""
    return optimize(tiny_study)


@pytest.fixture(scope="module")
def central(tiny_study: Study) -> Plan:
    """Today's network of tiny: no unit, all cells made centrally, 3,160,000 a year."""
    return today(tiny_study)


def test_today_is_the_hand_priced_network(central: Plan) -> None:
    """README: no unit, 2,500,000 making + 400,000 courier + 260,000 travel."""
    assert central.kpis["units"] == 0
    assert central.kpis["cost_per_year"] == pytest.approx(3_160_000.0)


def test_today_asks_nothing_of_the_network(tiny_study: Study) -> None:
    """Limits that today's network breaks do not keep it from being priced."""
    strict = tiny_study.replace({"limits.sites.min": 1, "limits.mean_travel_min": 1.0, "limits.cost_per_year": 1.0})
    assert today(strict).kpis["cost_per_year"] == pytest.approx(3_160_000.0)


def test_today_keeps_existing_units_as_they_are(tiny_study: Study) -> None:
    """An existing owned unit with 1 platform at H1 stays; H3 opens nothing.

    Its investment is sunk: 150,000 + headquarters 20,000. It makes 30 of H1's 60 patients at 10,000 each, the plant
    70 at 29,000; travel 260,000: 2,760,000.
    """
    hospitals = tiny_study.tables["hospitals"].copy()
    row = hospitals["id"] == "H1"
    hospitals.loc[row, ["status", "existing_mode", "existing_platform"]] = ["existing", "owned", "unit"]
    hospitals.loc[row, "existing_count"] = 1
    plan = today(varied(tiny_study, {"hospitals": hospitals}))
    assert plan.openings.set_index("site_id").loc["H1", ["mode", "platforms"]].tolist() == ["owned", 1]
    assert plan.kpis["cost_per_year"] == pytest.approx(150_000 + 20_000 + 30 * 10_000 + 70 * 29_000 + 260_000)


def test_kpis_sites_and_gains_by_hand(central: Plan, best: Plan) -> None:
    """B goes from H1 (50 min) to H3 (20), D from H2 (90) to H3 (10); A and C stay at 10 min.

    So 30 patients travel less, 70 as before; mean (400 + 20 x 50 + 300 + 10 x 90) / 100 = 26 to 12 min.
    """
    found = compare(central, best, names=["today", "best"])
    figures = found.kpis.set_index("figure")
    assert figures.loc["cost_per_year", "change: best"] == pytest.approx(1_609_000 - 3_160_000)
    assert figures.loc["units_by_mode: franchise"].tolist() == [0, 1, 1.0]
    changes = found.sites.set_index("site_id")
    assert changes.loc["H3", ["change", "before", "after"]].tolist() == ["added", "", "franchise, 3 x unit"]
    assert changes.loc["plant", "change"] == "dropped"
    travel = found.gains[found.gains["measure"] == "travel"].set_index(["by", "name"])
    assert travel.loc[("all", ""), ["shorter", "longer", "same"]].tolist() == pytest.approx([30.0, 0.0, 70.0])
    assert travel.loc[("all", ""), ["before", "after"]].tolist() == pytest.approx([26.0, 12.0])
    assert travel.loc[("region", "West"), "shorter"] == pytest.approx(20.0)
    assert travel.loc[("region", "East"), "shorter"] == pytest.approx(10.0)
    assert found.undecided("best") == 0.0


def test_the_same_plan_twice(best: Plan) -> None:
    """Nothing changes, and the words say so."""
    words = words_of(compare(best, best), "Tiny (2)")
    assert words == [
        "Tiny (2) has the same units as Tiny (1 unit).",
        "The cost a year, lost patients priced, is the same.",
        "Nobody's trip changes.",
        "Nobody's wait changes.",
    ]


def test_words_for_one_and_none(central: Plan, best: Plan) -> None:
    """One unit, patients in the plural, nobody longer."""
    there, back = (compare(*plans, names=["a", "b"]) for plans in ((central, best), (best, central)))
    assert words_of(there, "b")[0] == "b adds 1 unit (North General)."
    assert words_of(back, "b")[0] == "b drops 1 unit (North General)."
    assert words_of(there, "b")[1] == "It costs USD 1.551 M a year less, lost patients priced."
    assert "30 patients have a shorter trip and none have a longer one" in " ".join(words_of(there, "b"))
    assert "No patients have a shorter trip and 30 have a longer one" in " ".join(words_of(back, "b"))


def test_a_changed_unit(tiny_study: Study, best: Plan) -> None:
    """Without franchises the unit at H3 is owned: changed, not dropped and added. README: 300 against 293 k$."""
    owned = optimize(tiny_study.replace({"limits.modes.franchise.max": 0}))
    found = compare(best, owned, names=["best", "owned"])
    assert found.sites.set_index("site_id").loc["H3", "change"] == "changed"
    assert found.kpis.set_index("figure").loc["cost_per_year", "change: owned"] == pytest.approx(7_000.0)
    assert "changes 1 unit (North General)" in words_of(found, "owned")[0]


def test_an_open_gap_is_said(central: Plan, best: Plan) -> None:
    """A difference smaller than what the gaps leave open is no proven difference."""
    loose = replace(best, solution=replace(best.solution, gap=1.0, bound=0.0))
    assert "the order is not proven" in words_of(compare(central, loose, names=["a", "b"]), "b")[1]


def test_keep_a_design_under_other_data(tiny_study: Study, best: Plan) -> None:
    """The unit of 110 starts under half the demand: making 500,000, courier 83,000, travel 60,000, the rest stays."""
    areas = tiny_study.tables["areas"]
    half = varied(tiny_study, {"areas": areas.assign(population=areas["population"] / 2)})
    plan = kept(best, half)
    assert plan.openings["site_id"].tolist() == ["H3"]
    assert plan.kpis["cost_per_year"] == pytest.approx(293_000 + 20_000 + 10_000 + 500_000 + 83_000 + 60_000)


def test_keep_refuses_strange_hospitals(tiny_study: Study, best: Plan) -> None:
    """A design at a hospital that the other study does not have is named."""
    hospitals = tiny_study.tables["hospitals"]
    lanes = tiny_study.tables["lanes"]
    trips = tiny_study.tables["trips"]
    fewer = varied(
        tiny_study,
        {
            "hospitals": hospitals[hospitals["id"] != "H3"].reset_index(drop=True),
            "lanes": lanes[(lanes["hospital"] != "H3") & (lanes["site"] != "H3")].reset_index(drop=True),
            "trips": trips[trips["hospital"] != "H3"].reset_index(drop=True),
        },
    )
    with pytest.raises(StudyError, match="does not have the hospitals of these units"):
        kept(best, fewer)


def test_plans_that_do_not_compare_are_refused_with_every_reason(tiny_study: Study, best: Plan) -> None:
    """Other money, other prices and moved areas."""
    areas = tiny_study.tables["areas"]
    moved = varied(tiny_study, {"areas": areas.assign(lat=areas["lat"] + 0.1)})
    other = optimize(moved.replace({"study.currency": "EUR", "study.price_year": 2020}))
    with pytest.raises(StudyError) as error:
        compare(best, other)
    assert [problem.what for problem in error.value.problems] == [
        "currency is EUR in one and USD in the other",
        "price_year is 2020 in one and 2025 in the other",
        "areas of the same id lie elsewhere, so they are different areas",
    ]
    assert error.value.problems[-1].rows == ("A", "B", "C", "D")
    with pytest.raises(StudyError, match="there is one plan only"):
        compare(best)
    with pytest.raises(StudyError, match="give every plan a name of its own"):
        compare(best, best, names=["a", "a"])


def test_files_of_a_comparison(central: Plan, best: Plan, tmp_path: Path) -> None:
    """Tables, page and map without network, and a GeoPackage with both layers."""
    folder = compare(central, best, names=["today", "<best>"]).write(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {
        "areas.csv", "compare.html", "compare.json", "compare.md", "difference.gpkg", "difference.html", "gains.csv",
        "kpis.csv", "sites.csv",
    }  # fmt: skip
    layers = {
        name: pyogrio.read_dataframe(folder / "difference.gpkg", layer=name)
        for name in ("area_changes", "site_changes")
    }
    assert layers["area_changes"].set_index("area_id").loc["D", "minutes_change"] == pytest.approx(-80.0)
    assert layers["site_changes"]["change"].tolist() == ["dropped", "added"]
    for name in ("difference.html", "compare.html"):
        assert "<best>" not in (folder / name).read_text(encoding="utf-8")
    assert "http://" not in (folder / "difference.html").read_text(encoding="utf-8").replace("http://www.w3.org", "")


def test_command(best: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and baselines by name; unknown baselines and full folders are refused before anything is written."""
    monkeypatch.chdir(tmp_path)
    export(best, tmp_path / "one")
    run = CliRunner().invoke(app, ["compare", "one", "--baseline", "today", "--out", "out", "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["plans"] == ["today", "one"]
    assert CliRunner().invoke(app, ["compare", "one", "--baseline", "keep=one"]).exit_code == 0
    for words, said in (
        (["compare", "one"], "there is one plan only"),
        (["compare", "one", "--baseline", "tody"], 'did you mean "today"'),
        (["compare", "one", "--baseline", "keep=two"], "two does not exist"),
        (["compare", "one", "one", "--out", "out"], "exists and is not an empty folder"),
    ):
        refused = CliRunner().invoke(app, words)
        assert (refused.exit_code, said in refused.stderr) == (2, True)


def test_names_and_points() -> None:
    """Names are short where they can be; points beyond the front are left out."""
    assert names_of(["out/a", "out/b"]) == ["a", "b"]
    assert names_of(["x/a", "y/a", "y/a"]) == ["x/a", "y/a", "y/a (2)"]
    assert points_of("knee,1,9", 5, 3) == [1, 3]
    assert points_of("all", 3, None) == [1, 2, 3]
