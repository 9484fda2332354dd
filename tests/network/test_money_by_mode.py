"""Money of one unit in each mode, worked by hand: what each payer pays for a batch and for a year of the unit."""

from __future__ import annotations

import pytest

from siting.network.build import build_network
from siting.network.network import ledger
from siting.optimize import optimize

QUALITY = {
    "restart_share": 0.5, "second_start_success": 0.8, "oos_infused_share": 0.5, "list_price": 400_000,
}  # fmt: skip
FRANCHISE = {"entry_fee": 100_000, "royalty_share": 0.05, "fee_per_dose": 2_000}
VENTURE = {
    "name": "Joint venture", "capex_host_share": 0.5, "opex_host_share": 0.5, "making_host_share": 0.2,
    "oversight_per_year": 9_000, "royalty_share": 0.01, "min_starts_per_year": 10,
}  # fmt: skip

# One patient collected, first-start success 0.9: starts E = 1 + 0.1 x 0.5 = 1.05; released P = 0.9 + 0.05 x 0.8 = 0.94;
# out of specification infused 0.5 x 0.06 = 0.03; infused 0.97; lost 0.03 x 300,000 = 9,000. Making 5,000 E = 5,250,
# vector 5,000 E = 5,250.
BATCH = {
    "owned": {"making:manufacturer": 5_250.0, "vector:manufacturer": 5_250.0, "lost_quality:lost": 9_000.0},
    # fee 4,000 E = 4,200; fee a dose 2,000 P = 1,880; royalty 0.05 x 400,000 x 0.97 = 19,400.
    "franchise": {
        "making:manufacturer": 5_250.0, "vector:manufacturer": 5_250.0,
        "fee_per_start:manufacturer": 4_200.0, "fee_per_start:host": -4_200.0,
        "fee_per_dose:manufacturer": 1_880.0, "fee_per_dose:host": -1_880.0,
        "royalty:host": 19_400.0, "royalty:manufacturer": -19_400.0, "lost_quality:lost": 9_000.0,
    },
    # making 80 : 20; royalty 0.01 x 400,000 x 0.97 = 3,880.
    "venture": {
        "making:manufacturer": 4_200.0, "making:host": 1_050.0, "vector:manufacturer": 5_250.0,
        "royalty:host": 3_880.0, "royalty:manufacturer": -3_880.0, "lost_quality:lost": 9_000.0,
    },
}  # fmt: skip
# Two platforms: capex (200,000 + 2 x 100,000) / 10 years = 40,000; fixed 100,000 + 2 x 50,000 = 200,000.
UNIT = {
    "owned": {"capex:manufacturer": 40_000.0, "fixed_opex:manufacturer": 200_000.0},
    # fixed x 0.9 = 180,000; entry fee 100,000 / 10 = 10,000.
    "franchise": {
        "capex:host": 40_000.0, "fixed_opex:host": 180_000.0, "oversight:manufacturer": 18_000.0,
        "entry_fee:host": 10_000.0, "entry_fee:manufacturer": -10_000.0,
    },
    "venture": {
        "capex:manufacturer": 20_000.0, "capex:host": 20_000.0, "fixed_opex:manufacturer": 100_000.0,
        "fixed_opex:host": 100_000.0, "oversight:manufacturer": 9_000.0,
    },
}  # fmt: skip


@pytest.fixture
def terms(tiny_with):
    """Read a study with all terms of a mode in use, and a joint venture as one more row."""
    return tiny_with(
        products={"cart": QUALITY}, platforms={"unit": {"first_start_success": 0.9}},
        modes={"franchise": FRANCHISE, "venture": VENTURE},
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["owned", "franchise", "venture"])
def test_a_batch_and_a_unit_cost_what_the_arithmetic_says(terms, mode):
    """Each ledger column of a batch and of a unit of two platforms at H1 is the figure worked out above."""
    network = build_network(terms, {})
    configuration = network.configurations.index[network.configurations["mode"] == mode][0]
    at_h1 = {
        name: rows[(rows["site"] == 0) & (rows["configuration"] == configuration)]
        for name, rows in (("makings", network.makings), ("options", network.options))
    }
    batch = at_h1["makings"][network.links["link_class"].to_numpy()[at_h1["makings"]["link"]] == "at"].iloc[0]
    unit = at_h1["options"][at_h1["options"]["platforms"] == 2].iloc[0]
    for row, expected in ((batch, BATCH[mode]), (unit, UNIT[mode])):
        found = {name: row[name] for name in ledger(row.to_frame().T) if row[name] != 0.0}
        assert found == pytest.approx(expected)
    assert batch[["starts", "released", "infused", "infused_oos", "lost_quality"]].tolist() == pytest.approx(
        [1.05, 0.94, 0.97, 0.03, 0.03]
    )


def test_fee_per_release_is_dearer_than_fee_per_start_by_the_panel(tiny_with):
    """With the UK panel's shares (Dulobdas 2025) a fee f a start is worth 1.050 f a released dose: 1.0214 / 0.9725."""
    panel = {"restart_share": 21 / 38, "second_start_success": 11 / 21, "oos_infused_share": 13 / 27}
    study = tiny_with(
        products={"cart": panel}, platforms={"unit": {"first_start_success": 1 - 38 / 981}},
        modes={"franchise": {"fee_per_start": 1000, "fee_per_dose": 1050}},
    )  # fmt: skip
    makings = build_network(study, {}).makings
    franchise = makings[makings["fee_per_start:host"] < 0]
    assert (franchise["starts"] / franchise["released"]).to_numpy() == pytest.approx(1.0503, abs=1e-4)
    assert franchise["fee_per_dose:host"].to_numpy() == pytest.approx(franchise["fee_per_start:host"], rel=3e-4)


PLAN = {("H1", "base"): None, ("H2", "base"): None, ("H3", "base"): ("franchise/unit", 3)}
"""The optimum of data/tiny: 100 starts at H3."""


@pytest.mark.parametrize(
    ("perspective", "objective"),
    [
        # making 500 + vector 500 + fee 4 x 100 + oversight 18 + headquarters 20 (k$); everybody travels to H3, as the
        # manufacturer pays couriers (166) but no travel
        ("manufacturer", 1_438_000.0),
        # capex 50 + fixed 225 + activation 10 - fee 400
        ("host", -115_000.0),
        # travel
        ("patient", 120_000.0),
        # all of it, the fee cancels
        ("health_system", 1_609_000.0),
    ],
)
def test_perspectives_weigh_the_same_ledger(tiny_with, perspective, objective):
    """The same unit costs each payer its own part; nobody is lost."""
    plan = optimize(tiny_with({"perspective.name": perspective}), gap=0.0, decisions=PLAN)
    assert plan.kpis["cost_per_year"] == pytest.approx(objective)
    assert plan.objective == pytest.approx(objective)


def test_a_weight_that_is_given_wins_over_the_perspective(tiny_with):
    """The manufacturer's view with half the host's money: 1,438 - 115 / 2 = 1,380.5 k$."""
    settings = {"perspective.name": "manufacturer", "perspective.host": 0.5}
    assert optimize(tiny_with(settings), gap=0.0, decisions=PLAN).objective == pytest.approx(1_380_500.0)


def test_transfers_cancel_in_the_health_system(tiny_with):
    """The cost of a fixed plan to the health system does not know fees, royalties and milestones (V6)."""
    terms = {"entry_fee": 500_000, "royalty_share": 0.1, "fee_per_start": 9_000, "fee_per_dose": 3_000,
             "milestone_starts": 80, "milestone_payment": 70_000}  # fmt: skip
    study = tiny_with(products={"cart": {"list_price": 300_000}}, modes={"franchise": terms})
    plan = optimize(study, gap=0.0, decisions=PLAN)
    assert plan.objective == pytest.approx(1_609_000.0)
    sums = plan.costs.groupby("component")["amount_per_year"].sum()
    assert sums[["entry_fee", "royalty", "fee_per_start", "fee_per_dose", "milestone"]].to_numpy() == pytest.approx(0.0)
    # manufacturer: 1,204 k$ without fees - entry 50 - royalty 100 x 30 + fees 100 x 12 + milestone 70
    paid = plan.costs.loc[plan.costs["payer"] == "manufacturer", "amount_per_year"].sum()
    assert paid == pytest.approx(1_204_000 - 50_000 - 3_000_000 + 1_200_000 + 70_000)


def test_host_books_are_reported_by_unit(tiny_with):
    """At H3 the host earns 100 x 4 k$ and pays 50 + 225 k$; starting to treat (10) is not the unit's cost."""
    unit = optimize(tiny_with(), gap=0.0, decisions=PLAN).openings.iloc[0]
    assert unit["host_income_per_year"] == pytest.approx(400_000.0)
    assert unit["host_cost_per_year"] == pytest.approx(275_000.0)


def test_summary_names_hosts_that_lose(tiny_with):
    """At a fee of 2.7 k$ the host of H3 earns 270 of 275 k$, which the summary says; at 4 k$ it is silent."""
    cheap = optimize(tiny_with(modes={"franchise": {"fee_per_start": 2_700}}), gap=0.0, decisions=PLAN)
    assert "Hosts that pay more than they are paid: H3" in cheap.summary()
    assert "Hosts that pay" not in optimize(tiny_with(), gap=0.0, decisions=PLAN).summary()


def test_implied_price_and_margin_are_reported(tiny_with):
    """1,604 k$ / 100 doses = 16,040; at a margin of 21 % of the price 20,303.80; at a price of 50,000 it is 67.92 %."""
    figures = optimize(tiny_with(), gap=0.0, decisions=PLAN).kpis
    assert figures["manufacturer_cost_per_infused"] == pytest.approx(16_040.0)
    assert figures["implied_price"] == pytest.approx(16_040.0 / 0.79)
    assert figures["margin_at_list_price"] is None
    priced = tiny_with(products={"cart": {"list_price": 50_000}})
    assert optimize(priced, gap=0.0, decisions=PLAN).kpis["margin_at_list_price"] == pytest.approx(0.6792)


def test_avoided_care_counts_for_the_health_system_only(tiny_with):
    """100 patients who each save 100 k$ elsewhere take 10 M$ off the health system's figure, and nothing off costs."""
    value = {"cart": {"avoided_care_value": 100_000}}
    plan = optimize(tiny_with(products=value), gap=0.0, decisions=PLAN)
    assert plan.objective == pytest.approx(1_609_000.0 - 10_000_000.0)
    assert plan.kpis["cost_per_infused"] == pytest.approx(16_090.0)
    seen = optimize(tiny_with({"perspective.name": "manufacturer"}, products=value), gap=0.0, decisions=PLAN)
    assert seen.objective == pytest.approx(1_438_000.0)


def test_follow_up_trips_cost_travel(tiny_with):
    """10 follow-up trips, 40 % of them near home, are 6 more: 5 + 6 = 11 round trips, 120 k$ x 11 / 5 = 264 k$."""
    settings = {"travel.follow_up_trips": 10.0, "travel.follow_up_local_share": 0.4}
    plan = optimize(tiny_with(settings), gap=0.0, decisions=PLAN)
    assert plan.costs.set_index("component").loc["travel", "amount_per_year"] == pytest.approx(264_000.0)
