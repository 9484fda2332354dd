"""Sweeps: the same results by every way of running them, resumed after a kill, and refused before any run."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.errors import StudyError
from siting.solve import direct
from siting.whatif.points import dimensions, points
from siting.whatif.store import fingerprint
from siting.whatif.sweep import Sweep, SweepOptions
from siting.whatif.sweep_chart import sweep_svg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from siting.study.study import Study

VARY = ["limits.sites.max=0:2:2", "demand.scale=1,1.2"]
CLOCKS = ["runtime_s"]


def figures(sweep: Sweep) -> pd.DataFrame:
    """Return the table without what the clock decides."""
    return sweep.runs.drop(columns=CLOCKS)


@pytest.fixture(scope="module")
def serial(tiny_study: Study) -> Sweep:
    """Four runs of tiny, one after the other."""
    return siting.sweep(tiny_study, VARY)


def test_runs_are_what_optimize_finds(tiny_study: Study, serial: Sweep) -> None:
    """The table has the worked optimum of tiny (1,609 k$) and, elsewhere, what a solve of its own finds."""
    runs = serial.runs.set_index(["limits.sites.max", "demand.scale"])
    assert runs.loc[(2, 1.0), "objective"] == pytest.approx(1_609_000.0)
    assert runs.loc[(2, 1.0), ["status", "units", "units_franchise", "units_owned"]].tolist() == ["optimal", 1, 1, 0]
    alone = siting.optimize(tiny_study.replace({"limits.sites.max": 2, "demand.scale": 1.2}))
    assert runs.loc[(2, 1.2), "objective"] == pytest.approx(alone.objective)
    assert runs.loc[(2, 1.2), "patients_infused"] == pytest.approx(alone.kpis["patients_infused"])
    assert runs.loc[(0, 1.2), "cost_per_year"] == pytest.approx(1.2 * runs.loc[(0, 1.0), "cost_per_year"])
    assert serial.is_proven


def test_two_processes_find_the_same(tiny_study: Study, serial: Sweep) -> None:
    """Workers of loky return what one process does, to the last digit."""
    side_by_side = siting.sweep(tiny_study, VARY, SweepOptions(jobs=2))
    pd.testing.assert_frame_equal(figures(side_by_side), figures(serial), check_exact=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Give the address of a real Dask cluster of two processes."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_dask_cluster_finds_the_same(tiny_study: Study, serial: Sweep, cluster: str, tmp_path: Path) -> None:
    """The workers of a cluster return the same, and results are kept here."""
    sent = siting.sweep(tiny_study, VARY, SweepOptions(dask=cluster), tmp_path / "out")
    pd.testing.assert_frame_equal(figures(sent), figures(serial), check_exact=True)
    assert len(list((tmp_path / "out" / "runs").glob("*.json"))) == 4


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("listens", [False, True])
def test_an_address_that_does_not_answer_fails_at_once(tiny_study: Study, tmp_path: Path, *, listens: bool) -> None:
    """In words and within seconds: a closed port, and something that is no scheduler; nothing is written."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        began = time.perf_counter()
        with pytest.raises(StudyError, match="no Dask scheduler answers there"):
            siting.sweep(tiny_study, VARY, SweepOptions(dask=address), tmp_path / "out")
        assert time.perf_counter() - began < 20.0
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["here", "tcp://here", "http://here:80", "tcp://here:port"])
def test_an_address_needs_host_and_port(tiny_study: Study, address: str) -> None:
    """What is no address is refused with the form."""
    with pytest.raises(StudyError, match="write tcp://host:port"):
        siting.sweep(tiny_study, VARY, SweepOptions(dask=address))


def test_a_killed_sweep_goes_on_and_repeats_nothing(tiny_study: Study, serial: Sweep, tmp_path: Path) -> None:
    """After kill -9 in the middle the same command gives the same table; finished runs are not touched."""
    out = tmp_path / "out"
    words = [word for text in VARY for word in ("--vary", text)]
    command = [sys.executable, "-c", "from siting.cli import main; main()", "sweep", str(tiny_study.folder), *words]
    process = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while len(list(out.glob("runs/*.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = {path: path.stat().st_mtime_ns for path in out.glob("runs/*.json")}
    assert 2 <= len(done) < 4
    assert not (out / "runs.csv").exists()
    counts: list[tuple[int, int]] = []
    resumed = siting.sweep(
        tiny_study, VARY, SweepOptions(progress=lambda done, total: counts.append((done, total))), out
    )
    assert counts[0] == (len(done), 4)
    assert counts[-1] == (4, 4)
    assert {path: path.stat().st_mtime_ns for path in done} == done
    pd.testing.assert_frame_equal(figures(resumed), figures(serial), check_exact=True)
    assert resumed.notes == (f"{len(done)} runs of 4 read back, not repeated.",)


def test_a_finished_sweep_is_read_back_and_a_changed_study_is_not(tiny_study: Study, tmp_path: Path) -> None:
    """Results go by what they depend on: study, changes and options; new values add runs, a new study adds all."""
    out, vary = tmp_path / "out", {"limits.sites.max": [0, 1]}
    kept: list[int] = []
    options = SweepOptions(progress=lambda done, _: kept.append(done))
    siting.sweep(tiny_study, vary, options, out)
    siting.sweep(tiny_study, {"limits.sites.max": [1]}, options, out)
    other = siting.sweep(
        tiny_study.replace({"costs.headquarters_per_year": 0.0}), {"limits.sites.max": [1]}, options, out
    )
    assert kept == [0, 1, 2, 1, 0, 1]
    assert other.notes == (
        "The study has changed since this folder was last used.",
        "2 results of another study, other values or options left aside.",
    )
    renamed = tiny_study.replace({"study.name": "Other", "sources": {}})
    assert fingerprint(renamed) == fingerprint(tiny_study)


def test_runs_begin_with_the_one_in_the_middle(
    tiny_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The middle run is made from nothing and starts the others, also those made later; nothing proven changes."""
    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    vary, out = {"limits.sites.max": [0, 1, 2], "solve.gap": [0.0]}, tmp_path / "out"
    begun = siting.sweep(tiny_study, vary, folder=out)
    assert begun.runs["start"].tolist() == ["taken", "", "taken"]
    cold = siting.sweep(tiny_study, vary, SweepOptions(warm_start=False))
    assert set(cold.runs["start"]) == {""}
    assert begun.runs["objective"].tolist() == pytest.approx(cold.runs["objective"].tolist())
    (out / "runs" / f"{begun.runs['key'].iloc[2]}.json").unlink()
    again = siting.sweep(tiny_study, vary, folder=out)
    pd.testing.assert_frame_equal(figures(again), figures(begun), check_exact=True)
    more = siting.sweep(tiny_study, {**vary, "limits.sites.max": [1, 3]}, folder=out)
    assert more.runs["start"].tolist() == ["", "taken"]


def test_a_middle_run_without_a_plan_gives_no_start(tiny_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plan of tiny costs 1 $ a year; the run before it in the grid gives the start then."""
    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    found = siting.sweep(tiny_study, {"limits.cost_per_year": [2e6, 1.0, 3e6], "solve.gap": [0.0]})
    assert found.runs["status"].tolist() == ["optimal", "infeasible", "optimal"]
    assert found.runs["start"].tolist() == ["", "", "taken"]


def test_a_run_without_a_plan_is_a_row(tiny_study: Study) -> None:
    """Infeasible and contradictory points say why, and the others go on."""
    study = tiny_study.replace({"limits.allow_unserved": False})
    found = siting.sweep(study, {"limits.sites.min": [0, 4], "travel.max_distance": [None, 40]}).runs
    by_point = found.set_index(["limits.sites.min", "run"])
    assert by_point.loc[0]["status"].tolist()[0] == "optimal"
    assert set(by_point.loc[4]["status"]) == {"contradiction"}
    assert by_point.loc[4]["error"].str.contains("only 3 hospitals may host").all()
    assert found.loc[found["objective"].isna(), "units_owned"].isna().all()


def test_scenarios_are_a_dimension(tiny_with: Any) -> None:
    """base, one, and two made one after the other; a plus sign joins them."""
    study = tiny_with()
    file = study.folder / "study.toml"
    text = '\n[scenario.more]\nset = ["demand.scale *= 1.2"]\n[scenario.none]\nset = ["limits.sites.max = 0"]\n'
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    study = siting.read_study(study.folder)
    found = siting.sweep(study, ["scenario=base,more,more+none"]).runs.set_index("scenario")
    assert found["units"].tolist() == [1, 2, 0]
    assert found.loc["more+none", "patients_demand"] == pytest.approx(120.0)
    with pytest.raises(StudyError, match='no scenario "moore" -> did you mean "more"'):
        siting.sweep(study, ["scenario=base,moore"])


@pytest.mark.parametrize(
    ("text", "label", "values"),
    [
        ("limits.sites.max=4:20:4", "limits.sites.max", (4, 8, 12, 16, 20)),
        ("demand.scale=0.8:1.2:0.1", "demand.scale", (0.8, 0.9, 1.0, 1.1, 1.2)),
        ("limits.sites.max=1,4:8:2,20,none", "limits.sites.max", (1, 4, 6, 8, 20, "none")),
        ("areas.demand where region == 'West' *= 1,2", "areas.demand where region == 'West' *=", (1, 2)),
        ('objective.kind="total_cost",mean_travel', "objective.kind", ("total_cost", "mean_travel")),
        ("demand.scale=0.5:1.5", "demand.scale", (0.5, 1.5)),
    ],
)
def test_what_to_vary_is_read(text: str, label: str, values: tuple[object, ...]) -> None:
    """Ranges hold both ends; lists may mix ranges, words and numbers."""
    [dimension] = dimensions([text])
    assert (dimension.label, dimension.values) == (label, values)
    [same] = dimensions({label: list(values)})
    assert same.values == values


@pytest.mark.parametrize(
    ("vary", "messages"),
    [
        (["demand.scale=0.8,a,-1"], ["demand.scale = 'a': it must be a number", "greater than or equal to 0"]),
        (["limits.sites.max=1,2.5"], ["limits.sites.max = 2.5: it must be an integer"]),
        (
            ["limits.site.max=1", "modes.owned.royalti=1"],
            ['did you mean "limits.sites"', 'did you mean "royalty_share"'],
        ),
        (["demand.scale=1:2"], ["a range without a step is for samples"]),
        (["demand.scale=2:1:0.5"], ["2:1:0.5 has no values"]),
        (["demand.scale=1:2:0"], ["1:2:0 has no values"]),
        (["demand.scale=2:1"], ["runs from 2 to 1"]),
        (["demand.scale=1:2,5"], ["a range without a step stands alone"]),
        (["demand.scale=1", "demand.scale=2"], ["comes twice"]),
        (["demand.scale"], ["is not of the form key = value"]),
        ([], ["there is nothing to vary"]),
        (["scenario=base,other"], ['there is no scenario "other"']),
        (["areas.demand where region == 'Wst' *= 1,2"], ["keeps none of the 4 rows"]),
    ],
)
def test_wrong_values_are_refused_before_any_run(
    tiny_study: Study, tmp_path: Path, vary: list[str], messages: list[str]
) -> None:
    """All of them at once, and nothing is written."""
    with pytest.raises(StudyError) as caught:
        siting.sweep(tiny_study, vary, folder=tmp_path / "out")
    assert all(message in str(caught.value) for message in messages)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sampler", ["sobol", "latin"])
def test_a_sample_fills_the_space(tiny_study: Study, sampler: str) -> None:
    """Eight points: whole numbers stay whole, each eighth of a range has one, each word comes equally often."""
    dims = dimensions({"limits.sites.max": "0:3", "demand.scale": "0:8", "sourcing.areas": ["split", "single"]})
    sampled = points(tiny_study, dims, 8, sampler, seed=3)
    assert all(isinstance(sites, int) and 0 <= sites <= 3 for sites, _, _ in sampled)
    assert sorted(int(scale) for _, scale, _ in sampled) == list(range(8))
    assert sorted(word for _, _, word in sampled) == ["single"] * 4 + ["split"] * 4
    assert sampled == points(tiny_study, dims, 8, sampler, seed=3)
    assert sampled != points(tiny_study, dims, 8, sampler, seed=4)


def test_an_unknown_sampler_is_refused(tiny_study: Study) -> None:
    """The message lists those there are."""
    with pytest.raises(StudyError, match="one of: sobol, latin"):
        siting.sweep(tiny_study, ["demand.scale=1:2"], SweepOptions(sample=4, sampler="halton"))


def test_a_folder_that_is_no_sweep_is_refused(tiny_study: Study, tmp_path: Path) -> None:
    """Nothing is mixed into other files."""
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="is not an empty folder"):
        siting.sweep(tiny_study, VARY, folder=tmp_path)


def test_the_command_writes_table_chart_and_page(tiny_study: Study, tmp_path: Path) -> None:
    """CSV and Parquet agree; the chart is SVG; a second call reads everything back; --json is strict."""
    words = ["sweep", str(tiny_study.folder), "--vary", "limits.sites.max=0,1", "--set", "demand.scale=0.8"]
    shown = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out")])
    assert shown.exit_code == 0, shown.output
    assert "2 runs: 2 optimal." in shown.stdout
    table = pd.read_csv(tmp_path / "out" / "runs.csv")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out" / "runs.parquet")[["run", "status", "cost_per_year", "units_owned"]],
        table[["run", "status", "cost_per_year", "units_owned"]], check_dtype=False,
    )  # fmt: skip
    page = (tmp_path / "out" / "sweep.html").read_text(encoding="utf-8")
    assert "changed setting: demand.scale = 0.8" in page
    assert "<svg" in page
    assert ET.parse(tmp_path / "out" / "sweep.svg").getroot().tag.endswith("svg")
    again = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out"), "--json"])
    record = json.loads(again.stdout)
    assert record["notes"] == ["2 runs of 2 read back, not repeated."]
    assert record["changes"] == ["changed setting: demand.scale = 0.8"]
    assert [run["cost_per_year"] for run in record["runs"]] == table["cost_per_year"].tolist()


def test_a_notebook_shows_chart_and_runs(serial: Sweep) -> None:
    """What the page shows, without its frame."""
    shown = serial._repr_html_()
    assert "<svg" in shown
    assert "4 runs: 4 optimal." in shown
    assert "<html" not in shown


def test_the_command_refuses_in_words(tiny_study: Study, tmp_path: Path) -> None:
    """Bad input ends with 2, and a sweep in which no run has a plan with 4."""
    words = ["sweep", str(tiny_study.folder), "--out", str(tmp_path / "out"), "--vary"]
    wrong = CliRunner().invoke(app, [*words, "demand.scale=a,b"])
    assert wrong.exit_code == 2
    assert wrong.output.count("it must be a number") == 2
    none = CliRunner().invoke(app, [*words, "limits.sites.min=4,5"])
    assert none.exit_code == 4
    assert "No plan in run 1: study.toml: limits.sites.min = 4" in none.stdout


def test_a_chart_of_words_and_of_failures_is_drawn(tiny_study: Study) -> None:
    """Words stand side by side on an axis; runs without a plan are left out, even all of them."""
    drawn = sweep_svg(siting.sweep(tiny_study, {"sourcing.areas": ["split", "single"]}))
    assert all(word in drawn for word in ("split", "single", "cost, million USD a year"))
    assert "<svg" in sweep_svg(siting.sweep(tiny_study, {"limits.sites.min": [4]}))
