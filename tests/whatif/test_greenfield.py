"""Places that the study does not list: found where a hospital was taken away, and priced by a re-solve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyogrio
import pytest
from helpers import DATA, random_files, write_study

from siting.errors import StudyError
from siting.optimize import optimize
from siting.whatif.greenfield import Greenfield, greenfield, with_places
from siting.whatif.greenfield_report import write_greenfield
from siting.whatif.runs import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

EXACT = RunOptions(gap=0.0)


@pytest.fixture(scope="module")
def found(tiny_study: Study) -> Greenfield:
    """Two places for tiny."""
    return greenfield(tiny_study, 2, EXACT)


def test_the_saving_is_that_of_a_re_solve(found: Greenfield, tiny_study: Study) -> None:
    """Adding the best place by hand and solving again gives the saving."""
    best = found.table.iloc[0]
    areas = tiny_study.tables["areas"]
    grown = with_places(tiny_study, areas[areas["id"] == best["area_id"]])
    assert optimize(tiny_study, gap=0.0).objective - optimize(grown, gap=0.0).objective == pytest.approx(
        best["saving"], abs=1.0
    )
    assert best["saving_at_most"] == pytest.approx(best["saving"], abs=1.0)


def test_the_best_place_of_tiny_is_found(found: Greenfield, tiny_study: Study) -> None:
    """Of all four areas tried by re-solves, the one suggested first saves most."""
    areas = tiny_study.tables["areas"]
    base = optimize(tiny_study, gap=0.0).objective
    savings = {
        area: base - optimize(with_places(tiny_study, areas[areas["id"] == area]), gap=0.0).objective
        for area in areas["id"]
    }
    assert found.table.iloc[0]["area_id"] == max(savings, key=savings.__getitem__)


def test_places_get_rows_in_the_studys_own_tables(tiny_study: Study) -> None:
    """Tiny has trips and lanes of its own: 4 trips to the new candidate; lanes from and to the 3 hospitals.

    B to B is 0 km, so 10 minutes (travel.fixed_min).
    """
    areas = tiny_study.tables["areas"]
    grown = with_places(tiny_study, areas[areas["id"] == "B"])
    trips, lanes = grown.tables["trips"], grown.tables["lanes"]
    mine = trips[trips["hospital"] == "new-B"].set_index("area")
    assert len(mine) == 4
    assert mine.loc["B", "minutes"] == pytest.approx(10.0)
    assert ((lanes["site"] == "new-B").sum(), (lanes["hospital"] == "new-B").sum()) == (3, 3)
    assert grown.tables["hospitals"].set_index("id").loc["new-B", "status"] == "candidate"


def test_studies_without_matrices_work_too(tmp_path: Path) -> None:
    """A random study, with times from the great circle: no place makes the plan dearer."""
    study = write_study(tmp_path / "study", random_files(1))
    found = greenfield(study, 2, EXACT)
    assert (found.table["saving"] >= 0.0).all()
    assert found.together[0] >= found.table["saving"].max()


def test_nothing_is_written_into_the_study(tiny_study: Study, found: Greenfield) -> None:
    """The study that was asked keeps its three hospitals."""
    assert len(tiny_study.tables["hospitals"]) == 3
    assert set(found.table["site_id"]).isdisjoint(tiny_study.tables["hospitals"]["id"])


def test_senseless_questions_are_refused(tiny_study: Study) -> None:
    """No places, or an objective that is not money."""
    with pytest.raises(StudyError, match="--count"):
        greenfield(tiny_study, 0)
    with pytest.raises(StudyError, match="savings are money"):
        greenfield(tiny_study.replace({"objective.kind": "mean_travel"}))


def test_layer_and_page_are_written(found: Greenfield, tmp_path: Path) -> None:
    """A layer of points, a page without scripts that warns that a point is no hospital."""
    folder = write_greenfield(found, tmp_path / "out")
    rows = pyogrio.read_dataframe(folder / "greenfield.gpkg", layer="places")
    assert rows["saving"].tolist() == pytest.approx(found.table["saving"].tolist())
    text = (folder / "greenfield.html").read_text(encoding="utf-8")
    assert "A place is a point, not a hospital" in text
    assert "<script" not in text


def test_the_command_prints_json(run) -> None:
    """`siting greenfield STUDY --count 1 --json`."""
    answer = run("greenfield", DATA / "tiny", "--count", "1", "--json")
    assert answer.exit_code == 0
    assert len(json.loads(answer.stdout)["places"]) == 1
