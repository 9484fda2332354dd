"""Fresh or frozen: cells travel fresh while they keep, else frozen, else not at all."""

from __future__ import annotations

import pytest

from siting.network.build import build_network

# Lanes of data/tiny with 2 h of handling: H1-H2 4.0 h, H1-H3 3.2 h, H2-H3 3.6 h, plant 48 h.
FREEZE = {"courier.cryo_h": 6.0, "courier.cryo_cost_per_shipment": 300.0, "courier.cryo_storage_per_patient": 50.0}


def lanes(study):
    """Return lanes by (hospital, site) with how cells travel."""
    network = build_network(study, {})
    rows = network.lanes.assign(
        hospital=[network.ids.hospitals[h] for h in network.lanes["hospital"]],
        site=[network.ids.sites[j] for j in network.lanes["site"]],
        shipping=network.links["shipping"].to_numpy()[network.lanes["link"]],
        link_hours=network.links["hours"].to_numpy()[network.lanes["link"]],
    )
    return rows.set_index(["hospital", "site"])


def test_cells_travel_fresh_within_their_window(variant):
    """With 3.5 h of freshness H1-H3 is fresh; H2-H3 and the plant are frozen: 2 x 300 + 50 = 650 $ a patient more."""
    rows = lanes(variant(FREEZE, products={"fresh_window_h": "3.5"}))
    assert rows.loc[("H1", "H1"), "shipping"] == "fresh"
    assert rows.loc[("H1", "H3"), ["shipping", "cryo:manufacturer"]].tolist() == ["fresh", 0.0]
    assert rows.loc[("H2", "H3"), ["shipping", "cryo:manufacturer"]].tolist() == ["cryo", 650.0]
    assert rows.loc[("H1", "plant"), ["shipping", "cryo:manufacturer"]].tolist() == ["cryo", 650.0]
    # 500 $ + 10 $/km x 80 km, twice, as before.
    assert rows.loc[("H2", "H3"), "courier:manufacturer"] == pytest.approx(2 * (500 + 800))


def test_freezing_takes_time_between_hospitals(variant):
    """H2-H3 takes 3.6 + 6 h, a step of 12 h; the plant's 48 h hold its freezing already."""
    rows = lanes(variant(FREEZE, products={"fresh_window_h": "3.5"}))
    assert rows.loc[("H2", "H3"), ["hours", "link_hours"]].tolist() == pytest.approx([9.6, 12.0])
    assert rows.loc[("H1", "plant"), "hours"] == 48.0


def test_fresh_only_cells_never_freeze(variant):
    """With 3.5 h of freshness only H1-H3 and home are left of the lanes."""
    rows = lanes(variant(FREEZE, products={"fresh_window_h": "3.5", "is_fresh_only": "true"}))
    assert set(rows.index) == {("H1", "H1"), ("H2", "H2"), ("H3", "H3"), ("H1", "H3"), ("H3", "H1")}


def test_frozen_cells_have_a_window_too(variant):
    """47 h of frozen life do not reach the plant; the longest courier time holds with freezing inside (9.6 h > 9.5)."""
    rows = lanes(variant(products={"cryo_window_h": "47"}))
    assert "plant" not in rows.index.get_level_values("site")
    rows = lanes(variant(FREEZE | {"courier.max_h": 9.5}, products={"fresh_window_h": "3.5"}))
    assert ("H2", "H3") not in rows.index
    assert ("H2", "plant") in rows.index


def test_freezing_costs_success(variant):
    """-0.04 where frozen: 0.96 on frozen lanes, 1 on fresh ones; two products share a lane in two ways."""
    head = "id,incidence_per_100k,eligible_share,lost_patient_price,attrition_per_day,restart_share,oos_infused_share"
    products = f"{head},fresh_window_h\nlong,50,0.2,300000,0,0,0,24\nshort,50,0.2,300000,0,0,0,3\n"
    study = variant({"courier.success_change_cryo": -0.04}, products=products, central_plants=None)
    network = build_network(study, {})
    shipping = network.links["shipping"].to_numpy()[network.makings["link"]]
    assert network.makings.loc[shipping == "cryo", "lost_quality"].to_numpy() == pytest.approx(0.04)
    assert network.makings.loc[shipping == "fresh", "lost_quality"].to_numpy() == pytest.approx(0.0)
    apart = network.lanes[network.lanes["hospital"] != network.lanes["site"]]
    by_product = apart.assign(shipping=network.links["shipping"].to_numpy()[apart["link"]]).groupby("product")
    assert [set(names) for _, names in by_product["shipping"]] == [{"fresh"}, {"cryo"}]
