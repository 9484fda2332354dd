"""Against brute force: every design tried, its flows solved by SciPy straight from the network's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpers import Oracle, edited, random_files, solved, whole_network, write_study
from siting.errors import InfeasibleError

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

RULES = [
    {},
    {"limits.budget": 700_000.0},
    {"limits.sites.max": 1},
    {"limits.sites.min": 2, "limits.modes.franchise.max": 1},
    {"limits.modes.owned.min": 1, "limits.regions.R0.max": 1},
    {"limits.service_level": 0.97},
    {"limits.mean_travel_min": 70.0},
    {"sourcing.areas": "single"},
    {"sourcing.hospitals": "single"},
    {"limits.allow_unserved": False, "limits.allow_unreachable": False},
    {"limits.min_starts_at_new_centre": 30.0},
    {"courier.max_distance": 0.0},
]


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
