"""What a plan reports, against hand arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import edited, frame_of, random_files, solved, write_study

from siting.optimize import optimize
from siting.plan.outcomes import frame_mean, quantile

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study


def test_tiny_optimum_is_the_one_of_its_readme(tiny: Study) -> None:
    """One franchise unit of 3 platforms at H3, 1,609,000 $, 91 % used, mean trip 12 km."""
    plan = solved(tiny)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(1_609_000)
    assert frame_of(plan).to_numpy().tolist() == [["H3", "franchise", 3]]
    assert plan.kpis["utilization"] == pytest.approx(100 / 110)
    assert plan.kpis["distance_km_mean"] == pytest.approx(12)
    assert plan.kpis["new_centres"] == 1


DESIGNS = [
    ({}, 3_160),
    ({"H2": ("franchise", 3)}, 1_713),
    ({"H1": ("franchise", 3)}, 1_693),
    ({"H1": ("franchise", 2), "H2": ("owned", 1)}, 1_728),
    ({"H1": ("owned", 1), "H3": ("franchise", 2)}, 1_668),
    ({"H1": ("franchise", 2), "H3": ("owned", 1)}, 1_658),
    ({"H2": ("owned", 1), "H3": ("franchise", 2)}, 1_656),
    ({"H3": ("owned", 3)}, 1_616),
    ({"H3": ("franchise", 3)}, 1_609),
]
"""Units and k$ a year, from the table in the README of tiny."""


@pytest.mark.parametrize(("units", "total"), DESIGNS)
def test_design_drawn_by_hand_costs_what_the_readme_says(
    tiny: Study, units: dict[str, tuple[str, int]], total: int
) -> None:
    """Each design of the README's table is priced to the dollar, and its costs add up to the objective."""
    decisions = {(site, "base"): None for site in ("H1", "H2", "H3")}
    decisions |= {(site, "base"): (f"{mode}/unit", count) for site, (mode, count) in units.items()}
    plan = optimize(tiny, gap=0.0, decisions=decisions)
    assert plan.objective == pytest.approx(total * 1000)
    assert plan.costs["weighted"].sum() == pytest.approx(plan.objective)
    assert set(frame_of(plan)["site_id"]) == set(units)


def test_costs_by_component_are_those_of_the_readme(tiny: Study) -> None:
    """Units 293, headquarters 20, new centre 10, making and vector 500 each, courier 166, travel 120; fees cancel."""
    costs = solved(tiny).costs.groupby("component")["weighted"].sum()
    expected = {
        "making": 500, "vector": 500, "courier": 166, "travel": 120, "headquarters": 20, "activation": 10,
        "capex": 50, "fixed_opex": 225, "oversight": 18, "fee_per_start": 0, "lost_unmet": 0,
    }  # fmt: skip
    for component, thousands in expected.items():
        assert costs[component] == pytest.approx(thousands * 1000, abs=1e-3), component


@pytest.mark.parametrize("seed", [50, 51, 52])
def test_patients_balance_to_the_last_one(tmp_path: Path, seed: int) -> None:
    """Demand = infused + unmet + lost to distance, quality and delay, in total and for every area (V4)."""
    plan = solved(write_study(tmp_path / "study", random_files(seed)).replace({"limits.sites.max": 1}))
    figures, areas = plan.kpis, plan.areas
    lost = figures["patients_lost_quality"] + figures["patients_lost_delay"]
    assert figures["patients_infused"] + lost == pytest.approx(figures["patients_collected"], rel=1e-9)
    whole = figures["patients_collected"] + figures["patients_unmet"] + figures["patients_lost_distance"]
    assert whole == pytest.approx(figures["patients_demand"], rel=1e-9)
    parts = areas[["infused", "unmet", "lost_distance", "lost_quality", "lost_delay"]].sum(axis=1)
    assert np.allclose(parts, areas["demand"], rtol=1e-6)
    assert areas["infused"].sum() == pytest.approx(figures["patients_infused"], rel=1e-6)
    assert plan.openings["patients_infused"].sum() == pytest.approx(figures["patients_infused"], rel=1e-6)


@pytest.mark.parametrize("seed", [53, 54])
def test_costs_add_up_to_the_objective(tmp_path: Path, seed: int) -> None:
    """The weighted costs of a study with losses, restarts and fees add up to the objective."""
    plan = solved(write_study(tmp_path / "study", random_files(seed)))
    assert plan.costs["weighted"].sum() == pytest.approx(plan.objective, rel=1e-9)
    assert plan.kpis["cost_per_year"] == pytest.approx(plan.objective, rel=1e-9)


def test_quantiles_by_hand() -> None:
    """Of weights 1, 2, 1 at 30, 10, 20: half is reached at 10, three quarters at 20, all at 30; the mean is 17.5."""
    values, weights = np.array([30.0, 10.0, 20.0, 99.0]), np.array([1.0, 2.0, 1.0, 0.0])
    assert [quantile(values, weights, share) for share in (0.5, 0.75, 0.76, 1.0)] == [10, 20, 30, 30]
    assert frame_mean(values, weights) == pytest.approx(17.5)
    assert np.isnan(quantile(values, 0 * weights, 0.5))


def test_travel_figures_of_tiny_by_hand(tiny: Study) -> None:
    """40, 30 and 10 patients travel 10 minutes and 20 travel 20: p90 and worst are 20; vein-to-vein by hand.

    Scheduling 3 + wait 7 + process 10 + release 5 = 25 days at the unit; two legs of a 4 h step add 8/24 day for 70
    of 100 patients.
    """
    figures = solved(tiny).kpis
    assert figures["minutes_p90"] == pytest.approx(20)
    assert figures["minutes_worst"] == pytest.approx(20)
    assert figures["vein_to_vein_d_mean"] == pytest.approx(25 + 0.7 * 8 / 24)


def test_tables_have_the_columns_of_their_promise(tiny: Study) -> None:
    """Result tables carry ids as text, distances in the study's unit, points and lines in WGS 84."""
    plan = solved(tiny)
    assert plan.trips[["area_id", "hospital_id", "distance_km"]].to_numpy().tolist() == [
        ["A", "H1", 10.0], ["B", "H3", 20.0], ["C", "H2", 10.0], ["D", "H3", 10.0],
    ]  # fmt: skip
    assert sorted(plan.lanes["link_class"]) == ["at", "close", "close"]
    assert plan.lanes["patients"].sum() == pytest.approx(100)
    assert plan.areas["main_hospital"].tolist() == ["H1", "H3", "H2", "H3"]
    assert plan.openings["platforms"].dtype.kind == "i"
    assert plan.openings["is_new_centre"].dtype == bool
    for table in (plan.openings, plan.areas, plan.candidates, plan.trips, plan.lanes):
        assert table.crs.to_epsg() == 4326
        assert not table.geometry.is_empty.any()


@pytest.mark.parametrize("weights", [(1, 1), (0.5, 0.5)])
def test_transfers_cancel_where_both_sides_weigh_the_same(tiny: Study, weights: tuple[float, float]) -> None:
    """A fixed plan costs the same whatever the fees, as long as manufacturer and host weigh the same (V6)."""
    decisions = {("H1", "base"): None, ("H2", "base"): None, ("H3", "base"): ("franchise/unit", 3)}
    study = tiny.replace({"perspective.manufacturer": weights[0], "perspective.host": weights[1]})
    totals = [
        optimize(
            edited(study, "modes", {"*": {"fee_per_start": fee, "entry_fee": 10 * fee}}), gap=0.0, decisions=decisions
        )
        for fee in (0.0, 4_000.0, 31_000.0)
    ]
    assert [plan.objective for plan in totals] == pytest.approx([totals[0].objective] * 3, rel=1e-12)


def test_a_fee_moves_money_where_only_the_manufacturer_counts(tiny: Study) -> None:
    """Without the host's money a franchise fee of 4,000 $ costs 100 starts x 4,000 $ more than no fee."""
    decisions = {("H1", "base"): None, ("H2", "base"): None, ("H3", "base"): ("franchise/unit", 3)}
    study = tiny.replace({"perspective.host": 0.0})
    dear, free = (
        optimize(edited(study, "modes", {"*": {"fee_per_start": fee}}), gap=0.0, decisions=decisions).objective
        for fee in (4_000.0, 0.0)
    )
    assert dear - free == pytest.approx(400_000)


def test_gap_is_a_fraction_of_the_objective(tiny: Study) -> None:
    """Status, bound and gap agree: optimal means that the gap is no larger than asked."""
    plan = optimize(tiny, gap=0.2)
    assert plan.status == "optimal"
    assert plan.gap == pytest.approx((plan.objective - plan.bound) / plan.objective, abs=1e-9)
    assert plan.gap <= 0.2
