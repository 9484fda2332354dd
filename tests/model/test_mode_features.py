"""Rules about modes on data/tiny: against a brute force over all designs, and recounted."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.errors import InfeasibleError, StudyError
from siting.network.build import build_network
from siting.optimize import optimize
from siting.plan.check import recount
from siting.study.openings import read_openings

# data/tiny/README.md, k$ a year; hospitals and sites H1, H2, H3, last column of COURIER the plant
PATIENTS = np.array([40, 20, 30, 10])
TRAVEL = np.array([[1, 10, 6], [5, 6, 2], [11, 1, 8], [12, 9, 1]])
COURIER = np.array([[0, 3.0, 2.2, 4], [3.0, 0, 2.6, 4], [2.2, 2.6, 0, 4]])
CAPACITY = {1: 30, 2: 70, 3: 110}
START, PLANT_START, LEAST, LEAST_NEW, HEADQUARTERS, ACTIVATION = 10, 25, 10, 5, 20, 10
BAND = 0.01
VIEWS = {"manufacturer": (1, 0, 0), "host": (0, 1, 0), "health_system": (1, 1, 1)}
"""Weights of manufacturer, host and patient."""


def unit_cost(mode, count):
    """Return what manufacturer and host pay for a unit a year, without batches."""
    capex, fixed = (200 + 100 * count) / 10, 100 + 50 * count
    return (capex + fixed, 0.0) if mode == "owned" else (18.0, capex + 0.9 * fixed)


def batch_costs(units, view, fee):
    """Return the weighted cost of a batch at H1, H2, H3 and the plant."""
    maker, host, _ = VIEWS[view]
    franchised = maker * (START + fee) - host * fee
    return np.array([franchised if unit and unit[0] == "franchise" else maker * START for unit in units]
                    + [maker * PLANT_START])  # fmt: skip


def cheapest_flows(units, paid, view, terms):
    """Return the least weighted cost of the flows of a design, inf where it has none.

    Variables are u[a,h] (12) and v[h,j] (3 x 4, the plant last). `paid` are the sites whose milestone is reached.
    """
    patient, fee = VIEWS[view][2], terms["fee"]
    batch = batch_costs(units, view, fee)
    cost = np.concatenate([(patient * TRAVEL).ravel(), (VIEWS[view][0] * COURIER + batch).ravel()])
    arrives, leaves = np.zeros((4, 24)), np.zeros((3, 24))
    for a, h in product(range(4), range(3)):
        arrives[a, 3 * a + h] = leaves[h, 3 * a + h] = 1
    for h, j in product(range(3), range(4)):
        leaves[h, 12 + 4 * h + j] = -1
    rows, most = [], []
    for j, unit in enumerate(units):
        made = np.zeros(24)
        made[12 + j :: 4] = 1
        rows.append(made)
        most.append(0 if unit is None else CAPACITY[unit[1]])
        if unit is None:
            continue
        rows.append(-made)
        most.append(-LEAST)
        if unit[0] == "franchise":
            target = terms["target"]
            if target:
                rows.append(-made if j in paid else made)
                most.append(-target if j in paid else target - BAND)
            if terms["margin"] is not None:
                needed = unit_cost(*unit)[1] * (1 + terms["margin"]) - terms["payment"] * (j in paid)
                rows.append(-fee * made)
                most.append(-needed)
    third = np.zeros(24)
    third[2:12:3] = 1
    rows += [third, -third] if units[2] is None else [-third]
    most += [0, 0] if units[2] is None else [-LEAST_NEW]
    if terms["volume"]:
        rows.append(-np.concatenate([np.zeros(12), np.tile([1, 1, 1, 0], 3)]))
        most.append(-terms["volume"])
    found = linprog(cost, np.array(rows), most, np.vstack([arrives, leaves]), np.concatenate([PATIENTS, np.zeros(3)]))
    return found.fun if found.status == 0 else np.inf


def brute_force(view, **given):
    """Return the least cost in k$ over all 343 designs and all sets of milestones reached; inf if there is none."""
    terms = {"fee": 4.0, "margin": None, "target": 0, "payment": 0.0, "volume": 0, **given}
    maker, host, patient = VIEWS[view]
    choices = [None, *product(("owned", "franchise"), CAPACITY)]
    designs = []
    for units in product(choices, repeat=3):
        opened = [unit for unit in units if unit is not None]
        fixed = sum(maker * unit_cost(*unit)[0] + host * unit_cost(*unit)[1] for unit in opened)
        fixed += maker * HEADQUARTERS * bool(opened) + host * ACTIVATION * (units[2] is not None)
        hosts = [j for j, unit in enumerate(units) if unit is not None and unit[0] == "franchise"]
        for reached in product((False, True), repeat=len(hosts) if terms["target"] else 0):
            paid = {j for j, is_paid in zip(hosts, reached, strict=False) if is_paid}
            cost = fixed + (maker - host) * terms["payment"] * len(paid)
            # No design costs less than its units with everybody at the nearest hospital and the cheapest batch.
            least = cost + patient * PATIENTS @ TRAVEL.min(axis=1)
            least += PATIENTS.sum() * batch_costs(units, view, terms["fee"]).min()
            designs.append((least, cost, units, paid))
    best = np.inf
    for least, cost, units, paid in sorted(designs, key=lambda design: design[0]):
        if least >= best:
            break
        best = min(best, cost + cheapest_flows(units, paid, view, terms))
    return best


def franchise(**terms):
    """Return the edits of data/tiny that give the franchise some terms (k$)."""
    cells = {"fee_per_start": terms.get("fee", 4.0) * 1000}
    if terms.get("margin") is not None:
        cells |= {"host_must_break_even": "true", "host_margin": terms["margin"]}
    if terms.get("target"):
        cells |= {"milestone_starts": terms["target"], "milestone_payment": terms["payment"] * 1000}
    return {"modes": {"franchise": cells}}


CASES = {
    "break-even of a host that it costs nothing to ask": ("health_system", {"margin": 0.0}),
    "a fee that a host walks away from": ("health_system", {"fee": 2.7, "margin": 0.0}),
    "a fee that forces volume onto the unit": ("manufacturer", {"fee": 2.8, "margin": 0.0}),
    "a margin": ("manufacturer", {"fee": 4.0, "margin": 0.4}),
    "a milestone that the manufacturer stays below": ("manufacturer", {"target": 95, "payment": 120.0}),
    "a milestone that is worth its payment": ("manufacturer", {"target": 95, "payment": 30.0}),
    "a milestone that the host reaches for": ("host", {"target": 105, "payment": 90.0, "fee": 0.5}),
    "a host that breaks even by its milestone only": (
        "manufacturer", {"fee": 2.0, "margin": 0.0, "target": 60, "payment": 90.0},
    ),
    "a milestone that cancels": ("health_system", {"target": 95, "payment": 90.0}),
    "a volume of the network": ("health_system", {"volume": 100}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_optimum_is_that_of_a_brute_force(tiny_with, case):
    """The model's optimum equals the best of all designs, each with flows by an LP written from the README."""
    view, terms = CASES[case]
    settings = {"perspective.name": view} | ({"limits.min_starts": terms["volume"]} if "volume" in terms else {})
    plan = optimize(tiny_with(settings, **franchise(**terms)), gap=0.0)
    assert plan.status == "optimal"
    assert plan.objective / 1000 == pytest.approx(brute_force(view, **terms), abs=1e-3)


def test_brute_force_finds_the_optimum_of_the_readme():
    """Without further terms the brute force gives the 1,609 of data/tiny/README.md."""
    assert brute_force("health_system") == pytest.approx(1609)


def test_a_host_that_loses_is_found_by_the_recount(tiny_with):
    """A fee of 2.7 k$ earns 270 of the 275 k$ that the unit at H3 costs its host; the recount names H3."""
    free = optimize(tiny_with(modes={"franchise": {"fee_per_start": 2700}}), gap=0.0)
    network = build_network(tiny_with(modes={"franchise": {"fee_per_start": 2700, "host_must_break_even": "true"}}), {})
    network = network.replace(options=free.network.options, makings=free.network.makings)
    problems = recount(network, free.solution)
    assert [(problem.where, problem.rows) for problem in problems] == [("modes.host_must_break_even", ("H3",))]


def test_a_host_breaks_even_on_average_over_scenarios(tiny_with):
    """Half or all of the demand, each with chance 0.5, is 75 starts: 275 / 75 = 3.667 k$ a start is the least."""
    scenarios = {"low": {"probability": 0.5, "demand_factor": 0.5}, "full": {"probability": 0.5, "demand_factor": 1}}
    units = {("H1", "base"): None, ("H2", "base"): None, ("H3", "base"): ("franchise/unit", 3)}
    enough = tiny_with(scenarios=scenarios, **franchise(fee=3.67, margin=0.0))
    assert optimize(enough, gap=0.0, decisions=units).openings["host_income_per_year"].iloc[0] >= 275_000 - 1
    with pytest.raises(InfeasibleError):
        optimize(tiny_with(scenarios=scenarios, **franchise(fee=3.66, margin=0.0)), gap=0.0, decisions=units)


def test_a_volume_nobody_can_place_is_diagnosed(tiny_with):
    """Of 100 patients no network can make 120 starts; the diagnosis says 100."""
    with pytest.raises(InfeasibleError, match=r"limits.min_starts: at least 120 .* works is 100 starts"):
        optimize(tiny_with({"limits.min_starts": 120}), gap=0.0)


def test_most_share_of_a_mode_is_kept(tiny_with):
    """Without franchise volume the best plan is the owned unit of 1,616 k$; a cap of 30 % holds for one franchise."""
    none = optimize(tiny_with({"limits.modes.franchise.max_volume_share": 0.0}), gap=0.0)
    assert none.objective == pytest.approx(1_616_000.0)
    least = optimize(
        tiny_with({"limits.modes.franchise.max_volume_share": 0.3, "limits.modes.franchise.min": 1}), gap=0.0
    )
    made = least.openings.groupby("mode")["patients_made"].sum()
    assert made["franchise"] <= 0.3 * made.sum() + 1e-6


def test_least_share_of_a_mode_is_diagnosed(tiny_with):
    """300 k$ buy one platform of our own, which makes 30 of 100: a share of 40 % asks for too much, 30 % works."""
    settings = {"limits.modes.owned.min_volume_share": 0.4, "limits.budget": 300_000, "limits.allow_unserved": False}
    with pytest.raises(InfeasibleError, match=r"min_volume_share: at least 0.4 .* works is 0.3 of the volume"):
        optimize(tiny_with(settings), gap=0.0)


def test_new_capacity_ramps_up(tiny_with, tmp_path):
    """With half the capacity in its first period a unit of three makes 55 of 100 starts, then all; the plant the rest.

    45 batches at the plant cost 19 k$ more each and a dearer lane.
    """
    periods = {"p1": {"years": 1}, "p2": {"years": 1}}
    fixed = tmp_path / "fixed.csv"
    rows = [f"H3,{period},franchise,unit,3\n" for period in ("p1", "p2")]
    fixed.write_text("site_id,period,mode,platform,platforms\n" + "".join(rows))
    study = tiny_with(periods=periods, modes={"franchise": {"ramp_up": 0.5}})
    network = build_network(study)
    assert network.limits.ramp_up == {"franchise": 0.5}
    plan = optimize(study, gap=0.0, decisions=read_openings(study, fixed))
    starts = plan.openings[~plan.openings["is_central"]].set_index("period")["starts_per_year"]
    assert starts.to_dict() == pytest.approx({"p1": 55.0, "p2": 100.0})
    assert "ramp-up" in plan.features
    steady = optimize(tiny_with(periods=periods), gap=0.0)
    slow = steady.network.replace(limits=replace(steady.network.limits, ramp_up={"franchise": 0.5}))
    problems = recount(slow, steady.solution)
    assert [(problem.where, problem.rows) for problem in problems] == [("modes.ramp_up", ("H3",))]


def test_an_existing_unit_does_not_ramp_up(tiny_with):
    """A unit of two platforms that exists today makes 70 starts in the first period; a third one adds 0.5 x 40."""
    existing = {"status": "existing", "existing_mode": "franchise", "existing_platform": "unit", "existing_count": 2}
    study = tiny_with(periods={"p1": {"years": 1}, "p2": {"years": 1}}, hospitals={"H3": existing},
                 modes={"franchise": {"ramp_up": 0.5}})  # fmt: skip
    units = {"H1": None, "H2": None, "H3": ("franchise/unit", 3)}
    decisions = {(site, period): unit for site, unit in units.items() for period in ("p1", "p2")}
    starts = optimize(study, gap=0.0, decisions=decisions).openings.set_index(["site_id", "period"])["starts_per_year"]
    assert starts["H3"].to_dict() == pytest.approx({"p1": 90.0, "p2": 100.0})


def test_ramp_up_of_a_single_period_is_said_to_have_no_effect(tiny_with):
    """A study of one typical year has no first period; the summary says so."""
    plan = optimize(tiny_with(modes={"franchise": {"ramp_up": 0.5}}), gap=0.0)
    assert plan.objective == pytest.approx(1_609_000.0)
    assert "ramp_up of franchise has no effect" in plan.summary()


BROKEN = {
    "entry_fee has no payer": {"modes": {"owned": {"entry_fee": 1000}}},
    "royalty_share has no payer": {"modes": {"owned": {"royalty_share": 0.1}}, "products": {"cart": {"list_price": 1}}},
    "list_price is empty, but modes take a royalty": {"modes": {"franchise": {"royalty_share": 0.1}}},
    "milestone_payment is given without milestone_starts": {"modes": {"franchise": {"milestone_payment": 5}}},
    "milestone_starts is given without milestone_payment": {"modes": {"franchise": {"milestone_starts": 5}}},
    "the hospital is paid nothing": {"modes": {"franchise": {"fee_per_start": 0, "host_must_break_even": "true"}}},
    "host_must_break_even is false": {"modes": {"franchise": {"host_margin": 0.1}}},
    "opex_host_share is 4, above 1 share": {"modes": {"franchise": {"opex_host_share": 4}}},
    "ramp_up is -1, below 0 share": {"modes": {"franchise": {"ramp_up": -1}}},
}


@pytest.mark.parametrize("words", BROKEN)
def test_terms_that_nobody_could_fulfil_are_refused(tiny_with, words):
    """Each contradiction of a mode's terms is one line with the mode and a remedy."""
    with pytest.raises(StudyError, match=words) as refused:
        tiny_with(**BROKEN[words])
    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].remedy


def test_shares_of_volume_that_cannot_add_up_are_refused(tiny_with):
    """Least shares of 0.7 and 0.5, and a least share above the greatest, are two lines."""
    limits = {"limits.modes.owned.min_volume_share": 0.7, "limits.modes.owned.max_volume_share": 0.6,
              "limits.modes.franchise.min_volume_share": 0.5}  # fmt: skip
    with pytest.raises(StudyError, match=r"add up to 1.2") as refused:
        tiny_with(limits)
    assert len(refused.value.problems) == 2
