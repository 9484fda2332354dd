"""The success table: the row that names most of a start holds, and the UK panel's products differ."""

from __future__ import annotations

import pytest

from siting.network.build import build_network

HEAD = "mode,platform,link_class,product,first_start_success,restart_share,second_start_success\n"
COURIER = {"courier.success_change_close": -0.01, "courier.success_change_far": -0.02}


def makings(study):
    """Return making rows with the names of mode, lane and product."""
    network = build_network(study, {})
    rows = network.makings.merge(network.configurations[["mode"]], left_on="configuration", right_index=True)
    return (
        rows.assign(
            link_class=network.links["link_class"].to_numpy()[rows["link"]],
            product=[network.ids.products[i] for i in rows["product"]],
        )
        .set_index(["mode", "link_class", "product"])
        .sort_index()
    )


def first_success(study):
    """Return 1 - lost for quality, which is first-start success where nothing is restarted or infused out of spec."""
    lost = makings(study)["lost_quality"].groupby(level=[0, 1]).agg(["min", "max"])
    assert (lost["max"] - lost["min"]).max() < 1e-12
    return 1.0 - lost["max"]


def test_without_a_table_changes_add_up(variant):
    """0.9 on the platform, -0.03 in a franchise, -0.01 on close lanes, -0.02 on far ones and to plants."""
    found = first_success(
        variant(COURIER, platforms={"first_start_success": "0.9"}, modes={"success_change": ["0", "-0.03"]})
    )
    assert found["owned", "at"] == pytest.approx(0.90)
    assert found["owned", "close"] == pytest.approx(0.89)
    assert found["franchise", "close"] == pytest.approx(0.86)
    assert found["central", "central"] == pytest.approx(0.98)


def test_the_row_that_names_most_holds(variant):
    """What a row names is inside its share; the rest is added: a franchise 0.8, on close lanes 0.79, at home 0.95."""
    rows = "franchise,,,,0.8,,\n,unit,,,0.7,,\nfranchise,unit,,,0.8,,\nfranchise,unit,at,,0.95,,\n,plant,,,0.6,,\n"
    study = variant(COURIER, success=HEAD + rows, modes={"success_change": ["0.01", "-0.03"]})
    found = first_success(study)
    assert found["owned", "at"] == pytest.approx(0.71)
    assert found["owned", "close"] == pytest.approx(0.70)
    assert found["franchise", "at"] == pytest.approx(0.95)
    assert found["franchise", "close"] == pytest.approx(0.79)
    assert found["central", "central"] == pytest.approx(0.58)


def test_uk_panel_by_product(variant):
    """Large B-cell 3.87 % fail: 21 of 38 started again, 11 of them mended, 13 of 27 infused; mantle cell 14.4 % fail.

    Large B-cell: starts 1 + 0.0387 x 21/38 = 1.0214; out of specification infused 0.0387 x 13/38 = 0.0132; lost
    0.0387 x 14/38 = 0.0143 (Dulobdas et al. 2025). Mantle cell, nothing started again: 0.144 x 13/27 infused.
    """
    head = "id,incidence_per_100k,eligible_share,lost_patient_price,attrition_per_day,oos_infused_share"
    products = f"{head}\nlbcl,50,0.2,300000,0,{13 / 27}\nmcl,50,0.2,300000,0,{13 / 27}\n"
    success = f"{HEAD},,,lbcl,0.9613,{21 / 38},{11 / 21}\n,,,mcl,0.856,0,\n"
    rows = makings(variant(products=products, success=success))
    large = rows.loc[("owned", "at", "lbcl")].iloc[0]
    assert large["starts"] == pytest.approx(1.0214, abs=5e-5)
    assert large["infused_oos"] == pytest.approx(0.0132, abs=5e-5)
    assert large["lost_quality"] == pytest.approx(0.0143, abs=5e-5)
    mantle = rows.loc[("owned", "at", "mcl")].iloc[0]
    assert mantle["starts"] == pytest.approx(1.0)
    assert mantle["infused_oos"] == pytest.approx(0.144 * 13 / 27)
    assert mantle[["infused", "lost_quality", "lost_delay"]].sum() == pytest.approx(1.0, abs=1e-12)


def test_restarts_by_mode(variant):
    """A franchise that starts every failure again, with 0.5 success, uses 1.2 starts where 0.2 fail; owned 1."""
    rows = makings(variant(platforms={"first_start_success": "0.8"}, success=f"{HEAD}franchise,,,,0.8,1,0.5\n"))
    assert rows.loc["franchise", "starts"].to_numpy() == pytest.approx(1.2)
    assert rows.loc["franchise", "infused"].to_numpy() == pytest.approx(0.9)
    assert rows.loc["owned", "starts"].to_numpy() == pytest.approx(1.0)
