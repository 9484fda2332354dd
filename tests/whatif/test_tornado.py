"""The tornado, against the arithmetic of data/tiny/README.md (k$ a year; optimum 1,609: a franchise of 3 at H3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.whatif.parameters import UNPUBLISHED, parameters_of
from siting.whatif.runs import RunOptions
from siting.whatif.svg import Scale
from siting.whatif.tornado import Tornado, span, tornado
from siting.whatif.tornado_report import tornado_page, tornado_svg, tornado_text, write_tornado
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

KEYS = ["platforms.fixed_opex", "platforms.fixed_opex_per_platform", "modes.oversight_per_year", "modes.fee_per_start"]


@pytest.fixture(scope="module")
def turned(tiny_study: Study) -> Tornado:
    """Four unpublished parameters of tiny at half and one and a half times their values."""
    return tornado(tiny_study, KEYS)


@pytest.mark.parametrize(
    ("parameter", "fixed", "chosen"),
    [
        # What does not depend on the unit at H3: 20 + 10 + 1,000 + 166 + 120 = 1,316. The franchise of 3 costs
        # 50 + 0.9 x (100 +- 50 + 150) + 18: 248 or 338. At the low end two owned units are cheaper:
        # H2 1 (30 + 50 + 50) + H3 2 (40 + 50 + 100) + 20 + 10 + 1,000 + 88 + 120 = 1,558.
        ("platforms.fixed_opex", (1_564.0, 1_654.0), (1_558.0, 1_654.0)),
        # 50 + 0.9 x (100 + 3 x 25 or 3 x 75) + 18: 225.5 or 360.5; owned 50 + 175 = 225 at the low end.
        ("platforms.fixed_opex_per_platform", (1_541.5, 1_676.5), (1_541.0, 1_676.5)),
        # 293 -+ 9; owned 300 at the high end.
        ("modes.oversight_per_year", (1_600.0, 1_618.0), (1_600.0, 1_616.0)),
        # A fee goes from one pocket to the other.
        ("modes.fee_per_start", (1_609.0, 1_609.0), (1_609.0, 1_609.0)),
    ],
)
def test_ends_cost_what_the_hand_says(
    turned: Tornado, parameter: str, fixed: tuple[float, float], chosen: tuple[float, float]
) -> None:
    """Priced again with the same unit, and chosen again, at both ends."""
    row = turned.table.set_index("parameter").loc[parameter]
    assert [row["fixed_cost_low"], row["fixed_cost_high"]] == pytest.approx([1000.0 * cost for cost in fixed])
    assert [row["cost_low"], row["cost_high"]] == pytest.approx([1000.0 * cost for cost in chosen])
    assert row["effect"] == pytest.approx(1000.0 * (max(*chosen, 1_609.0) - min(*chosen, 1_609.0)))
    assert row["unproven"] == 0.0


def test_parameters_are_ranked(turned: Tornado) -> None:
    """By cost 135.5, 96, 16, 0; by units only fixed_opex moves; by mode three of them hand all starts to owned."""
    assert turned.is_proven
    table = turned.table
    assert table["parameter"].tolist() == [KEYS[1], KEYS[0], KEYS[2], KEYS[3]]
    assert table["rank_cost"].tolist() == [1, 2, 3, 4]
    assert table["rank_units"].tolist() == [2, 1, 2, 2]
    assert table["rank_modes"].tolist() == [1, 1, 1, 4]
    assert table["mode_shift"].tolist() == pytest.approx([1.0, 1.0, 1.0, 0.0])
    assert table["modes_low"].iloc[1] == "100% owned"


def test_side_by_side_gives_the_same(turned: Tornado, tiny_study: Study) -> None:
    """Two processes find what one finds."""
    twice = tornado(tiny_study, KEYS[:1], options=RunOptions(jobs=2))
    alone = turned.table[turned.table["parameter"] == KEYS[0]].reset_index(drop=True)
    figures = ["fixed_cost_low", "fixed_cost_high", "cost_low", "cost_high", "effect", "mode_shift"]
    pd.testing.assert_frame_equal(twice.table[figures], alone[figures])


def test_default_covers_what_nobody_publishes(tiny_study: Study) -> None:
    """Fixed cost, headquarters and franchise terms, at 0.5 to 1.5 times the base; what is 0 cannot move."""
    found = {parameter.key: parameter for parameter in parameters_of(tiny_study)}
    assert set(found) < set(UNPUBLISHED)
    assert {"platforms.fixed_opex", "modes.fee_per_start", "costs.headquarters_per_year"} <= set(found)
    assert "modes.entry_fee" not in found
    assert found["costs.headquarters_per_year"].low.tolist() == [10_000.0]
    assert found["platforms.fixed_opex"].range_source == "assumption: 0.5 to 1.5 times the base"
    assert found["modes.capex_host_share"].high.tolist() == [0.0, 1.0]


def test_default_leaves_sourced_rows_alone(tiny_study: Study) -> None:
    """A mode whose terms have a source stays while the assumed ones move."""
    modes = tiny_study.tables["modes"].assign(fixed_opex_factor_source=["1: reference", "assumption: shared rooms"])
    [factor] = parameters_of(varied(tiny_study, {"modes": modes}), ["modes.fixed_opex_factor"])
    assert factor.low.tolist() == [1.0, 0.45]
    assert factor.high.tolist() == pytest.approx([1.0, 1.35])


def test_ranges_of_the_study_come_first(tiny_study: Study) -> None:
    """[ranges] beats columns, columns beat the default; the source of a range travels with it."""
    products = tiny_study.tables["products"].assign(
        vector_cost_per_start_low=4_000.0, vector_cost_per_start_high=np.nan, vector_cost_per_start_source="a paper"
    )
    study = varied(tiny_study, {"products": products}, {
        'ranges."platforms.fixed_opex"': {"low": 0.8, "high": 2.0, "times_base": True, "source": "an audit"},
        'ranges."costs.discount_rate"': {"low": 0.0, "high": 0.1},
    })  # fmt: skip
    found = {parameter.key: parameter for parameter in parameters_of(study)}
    vector, opex, rate = (
        found[key] for key in ("products.vector_cost_per_start", "platforms.fixed_opex", "costs.discount_rate")
    )
    assert (vector.low.tolist(), vector.high.tolist(), vector.range_source) == ([4_000.0], [5_000.0], "a paper")
    assert (opex.low.tolist(), opex.high.tolist(), opex.range_source) == ([80_000.0], [200_000.0], "an audit")
    assert (rate.low.tolist(), rate.high.tolist(), rate.range_source) == ([0.0], [0.1], "given in the study")


def test_every_assumption_can_be_asked_for(tiny_study: Study) -> None:
    """With `every` each assumption of tables and settings is there; an unknown key is refused with the nearest."""
    keys = {parameter.key for parameter in parameters_of(tiny_study, every=True)}
    assert {"travel.round_trips", "platforms.release_d", "central_plants.making_cost_per_start"} <= keys
    assert "products.attrition_per_day" not in keys
    with pytest.raises(StudyError, match=r'no parameter "platforms.fixed_opx" -> .*platforms\.fixed_opex'):
        parameters_of(tiny_study, ["platforms.fixed_opx"])


def test_an_end_without_a_plan_says_why(tiny_study: Study) -> None:
    """A price of loss below the cost of treating is refused at that end, and told beside the end that works."""
    study = tiny_study.replace({'ranges."products.lost_patient_price"': {"low": 1_000.0, "high": 400_000.0}})
    found = tornado(study, ["products.lost_patient_price"])
    row = found.table.iloc[0]
    assert row["cost_high"] == pytest.approx(1_609_000.0)
    assert np.isnan(row["cost_low"])
    assert row["modes_low"] == "no plan"
    assert "lost_patient_price of cart is 1,000, less than" in row["failure"]
    assert "no plan" in tornado_text(found)
    assert not found.is_proven
    assert found.record()["parameters"][0]["cost_low"] is None


def test_unproven_effects_are_named(tiny_study: Study) -> None:
    """With a gap that could hide the effect, the text says so."""
    found = tornado(tiny_study, ["modes.oversight_per_year"], options=RunOptions(gap=0.0))
    assert "Not proven" not in tornado_text(found)
    found.table.loc[0, "unproven"] = found.table.loc[0, "effect"]
    assert "within the gaps of the solves: modes.oversight_per_year" in tornado_text(found)


def test_outputs_agree_with_the_table(turned: Tornado, tmp_path: Path) -> None:
    """CSV, text, page and chart are written together and stand alone."""
    folder = write_tornado(turned, tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {"tornado.csv", "tornado.md", "tornado.html", "tornado.svg"}
    read = pd.read_csv(folder / "tornado.csv")
    assert read["effect"].to_numpy() == pytest.approx(turned.table["effect"].to_numpy())
    words = [element.text for element in ET.fromstring(tornado_svg(turned)).iter() if element.text]
    assert {*KEYS, "50,000", "150,000", "2 / 1", "million USD a year"} <= set(words)
    web = tornado_page(turned)
    assert "<script" not in web
    assert "http" not in web.replace("http://www.w3.org/2000/svg", "")
    assert web.count("<svg") == 1


def test_axis_has_round_ticks() -> None:
    """From 1.38 to 1.84 ticks stand at each tenth; pixels are linear."""
    scale = Scale(1.38, 1.84, 0.0, 460.0)
    assert scale.ticks() == pytest.approx([1.4, 1.5, 1.6, 1.7, 1.8])
    assert scale(1.61) == pytest.approx(230.0)


def test_values_are_shown_whole() -> None:
    """Large values keep their digits, unknown ones are left out."""
    assert span(np.array([1_200_000.0])) == "1,200,000"
    assert span(np.array([0.45, np.nan, 0.5])) == "0.45 to 0.5"


def test_command_ranks_parameters(tmp_path: Path) -> None:
    """The command prints the ranking and writes the folder."""
    call = ["tornado", "tiny", "--parameter", "costs.headquarters_per_year", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "USD 1.619 M" in done.output
    assert (tmp_path / "out" / "tornado.svg").is_file()
