"""What must hold for any study: order and names do not matter, freedom never costs, money has no scale."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from helpers import edited, random_files, solved, write_study
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import InfeasibleError

if TYPE_CHECKING:
    from siting.study.study import Study

few = settings(max_examples=2, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(1_000, 9_999)
SLACK = 1 + 1e-7


def random_study(seed: int) -> Study:
    """Return a random study."""
    with TemporaryDirectory() as folder:
        return write_study(Path(folder) / "study", random_files(seed))


def cost(study: Study, changes: dict[str, Any] | None = None) -> float:
    """Return the least cost with some settings changed; infinite without a plan."""
    try:
        return solved(study.replace(changes or {})).objective
    except InfeasibleError:
        return float("inf")


@few
@given(seed=SEEDS, order=st.permutations([0, 1, 2]))
def test_order_of_rows_does_not_matter(seed: int, order: list[int]) -> None:
    """Areas and hospitals in another order give the same cost (V13)."""
    study = random_study(seed)
    tables = {name: study.tables[name].iloc[order].reset_index(drop=True) for name in ("areas", "hospitals")}
    shuffled = replace(study, tables={**study.tables, **tables})
    assert cost(shuffled) == pytest.approx(cost(study), rel=1e-7)


@few
@given(seed=SEEDS)
def test_names_do_not_matter(seed: int) -> None:
    """Other ids for areas, hospitals and the product give the same cost."""
    study = random_study(seed)
    tables = {
        name: study.tables[name].assign(id=[f"x{k} ü/1" for k in range(len(study.tables[name]), 0, -1)])
        for name in ("areas", "hospitals", "products")
    }
    assert cost(replace(study, tables={**study.tables, **tables})) == pytest.approx(cost(study), rel=1e-7)


LOOSER = {
    "limits.budget": (300_000.0, 900_000.0, None),
    "limits.sites.max": (0, 1, 2, None),
    "courier.max_distance": (0.0, 120.0, 400.0),
    "travel.max_distance": (120.0, 250.0, 500.0),
    "limits.min_starts_at_new_centre": (40.0, 10.0, 0.0),
    "limits.service_level": (0.9, 0.5, None),
    "limits.mean_travel_min": (75.0, 110.0, None),
}


@pytest.mark.parametrize("key", LOOSER)
@settings(few, max_examples=1)
@given(seed=SEEDS)
def test_more_freedom_never_costs_more(key: str, seed: int) -> None:
    """More budget, sites, radius or travel, or lower least volumes, never make the best plan dearer (V5)."""
    study = random_study(seed)
    costs = [cost(study, {key: value}) for value in LOOSER[key]]
    assert all(tight * SLACK >= loose for tight, loose in pairwise(costs))


@few
@given(seed=SEEDS)
def test_another_candidate_never_costs_more(seed: int) -> None:
    """Letting a banned hospital host is never dearer."""
    study = random_study(seed)
    banned = edited(study, "hospitals", {"H1": {"status": "banned"}})
    assert cost(banned) * SLACK >= cost(study)


@few
@given(seed=SEEDS)
def test_higher_least_volumes_never_cost_less(seed: int) -> None:
    """Units that need 60 starts to live never make a cheaper plan than units that need 20 or none."""
    study = random_study(seed)
    costs = [cost(edited(study, "modes", {"*": {"min_starts_per_year": least}})) for least in (0.0, 20.0, 60.0)]
    assert costs[0] <= costs[1] * SLACK
    assert costs[1] <= costs[2] * SLACK


MONEY = {
    "hospitals": ("activation_cost",),
    "products": ("lost_patient_price", "vector_cost_per_start"),
    "platforms": ("setup_cost", "capex_per_platform", "fixed_opex", "fixed_opex_per_platform", "making_cost_per_start"),
    "modes": ("oversight_per_year", "entry_fee", "fee_per_start"),
    "central_plants": ("making_cost_per_start", "fixed_cost_per_year", "courier_cost_per_shipment"),
}
RATES = (
    "travel.cost_per_distance", "travel.hour_value", "travel.lodging_per_night", "courier.cost_per_shipment",
    "courier.cost_per_distance", "costs.activation", "costs.headquarters_per_year",
)  # fmt: skip


@few
@given(seed=SEEDS, factor=st.sampled_from([10.0, 0.01]))
def test_money_has_no_scale(seed: int, factor: float) -> None:
    """All prices times 10 (or 0.01) make the cost times 10 (or 0.01), with the same plan (V7)."""
    study = random_study(seed)
    tables = {
        name: study.tables[name].assign(**{c: study.tables[name][c] * factor for c in columns})
        for name, columns in MONEY.items()
    }
    rates = {key: factor * getattr(getattr(study.config, key.split(".")[0]), key.split(".")[1]) for key in RATES}
    scaled = replace(study, tables={**study.tables, **tables}).replace(rates)
    assert cost(scaled) == pytest.approx(factor * cost(study), rel=1e-6)


@few
@given(seed=SEEDS)
def test_demand_in_two_halves_is_one_demand(seed: int) -> None:
    """An area cut into two halves at the same place costs what the whole does, and shares of patients are shares."""
    study = random_study(seed)
    areas = study.tables["areas"]
    halves = areas.iloc[np.repeat(np.arange(len(areas)), 2)].reset_index(drop=True)
    halves = halves.assign(
        population=halves["population"] / 2, id=[f"{name}-{k % 2}" for k, name in enumerate(halves["id"])]
    )
    assert cost(replace(study, tables={**study.tables, "areas": halves})) == pytest.approx(cost(study), rel=1e-7)
