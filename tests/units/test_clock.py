"""The vein-to-vein clock of a plan by region, against hand-made plans of data/tiny."""

from __future__ import annotations

import pytest

from siting.optimize import optimize

ONE_EACH = {
    ("H1", "base"): ("owned/unit", 3), ("H2", "base"): ("owned/unit", 3), ("H3", "base"): None,
}  # fmt: skip


def test_parts_of_the_clock_by_hand(variant):
    """One unit at H3: 3 scheduling + 7 wait + 10 process + 5 release = 25 days, 4 h each way from H1 and H2 = 1/3 day.

    Of 100 patients 40 of West (A) and 30 of East (C) send cells to H3; 20 of West (B) and 10 of East (D) are treated
    there.
    """
    plan = optimize(variant())
    clock = plan.clock.set_index("region")
    assert list(clock.index) == ["", "East", "West"]
    assert clock["patients_infused"].tolist() == pytest.approx([100.0, 40.0, 60.0])
    assert clock["transit_d"].tolist() == pytest.approx([0.7 / 3, 30 / 40 / 3, 40 / 60 / 3])
    for part, days in (("wait_d", 7), ("process_d", 10), ("release_d", 5), ("scheduling_d", 3), ("restart_d", 0)):
        assert clock[part].to_numpy() == pytest.approx(float(days))
    assert clock["vein_to_vein_d_mean"].tolist() == pytest.approx((25 + clock["transit_d"]).tolist())
    assert clock.loc["", "vein_to_vein_d_p10"] == pytest.approx(25.0)
    assert clock.loc["", "vein_to_vein_d_p50"] == pytest.approx(25 + 1 / 3)
    assert clock.loc["", ["share_within_14_d", "share_within_21_d", "share_within_28_d"]].tolist() == [0.0, 0.0, 1.0]
    assert plan.kpis["vein_to_vein_d_mean"] == pytest.approx(25 + 0.7 / 3)
    assert plan.kpis["share_within_28_d"] == 1.0


def test_each_part_weighs_with_the_patients_it_concerns(variant):
    """Units at H1 (West) and H2 (East) alone, no lanes between them: everyone in 13 days with 3-day process, 0 wait."""
    days = {"process_d": "3", "release_d": "5"}
    study = variant({"queue.max_wait_d": 2.0, "courier.max_distance": 0.0}, platforms=days)
    plan = optimize(study, decisions=ONE_EACH)
    whole = plan.clock.iloc[0]
    assert whole["vein_to_vein_d_mean"] == pytest.approx(3 + 2 + 3 + 5)
    assert whole["transit_d"] == 0.0
    assert whole["share_within_14_d"] == 1.0
    assert "100% in 14" in plan.summary().replace("100.0%", "100%")


def test_second_starts_add_their_days(variant):
    """0.2 fail and are all started again: 0.2 x 10 days more; the parts add up to the mean."""
    study = variant(
        platforms={"first_start_success": "0.8"}, products={"restart_share": "1", "second_start_success": "1"}
    )
    clock = optimize(study).clock
    assert clock["restart_d"].to_numpy() == pytest.approx(2.0)
    parts = ["transit_d", "wait_d", "process_d", "release_d", "scheduling_d", "restart_d"]
    assert clock[parts].sum(axis=1).tolist() == pytest.approx(clock["vein_to_vein_d_mean"].tolist())


def test_only_infused_patients_count_and_balance(variant):
    """The clock holds the plan's infused patients to the last one, with losses, scenarios and periods."""
    study = variant(
        products={"attrition_per_day": "0.01", "oos_infused_share": "0.5"},
        platforms={"first_start_success": "0.9"},
        scenarios="id,probability,demand_factor\nlow,0.4,0.7\nhigh,0.6,1.0\n",
        periods="id,years,demand_factor\np1,1,0.8\np2,4,1.1\n",
    )
    plan = optimize(study)
    assert plan.clock["patients_infused"].iloc[0] == pytest.approx(plan.kpis["patients_infused"], rel=1e-9)
    assert plan.clock["patients_infused"].iloc[1:].sum() == pytest.approx(plan.kpis["patients_infused"], rel=1e-9)
    by_region = plan.areas.groupby("region")["infused"].sum()
    for region, infused in by_region.items():
        found = plan.clock.set_index("region").loc[region, "patients_infused"]
        assert found == pytest.approx(infused, rel=1e-3)  # areas mix the links of a hospital before losses


def test_a_plan_that_infuses_nobody_has_no_clock(variant):
    """Without patients figures are empty and no division fails."""
    study = variant({"limits.sites.max": 0}, central_plants=None)
    plan = optimize(study)
    assert plan.clock["patients_infused"].sum() == 0.0
    assert plan.kpis["vein_to_vein_d_mean"] is None
    assert plan.kpis["share_within_14_d"] is None
