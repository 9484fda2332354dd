"""Rules, hubs and regimes in the model against the oracle that tries every design."""

from __future__ import annotations

from functools import cache

import pytest

import siting
from tests.law.conftest import best

REGION = {"H1": "West", "H2": "East", "H3": "East", "plant": "West", "A": "West", "B": "West", "C": "East", "D": "East"}
ALONE = "alone,same_hospital_only,,,,,,\n"


def test_oracle_finds_the_optimum_without_law() -> None:
    """1,609 k$ is worked out by hand in data/tiny/README.md."""
    assert best() == pytest.approx(1609)


CASES = {
    "trips by area": ("p,forbid_trip,B;D,H3,,,,\n", {"trip_ok": lambda a, h: not (a in "BD" and h == "H3")}),
    "trips out of a region": (
        "p,forbid_trip,region:West,not region:West,,,,\n",
        {"trip_ok": lambda a, h: REGION[a] != "West" or REGION[h] == "West"},
    ),
    "trips of another product": ("p,forbid_trip,A,H1,cart,,,\n", {"trip_ok": lambda a, h: (a, h) != ("A", "H1")}),
    "one hospital for a mode": (
        "he,same_hospital_only,,,,franchise,,\n",
        {"lane_ok": lambda h, j, mode: mode != "franchise" or h == j},
    ),
    "one hospital for all": (ALONE, {"lane_ok": lambda h, j, mode: h == j}),
    "one region for a mode": (
        "ms,same_region_only,,,,franchise,,\n",
        {"lane_ok": lambda h, j, mode: mode != "franchise" or REGION[h] == REGION[j]},
    ),
    "one region for both modes": (
        "a,same_region_only,,,,franchise,,\nb,same_region_only,,,,owned,,\n",
        {"lane_ok": lambda h, j, mode: mode == "central" or REGION[h] == REGION[j]},
    ),
    "one region for all": ("ms,same_region_only,,,,,,\n", {"lane_ok": lambda h, j, mode: REGION[h] == REGION[j]}),
    "a lane": ("l,forbid_lane,H1,H3,,,,\n", {"lane_ok": lambda h, j, mode: (h, j) != ("H1", "H3")}),
    "a site": ("s,forbid_site,,H3,,,,\n", {"design_ok": lambda d: not d["H3"]}),
    "a mode at a site": (
        "s,forbid_site,,H3,,franchise,,\n",
        {"design_ok": lambda d: not d["H3"] or d["H3"][0] != "franchise"},
    ),
    "a hub": ("hub,hub,H1,,,,2,\n", {"design_ok": lambda d: bool(d["H1"]) or not (d["H2"] or d["H3"])}),
    "a hub with room for one": (
        f"{ALONE}hub,hub,H2,,,,1,\n",
        {
            "lane_ok": lambda h, j, mode: h == j,
            "design_ok": lambda d: bool(d["H2"]) * 1 >= bool(d["H1"]) + bool(d["H3"]),
        },
    ),
    "a hub for a mode": (
        "hub,hub,H1,,,franchise,1,\n",
        {
            "design_ok": lambda d: sum(bool(d[j]) and d[j][0] == "franchise" for j in ("H2", "H3")) <= bool(d["H1"]),
        },
    ),
    "two hubs": (
        f"{ALONE}h1,hub,H1,H3,,,1,\nh2,hub,H2,H3,,,1,\n",
        {
            "lane_ok": lambda h, j, mode: h == j,
            "design_ok": lambda d: not d["H3"] or bool(d["H1"] or d["H2"]),
        },
    ),
}


@cache
def _oracle(case: str) -> float:
    return best(**CASES[case][1])


@pytest.mark.parametrize("case", CASES)
def test_rules_give_the_oracles_optimum(case: str, lawful) -> None:
    """Each kind of rule, with its selectors, costs what the oracle says under the same rule in plain Python."""
    plan = siting.optimize(lawful(CASES[case][0]), gap=0.0)
    assert plan.objective / 1000 == pytest.approx(_oracle(case), rel=1e-6)


def test_rules_matter_here() -> None:
    """Most cases above cost more than the plan without law, so they test something."""
    costs = {case: _oracle(case) for case in CASES}
    assert sum(cost > 1609.5 for cost in costs.values()) >= 11, costs


def _regime_cost(design, cost):
    """Return k$ a year for each (region, mode) key that a design uses; "*" is any mode."""
    used = {(REGION[site], unit[0]) for site, unit in design.items() if unit}
    return sum(price for keys, price in cost if used & keys)


REGIME_CASES = {
    # a tenth of the activation a year (discount rate 0, 10 years), plus the yearly cost
    "by region": (
        "W,West,*,,,10000,0,0\nE,East,*,,,1000000,0,0\n",
        [({("West", "owned"), ("West", "franchise")}, 1), ({("East", "owned"), ("East", "franchise")}, 100)],
    ),
    "by mode, others in one": (
        "EF,East,franchise,,,300000,0,0\nrest,*,*,,,50000,2000,0\n",
        [
            ({("East", "franchise")}, 30),
            ({("East", "owned"), ("West", "owned"), ("West", "franchise")}, 7),
        ],
    ),
    "by pathway": (
        "t,*,*,tech_transfer,,100000,0,0\nn,*,*,new_product,,90000000,0,0\n",
        [({(region, mode) for region in ("East", "West") for mode in ("owned", "franchise")}, 10)],
    ),
}


@pytest.mark.parametrize("case", REGIME_CASES)
def test_regimes_are_paid_once(case: str, lawful) -> None:
    """A regime costs once what its row says, as soon as any unit that it governs opens."""
    regimes, cost = REGIME_CASES[case]
    plan = siting.optimize(lawful(regimes=regimes), gap=0.0)
    assert plan.objective / 1000 == pytest.approx(best(extra=lambda d: _regime_cost(d, cost)), rel=1e-6)


def test_regime_may_forbid_a_mode(lawful) -> None:
    """A regime that allows no franchise in the East leaves owned units there."""
    study = lawful(regimes="E,East,franchise,,false,0,0,0\nall,*,*,,,0,0,0\n")
    plan = siting.optimize(study, gap=0.0)
    cost = best(design_ok=lambda d: all(not d[j] or d[j][0] == "owned" for j in ("H2", "H3")))
    assert plan.objective / 1000 == pytest.approx(cost, rel=1e-6)
    assert plan.rules.set_index("rule_id").loc["E", "units_removed"] == 2


def test_new_product_is_dearer_than_tech_transfer(lawful) -> None:
    """The pathway is a setting: 9,000 k$ a year for a new product leave everything central (3,160 k$)."""
    study = lawful(regimes=REGIME_CASES["by pathway"][0])
    plan = siting.optimize(study.replace({"regulation.pathway": "new_product"}), gap=0.0)
    assert plan.objective == pytest.approx(3_160_000)
