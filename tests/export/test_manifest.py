"""run.json and the sentence about proof."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.export.manifest import plain, write_manifest
from siting.plan.proof import proof
from tests.export.fake_plan import fake_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


def test_run_json_is_strict_and_complete(plan: SimpleNamespace, tmp_path: Path) -> None:
    """All keys are there, numpy numbers are plain numbers, and unknown is null."""
    write_manifest(plan, tmp_path / "run.json")
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert set(run) == {"status", "proof", "objective", "bound", "gap", "runtime_s", "objective_kind", "strategy",
                        "stopped_by", "compile_s", "features", "left_out_of_bound", "merged_areas", "versions",
                        "inputs", "changes", "options", "kpis", "files", "checksum"}  # fmt: skip
    assert run["objective"] == 12_345_678.9
    assert (run["kpis"]["units"], run["kpis"]["unknown"]) == (2, None)
    assert run["features"] == ["budget", "service_level"]
    assert (run["strategy"], run["left_out_of_bound"]) == ("decompose", ["budget"])
    assert run["inputs"] == {"areas.csv": "0" * 64}
    assert {"python", "siting", "highspy", "pyomo", "numpy", "pandas", "geopandas"} == set(run["versions"])


def test_unknown_bound_is_null(tmp_path: Path) -> None:
    """A solve that knows no bound has neither bound nor gap."""
    write_manifest(fake_plan(bound=None, gap=None), tmp_path / "run.json")
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert run["bound"] is None
    assert run["gap"] is None


def test_plain_values() -> None:
    """Containers are unpacked, what is not finite is None, and a path or the like becomes text."""
    value = {"a": np.array([1.0, np.nan]), 2: (np.True_, math.inf), "c": {"d": b"x"}}
    assert plain(value) == {"a": [1.0, None], "2": [True, None], "c": {"d": "b'x'"}}


@pytest.mark.parametrize(
    ("status", "gap", "words"),
    [
        ("optimal", 0.0, "Proven optimal"),
        # 0.00631 is 0.631 %; rounded up, as a promise must be.
        ("optimal", 0.00631, "Proven: at most 0.64 % from the best possible plan"),
        ("feasible", 0.0412, "Not proven optimal: at most 4.12 % from the best possible plan"),
        ("feasible", 0.25, "Not proven optimal: at most 25.0 % from the best possible plan"),
        ("feasible", None, "Not proven optimal: no bound is known"),
    ],
)
def test_proof_in_words(status: str, gap: float | None, words: str) -> None:
    """The sentence starts with whether the plan is proven, and never promises more than the gap."""
    assert proof(fake_plan(status=status, gap=gap)) == words
