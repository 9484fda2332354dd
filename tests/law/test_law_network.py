"""What law takes out of the network, and what is said about it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

import siting
from siting.errors import InfeasibleError, StudyError
from siting.model.features.hubs import attachments
from siting.network.build import build_network
from siting.network.law import Law
from siting.study.read import read_study

PERIODS = "id,years\nearly,1\nlater,2\n"
NOW = "all,*,*,,,0,0,0\n"
HOSPITALS = "id,region,lon,lat,treats_today,status,existing_mode,existing_platform,existing_count\n"


def _named(network, table, *ends):
    names = {"area": network.ids.areas, "hospital": network.ids.hospitals, "site": network.ids.sites}
    return {tuple(names[end][k] for end, k in zip(ends, row, strict=True)) for row in table[list(ends)].to_numpy()}


def test_no_law_leaves_no_trace(lawful) -> None:
    """Without rules and regimes there is no law, no further link and no further cost."""
    network = build_network(lawful())
    assert all(len(getattr(network.law, name)) == 0 for name in Law.__dataclass_fields__)
    assert list(network.shared_costs) == ["name", "headquarters:manufacturer"]
    assert set(network.links["barred"]) <= {""}


def test_trips_taken_away_are_kept_by_rule(lawful) -> None:
    """A forbidden trip is out of the network, and in the law under each rule that forbids it."""
    network = build_network(lawful("p,forbid_trip,A,H2;H3,,,,\nq,forbid_trip,region:West,H2,,,,\n"))
    gone = {("A", "H2"), ("A", "H3"), ("B", "H2")}
    assert _named(network, network.trips, "area", "hospital") == set(product("ABCD", ("H1", "H2", "H3"))) - gone
    assert [_named(network, rows, "area", "hospital") for _, rows in network.law.trips.groupby("rule")] == [
        {("A", "H2"), ("A", "H3")}, {("A", "H2"), ("B", "H2")}]  # fmt: skip


def test_region_without_hospitals_may_be_named(lawful) -> None:
    """Patients of a region without a hospital may be kept inside it: they then have none."""
    areas = "id,lon,lat,population,region\nA,9.9,50.03,200000,North\nB,10.5,50.15,100000,West\n"
    trips = "area,hospital,minutes\nA,H1,10\nB,H1,50\n"
    study = lawful("p,forbid_trip,region:North,not region:North,,,,\n", areas_csv=areas, trips_csv=trips)
    network = build_network(study.replace({"limits.allow_unreachable": True}))
    assert _named(network, network.trips, "area", "hospital") == {("B", "H1")}


def test_mode_rule_keeps_the_lane_for_others(lawful) -> None:
    """A lane that is forbidden to one mode stays, on a link that the mode has no making on."""
    network = build_network(lawful("l,forbid_lane,H1,H3,,franchise,,\n"), decisions={})
    place = network.ids.sites.index
    lanes = network.lanes.set_index(["hospital", "site"])["link"]
    made = network.makings.assign(mode=network.configurations["mode"].to_numpy()[network.makings["configuration"]])
    modes = {
        sender: set(
            made.loc[(made["site"] == place("H3")) & (made["link"] == lanes[place(sender), place("H3")]), "mode"]
        )
        for sender in ("H1", "H2", "H3")
    }
    assert modes == {"H1": {"owned"}, "H2": {"owned", "franchise"}, "H3": {"owned", "franchise"}}


def test_stranded_areas_name_the_rule(lawful) -> None:
    """An area that the rules leave without a hospital is refused, and the rules are named; by lanes as well."""
    with pytest.raises(StudyError, match=r"rules take trips or lanes away there: p: .*\(C Eastham\)"):
        build_network(lawful("p,forbid_trip,C,*,,,,\nq,forbid_trip,A,H3,,,,\n"))
    with pytest.raises(StudyError, match=r"rules take trips or lanes away there: l, m: "):
        build_network(lawful("l,forbid_lane,*,*;not H1,,,,\nm,forbid_lane,*,H1,,,,\n"))


def test_required_site_names_the_rule(lawful) -> None:
    """A site that must have a unit and may have none by a rule is refused by the rule's name."""
    hospitals = HOSPITALS + "H1,West,10,50,true,required,,,\nH2,East,11.1,50,true,,,,\nH3,East,10.55,50.27,false,,,,\n"
    with pytest.raises(StudyError, match=r"these rules leave them none that fits: west .*\(H1\)"):
        build_network(lawful("west,forbid_site,,region:West,,,,\n", hospitals_csv=hospitals))
    regimes = "slow,West,*,,,0,0,30\nfast,*,*,,,0,0,0\n"
    with pytest.raises(StudyError, match=r"approve none before the first period begins: slow .*\(H1\)"):
        build_network(lawful(regimes=regimes, hospitals_csv=hospitals, periods_csv=PERIODS + "last,5\n"))


def test_decision_by_hand_names_the_rule(lawful) -> None:
    """A unit drawn by hand where a rule forbids it, or before its approval, is refused."""
    study = lawful("s,forbid_site,,H3,,franchise,,\n")
    with pytest.raises(StudyError, match=r"a rule forbids it \(s\)"):
        build_network(study, {("H3", "base"): ("franchise/unit", 1)})
    study = lawful(regimes="all,*,*,,,0,0,6\n", periods_csv=PERIODS)
    with pytest.raises(StudyError, match=r"run before the approval of their regime .*\(H3\)"):
        build_network(study, {("H3", "early"): ("owned/unit", 1)})


def test_full_hub_is_named_by_the_diagnosis(lawful) -> None:
    """When units are asked for that the hub has no room for, the diagnosis names its span and what would work."""
    study = lawful("site,hub,H1,,,,1,\n", hospitals_csv=HOSPITALS + "H1,West,10,50,true,required,,,\n"
                   "H2,East,11.1,50,true,required,,,\nH3,East,10.55,50.27,false,required,,,\n")  # fmt: skip
    with pytest.raises(InfeasibleError, match=r"rules.site.span: at most 1 is asked for; .* is 2 spokes"):
        siting.optimize(study, gap=0.0)


def test_attachments_are_as_many_as_can_be(lawful) -> None:
    """On random hubs the matching attaches as many spokes as the best of all assignments tried one by one."""
    rng = np.random.default_rng(7)
    network = build_network(lawful())
    sites = pd.concat([network.sites.iloc[:1]] * 9, ignore_index=True)
    options = pd.DataFrame({"site": range(9), "configuration": 0})
    for _ in range(40):
        pairs = [(rule, rule, site) for rule in range(3) for site in range(3, 9) if rng.random() < 0.6]
        hubs = pd.DataFrame(pairs, columns=["rule", "hub", "site"]).assign(configuration=0)
        span = rng.integers(1, 4, 3)
        rules = pd.DataFrame({"id": list("abc"), "kind": "hub", "mode": "", "span": span})
        chosen = np.where(rng.random(9) < 0.7, np.arange(9), -1)
        case = network.replace(sites=sites, options=options, law=Law(rules=rules, hubs=hubs))
        attached, alone = attachments(case, chosen)
        needing = sorted({site for _, _, site in pairs if chosen[site] >= 0})
        choices = [[None, *(rule for rule, hub, site in pairs if site == its and chosen[hub] >= 0)] for its in needing]
        possible = (
            sum(rule is not None for rule in ways)
            for ways in product(*choices) if all(ways.count(rule) <= span[rule] for rule in range(3))
        )  # fmt: skip
        assert len(attached) == max(possible)
        assert sorted([*attached, *alone]) == needing
        assert all((rule, rule, site) in pairs for site, rule in attached.items())


def test_units_wait_for_their_approval(lawful) -> None:
    """With 6 months of approval the first year is central (3,160 k$) and the two after it are not (1,609 k$)."""
    study = lawful(regimes="all,*,*,,,0,0,6\n", periods_csv=PERIODS)
    plan = siting.optimize(study, gap=0.0)
    assert plan.openings.groupby("period")["site_id"].agg(list).to_dict() == {"early": ["plant"], "later": ["H3"]}
    assert plan.objective == pytest.approx(3_160_000 + 2 * 1_609_000)
    never = siting.optimize(lawful(regimes="all,*,*,,,0,0,13\n", periods_csv=PERIODS), gap=0.0)
    assert never.objective == pytest.approx(3 * 3_160_000)
    assert never.rules["units_removed"].tolist() == [6]


def test_plan_that_runs_too_early_does_not_survive(lawful) -> None:
    """The recount notices a unit before its approval, and a spoke without its hub, by name."""
    plan = siting.optimize(lawful(), gap=0.0)
    units = plan.network.options.query("site < 3")[["site", "configuration"]].drop_duplicates()
    rules = pd.DataFrame({"id": ["r"], "kind": ["hub"], "mode": [""], "span": [1], "months": [12.0], "note": [""]})
    early = Law(rules=rules, approvals=units.assign(rule=0, first_period=1))
    spoke = Law(rules=rules, hubs=units.assign(rule=0, hub=0))
    for law, words in ((early, "run before they are approved"), (spoke, "no open hub with room for them by r")):
        with pytest.raises(siting.PlanError, match=rf"{words} \(H3\)"):
            siting.Plan(plan.network.replace(law=law), plan.solution).check()


def test_existing_unit_has_its_approval(lawful) -> None:
    """A regime that governs a unit of today costs its yearly cost only, and nobody waits for it."""
    hospitals = HOSPITALS + "H1,West,10,50,true,existing,owned,unit,1\nH2,West,11.1,50,true,,,,\n"
    hospitals += "H3,East,10.55,50.27,false,,,,\n"
    areas = "id,lon,lat,population,region\nA,9.9,50.03,200000,West\n"
    regimes = "W,West,*,,,1000000,7000,24\nE,East,*,,,1000000,7000,24\n"
    network = build_network(lawful(regimes=regimes, hospitals_csv=hospitals, areas_csv=areas, periods_csv=PERIODS,
                                   trips_csv="area,hospital,minutes\nA,H1,10\n"))  # fmt: skip
    costs = network.shared_costs.set_index("name")["regime:manufacturer"].to_dict()
    assert costs == {"headquarters": 0.0, "regimes.W": 7_000.0}
    assert set(network.options["site"]) == {0, 1, 3}


def test_report_says_what_binds(lawful) -> None:
    """Patients who pass a forbidden hospital or unit, a full hub, a regime that is paid; the rest is counted."""
    rules = "pay,forbid_trip,B,H3,,,,state law\nsame,forbid_lane,H1,H3,,,,\nhub,hub,H3,H1,,,1,\nidle,hub,H2,H1,,,5,\n"
    plan = siting.optimize(lawful(rules, "all,*,*,,,50000,0,6\n"), gap=0.0)
    table = plan.rules.set_index("rule_id")
    # H3 opens whatever the rules, for D alone: 10 patients; B, which may not go there, goes to H1.
    assert table.loc["pay", "removed"] == "B / H3"
    assert table.loc["pay", ["trips_removed", "lanes_removed"]].tolist() == [1, 0]
    assert table.loc["same", "removed"] == "H1 / H3"
    assert table.loc["all", "cost_per_year"] == pytest.approx(5_000)
    text = plan.summary()
    assert "all: regime, USD 5 k a year, 6 months to the first unit" in text
    assert "pay: forbid trip, 1 trip taken away (B / H3)" in text
    assert "(state law)" in text
    assert "idle" not in text


def test_patients_who_pass_a_forbidden_place(lawful) -> None:
    """By hand: 20 patients of B live 20 minutes from the unit at H3 and must go elsewhere, 50 minutes or more."""
    study = lawful("pay,forbid_trip,B,H3,,,,\nlane,forbid_lane,H2,H3,,,,\n")
    plan = siting.optimize(study, gap=0.0, decisions={("H3", "base"): ("franchise/unit", 3),
                                                      ("H1", "base"): None, ("H2", "base"): None})  # fmt: skip
    table = plan.rules.set_index("rule_id")
    assert table.loc["pay", "patients"] == pytest.approx(20)
    sent = plan.lanes.groupby("hospital_id")["patients"].sum()
    assert table.loc["lane", "patients"] == pytest.approx(sent.get("H2", 0.0))
    assert table["binds"].all()


def test_rules_are_written_and_read_back(lawful, tmp_path) -> None:
    """The table is a CSV file of the output and the snapshot holds rules and regimes."""
    plan = siting.optimize(lawful("pay,forbid_trip,B,H3,,,,\nhub,hub,H3,,,,1,\n", NOW), gap=0.0)
    out = siting.export(plan, tmp_path / "out")
    rows = pd.read_csv(out / "tables" / "rules.csv")
    assert rows["rule_id"].tolist() == ["pay", "hub", "all"]
    assert rows["span"].tolist()[1] == 1
    again = read_study(out / "study")
    for name in ("rules", "regimes"):
        pd.testing.assert_frame_equal(again.tables[name], plan.study.tables[name])
