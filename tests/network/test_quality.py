"""Starts, doses and losses against the UK panel and closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from siting.network.quality import outcomes


def outcome(**changes: float) -> pd.Series:
    """Return the outcome of one row; by default the UK panel of 2019-23, no delay."""
    row = {
        "success": 0.9613, "restart_share": 21 / 38, "second_start_success": 11 / 21, "oos_infused_share": 13 / 27,
        "attrition_per_day": 0.0, "once_d": 24.0, "restart_d": 10.0,
    }  # fmt: skip
    return outcomes(pd.DataFrame([row | changes])).iloc[0]


def test_uk_panel() -> None:
    """38 failures in 3.87 % of starts: 11 mended, 13 infused out of specification, 14 lost; E = 1.0214."""
    found = outcome()
    assert found["starts"] == pytest.approx(1.0214, abs=5e-5)
    assert found["infused"] - found["infused_oos"] == pytest.approx(0.9725, abs=5e-5)
    assert found["infused_oos"] == pytest.approx(0.0132, abs=5e-5)
    assert found["lost_quality"] == pytest.approx(0.0143, abs=5e-5)
    assert found["infused_oos"] == pytest.approx(0.0387 * 13 / 38)
    assert found["lost_quality"] == pytest.approx(0.0387 * 14 / 38)


@pytest.mark.parametrize("success", [0.5, 0.8, 0.9613, 1.0])
@pytest.mark.parametrize("restart_share", [0.0, 0.3, 1.0])
def test_starts_for_a_dose_do_not_depend_on_restarts(success: float, restart_share: float) -> None:
    """With equal success of both starts E / P = 1 / p for any share restarted: (1 + f r) / (p + f r p), f = 1 - p."""
    found = outcome(success=success, second_start_success=success, restart_share=restart_share, oos_infused_share=0.0)
    assert found["starts"] / found["infused"] == pytest.approx(1 / success)


@pytest.mark.parametrize("hazard", [0.0, 0.004, 0.05])
def test_shares_add_to_one(hazard: float) -> None:
    """Infused, lost to quality and lost to delay are everybody, whatever the shares."""
    draw = np.random.default_rng(5)
    names = ["success", "restart_share", "second_start_success", "oos_infused_share"]
    rows = pd.DataFrame(draw.uniform(0, 1, (50, 4)), columns=names)
    found = outcomes(rows.assign(attrition_per_day=hazard, once_d=30.0, restart_d=9.0))
    assert np.allclose(found[["infused", "lost_quality", "lost_delay"]].sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert (found[["infused", "infused_oos", "lost_quality", "lost_delay"]] >= 0).all(axis=None)
    assert (found["infused"] >= found["infused_oos"]).all()


def test_attrition_by_hand() -> None:
    """0.4 % a day over 24 days + 10 more for the 2.14 % of restarts lose 1 - exp(-0.004 x 24.214) = 9.23 %."""
    found = outcome(attrition_per_day=0.004)
    days = 24 + 0.0387 * 21 / 38 * 10
    assert found["vein_to_vein_d"] == pytest.approx(days)
    assert found["lost_delay"] / (found["infused"] + found["lost_delay"]) == pytest.approx(1 - np.exp(-0.004 * days))


def test_longer_waits_and_worse_platforms_never_infuse_more() -> None:
    """More days or less success never mean more patients infused."""
    by_days = [outcome(attrition_per_day=0.004, once_d=days)["infused"] for days in (10, 20, 40, 80)]
    by_success = [outcome(success=share)["infused"] for share in (0.99, 0.9, 0.7, 0.2)]
    assert all(more >= less for series in (by_days, by_success) for more, less in pairwise(series))
