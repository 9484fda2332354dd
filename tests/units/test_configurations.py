"""Service classes and uses as configurations, and what a number of platforms can promise."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.network.build import build_network
from siting.network.capacity import Queue, mean_wait_d, starts_per_year
from siting.network.configurations import configuration_table
from siting.network.making import making_profile
from siting.network.options import capacity_table, unit_terms
from siting.optimize import optimize
from siting.study.openings import read_openings

CLASSES = "id,max_wait_d,making_cost_factor\nfast,3,1.2\nslow,14,1\n"
USES = "id,cost_share,capacity_share\nexclusive,1,1\nshared,0.5,0.4\n"


def test_ids_name_only_what_differs(variant):
    """One class and one use leave "mode/platform"; several are named after it, and a plant has neither."""
    plain = configuration_table(variant(service_classes="id,max_wait_d\nonly,7\n"))
    assert list(plain["id"]) == ["owned/unit", "franchise/unit", "central/plant"]
    assert list(plain["service_class"]) == ["only", "only", ""]
    both = configuration_table(variant(service_classes=CLASSES, uses=USES))
    assert list(both["id"][:3]) == ["owned/unit/fast/exclusive", "owned/unit/fast/shared", "owned/unit/slow/exclusive"]
    assert both["id"].iloc[-1] == "central/plant"
    assert len(both) == 2 * 2 * 2 + 1


def test_a_fast_class_promises_less_and_costs_more(variant):
    """10 + 1 days a batch: three platforms keep 3 days at fewer starts than 14; a fast start costs 5,000 x 1.2."""
    study = variant(service_classes=CLASSES, capacities=None)
    capacity = capacity_table(study).set_index(["service_class", "platforms"])["capacity"]
    for service_class, wait_d in (("fast", 3.0), ("slow", 14.0)):
        assert mean_wait_d(capacity[service_class, 3], 3, 11.0, Queue(wait_d)) == pytest.approx(wait_d)
    network = build_network(study, {})
    lines = network.makings.merge(network.configurations, left_on="configuration", right_index=True)
    owned = lines[(lines["mode"] == "owned")].groupby("service_class").first()
    assert owned.loc["fast", "making:manufacturer"] == pytest.approx(6_000.0)
    assert owned.loc["slow", "making:manufacturer"] == pytest.approx(5_000.0)
    assert owned.loc["slow", "vein_to_vein_d"] - owned.loc["fast", "vein_to_vein_d"] == pytest.approx(11.0)


def test_speed_is_bought_where_delay_costs_more(variant):
    """A day of delay loses 0.4 % of 300,000 $; 11 days lose far more than 1,000 $ a start, so the plan runs fast."""
    own = "platform,count,service_class,starts_per_year\nunit,3,,110\n"
    study = variant(service_classes=CLASSES, capacities=own, products={"attrition_per_day": "0.004"})
    plan = optimize(study)
    units = plan.openings[~plan.openings["is_central"]]
    assert set(units["service_class"]) == {"fast"}
    assert "use" not in units
    cheap = optimize(variant(service_classes=CLASSES, capacities=own))
    assert set(cheap.openings["service_class"]) == {"slow"}


def test_own_table_may_tell_classes_apart(variant):
    """A row for the class holds for the class, a row without one for the others."""
    own = "platform,count,service_class,starts_per_year\nunit,1,,30\nunit,1,fast,20\nunit,2,fast,50\n"
    table = capacity_table(variant(service_classes=CLASSES, capacities=own))
    assert [tuple(row) for row in table.to_numpy()] == [
        ("unit", "fast", 1, 20.0), ("unit", "fast", 2, 50.0), ("unit", "slow", 1, 30.0),
    ]  # fmt: skip


def test_shared_use_scales_cost_and_capacity(variant):
    """Half the cost and 0.4 of 110 starts: capex 0.5 x 500,000 / 10 years, fixed 0.5 x 250,000; the area is whole."""
    network = build_network(variant(uses=USES), {})
    rows = network.options.merge(network.configurations, left_on="configuration", right_index=True)
    row = rows[(rows["id"] == "owned/unit/shared") & (rows["platforms"] == 3)].iloc[0]
    assert row["capacity"] == pytest.approx(44.0)
    assert row["capex:manufacturer"] == pytest.approx(25_000.0)
    assert row["fixed_opex:manufacturer"] == pytest.approx(125_000.0)
    assert row["area_m2"] == 24.0


def test_days_and_shifts_bound_the_starts(variant):
    """On 250 of 365 days 11 days of work take 16.06; 0.1 starts a shift in 2 shifts of 250 days are 50 at most."""
    slower = [starts_per_year(count, 11 * 365 / 250, 1.0, Queue(7.0)) for count in (1, 2, 3)]
    days = {"operating_days_per_year": "250"}
    assert capacity_table(variant(capacities=None, platforms=days))["capacity"].to_numpy() == pytest.approx(slower)
    staffed = {**days, "starts_per_shift": "0.1", "shifts_per_day": "2"}
    assert capacity_table(variant(capacities=None, platforms=staffed))["capacity"].max() == pytest.approx(50.0)


def test_openings_with_classes_are_read_back(variant, tmp_path):
    """openings.csv of a plan names classes and uses, and as decisions it gives the same plan."""
    study = variant(service_classes=CLASSES, uses=USES)
    plan = optimize(study)
    file = tmp_path / "openings.csv"
    pd.DataFrame(plan.openings.drop(columns="geometry")).to_csv(file, index=False)
    again = optimize(study, decisions=read_openings(study, file))
    assert again.objective == pytest.approx(plan.objective)
    assert list(again.openings["use"]) == list(plan.openings["use"])


def test_cancelled_starts_take_slots_and_money(variant):
    """One start in five is cancelled and begun anew: 1 / 0.8 = 1.25 starts a patient, nobody lost by it."""
    study = variant(products={"cancelled_share": "0.2"})
    network = build_network(study)
    owned = network.makings[network.configurations["mode"].to_numpy()[network.makings["configuration"]] == "owned"]
    for column in ("slots", "starts"):
        assert owned[column].to_numpy() == pytest.approx(1.25)
    assert owned["making:manufacturer"].to_numpy() == pytest.approx(6_250.0)
    assert owned["vector:manufacturer"].to_numpy() == pytest.approx(6_250.0)
    assert owned["infused"].to_numpy() == pytest.approx(1.0)


def test_profile_and_terms_cover_every_configuration(variant):
    """Two modes x two classes x two uses x three sizes, and a making row for each of them on each link of a unit."""
    study = variant(service_classes=CLASSES, uses=USES)
    configurations = configuration_table(study)
    assert len(unit_terms(study, configurations)) == 2 * 2 * 2 * 3
    links = pd.DataFrame({"link_class": ["at", "central"], "hours": [0.0, 48.0], "shipping": ["fresh", "cryo"]})
    assert len(making_profile(study, configurations, links)) == 2 * 2 * 2 + 1
