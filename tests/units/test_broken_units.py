"""One broken study for each rule about units: what is wrong, where, and what to do."""

from __future__ import annotations

import pytest

from siting.errors import StudyError
from siting.network.build import build_network

SUCCESS = "mode,platform,link_class,product,first_start_success\n"
PRODUCTS = "id,incidence_per_100k,eligible_share,lost_patient_price\n"
STAFF = "platform,skill,fte_per_unit,wage_per_year\n"
PLATFORMS = (
    "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,making_cost_per_start,cleanroom_grade,"
    "products\nunit,10,200000,100000,100000,50000,5000,none,cart\nopen,10,200000,100000,100000,50000,5000,B,new\n"
)

BROKEN = {
    "capacity that decreases": (
        {"capacities": "platform,count,starts_per_year\nunit,1,30\nunit,3,60\nunit,2,70\n"},
        "capacities.csv: starts_per_year decreases",
        "(unit / 3)",
    ),
    "capacity of a class without classes": (
        {"capacities": "platform,count,service_class,starts_per_year\nunit,1,fast,30\n"},
        "capacities.csv: service_class is given but the study has no service_classes table",
        "(unit / 1)",
    ),
    "capacity of an unknown class": (
        {"capacities": "platform,count,service_class,starts_per_year\nunit,1,fst,30\n",
         "service_classes": "id,max_wait_d\nfast,3\n"},
        "service_class names ids that are not in service_classes.csv",
        'did you mean "fast"',
    ),
    "use of more than all": ({"uses": "id,cost_share,capacity_share\nshared,1.5,0.5\n"},
                             "uses.csv: cost_share is 1.5, above 1 share", "12 % is 0.12"),
    "success above one": ({"success": f"{SUCCESS}owned,,,,96\n"}, "first_start_success is 96, above 1", "fraction"),
    "all starts cancelled": ({"products": {"cancelled_share": "1"}}, "cancelled_share is 1, above 0.9", "(cart)"),
    "wait of nothing": ({"service_classes": "id,max_wait_d\nfast,0\n"}, "max_wait_d is 0, below 1e-06 d", "(fast)"),
    "success of no platform": (
        {"success": f"{SUCCESS},unti,,,0.9\n"}, 'platform names "unti": no platform, no central plant', '"unit"',
    ),
    "success of a lane that cannot be": (
        {"success": f"{SUCCESS}owned,,central,,0.9\n"}, "these rows fit no start", "(owned / * / central / *)",
    ),
    "success said twice": (
        {"success": f"{SUCCESS}owned,,,,0.9\n,unit,,,0.8\n"},
        "two rows name as much of owned / unit / at / cart (owned / * / * / *, * / unit / * / *)",
        "add a row that names all of it",
    ),
    "success of one start in two rows": (
        {"success": f"{SUCCESS}owned,,,,0.9\nowned,,,,0.8\n"}, "success.csv: duplicate mode", "one row only",
    ),
    "staff of no platform": ({"staff": f"{STAFF}unti,operator,1,80000\n"}, "platform names ids", '"unit"'),
    "need that nobody meets": (
        {"platforms": {"needs": "apheresis"}, "hospitals": {"capabilities": "aferesis"}},
        'needs names "apheresis", which no hospital has', 'did you mean "aferesis"',
    ),
    "space rented and bought": (
        {"hospitals": {"rent_per_m2": "100", "purchase_per_m2": ["", "2000", ""]}},
        "hospitals.csv: rent_per_m2 and purchase_per_m2 are both given", "(H2)",
    ),
}  # fmt: skip

IMPOSSIBLE = {
    "fresh window that no lane meets": (
        {}, {"products": {"is_fresh_only": "true", "fresh_window_h": "1"}, "hospitals": {"can_host": "false"}},
        "products: no lane is short enough for cart: the shortest takes 48 h, fresh cells keep 1 h (cart)",
        "raise fresh_window_h",
    ),
    "frozen cells that do not keep": (
        {}, {"products": {"fresh_window_h": "1", "cryo_window_h": "2"}, "hospitals": {"can_host": "false"}},
        "fresh cells keep 1 h, and frozen ones do not keep long enough", "cryo_window_h",
    ),
    "vein to vein that nobody meets": (
        {}, {"products": {"max_vein_to_vein_d": "20"}},
        "no unit or central plant can make cart within max_vein_to_vein_d = 20", "raise the limit",
    ),
    "product whose platform fits nowhere": (
        {},
        {"platforms": PLATFORMS, "capacities": None, "hospitals": {"cleanroom_grade": "D"}, "central_plants": None,
         "products": f"{PRODUCTS}cart,50,0.2,300000\nnew,50,0.2,300000\n"},
        "products: no unit or central plant can make new (new)", "products and waits of the platforms",
    ),
    "wait that no number of platforms reaches": (
        {"queue.max_wait_d": 0.001}, {"capacities": None},
        "queue.max_wait_d: no number of unit reaches the wait target of 0.001 d: 3 of them promise", "raise the wait",
    ),
    "wait of a class that no number of platforms reaches": (
        {}, {"capacities": None, "service_classes": "id,max_wait_d\nfast,0.001\nslow,14\n"},
        "service_classes fast: no number of unit reaches the wait target of 0.001 d", "(unit)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_study_is_refused(variant, case):
    """Reading names the file, the rows and the value, and says what to do."""
    tables, what, remedy = BROKEN[case]
    with pytest.raises(StudyError) as caught:
        variant(**tables)
    assert what in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_only_prices_and_hours_show_is_refused(variant, case):
    """Building the network names the cause, and not the areas that follow from it."""
    settings, tables, what, remedy = IMPOSSIBLE[case]
    with pytest.raises(StudyError) as caught:
        build_network(variant(settings, **tables))
    assert what in str(caught.value)
    assert remedy in str(caught.value)
    assert "in reach" not in str(caught.value)


def test_all_is_said_at_once(variant):
    """Three slips in three tables are three lines of one message."""
    with pytest.raises(StudyError) as caught:
        variant(
            capacities=BROKEN["capacity that decreases"][0]["capacities"],
            uses=BROKEN["use of more than all"][0]["uses"],
            success=f"{SUCCESS},unti,,,0.9\n",
        )
    assert len(caught.value.problems) == 3
