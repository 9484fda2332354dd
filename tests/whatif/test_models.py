"""Operating models side by side, against the arithmetic of data/tiny/README.md (k$ a year)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.optimize import optimize
from siting.whatif.bridge import bridge, cost_steps, steps_per_dose
from siting.whatif.models import Comparison, compare_models
from siting.whatif.models_report import bridge_chart, models_page, models_text, write_models
from siting.whatif.presets import MODELS, REFERENCE, brownfield, greenfield
from siting.whatif.svg import DOWN, TOTAL, UP, waterfall
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

QUOTED = {
    "making_cost_per_start": float("nan"), "batch_cost": 40_000.0, "fixed_share": 0.3, "first_start_success": 0.9,
}  # fmt: skip
"""A plant that quotes whole batches: 28,000 a start with the vector's 5,000, and 12,000 fixed."""


def with_plant(study: Study, **columns: float) -> Study:
    """Return the study with some columns of its central plant changed."""
    return varied(study, {"central_plants": study.tables["central_plants"].assign(**columns)})


def with_failures(study: Study) -> Study:
    """Return the study with starts that fail: p1 0.9, half restarted, 0.8 of these in spec, a quarter infused OOS."""
    products = study.tables["products"].assign(restart_share=0.5, second_start_success=0.8, oos_infused_share=0.25)
    platforms = study.tables["platforms"].assign(first_start_success=0.9)
    return varied(study, {"products": products, "platforms": platforms})


@pytest.fixture(scope="module")
def compared(tiny_study: Study) -> Comparison:
    """All models of tiny with a plant that quotes batches."""
    return compare_models(with_plant(tiny_study, **QUOTED | {"first_start_success": 1.0}))


def test_central_only_equals_the_hand_calculation(tiny_study: Study) -> None:
    """Variable + fixed + shipping + travel of a plant, worked out by hand (V11).

    E = 1 + 0.1 x 0.5 = 1.05 starts a patient, P = 0.9 + 0.1 x 0.5 x 0.8 = 0.94, infused 0.94 + 0.25 x 0.06 = 0.955.
    100 patients: starts 105 x 28,000 = 2,940,000; fixed 0.3 x 40,000 x 200 = 2,400,000; 2 shipments x 2,000 x 100 =
    400,000; travel 260,000; together 6,000,000 for 95.5 infused. Lost: 4.5 x 300,000 = 1,350,000.
    """
    study = with_failures(with_plant(tiny_study, **QUOTED, reference_batches_per_year=200.0))
    plan = optimize(MODELS[REFERENCE](study))
    assert plan.kpis["cost_without_lost_patients_per_year"] == pytest.approx(6_000_000.0)
    assert plan.kpis["cost_per_year"] == pytest.approx(7_350_000.0)
    assert plan.kpis["cost_per_infused"] == pytest.approx(6_000_000.0 / 95.5)
    steps = cost_steps(plan)
    assert steps["remake"] == pytest.approx(5 * 28_000.0)
    assert steps["making"] == pytest.approx(100 * 23_000.0)
    assert steps["vector"] == pytest.approx(100 * 5_000.0)
    assert steps["idle"] == pytest.approx(2_400_000.0 * 95 / 200)
    assert steps["fixed"] == pytest.approx(2_400_000.0 * 105 / 200)


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        # 100 x 25 making, 100 x 4 courier, 260 travel
        ("centralized-1", 3_160),
        # One owned unit of 3 at H1, which treats nobody new: 300 + 20 + 1,000 + 40 x 3.0 + 260
        ("centralized-2", 1_700),
        # H1 franchise 2, H2 owned 1; D goes to H1, as H2 makes 30 only:
        # 238 + 180 + 20 + 1,000, travel 40 + 100 + 30 + 120.
        # With H3 too: H1 franchise 2, H2 and H3 owned 1: 238 + 180 + 180 + 20 + 10 + 1,000 + 120 = 1,748.
        # H1 alone, franchise 3: 293 + 20 + 1,000 + travel 40 + 100 + 330 + 120 = 1,903.
        ("point-of-care", 1_728),
        # The optimum of the README, which uses no central plant
        ("close-to", 1_609),
        ("hybrid", 1_609),
    ],
)
def test_models_of_tiny_cost_what_the_hand_says(tiny_study: Study, model: str, cost: float) -> None:
    """Each model of tiny costs its hand-worked sum."""
    assert optimize(MODELS[model](tiny_study)).objective == pytest.approx(cost * 1000.0)


def test_models_open_what_their_names_say(compared: Comparison) -> None:
    """Central plants make all or nothing, point of care ships nothing, large plants are owned and treat nobody."""
    table = compared.table.set_index(["start", "model"])
    assert compared.is_proven
    for start in ("greenfield", "brownfield"):
        assert table.loc[(start, "centralized-1"), ["units", "share_central"]].tolist() == [0, 1.0]
        assert table.loc[(start, "centralized-2"), ["units", "modes", "new_centres"]].tolist() == [1, "1 owned", 0]
        assert table.loc[(start, "close-to"), "share_central"] == 0.0
        plan = compared.plan(start, "point-of-care")
        assert plan is not None
        assert set(plan.lanes["link_class"]) == {"at"}
    assert (table["patients_demand"] == 100.0).all()


def test_bridge_adds_up_to_the_cent(tiny_study: Study, compared: Comparison) -> None:
    """Steps are the cost of a dose, and changes the difference between two models, with failures and fees too."""
    table = compared.table
    steps = table.filter(like="step_").sum(axis=1)
    assert (steps - table["cost_per_infused"]).abs().max() < 0.005
    costs = table.set_index(["start", "model"])["cost_per_infused"]
    for (start, model), change in compared.bridges.groupby(["start", "model"])["change"].sum().items():
        assert change == pytest.approx(costs[start, model] - costs[start, REFERENCE], abs=0.005)
    failing = with_failures(with_plant(tiny_study, first_start_success=0.9)).replace(
        {"perspective.host": 0.0, "limits.modes.franchise.min": 1}
    )
    plans = [optimize(failing.replace(change)) for change in ({}, {"courier.max_distance": 0.0})]
    rows = bridge(*(steps_per_dose(plan) for plan in plans))
    ends = [plan.kpis["cost_per_infused"] for plan in plans]
    assert rows["change"].sum() == pytest.approx(ends[1] - ends[0], abs=0.005)
    assert "fees" in set(rows["step"])
    for plan in plans:
        assert cost_steps(plan).sum() == pytest.approx(plan.kpis["cost_without_lost_patients_per_year"], abs=0.01)


def test_idle_is_the_unused_share_of_a_unit(tiny_study: Study) -> None:
    """Franchise of 3 at H3 makes 100 of 110: 10 / 110 of its 50 capex and 225 fixed cost is idle, oversight is not."""
    steps = cost_steps(optimize(tiny_study))
    assert steps["idle"] == pytest.approx(275_000.0 / 11)
    assert steps["capex"] == pytest.approx(50_000.0 * 10 / 11)
    assert steps["fixed"] == pytest.approx(225_000.0 * 10 / 11 + 18_000.0 + 20_000.0)


def test_fixed_part_is_spread_over_what_the_plant_makes_today(compared: Comparison) -> None:
    """Without reference batches a dose costs the 40,000 quoted, 4,000 courier and 2,600 travel, from both starts."""
    table = compared.table.set_index(["start", "model"])
    for start in ("greenfield", "brownfield"):
        assert table.loc[(start, REFERENCE), "cost_per_infused"] == pytest.approx(46_600.0)
        assert table.loc[(start, REFERENCE), "step_idle"] == pytest.approx(0.0)


def test_brownfield_pays_for_the_plant_in_every_model(compared: Comparison) -> None:
    """Its 12,000 x 100 fixed are sunk: every other model costs 1,200 k$ more than in the greenfield, all of it idle."""
    table = compared.table.set_index(["start", "model"])
    for model in MODELS:
        if model == REFERENCE:
            continue
        green, brown = table.loc[("greenfield", model)], table.loc[("brownfield", model)]
        assert brown["cost_per_year"] - green["cost_per_year"] == pytest.approx(1_200_000.0)
        assert brown["step_idle"] - green["step_idle"] == pytest.approx(12_000.0)
        assert green["worth_of_switching_per_year"] - brown["worth_of_switching_per_year"] == pytest.approx(1_200_000.0)


def test_greenfield_has_no_units_and_no_plant_for_good(tiny_study: Study) -> None:
    """Existing units become candidates; a plant is paid only where it is used, at the batches given or of today."""
    hospitals = tiny_study.tables["hospitals"]
    first = hospitals["id"] == "H1"
    today = {"status": "existing", "existing_mode": "owned", "existing_platform": "unit", "existing_count": 1}
    old = varied(
        tiny_study,
        {"hospitals": hospitals.assign(**{name: hospitals[name].mask(first, value) for name, value in today.items()})},
    )
    quoted = with_plant(old, **QUOTED)
    new = greenfield(quoted, {"plant": 105.0})
    assert new.tables["hospitals"]["status"].tolist() == ["candidate"] * 3
    assert new.tables["central_plants"][["may_close", "reference_batches_per_year"]].iloc[0].tolist() == [True, 105.0]
    given = brownfield(with_plant(quoted, reference_batches_per_year=200.0), {"plant": 105.0})
    assert given.tables["hospitals"]["status"].iloc[0] == "existing"
    plant = given.tables["central_plants"].iloc[0]
    assert (plant["may_close"], plant["reference_batches_per_year"]) == (False, 200.0)


def test_a_model_without_a_plan_says_why(tiny_study: Study) -> None:
    """A study without central plants has no centralized-1; the others are solved and compared with nothing."""
    found = compare_models(varied(tiny_study, {"central_plants": None}), ["point-of-care"], ["greenfield"])
    rows = found.table.set_index("model")
    assert rows.loc[REFERENCE, "status"] == "no plan"
    assert "the study has no central plant" in rows.loc[REFERENCE, "failure"]
    assert rows.loc["point-of-care", "cost_per_year"] == pytest.approx(1_728_000.0)
    assert found.bridges.empty
    assert not found.is_proven
    assert "no plan. central_plants: the study has no central plant" in models_text(found)
    assert found.record()["models"][0]["cost_per_infused"] is None


def test_names_of_models_are_checked(tiny_study: Study) -> None:
    """An unknown model or starting point is refused before anything is solved, with the nearest name."""
    with pytest.raises(StudyError, match=r'there is no "close" -> .*close-to'):
        compare_models(tiny_study, ["close"])
    with pytest.raises(StudyError, match='there is no "green"'):
        compare_models(tiny_study, starts=["green"])


def test_outputs_agree_with_the_tables(compared: Comparison, tmp_path: Path) -> None:
    """CSV, text, page and charts are written together, stand alone, and tell the same figures."""
    folder = write_models(compared, tmp_path / "out")
    bridges = [path.name for path in folder.glob("bridge-*.svg")]
    assert len(bridges) == 8
    others = {"models.csv", "bridges.csv", "models.md", "models.html"}
    assert {path.name for path in folder.iterdir()} == {*others, *bridges}
    read = pd.read_csv(folder / "models.csv")
    assert read["cost_per_year"].to_numpy() == pytest.approx(compared.table["cost_per_year"].to_numpy())
    drawn = ET.fromstring(bridge_chart(compared, "greenfield", "hybrid"))
    words = [element.text for element in drawn.iter() if element.text]
    assert {"centralized-1", "hybrid", "46.6", "16.1", "transport"} <= set(words)
    web = models_page(compared)
    assert "<script" not in web
    assert "http" not in web.replace("http://www.w3.org/2000/svg", "")
    assert web.count("<svg") == 8
    with pytest.raises(StudyError, match="not an empty folder"):
        write_models(compared, folder)


def test_waterfall_draws_each_step_where_the_last_one_ended() -> None:
    """Totals start at zero, a fall of 4 from 10 runs from 10 to 6, and colours tell totals, rises and falls apart."""
    drawn = ET.fromstring(waterfall("t", ("old", 10.0), [("falls", -4.0), ("rises", 1.0)], ("new", 7.0), "k"))
    bars = [element.attrib for element in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert [bar["fill"] for bar in bars] == [TOTAL, DOWN, UP, TOTAL]
    start, width = ([float(bar[name]) for bar in bars] for name in ("x", "width"))
    assert start[0] == start[3]
    unit = width[0] / 10.0
    assert width == pytest.approx([10 * unit, 4 * unit, unit, 7 * unit], abs=0.2)
    assert [x - start[0] for x in start] == pytest.approx([0.0, 6 * unit, 6 * unit, 0.0], abs=0.2)


def test_large_plants_need_a_host(tiny_study: Study) -> None:
    """Without any hospital that may host, centralized-2 says so."""
    hospitals = tiny_study.tables["hospitals"].assign(can_host=False)
    with pytest.raises(StudyError, match="no unit or central plant can make cart"):
        MODELS["centralized-2"](varied(tiny_study, {"hospitals": hospitals}))


def test_names_cannot_break_the_page(tiny_study: Study) -> None:
    """Markup in the name of a study is shown as text."""
    evil = compare_models(tiny_study.replace({"study.name": "<script>alert(1)</script>"}), ["hybrid"], ["greenfield"])
    assert "<script" not in models_page(evil)


def test_command_compares_models(tmp_path: Path) -> None:
    """The command prints the table, writes the folder, and refuses a folder that is full before it solves."""
    call = ["models", "tiny", "--model", "hybrid", "--start", "greenfield", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "USD 1.609 M" in done.output
    assert (tmp_path / "out" / "models.html").is_file()
    again = CliRunner().invoke(app, call)
    assert again.exit_code == 2
    assert "Solved" not in again.output
