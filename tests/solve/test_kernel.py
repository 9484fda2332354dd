"""The first plan of a large model: under a tight limit on sites it is a plan, keeps the limit, and loses no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest
from helpers import random_files, write_study

from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.network.build import build_network
from siting.optimize import optimize
from siting.solve import direct, kernel
from siting.solve.highs import Run, compile_model
from siting.solve.kernel import kernel_start

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study


def test_buckets_find_a_plan_that_keeps_the_limit(tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most one unit: the README of tiny works out H3 1,609, H1 1,693, H2 1,713 k$; the plan is one of these."""
    monkeypatch.setattr(kernel, "WIDE", 0)
    monkeypatch.setattr(kernel, "LEAST_OPEN", -1.0)
    monkeypatch.setattr(kernel, "BUCKET", 1)
    model = build_model(build_network(tiny.replace({"limits.sites.max": 1})))
    model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
    arrays = compile_model(model)
    found = kernel_start(model, arrays, Run(20.0, 0.0))
    assert found is not None
    assert found.values is not None
    assert found.values[arrays.is_integer] == pytest.approx(np.round(found.values[arrays.is_integer]), abs=1e-6)
    rows = arrays.matrix @ found.values
    assert (rows >= arrays.row_low - 1e-6).all()
    assert (rows <= arrays.row_high + 1e-6).all()
    assert found.objective in (pytest.approx(1_609_000), pytest.approx(1_693_000), pytest.approx(1_713_000))
    assert found.bound <= 1_609_000 * (1 + 1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_optimum_is_the_same_with_and_without_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """What the start finds changes where the search begins, not where a proof ends."""
    study = write_study(tmp_path / "study", random_files(seed)).replace({"limits.sites.max": 1})
    whole = optimize(study, gap=0.0)
    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    monkeypatch.setattr(kernel, "WIDE", 0)
    monkeypatch.setattr(kernel, "LEAST_OPEN", -1.0)
    begun = optimize(study, gap=0.0)
    assert begun.objective == pytest.approx(whole.objective, rel=1e-9)
    assert begun.status == whole.status == "optimal"
