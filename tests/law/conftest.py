"""The study `tiny` with rules and regimes, and an oracle that tries every design of it."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.study.study import Study

TINY = Path(__file__).resolve().parents[2] / "data" / "tiny"
RULES = "id,kind,origin,destination,product,mode,span,note\n"
REGIMES = "id,regions,mode,pathway,is_allowed,activation_cost,yearly_cost,activation_months\n"

Unit = tuple[str, int] | None
Design = dict[str, Unit]

# data/tiny/README.md, in k$ a year
DEMAND = {"A": 40, "B": 20, "C": 30, "D": 10}
TRAVEL = {"A": (1, 10, 6), "B": (5, 6, 2), "C": (11, 1, 8), "D": (12, 9, 1)}
HOSPITALS = ("H1", "H2", "H3")
COURIER = {frozenset(("H1", "H2")): 3.0, frozenset(("H1", "H3")): 2.2, frozenset(("H2", "H3")): 2.6}
CAPACITY = {1: 30, 2: 70, 3: 110}
UNIT_COST = {("owned", 1): 180, ("owned", 2): 240, ("owned", 3): 300,
             ("franchise", 1): 183, ("franchise", 2): 238, ("franchise", 3): 293}  # fmt: skip
HEADQUARTERS, NEW_CENTRE, LOST, CENTRAL, UNIT = 20, 10, 300, 29, 10
LEAST_STARTS, LEAST_TREATED = 10, 5


@pytest.fixture
def lawful(tmp_path: Path) -> Callable[..., Study]:
    """Return a function that reads `tiny` with rules, regimes and other files written over."""

    def make(rules: str = "", regimes: str = "", **files: str) -> Study:
        folder = tmp_path / f"tiny{len(list(tmp_path.iterdir()))}"
        shutil.copytree(TINY, folder)
        texts = {"rules.csv": rules and RULES + rules, "regimes.csv": regimes and REGIMES + regimes}
        texts |= {name.replace("_csv", ".csv").replace("_toml", ".toml"): text for name, text in files.items()}
        for name, text in texts.items():
            if text:
                (folder / name).write_text(text, encoding="utf-8")
        return read_study(folder)

    return make


def best(
    trip_ok: Callable[[str, str], bool] = lambda area, hospital: True,
    lane_ok: Callable[[str, str, str], bool] = lambda hospital, site, mode: True,
    design_ok: Callable[[Design], bool] = lambda design: True,
    extra: Callable[[Design], float] = lambda design: 0.0,
) -> float:
    """Return the least cost of `tiny` in k$ a year over all 343 designs, each with its cheapest flows."""
    priced = [(_fixed(design) + extra(design), design) for design in _designs() if design_ok(design)]
    least = 1_000 + 120  # making and travel of any plan, data/tiny/README.md
    found = float("inf")
    for fixed, design in sorted(priced, key=lambda pair: pair[0]):
        if fixed + least >= found:
            break
        found = min(found, fixed + _flows(design, trip_ok, lane_ok))
    return found


def _designs() -> list[Design]:
    choices: list[Unit] = [None, *UNIT_COST]
    return [dict(zip(HOSPITALS, units, strict=True)) for units in product(choices, repeat=3)]


def _fixed(design: Design) -> float:
    units = [unit for unit in design.values() if unit]
    return sum(UNIT_COST[unit] for unit in units) + HEADQUARTERS * bool(units) + NEW_CENTRE * bool(design["H3"])


def _flows(design: Design, trip_ok: Callable[[str, str], bool], lane_ok: Callable[[str, str, str], bool]) -> float:
    """Return the cost of the cheapest way of serving everybody with a design; a linear program."""
    ways: list[tuple[str, str, str, float]] = []
    for area, (place, hospital) in product(DEMAND, enumerate(HOSPITALS)):
        if not trip_ok(area, hospital) or (hospital == "H3" and not design["H3"]):
            continue
        for site, unit in [*design.items(), ("plant", ("central", 1))]:
            if unit is not None and lane_ok(hospital, site, unit[0]):
                carried = CENTRAL if site == "plant" else UNIT + COURIER.get(frozenset((hospital, site)), 0.0)
                ways.append((area, hospital, site, TRAVEL[area][place] + carried))
    cost = [way[3] for way in ways] + [LOST] * len(DEMAND)
    size = len(cost)
    served = np.zeros((len(DEMAND), size))
    for row, area in enumerate(DEMAND):
        served[row, : len(ways)] = [way[0] == area for way in ways]
        served[row, len(ways) + row] = 1
    rows, most = [], []
    for site, unit in design.items():
        if unit:
            made = np.array([float(way[2] == site) for way in ways] + [0.0] * len(DEMAND))
            rows += [made, -made]
            most += [CAPACITY[unit[1]], -LEAST_STARTS]
    if design["H3"]:
        rows.append(-np.array([float(way[1] == "H3") for way in ways] + [0.0] * len(DEMAND)))
        most.append(-LEAST_TREATED)
    outcome = linprog(
        cost, A_ub=np.array(rows) if rows else None, b_ub=most or None, A_eq=served, b_eq=list(DEMAND.values())
    )
    return float(outcome.fun) if outcome.status == 0 else float("inf")
