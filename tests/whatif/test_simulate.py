"""Promised against simulated waits of a plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TINY = Path(__file__).resolve().parents[2] / "data" / "tiny"
QUICK = siting.SimulateOptions(years=4.0, replications=3)
ONE_UNIT = {"limits.sites.max": 1}
"""A single unit is filled to its queue-safe capacity; the rest is made centrally."""


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    """Solve the tiny study without its own capacity table, so that capacity follows from the queue, with changes."""

    def make(changes: Mapping[str, object] = MappingProxyType({}), files: Mapping[str, str] | None = None) -> Plan:
        folder = tmp_path / f"study-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(TINY, folder)
        (folder / "capacities.csv").unlink()
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        return siting.optimize(siting.read_study(folder, changes), gap=0.0)

    return make


def test_the_best_plan_keeps_its_promise(planned: Callable[..., Plan]) -> None:
    """Poisson arrivals, equal batches, failed ones begun again: mean waits of at most 1.2 x the promise.

    A start succeeds with 0.9 and half of the failures start again: 1.05 starts a patient.
    """
    success = {f"tables.{table}.values.first_start_success": 0.9 for table in ("platforms", "central_plants")}
    plan = planned(ONE_UNIT | success | {"tables.products.values.restart_share": 0.5})
    (unit,) = siting.simulate(plan, siting.SimulateOptions(years=60.0, replications=10)).record()["units"]
    opened = plan.openings.query("not is_central").iloc[0]
    assert unit["starts_per_year"] == pytest.approx(opened["starts_per_year"])
    assert opened["starts_per_year"] == pytest.approx(1.05 * opened["patients_made"])
    assert unit["promised_wait_d"] == 7.0
    assert unit["formula_wait_d"] == pytest.approx(7.0, rel=1e-4)
    assert unit["simulated_low_d"] < unit["simulated_wait_d"] < unit["simulated_high_d"] < unit["simulated_p90_d"]
    assert unit["simulated_wait_d"] <= 1.2 * 7.0
    assert unit["verdict"] == "kept"


def test_long_outages_break_the_promise(planned: Callable[..., Plan]) -> None:
    """Machines that work nine days in ten but stand for two months at a time keep the mean capacity, not the wait.

    The capacity is that of machines that take 11 / 0.9 days a batch, which would wait 7 days.
    """
    outages = {"tables.platforms.values.availability": 0.9, "tables.platforms.values.repair_d": 60.0}
    found = siting.simulate(planned(ONE_UNIT | outages), siting.SimulateOptions(years=60.0, replications=10))
    (unit,) = found.record()["units"]
    assert unit["formula_wait_d"] == pytest.approx(7.0, rel=1e-4)
    assert unit["simulated_low_d"] > 1.2 * 7.0
    assert unit["verdict"] == "missed"
    assert "works 90.0% of the days; an outage lasts 60 days on average" in found.summary()


def test_a_table_that_promises_too_much_is_found_out() -> None:
    """The tiny study's own table lets 3 machines of 11 days make 110 starts a year; they can make 3 x 365 / 11 = 99.5.

    Its plan makes 100, so the wait grows without end, and both the summary and the record say so.
    """
    plan = siting.optimize(siting.read_study(TINY), gap=0.0)
    found = siting.simulate(plan, QUICK)
    (row,) = found.record()["units"]
    assert (row["site_id"], row["verdict"], row["formula_wait_d"]) == ("H3", "overloaded", None)
    assert row["starts_per_year"] == pytest.approx(100.0)
    assert "no end" in found.summary()
    assert "overloaded 1 unit: more batches than the machines can ever make" in found.summary()
    assert "is the study's own table, not the queue formula" in found.summary()


def test_shared_machines_serve_other_users_too(planned: Callable[..., Plan]) -> None:
    """Half of the machines' time holds half of the starts, and patients wait as long as if all were the plan's."""
    alone = siting.simulate(planned(ONE_UNIT), QUICK).record()["units"][0]
    shared = planned(ONE_UNIT, {"uses.csv": "id,cost_share,capacity_share\nshared,0.1,0.5\n"})
    found = siting.simulate(shared, QUICK)
    (unit,) = found.record()["units"]
    assert unit["starts_per_year"] == pytest.approx(alone["starts_per_year"] / 2)
    assert unit["formula_wait_d"] == pytest.approx(alone["formula_wait_d"])
    assert "Other users of shared units" in found.summary()


def test_every_period_and_scenario_is_simulated(planned: Callable[..., Plan]) -> None:
    """A unit has a row for each future: with less demand it waits less."""
    plan = planned(files={"scenarios.csv": "id,probability,demand_factor\nlow,0.5,0.4\nhigh,0.5,1.0\n"})
    waits = siting.simulate(plan, siting.SimulateOptions(years=30.0, replications=5)).waits
    total = waits.groupby("scenario")[["starts_per_year"]].sum()["starts_per_year"]
    assert total["low"] < total["high"]
    assert set(waits["scenario"]) == {"low", "high"}
    mean = waits.assign(days=waits["simulated_wait_d"] * waits["starts_per_year"]).groupby("scenario")["days"].sum()
    assert mean["low"] < mean["high"]


def test_the_seed_decides_and_the_folder_is_enough(planned: Callable[..., Plan], tmp_path: Path) -> None:
    """The same seed gives the same waits from the plan and from its folder; another seed gives others."""
    plan = planned()
    siting.export(plan, tmp_path / "out")
    again = siting.simulate(siting.read_plan(tmp_path / "out"), QUICK)
    assert again.record() == siting.simulate(plan, QUICK).record()
    other = siting.simulate(plan, siting.SimulateOptions(years=4.0, replications=3, seed=1))
    assert other.record()["units"] != again.record()["units"]


def test_a_plan_without_units_has_nothing_to_simulate() -> None:
    """Everything is made centrally: no rows, and a sentence."""
    plan = siting.optimize(siting.read_study(TINY, {"limits.sites.max": 0}), gap=0.0)
    found = siting.simulate(plan, QUICK)
    assert found.waits.empty
    assert "The plan has no units to simulate." in found.summary()
    assert "Central plants are not simulated" in found.summary()


def test_a_plan_without_a_study_is_refused(planned: Callable[..., Plan]) -> None:
    """Only the study says how long a batch keeps a machine; options out of range are listed with it."""
    plan = planned()
    bare = Plan(plan.network, plan.solution)
    options = siting.SimulateOptions(years=0.0, warmup_years=-1.0, replications=1, seed=-1, slot_cv2=-0.1)
    with pytest.raises(siting.StudyError) as caught:
        siting.simulate(bare, options)
    assert [p.where for p in caught.value.problems] == [
        "plan", "years", "warmup_years", "replications", "seed", "slot_cv2",
    ]  # fmt: skip


def test_command_prints_text_and_json(planned: Callable[..., Plan], tmp_path: Path) -> None:
    """`siting simulate OUT` needs the folder alone and prints a table, or JSON that any program reads."""
    plan = planned()
    siting.export(plan, tmp_path / "out")
    shutil.rmtree(plan.study.folder)
    asked = ["simulate", str(tmp_path / "out"), "--years", "4", "--replications", "3", "--seed", "7"]
    text = CliRunner().invoke(app, asked)
    assert text.exit_code == 0
    assert "3 runs of 4 years after 2 of warm-up, seed 7; 95% confidence" in text.stdout
    answer = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout, parse_constant=pytest.fail)
    assert answer["options"]["seed"] == 7
    assert [unit["site_id"] for unit in answer["units"]] == list(
        plan.openings.query("not is_central")["site_id"]
    )  # fmt: skip
    assert {"promised_wait_d", "simulated_low_d", "simulated_high_d", "verdict"} <= set(answer["units"][0])
