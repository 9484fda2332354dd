"""Units within reach of everybody: the covering problem against every choice of sites."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from helpers import random_files, write_study

from siting.bench.instance import Instance
from siting.bench.network import to_network
from siting.errors import NoPlanError
from siting.network.build import build_network
from siting.solve import reach
from siting.solve.highs import Outcome, Run
from siting.solve.reach import within_reach

if TYPE_CHECKING:
    from pathlib import Path

AREAS, SITES = 12, 8
RUN = Run(20.0, 0.0)


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_covers_where_a_choice_of_sites_does(p: int, seed: int) -> None:
    """Hospitals come back just where some choice of p of them is near every area, and then they are near every area."""
    near = np.random.default_rng(seed).random((AREAS, SITES)) < 0.45
    near[:, 0] |= ~near.any(axis=1)
    cost = np.where(near, 1.0, np.inf)
    free = np.full(SITES, np.inf)
    network = to_network(Instance("cover", cost, np.ones(AREAS), free, np.zeros(SITES), p, False))
    can = any(near[:, list(chosen)].any(axis=1).all() for chosen in combinations(range(SITES), p))
    reached = within_reach(network, RUN)
    assert (reached is not None) == can
    if reached is not None:
        assert reached.sum() <= p
        assert near[:, reached].any(axis=1).all()


def test_units_without_a_limit_are_everywhere(tmp_path: Path) -> None:
    """A study that does not limit its units may treat at every hospital."""
    network = build_network(write_study(tmp_path / "study", random_files(1)))
    reached = within_reach(network, RUN)
    assert network.limits.sites[1] is None
    assert reached is not None
    assert reached.all()


def test_patients_of_other_periods_need_no_unit_together() -> None:
    """Two areas, each near one site, one unit: too few at once, enough where each has a period of its own."""
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    network = to_network(Instance("two", cost, np.ones(2), np.full(2, np.inf), np.zeros(2), 1, False))
    twice = network.replace(
        slices=pd.DataFrame({"period": [0, 1], "scenario": [0, 0], "weight": [0.5, 0.5]}),
        periods=pd.concat([network.periods] * 2, ignore_index=True),
        demands=network.demands.assign(slice=network.demands["area"]),
    )
    assert within_reach(network, RUN) is None
    assert within_reach(twice, RUN) is not None


def test_time_that_does_not_suffice_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A covering problem that Ctrl-C ends says nothing about hospitals."""
    cost = np.ones((2, 2))
    network = to_network(Instance("two", cost, np.ones(2), np.full(2, np.inf), np.zeros(2), 1, False))
    ended = Outcome("interrupt", np.ones(4), 1.0, None)
    monkeypatch.setattr(reach, "solve_arrays", lambda *_: ended)
    with pytest.raises(NoPlanError, match="interrupt"):
        within_reach(network, RUN)


def test_a_hospital_that_only_hosts_needs_its_own_unit() -> None:
    """Two areas, each near one hospital: one unit serves both if cells may come from elsewhere, and not otherwise."""
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    network = to_network(Instance("two", cost, np.ones(2), np.full(2, np.inf), np.zeros(2), 1, False))
    lanes = network.lanes.loc[[0, 0, 0, 0]].assign(hospital=[0, 0, 1, 1], site=[0, 1, 0, 1]).reset_index(drop=True)
    linked = network.replace(lanes=lanes)
    treats = linked.replace(hospitals=linked.hospitals.assign(treats_today=True))
    hosts = linked.replace(hospitals=linked.hospitals.assign(treats_today=False, is_openable=False))
    assert within_reach(treats, RUN) is not None
    assert within_reach(hosts, RUN) is None
