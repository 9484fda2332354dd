"""The recount notices every way in which a plan can be wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import edited, solved

from siting.errors import PlanError
from siting.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.study.study import Study

    Corrupt = Callable[[Network, Solution], dict[str, Any]]


@pytest.fixture(scope="module")
def plan(tiny: Study) -> Plan:
    """Return the optimum of tiny: 3 franchise platforms at H3, which becomes a centre; everybody served."""
    return solved(edited(tiny, "hospitals", {"H3": {"status": "required"}}).replace({"limits.allow_unserved": False}))


def moved(values: np.ndarray, row: int, amount: float) -> np.ndarray:
    """Return a copy with one value changed."""
    changed = values.copy()
    changed[row] += amount
    return changed


def option(network: Network, site: int, platforms: int, mode: str) -> int:
    """Return the row of an option."""
    name = network.configurations["mode"].to_numpy()[network.options["configuration"]]
    rows = network.options
    return int(rows.index[(rows["site"] == site) & (rows["platforms"] == platforms) & (name == mode)][0])


def designed(network: Network, solution: Solution, **sites: int) -> np.ndarray:
    """Return the open options with those of some sites (by id) replaced."""
    chosen = solution.open_options.copy()
    for name, row in sites.items():
        chosen[0, network.ids.sites.index(name)] = row
    return chosen


def used(flow: np.ndarray) -> int:
    """Return the row with the largest flow."""
    return int(flow[:, 0].argmax())


CORRUPTIONS: dict[str, tuple[Corrupt, str]] = {
    "negative flow": (lambda n, s: {"referred": moved(s.referred, used(s.referred), -1e3)}, "referred holds negative"),
    "missing flow": (lambda n, s: {"made": moved(s.made, used(s.made), np.nan)}, "made holds negative or missing"),
    "wrong objective": (lambda n, s: {"objective": s.objective * 1.001}, "objective: the solver says"),
    "objective not a number": (lambda n, s: {"objective": float("nan")}, "objective: the solver says"),
    "bound above objective": (lambda n, s: {"bound": s.objective * 1.01}, "bound: the bound"),
    "patients vanish": (
        lambda n, s: {"referred": moved(s.referred, used(s.referred), -1.0)},
        "do not add up to the demand",
    ),
    "patients unserved": (
        lambda n, s: {"unmet": moved(s.unmet, 0, 1.0)},
        "stay unserved where the study forbids it (A)",
    ),
    "cells vanish": (
        lambda n, s: {"shipped": moved(s.shipped, used(s.shipped), -1.0)},
        "collected and cells sent differ",
    ),
    "batches vanish": (lambda n, s: {"made": moved(s.made, used(s.made), -1.0)}, "received and batches made differ"),
    "site closed": (lambda n, s: {"open_options": designed(n, s, H3=-1)}, "cells go to sites without a unit (H3)"),
    "required site closed": (
        lambda n, s: {"open_options": designed(n, s, H3=-1)},
        "may not close, and are closed (H3)",
    ),
    "new centre closed": (
        lambda n, s: {"open_options": designed(n, s, H3=-1)},
        "without being a centre or hosting a unit (H3)",
    ),
    "hospital does not treat": (
        lambda n, s: {"treating": np.zeros_like(s.treating)},
        "patients go to hospitals that do not treat",
    ),
    "too small": (
        lambda n, s: {"open_options": designed(n, s, H3=option(n, 2, 2, "franchise"))},
        "more starts than their capacity (H3)",
    ),
    "other configuration": (
        lambda n, s: {"open_options": designed(n, s, H3=option(n, 2, 1, "owned"))},
        "configuration that the site does not run (H3)",
    ),
    "idle unit": (
        lambda n, s: {"open_options": designed(n, s, H1=option(n, 0, 1, "owned"))},
        "fewer starts than keep a unit alive (H1)",
    ),
    "option of another site": (
        lambda n, s: {"open_options": designed(n, s, H3=option(n, 1, 3, "franchise"))},
        "run an option of another site (H3)",
    ),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_is_named(plan: Plan, name: str) -> None:
    """Each seeded error raises a PlanError that says what is wrong and where."""
    change, message = CORRUPTIONS[name]
    with pytest.raises(PlanError) as caught:
        Plan(plan.network, replace(plan.solution, **change(plan.network, plan.solution))).check()
    assert message in str(caught.value)


LIMITS = {
    "limits.sites.max": ({"sites": (None, 0)}, "limits.sites.max: 1 units, at most 0 allowed"),
    "limits.sites.min": ({"sites": (2, None)}, "limits.sites.min: 1 units, at least 2 asked for"),
    "limits.modes": ({"modes": {"franchise": (None, 0)}}, "limits.modes.franchise.max"),
    "limits.regions": ({"regions": {"West": (1, None)}}, "limits.regions.West.min: 0 units"),
    "limits.mean_travel_min": ({"mean_travel_min": 11.9}, "limits.mean_travel_min: 12.00 minutes"),
    "fixed by hand": ({"fixed": {("H3", "base"): None}}, "--fix: the plan differs from the decisions given (H3)"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_plan_beyond_a_limit_is_named(plan: Plan, name: str) -> None:
    """A plan that breaks a limit of the study raises a PlanError with the name of the limit."""
    changes, message = LIMITS[name]
    network = plan.network.replace(limits=replace(plan.network.limits, **changes))
    with pytest.raises(PlanError) as caught:
        Plan(network, plan.solution).check()
    assert message in str(caught.value)


def test_plan_beyond_budget_and_service_level_is_named(tiny: Study) -> None:
    """An owned unit of 500,000 $ breaks a budget of 400,000 $; a service level of 100 % is not met by a part of it."""
    fixed = tiny.replace({"limits.modes.franchise.max": 0, "limits.sites.min": 1})
    plan = solved(fixed)
    limits = replace(plan.network.limits, budget=400_000.0)
    with pytest.raises(PlanError, match=r"limits.budget: 500,000 USD invested, 400,000 allowed"):
        Plan(plan.network.replace(limits=limits), plan.solution).check()
    network = plan.network.replace(
        demands=plan.network.demands.assign(patients=2 * plan.network.demands["patients"]),
        limits=replace(plan.network.limits, service_level=1.0),
    )
    with pytest.raises(PlanError, match=r"limits.service_level: 100.00 patients infused, 200.00 asked for"):
        Plan(network, plan.solution).check()


def test_split_areas_and_hospitals_are_named(plan: Plan) -> None:
    """Half an area sent to a second hospital breaks single sourcing of areas, half the cells that of hospitals."""
    network, solution = plan.network, plan.solution
    limits = replace(network.limits, single_source_areas=True, single_source_hospitals=True)
    referred, shipped = solution.referred.copy(), solution.shipped.copy()
    referred[0:2, 0] = 20.0
    shipped[0:2, 0] = 20.0
    assert network.trips["area"].tolist()[:2] == [0, 0]
    assert network.lanes["hospital"].tolist()[:2] == [0, 0]
    with pytest.raises(PlanError) as caught:
        Plan(network.replace(limits=limits), replace(solution, referred=referred, shipped=shipped)).check()
    assert "areas go to more than one hospital (A)" in str(caught.value)
    assert "hospitals send cells to more than one unit (H1)" in str(caught.value)
