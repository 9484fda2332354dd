"""An output folder is all that is needed to have its plan again, and a folder that was changed is refused in words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.export.fields import FIELDS
from siting.plan.plan import Plan
from siting.plan.stored import checksum, fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.study.study import Study

TINY = Path(__file__).resolve().parents[2] / "data" / "tiny"
PERIODS = "id,years,demand_factor\n2026,1,0.8\n2030,4,1.1\n"
LAW = {
    "service_classes.csv": "id,max_wait_d,making_cost_factor\nfast,3,1.1\nslow,14,1\n",
    "uses.csv": "id,cost_share,capacity_share\nexclusive,1,1\nshared,0.6,0.5\n",
    "regimes.csv": "id,regions,activation_cost,activation_months\nall,*,100000,6\n",
    "rules.csv": "id,kind,origin,destination\npayer,forbid_trip,A,H3\n",
}
SCENARIOS = "id,probability,demand_factor\nlow,0.4,0.7\nhigh,0.6,1.0\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    """Return the plan of a copy of the tiny study, and its output folder, after the copy is gone."""
    home = tmp_path_factory.mktemp("made")
    shutil.copytree(TINY, home / "tiny")
    plan = siting.optimize(siting.read_study(home / "tiny"), gap=0.0)
    siting.export(plan, home / "out")
    shutil.rmtree(home / "tiny")
    return plan, home / "out"


@pytest.fixture
def out(made: tuple[Plan, Path], tmp_path: Path) -> Path:
    """Return a copy of the output folder in another place, to be spoilt."""
    return Path(shutil.copytree(made[1], tmp_path / "moved"))


def same(plan: Plan, again: Plan) -> None:
    """Compare two plans in everything that a user sees."""
    assert again.kpis == plan.kpis
    assert again.summary() == plan.summary()
    for name in ("status", "objective", "bound", "gap", "features", "inputs", "options", "log", "solution.stopped_by"):
        assert _get(again, name) == _get(plan, name), name
    for table in FIELDS:
        left, right = getattr(again, table), getattr(plan, table)
        pd.testing.assert_frame_equal(pd.DataFrame(left), pd.DataFrame(right), check_exact=False, rtol=1e-12)


def _get(plan: object, name: str) -> object:
    for part in name.split("."):
        plan = getattr(plan, part)
    return plan


def test_a_folder_gives_its_plan_back(made: tuple[Plan, Path], out: Path) -> None:
    """Key figures, tables, summary, proof and hashes of the inputs are those of the plan written; the study is gone."""
    same(made[0], siting.read_plan(out))


def test_a_plan_read_back_can_be_written_and_read_again(made: tuple[Plan, Path], out: Path, tmp_path: Path) -> None:
    """Writing what was read changes nothing."""
    siting.export(siting.read_plan(out), tmp_path / "second")
    same(made[0], siting.read_plan(tmp_path / "second"))


def test_all_stored_values_come_back_to_the_last_bit(made: tuple[Plan, Path]) -> None:
    """Decisions and flows are stored without rounding."""
    solution, again = made[0].solution, siting.read_plan(made[1]).solution
    for name in ("open_options", "treating", "referred", "shipped", "made", "unmet"):
        np.testing.assert_array_equal(getattr(again, name), getattr(solution, name))


@pytest.mark.parametrize(
    ("bound", "gap", "words"),
    [(1_500_000.0, 109 / 1609, "at most 6.78 % from the best"), (None, None, "no bound is known")],
)
def test_a_plan_that_is_not_proven_stays_so(
    made: tuple[Plan, Path], tmp_path: Path, bound: float | None, gap: float | None, words: str
) -> None:
    """Status and bound come from run.json: 1,609,000 against 1,500,000 is 109 / 1609 = 6.77 %, shown rounded up."""
    plan = made[0]
    held = replace(plan.solution, status="feasible", bound=bound, gap=gap, stopped_by="time limit")
    siting.export(Plan(plan.network, held, plan.study, plan.options), tmp_path / "out")
    again = siting.read_plan(tmp_path / "out")
    assert (again.status, again.bound, again.gap) == ("feasible", bound, gap)
    assert words in again.summary()
    assert "stopped by the time limit" in again.summary()


def test_periods_and_scenarios_come_back(tmp_path: Path) -> None:
    """Units by period and flows by (period, scenario) are laid where they were."""
    same(*_there_and_back(_study(tmp_path, {"periods.csv": PERIODS, "scenarios.csv": SCENARIOS}), tmp_path))


def test_law_classes_and_uses_come_back(tmp_path: Path) -> None:
    """Rules, regimes, service classes and uses are tables of the snapshot; configurations are found again by them."""
    plan, again = _there_and_back(_study(tmp_path, LAW), tmp_path)
    same(plan, again)
    assert {"service_class", "use"} <= set(again.network.configurations.columns)


def test_settings_changed_on_the_way_come_back(tmp_path: Path) -> None:
    """Overrides are part of the snapshot: the plan still knows that H3 was out of the question."""
    study = siting.read_study(TINY, {"limits.regions.East.max": 0, "study.name": "West only"})
    plan, again = _there_and_back(study, tmp_path)
    same(plan, again)
    assert list(again.openings.query("not is_central")["site_id"]) in ([], ["H1"])


def test_units_drawn_by_hand_come_back(tmp_path: Path) -> None:
    """A plan that prices given units keeps them as its decisions, also where a better unit exists."""
    study = siting.read_study(TINY)
    units = tmp_path / "units.csv"
    units.write_text("site_id,mode,platform,platforms\nH1,franchise,unit,1\nH2,owned,unit,2\n")
    plan = siting.optimize(study, gap=0.0, decisions=siting.read_openings(study, units))
    siting.export(plan, tmp_path / "out")
    again = siting.read_plan(tmp_path / "out")
    same(plan, again)
    assert again.network.limits.fixed == plan.network.limits.fixed


def _study(tmp_path: Path, files: dict[str, str]) -> Study:
    shutil.copytree(TINY, tmp_path / "study")
    for name, text in files.items():
        (tmp_path / "study" / name).write_text(text)
    return siting.read_study(tmp_path / "study")


def _there_and_back(study: Study, tmp_path: Path) -> tuple[Plan, Plan]:
    plan = siting.optimize(study, gap=0.0)
    siting.export(plan, tmp_path / "out")
    return plan, siting.read_plan(tmp_path / "out")


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _written(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


def _replaced(name: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return edit


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without("run.json"), "holds no run.json -> name a folder that siting optimize --out wrote"),
        (_without("solution.npz"), "solution.npz: is missing"),
        (_without("solver.log"), "solver.log: is missing"),
        (_without("study/areas.csv"), "study/areas.csv: is missing"),
        (_without("study/trips.csv"), "study/trips.csv: is missing"),
        (lambda folder: shutil.rmtree(folder / "study"), "study/study.toml: is missing"),
        (_written("run.json", "{"), "run.json: is not JSON"),
        (_written("run.json", "[]"), "run.json: is not a JSON object"),
        (_written("run.json", '{"status": "optimal"}'), "run.json: lacks objective, bound, gap"),
        (_written("run.json", '{"status": "infeasible"}'), "no plan meets the rules"),
        (_replaced("run.json", '"units": 1', '"units": 2'), "run.json: was changed after it was written"),
        (_replaced("run.json", '"status": "optimal"', '"status": "feasible"'), "run.json: was changed"),
        (_written("solution.npz", "x"), "solution.npz: was changed after it was written"),
        (_replaced("study/products.csv", "300000", "310000"), "study/products.csv: was changed after it was written"),
        (_replaced("study/study.toml", "headquarters_per_year = 20000.0", "headquarters_per_year = 1.0"), "study.toml"),
        (_written("study/periods.csv", PERIODS), "study/periods.csv: was not written by the export"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_is_refused(out: Path, spoil: Callable[[Path], object], words: str) -> None:
    """Whatever is missing, changed or added is named, with what to do; no plan is returned."""
    spoil(out)
    with pytest.raises(siting.OutputError) as caught:
        siting.read_plan(out)
    assert words in str(caught.value)


def test_every_change_is_listed_at_once(out: Path) -> None:
    """Two things wrong give two lines."""
    _without("solver.log")(out)
    _replaced("study/areas.csv", "200000", "250000")(out)
    with pytest.raises(siting.OutputError) as caught:
        siting.read_plan(out)
    assert [problem.where for problem in caught.value.problems] == ["solver.log", "study/areas.csv"]


def test_tables_for_people_may_be_edited(out: Path, made: tuple[Plan, Path]) -> None:
    """Maps and tables are for reading: sorting one in a spreadsheet does not spoil the plan."""
    (out / "tables" / "openings.csv").write_text("sorted by hand\n")
    (out / "map.html").unlink()
    assert siting.read_plan(out).kpis == made[0].kpis


def _sealed(folder: Path) -> None:
    """Make all hashes right again, as a forger would."""
    run = json.loads((folder / "run.json").read_text()) | {"files": fingerprints(folder)}
    run["checksum"] = checksum(run)
    (folder / "run.json").write_text(json.dumps(run))


def _arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "solution.npz") as stored:
        return {name: stored[name] for name in stored.files}


def test_a_forged_flow_does_not_survive_the_recount(out: Path) -> None:
    """Patients added to one trip, hashes made right: the recount names the area and hospital, and the version."""
    arrays = _arrays(out)
    arrays["referred"][0] += 5.0
    np.savez_compressed(out / "solution.npz", **arrays)
    _sealed(out)
    with pytest.raises(siting.OutputError) as caught:
        siting.read_plan(out)
    text = str(caught.value)
    assert "patients referred and unserved do not add up to the demand" in text
    assert "run.json: was written by siting" in text


def test_a_forged_price_does_not_survive_the_recount(out: Path) -> None:
    """Headquarters made free, hashes made right: the solver's objective is 20,000 more than the tables say."""
    _replaced("study/study.toml", "headquarters_per_year = 20000.0", "headquarters_per_year = 0.0")(out)
    _sealed(out)
    with pytest.raises(siting.OutputError, match=r"1.609e\+06, the tables 1.589e\+06"):
        siting.read_plan(out)


def test_rows_that_the_study_does_not_give_are_named(out: Path) -> None:
    """A trip that the snapshot's matrix no longer holds: the solution uses rows that do not exist."""
    _replaced("study/trips.csv", "A,H1,10.0,10.0,matrix\n", "")(out)
    _sealed(out)
    with pytest.raises(siting.OutputError, match=r"uses rows that the study no longer gives \(trips\)"):
        siting.read_plan(out)


def test_a_file_or_nothing_is_no_folder(tmp_path: Path) -> None:
    """A path that is not a folder is said to be none."""
    with pytest.raises(siting.OutputError, match="nowhere: is not a folder"):
        siting.read_plan(tmp_path / "nowhere")


def test_commands_refuse_a_spoilt_folder_with_exit_code_2(out: Path) -> None:
    """Bad input is exit code 2, in words and in JSON."""
    _without("solution.npz")(out)
    result = CliRunner().invoke(app, ["simulate", str(out), "--json"])
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert answer["status"] == "bad_input"
    assert answer["problems"][0]["where"] == "solution.npz"
