"""Scenarios and changes in words: settings and cells of tables, by whom, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from siting.errors import StudyError
from siting.network.build import build_network
from siting.study.changes import parse_change
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from siting.study.study import Study

SCENARIOS = """
[scenario.high-demand]
description = "Half more patients, double in the south."
set = ["demand.scale *= 1.5", "areas.demand_factor where lat < 31 *= 2"]

[scenario.no-franchise]
set = ["limits.modes.franchise.max = 0", "modes.franchise.oversight_per_year = 9000"]

[scenario.low-demand]
set = ["demand.scale = 0.5"]
"""


@pytest.fixture
def small(make_study: Callable[..., Path]) -> Study:
    """Two areas of 1,000 and 2,000 people (the second south of 31 degrees), two hospitals, two modes."""
    return read_study(make_study({"study.toml": '[study]\nname = "Tiny"\n' + SCENARIOS}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("demand.scale *= 1.2", ("demand.scale", "", "*=", 1.2)),
        ('areas.demand_factor where region == "TX" *= 1.2', ("areas.demand_factor", 'region == "TX"', "*=", 1.2)),
        ("hospitals.beds where beds >= 5 and beds != 7 -= 2", ("hospitals.beds", "beds >= 5 and beds != 7", "-=", 2)),
        ("tables.hospitals.where = beds >= 200", ("tables.hospitals.where", "", "=", "beds >= 200")),
        ('hospitals."St. = John".beds += 1', ('hospitals."St. = John".beds', "", "+=", 1)),
        ("hospitals.H-1.beds=1", ("hospitals.H-1.beds", "", "=", 1)),
        ("hospitals.status where name == 'a *= b' = banned", ("hospitals.status", "name == 'a *= b'", "=", "banned")),
    ],
)
def test_the_grammar(text: str, expected: tuple[object, ...]) -> None:
    """The first operator outside quotes that is no comparison parts the name from the value; texts read back."""
    change = parse_change(text)
    assert (change.key, change.where, change.operator, change.value) == expected
    assert parse_change(change.text) == change


def test_scenarios_are_made_in_order(small: Study) -> None:
    """1.5 after 0.5 is 0.75; 0.5 after 1.5 is 0.5; cells change where the condition holds."""
    assert small.scenario("low-demand", "high-demand").config.demand.scale == 0.75
    both = small.scenario("high-demand", "low-demand")
    assert both.config.demand.scale == 0.5
    assert both.tables["areas"]["demand_factor"].tolist() == [1.0, 2.0]
    assert small.tables["areas"]["demand_factor"].tolist() == [1.0, 1.0]
    assert small.scenario("base").changes == small.scenario().changes == ()


def test_demand_scale_multiplies_all_patients(small: Study) -> None:
    """1,000 and 2,000 people x 10 in 100,000 x 0.5 = 0.05 and 0.1 patients; x 1.5, and x 2 in the south: 0.075, 0.3."""
    patients = build_network(small.scenario("high-demand")).demands["patients"]
    assert patients.tolist() == pytest.approx([0.075, 0.3])


def test_demand_scale_multiplies_the_own_table(make_study: Callable[..., Path]) -> None:
    """Where a study gives its own patients, they are scaled; the table demand and the setting share a name."""
    own = "area,product,patients_per_year\n01001,cart,4\n01003,cart,6\n"
    study = read_study(
        make_study({"demand.csv": own}), ["demand.scale = 2", "demand.01001.cart.patients_per_year += 1"]
    )
    assert build_network(study).demands["patients"].tolist() == [10.0, 12.0]


def test_what_was_changed_is_recorded_and_kept(small: Study, tmp_path: Path) -> None:
    """The study says who changed what, in how many rows; a snapshot keeps that; sources become assumptions."""
    changed = small.scenario("high-demand").replace({"limits.sites.max": 2})
    assert changed.changes == (
        "scenario high-demand: demand.scale *= 1.5",
        "scenario high-demand: areas.demand_factor where lat < 31 *= 2 (1 row)",
        "changed setting: limits.sites.max = 2",
    )
    again = read_study(changed.write(tmp_path / "snapshot"))
    assert again.changes == changed.changes
    assert again.config == changed.config.model_copy(update={"sources": again.config.sources})
    assert again.tables["areas"]["demand_factor_source"].tolist()[1] == "assumption: scenario high-demand"
    assert again.config.sources["demand.scale"] == "assumption: scenario high-demand"
    with pytest.raises(StudyError, match="scenario high-demand: is in the study already"):
        again.scenario("high-demand")


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ("modes.franchise.capex_host_share = 0.25", ("modes", "capex_host_share"), [0.0, 0.25]),
        ("modes.franchise.capex_host -= 0.25", ("modes", "capex_host_share"), [0.0, 0.25]),
        ("platforms.max_count += 2", ("platforms", "max_count"), [10]),
        ("hospitals.beds where region == 'South' = 120", ("hospitals", "beds"), [300.0, 120.0]),
        ("hospitals.H2.status = banned", ("hospitals", "status"), ["candidate", "banned"]),
        ("hospitals.treats_today = true", ("hospitals", "treats_today"), [True, True]),
        ("products.cart.list_price = 5", ("products", "list_price"), [5.0]),
    ],
)
def test_cells_are_changed(small: Study, change: str, column: tuple[str, str], expected: list[object]) -> None:
    """By id, by condition or all; the start of a column's name will do; kinds stay what they are."""
    table, name = column
    changed = small.replace([change]).tables[table][name]
    assert changed.tolist() == expected
    assert changed.dtype == small.tables[table][name].dtype


def test_the_file_s_own_column_names_work_in_conditions(make_study: Callable[..., Path]) -> None:
    """Where study.toml maps columns = {region = "state"}, both names are known."""
    folder = make_study(
        {
            "study.toml": '[tables.areas]\ncolumns = { region = "state" }\n',
            "areas.csv": "id,lon,lat,population,state\n01001,-97.0,31.0,1000,TX\n01003,-98.0,30.0,2000,LA\n",
        }
    )
    changed = read_study(folder, ['areas.demand where state == "TX" *= 1.2'])
    assert changed.tables["areas"]["demand_factor"].tolist() == [1.2, 1.0]


def test_a_range_is_widened_to_hold_the_value(make_study: Callable[..., Path]) -> None:
    """A what-if may leave the range that a table gives."""
    modes = "id,oversight_per_year,oversight_per_year_low,oversight_per_year_high\nowned,100,50,150\n"
    study = read_study(make_study({"modes.csv": modes}), ["modes.oversight_per_year *= 3"])
    assert study.tables["modes"].loc[0, ["oversight_per_year", "oversight_per_year_high"]].tolist() == [300.0, 300.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("limits.sites.mx = 8", 'limits.sites.mx is not a setting -> did you mean "limits.sites.max"'),
        ("mode.franchise.royalty = 0.1", 'there is no table "mode" -> did you mean "modes"'),
        ("modes.franchse.royalty = 0.1", 'has no id "franchse" -> did you mean "franchise"'),
        ("modes.franchise.royalti = 0.1", 'has no column "royalti" -> did you mean "royalty_share"'),
        ("areas.demand_factor where regionn == 'x' = 2", 'no column "regionn" -> did you mean "region"'),
        ("areas.demand_factor where region == 'x' = 2", "keeps none of the 2 rows"),
        ("areas.demand_factor where lat == 'x = 2", "is not an expression"),
        ("demand.scal = 2", 'no table demand -> did you mean "scale"'),
        ("trips.A.H1.minutes = 2", "the study has no table trips"),
        ("limits.sites.max = 2.5", "it must be an integer"),
        ('modes.franchise.royalty = "8 %"', "write a share as a fraction: 12 % is 0.12"),
        ("modes.franchise.royalty = 8", "royalty_share is 8, above 1 share"),
        ("platforms.process_d = two", "process_d must be a number, in d"),
        ("platforms.slots *= 1.5", "slots must be a whole number"),
        ("platforms.slots = 1.5", "slots must be a whole number"),
        ("hospitals.treats_today = 1", "treats_today must be true or false"),
        ("hospitals.name = 7", 'write it in quotes: "7"'),
        ("hospitals.name *= 7", "is no number"),
        ("hospitals.H2.beds *= 2", "beds is empty in every row"),
        ("hospitals.status = closed", "status is 'closed'"),
        ("areas.id = x", "id names the rows of table areas"),
        ("limits.sites.max += 1", r"limits.sites.max is empty: \+= needs two numbers"),
        ("limits.sites.max where a == 1 = 3", '"limits.sites.max" is no column of a table'),
        ("hospitals.H1.beds where beds > 1 = 3", "a row is named by its id or by a condition"),
        ("travel.max_min = 4 h", r"max_min: Longest one-way trip. \[min\]"),
        ("limits.sites.max", "is not of the form key = value"),
    ],
)
def test_wrong_changes_are_refused(small: Study, make_study: Callable[..., Path], change: str, message: str) -> None:
    """In memory and when a study is read."""
    with pytest.raises(StudyError, match=message):
        small.replace([change])
    with pytest.raises(StudyError, match=message):
        read_study(make_study(name="other"), [change])


def test_all_wrong_changes_are_said_at_once(small: Study) -> None:
    """Three faults of three kinds make three problems."""
    with pytest.raises(StudyError) as caught:
        small.replace(["limits.sites.max = x", "modes.franchise.royalti = 0.1", "areas.demand_factor = -1"])
    assert len(caught.value.problems) == 3


def test_unknown_scenarios_suggest_the_nearest(small: Study) -> None:
    """A scenario that is unknown or named twice is refused."""
    with pytest.raises(StudyError, match='no scenario "hi-demand" -> did you mean "high-demand"'):
        small.scenario("hi-demand")
    with pytest.raises(StudyError, match="name each scenario once"):
        small.scenario("low-demand", "low-demand")


def test_names_of_scenarios_are_checked(make_study: Callable[..., Path]) -> None:
    """Commas, plus signs and the word "base" would be misread."""
    text = '[scenario."a+b"]\nset = ["demand.scale = 2"]\n[scenario.base]\nset = []\n'
    with pytest.raises(StudyError, match="a scenario is named by letters") as caught:
        read_study(make_study({"study.toml": text}))
    assert len(caught.value.problems) == 2


def test_tables_are_not_read_again_over_changed_cells(small: Study) -> None:
    """A new filter would drop the changes of cells without a word."""
    changed = small.scenario("high-demand")
    with pytest.raises(StudyError, match="without the changes of their cells"):
        changed.replace({"tables.hospitals.where": "beds > 200"})


def test_check_lists_scenarios_and_tries_them(make_study: Callable[..., Path]) -> None:
    """The list is there for people and programs; a scenario that cannot be made is bad input."""
    from typer.testing import CliRunner

    from siting.cli import app

    folder = make_study({"study.toml": SCENARIOS})
    shown = CliRunner().invoke(app, ["check", str(folder), "--scenario", "no-franchise"])
    assert "  high-demand: Half more patients, double in the south.\n    demand.scale *= 1.5" in shown.stdout
    assert "changed:\n  scenario no-franchise: limits.modes.franchise.max = 0" in shown.stdout
    record = json.loads(CliRunner().invoke(app, ["check", str(folder), "--json"]).stdout)
    assert record["scenarios"]["low-demand"] == {"description": "", "changes": ["demand.scale = 0.5"]}
    wrong = make_study({"study.toml": SCENARIOS.replace("lat < 31", "lt < 31")}, name="wrong")
    refused = CliRunner().invoke(app, ["check", str(wrong)])
    assert refused.exit_code == 2
    assert 'there is no column "lt"' in refused.output
