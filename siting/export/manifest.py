"""run.json: what was run, on what, with which outcome; and the one sentence that says how good the plan is."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.plan.proof import proof
from siting.plan.stored import checksum, fingerprints

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan

PACKAGES = ("siting", "highspy", "pyomo", "numpy", "pandas", "geopandas")


def manifest(plan: Plan) -> dict[str, Any]:
    """Return the content of run.json as plain Python values; NaN and infinities are None.

    Parameters
    ----------
    plan : Plan
        The plan to describe.

    Returns
    -------
    dict
        Keys ``status, proof, objective, bound, gap, runtime_s, compile_s, objective_kind, strategy, stopped_by,
        features, left_out_of_bound, merged_areas, versions, inputs, changes, options, kpis``; ``gap`` is a fraction,
        ``inputs`` maps file names to SHA-256, ``changes`` lists what scenarios and ``--set`` changed.
    """
    return {
        "status": plan.status,
        "proof": proof(plan),
        "objective": plain(plan.objective),
        "bound": plain(plan.bound),
        "gap": plain(plan.gap),
        "runtime_s": plain(plan.runtime_s),
        "compile_s": plain(plan.solution.compile_s),
        "objective_kind": plan.solution.objective_kind,
        "strategy": plan.strategy,
        "stopped_by": plan.solution.stopped_by,
        "merged_areas": plan.solution.merged_areas,
        "features": plain(plan.features),
        "left_out_of_bound": plain(plan.left_out),
        "versions": versions(),
        "inputs": plain(plan.inputs),
        "changes": plain(plan.changes),
        "options": plain(plan.options),
        "kpis": plain(plan.kpis),
    }


def versions() -> dict[str, str | None]:
    """Return the versions of Python and of the packages behind the result; None for one not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: numpy scalars and arrays unpacked, NaN and infinities None, the rest as text."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def write_manifest(plan: Plan, path: Path) -> None:
    """Write run.json: strict JSON, UTF-8, with the hashes by which `siting.read_plan` knows a changed folder."""
    run = manifest(plan) | {"files": fingerprints(path.parent)}
    run["checksum"] = checksum(run)
    path.write_text(json.dumps(run, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
