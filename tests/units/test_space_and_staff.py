"""Where a unit can stand, what its rooms cost, and who works there: money worked by hand."""

from __future__ import annotations

import pytest

from siting.network.build import build_network

STAFF = (
    "platform,skill,fte_per_unit,fte_per_platform,wage_per_year,is_every_shift,shift_factor\n"
    "unit,operator,1,0.5,80000,true,1.5\nunit,quality,2,0,100000,false,1\n"
)
TWO_SHIFTS = {"shifts_per_day": "2"}


def options(study, mode="owned"):
    """Return the options of a mode in hospitals by (site id, platforms)."""
    network = build_network(study, {})
    rows = network.options.merge(network.configurations[["mode"]], left_on="configuration", right_index=True)
    rows = rows[rows["mode"] == mode].assign(site=lambda frame: [network.ids.sites[j] for j in frame["site"]])
    return rows.set_index(["site", "platforms"])


def test_platforms_that_stack_need_less_room(variant):
    """12 m2 for the first stack and 6 m2 for each further one: three platforms take 24 m2, stacked by two 18 m2."""
    assert options(variant()).loc[("H1", 3), "area_m2"] == 24.0
    assert options(variant(platforms={"stack": "2"})).loc[("H1", 3), "area_m2"] == 18.0


def test_units_that_do_not_fit_are_not_there(variant):
    """18 m2 hold two platforms (12 + 6 m2), not three."""
    assert options(variant(hospitals={"space_m2": ["18", "", "100"]})).loc["H1"].index.tolist() == [1, 2]


def test_rooms_below_the_grade_are_raised_at_a_price(variant):
    """From D to B are two grades: 2 x 12 m2 x 5,000 $ = 120,000 $ at H1, as 12,000 $ a year; none at H2 (B) and H3."""
    rooms = {"hospitals": {"cleanroom_grade": ["D", "B", ""]}, "platforms": {"cleanroom_grade": "B"}}
    assert "H1" not in options(variant(**rooms)).index.get_level_values("site")
    raised = options(variant({"costs.cleanroom_upgrade_per_m2": 5000.0}, **rooms))
    assert raised.loc[("H1", 1), "fit_out:manufacturer"] == pytest.approx(12_000.0)
    assert raised.loc[("H1", 1), "capex"] == pytest.approx(300_000.0 + 120_000.0)
    assert raised.loc[("H2", 1), "fit_out:manufacturer"] == raised.loc[("H3", 1), "fit_out:manufacturer"] == 0.0


def test_fit_out_is_paid_like_the_machines(variant):
    """1,000 $ for each of 18 m2 is 18,000 $ once, 1,800 $ a year, by the hospital of a franchise."""
    rows = options(variant(platforms={"fit_out_per_m2": "1000"}), "franchise")
    assert rows.loc[("H1", 2), "fit_out:host"] == pytest.approx(1_800.0)
    assert rows.loc[("H1", 2), "fit_out:manufacturer"] == 0.0
    assert rows.loc[("H1", 2), "capex_manufacturer"] == 0.0


def test_space_is_rented_or_bought(variant):
    """18 m2 at 200 $ a year are 3,600 $; at 2,500 $ once 45,000 $, 4,500 $ a year, and part of the investment."""
    rows = options(variant(hospitals={"rent_per_m2": ["200", "", ""], "purchase_per_m2": ["", "2500", ""]}))
    assert rows.loc[("H1", 2), "rent:manufacturer"] == pytest.approx(3_600.0)
    assert rows.loc[("H1", 2), "purchase:manufacturer"] == 0.0
    assert rows.loc[("H2", 2), "purchase:manufacturer"] == pytest.approx(4_500.0)
    assert rows.loc[("H2", 2), "rent:manufacturer"] == 0.0
    assert rows.loc[("H2", 2), "capex"] == pytest.approx(400_000.0 + 45_000.0)


def test_needs_must_be_met_or_added(variant):
    """H1 has both, H2 lacks a freezer that costs 50,000 $ to add, H3 lacks a licence that cannot be added."""
    study = variant(
        hospitals={"capabilities": ["apheresis; freezer", "apheresis", "freezer"]},
        platforms={"needs": "apheresis;freezer"},
        capabilities="id,cost_to_add\nfreezer,50000\napheresis,\n",
    )
    rows = options(study)
    assert set(rows.index.get_level_values("site")) == {"H1", "H2"}
    assert rows.loc[("H1", 1), "fit_out:manufacturer"] == 0.0
    assert rows.loc[("H2", 1), "fit_out:manufacturer"] == pytest.approx(5_000.0)


def test_people_by_skill_and_shift(variant):
    """Three platforms, two shifts: operators (1 + 3 x 0.5) x 2 x 1.5 = 7.5, quality 2, wages 7.5 x 80 + 2 x 100 k$."""
    study = variant(staff=STAFF, platforms=TWO_SHIFTS, hospitals={"wage_factor": ["1", "1.2", "1"]})
    rows = options(study)
    assert rows.loc[("H1", 3), "fte"] == pytest.approx(9.5)
    assert rows.loc[("H1", 3), "staff:manufacturer"] == pytest.approx(800_000.0)
    assert rows.loc[("H2", 3), "staff:manufacturer"] == pytest.approx(960_000.0)
    assert options(study, "franchise").loc[("H1", 3), "staff:host"] == pytest.approx(800_000.0)


def test_people_of_a_shared_unit_are_shared(variant):
    """Half of one platform's operators (1.5 posts x 1.5 people) and quality (2): 2.125 people."""
    rows = options(variant(staff=STAFF, uses="id,cost_share,capacity_share\nhalf,0.5,0.5\n"))
    assert rows.loc[("H1", 1), "fte"] == pytest.approx(2.125)
    assert rows.loc[("H1", 1), "staff:manufacturer"] == pytest.approx(0.5 * (2.25 * 80_000 + 2 * 100_000))


def test_a_unit_of_today_pays_no_fit_out_again(variant):
    """H1 runs one platform: that one costs nothing more, a second only its price of 100,000 $."""
    today = {
        "status": ["existing", "candidate", "candidate"], "existing_mode": ["owned", "", ""],
        "existing_platform": ["unit", "", ""], "existing_count": ["1", "", ""], "purchase_per_m2": "1000",
    }  # fmt: skip
    rows = options(variant(hospitals=today, platforms={"fit_out_per_m2": "1000"}))
    assert rows.loc[("H1", 1), "capex"] == 0.0
    assert rows.loc[("H1", 2), "capex"] == pytest.approx(100_000.0)
    assert rows.loc[("H2", 1), "capex"] == pytest.approx(300_000.0 + 12_000.0 + 12_000.0)
