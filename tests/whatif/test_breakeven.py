"""Break-even of data/tiny by hand (k$).

At q batches a year the manufacturer pays for the modes

owned      180 + 10 q (to 30), 240 + 10 q (to 70), 300 + 10 q (to 110)
franchise  18 + 14 q, 4 of it the fee; the host pays 165, 220 or 275
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.export.export import export
from siting.optimize import optimize
from siting.whatif.breakeven import BreakEvenOptions, break_even
from siting.whatif.breakeven_report import break_even_text, write_break_even

FIGURES = ["cheaper_from_batches", "cheaper_always_from_batches", "host_from_batches", "at_batches", "walk_away_fee"]


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        # 222 / 4 = 55.5: from 56 batches on two platforms, and 282 / 4 = 70.5 on three. The host earns 220 at 55.
        # It asks least at 110 batches: 275 / 110 = 2.5.
        (4000, [56, 56, 55, 110, 2500]),
        # 222 / 3.5 = 63.4: 64 to 70; 282 / 3.5 = 80.6: from 81 for good. The host: 220 / 3.5 = 62.9.
        (3500, [64, 81, 63, 110, 2500]),
        # 282 / 2.4 = 117.5, beyond 110: owned never wins; the host earns 264 of 275 at 110: never.
        (2400, [np.nan, np.nan, np.nan, 110, 2500]),
    ],
)
def test_break_even_by_hand(tiny_with, fee, expected):
    """Volumes and fee at every hospital are those of the arithmetic above; the three are alike."""
    table = break_even(tiny_with(modes={"franchise": {"fee_per_start": fee}})).table
    assert table["site_id"].tolist() == ["H1", "H2", "H3"]
    for row in table[FIGURES].to_numpy(float):
        assert row == pytest.approx(expected, nan_ok=True)


def test_a_host_that_must_earn_narrows_the_franchise(tiny_with):
    """With a margin of 10 % the host stays from 242 / 4 = 60.5 batches; below it owned is the only way."""
    study = tiny_with(modes={"franchise": {"host_must_break_even": "true", "host_margin": 0.1}})
    figures = break_even(study, sites=["H1"]).table[FIGURES].to_numpy(float)[0]
    # Owned wins from 56 on anyway, so nothing is left to the franchise: at 61 batches 240 + 610 < 18 + 854.
    assert figures == pytest.approx([10, 10, 61, 110, 2750])


def test_health_system_compares_resources(tiny_with):
    """Without the fee owned is cheaper on one platform only (180 < 183, from 10 starts), never for good."""
    row = break_even(tiny_with(), BreakEvenOptions(perspective="health_system")).table.iloc[0]
    assert row["cheaper_from_batches"] == 10
    assert np.isnan(row["cheaper_always_from_batches"])


def test_milestone_moves_both_sides(tiny_with):
    """60 k$ from 100 starts: at 100 the host needs 275 - 60 = 215, so it walks away at 2.15, and owned gains 60."""
    study = tiny_with(modes={"franchise": {"milestone_starts": 100, "milestone_payment": 60_000}})
    curves = break_even(study, sites=["H2"]).curves[0]
    assert curves.fee[98:100].tolist() == pytest.approx([275_000 / 99, 2150])
    assert curves.other[98:100].tolist() == pytest.approx([18_000 + 99 * 14_000, 18_000 + 100 * 14_000 + 60_000])


def test_fee_that_is_told_is_the_one_that_breaks_even(tiny_with):
    """At the fee reported the host's surplus is 0: the same figure by asking again with that fee."""
    study = tiny_with(modes={"franchise": {"royalty_share": 0.01}}, products={"cart": {"list_price": 100_000}})
    row = break_even(study).table.iloc[0]
    # royalty 0.01 x 100 k$ x 1 dose a batch comes on top of 275 / 110
    assert row["walk_away_fee"] == pytest.approx(3500)
    edits = {"franchise": {"royalty_share": 0.01, "fee_per_start": 3500}}
    again = break_even(tiny_with(modes=edits, products={"cart": {"list_price": 100_000}}))
    assert again.curves[0].surplus[109] == pytest.approx(0.0, abs=1e-6)


def test_plan_is_asked_at_its_volume(tiny_with, tmp_path):
    """The plan of tiny makes 100 batches at H3: the host walks away at 275 / 100 = 2.75 k$ a start."""
    plan = optimize(tiny_with(), gap=0.0)
    table = break_even(plan).table
    assert table[["site_id", "at_batches", "walk_away_fee"]].to_numpy().tolist() == [["H3", 100.0, pytest.approx(2750)]]
    folder = export(plan, tmp_path / "out")
    found = CliRunner().invoke(app, ["breakeven", str(folder), "--json"])
    assert json.loads(found.stdout)["sites"][0]["walk_away_fee"] == pytest.approx(2750)


def test_fee_is_read_at_the_volume_asked_for(tiny_with):
    """At 70 batches two platforms do: 220 / 70 = 3.143 k$; at 200 no unit can make them."""
    assert break_even(tiny_with(), BreakEvenOptions(batches=70)).table["walk_away_fee"].iloc[0] == pytest.approx(
        220_000 / 70
    )
    assert np.isnan(break_even(tiny_with(), BreakEvenOptions(batches=200)).table["walk_away_fee"].iloc[0])


def test_command_writes_table_and_chart(tmp_path):
    """The command prints a table and writes CSV, page and one chart for each site."""
    found = CliRunner().invoke(app, ["breakeven", "tiny", "--site", "H1", "--out", str(tmp_path / "be")])
    assert found.exit_code == 0
    assert "56" in found.stdout
    assert "2,500" in found.stdout
    assert sorted(path.name for path in (tmp_path / "be").iterdir()) == [
        "breakeven.csv", "breakeven.html", "breakeven.md", "breakeven.svg",
    ]  # fmt: skip
    svg = (tmp_path / "be" / "breakeven.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "West General" in svg


def test_alike_sites_share_a_line(tiny_with, tmp_path):
    """Three hospitals with the same figures are one line of the text, and three rows of the CSV."""
    found = break_even(tiny_with())
    assert "3 sites alike" in break_even_text(found)
    folder = write_break_even(found, tmp_path / "out")
    assert len((folder / "breakeven.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_unknown_names_are_refused(tiny_with):
    """Modes, sites and perspectives that do not exist are one line each."""
    with pytest.raises(StudyError, match='did you mean "franchise"') as refused:
        break_even(tiny_with(), BreakEvenOptions(against="franchize", perspective="nobody"), ["H9"])
    assert len(refused.value.problems) == 3
