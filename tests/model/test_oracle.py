"""Against brute force: every design tried, its flows solved by SciPy straight from the network's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import RULES, Oracle, edited, random_files, solved, whole_network, write_study

from siting.errors import InfeasibleError

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study


def best_of(study: Study, kind: str = "total_cost") -> float:
    """Return the optimum that siting finds; infinite where it says that there is none."""
    try:
        return solved(study, kind).objective
    except InfeasibleError:
        return float("inf")


@pytest.mark.parametrize("seed", range(len(RULES)))
def test_random_study_with_a_rule(tmp_path: Path, seed: int) -> None:
    """On a random study with one more rule the plan is as good as the best of all designs."""
    study = write_study(tmp_path / "study", random_files(seed)).replace(RULES[seed])
    assert best_of(study) == pytest.approx(Oracle(whole_network(study)).best(), rel=1e-6)


STATUSES = [
    {"H1": {"status": "required"}, "H2": {"status": "banned"}},
    {"H1": {"status": "existing", "existing_mode": "owned", "existing_platform": "box", "existing_count": 1}},
    {"H2": {"status": "existing", "existing_mode": "franchise", "existing_platform": "box", "existing_count": 2,
            "may_close": True}},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(len(STATUSES)))
def test_random_study_with_required_banned_and_existing_units(tmp_path: Path, seed: int) -> None:
    """Units that must be, may not be, or are there already (and may close or not) count as brute force counts them."""
    study = edited(write_study(tmp_path / "study", random_files(20 + seed)), "hospitals", STATUSES[seed])
    assert best_of(study) == pytest.approx(Oracle(whole_network(study)).best(), rel=1e-6)


@pytest.mark.parametrize("kind", ["mean_travel", "patients_treated", "worst_travel"])
@pytest.mark.parametrize("seed", [30, 31])
def test_objectives_other_than_money(tmp_path: Path, kind: str, seed: int) -> None:
    """Under a budget, or with one site, the other objectives reach the brute-force optimum too."""
    rule = {"limits.sites.max": 1} if kind == "worst_travel" else {"limits.budget": 800_000.0}
    study = write_study(tmp_path / "study", random_files(seed)).replace(rule)
    sign = -1.0 if kind == "patients_treated" else 1.0
    found = best_of(study.replace({"objective.kind": kind}), kind)
    assert found == pytest.approx(sign * Oracle(whole_network(study), kind).best(), rel=3e-6)


def test_two_products_periods_and_scenarios(tmp_path: Path) -> None:
    """One design for two products, two periods (units stay and may grow) and two scenarios, as brute force finds it."""
    product = "100,{share},300000,5000,0,0,0,0"
    study = write_study(
        tmp_path / "study",
        {
            "products.csv": (
                "id,incidence_per_100k,eligible_share,lost_patient_price,vector_cost_per_start,restart_share,"
                "second_start_success,oos_infused_share,attrition_per_day\n"
                f"one,{product.format(share=0.12)}\ntwo,{product.format(share=0.06)}\n"
            ),
            "capacities.csv": "platform,count,starts_per_year\nunit,1,30\nunit,2,70\n",
            "periods.csv": "id,years,demand_factor\nearly,2,0.5\nlate,3,1.1\n",
            "scenarios.csv": "id,probability,demand_factor\nlow,0.7,0.8\nhigh,0.3,1.2\n",
        },
    ).replace({"costs.discount_rate": 0.05, "limits.min_starts_at_new_centre": 0.0})
    plan = solved(study)
    assert plan.objective == pytest.approx(Oracle(whole_network(study)).best(), rel=1e-6)
    sizes = plan.openings[~plan.openings["is_central"]].groupby("period")["platforms"].sum()
    assert sizes["late"] > sizes["early"]
