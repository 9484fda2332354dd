"""From an output folder back to the plan that it was written from."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import OutputError, PlanError, Problem
from siting.model.solution import Solution
from siting.network.build import build_network
from siting.plan.plan import Plan
from siting.plan.stored import (
    LOG_FILE,
    SOLUTION_FILE,
    STUDY_FOLDER,
    checksum,
    fingerprints,
    stored_decisions,
    stored_values,
)
from siting.study.read import read_study

if TYPE_CHECKING:
    from siting.network.network import Network
    from siting.plan.stored import Arrays

RUN_FILE = "run.json"
_AGAIN = "make the folder again with: siting optimize"
_FACTS = (
    "status", "objective", "bound", "gap", "runtime_s", "features", "left_out_of_bound", "objective_kind",
    "strategy", "stopped_by", "merged_areas", "inputs", "options", "versions", "files",
)  # fmt: skip


def read_plan(folder: str | Path) -> Plan:
    """Read a plan back from its output folder, which is all that is needed, and recount it.

    Prices and distances are worked out again from the snapshot of the study; decisions and flows come from
    solution.npz; status, bound and gap from run.json.

    Parameters
    ----------
    folder : str or Path
        What `siting.export` or ``siting optimize --out`` wrote.

    Returns
    -------
    Plan
        The same plan, with the same key figures and the hashes of the files that the study was first read from.

    Raises
    ------
    OutputError
        No output folder, one without a plan, files that are missing, changed or added, or a plan that does not
        survive its recount.
    """
    folder = Path(folder)
    run = _run(folder)
    _refuse_changes(folder, run)
    study = replace(read_study(folder / STUDY_FOLDER), inputs=run["inputs"])
    arrays = _arrays(folder / SOLUTION_FILE)
    network = build_network(study, stored_decisions(arrays) or None)
    solution = _solution(network, arrays, run, (folder / LOG_FILE).read_text(encoding="utf-8"))
    plan = Plan(network, solution, study, run["options"])
    try:
        plan.check()
    except PlanError as error:
        raise OutputError(str(folder), [*error.problems, _other_version(run)]) from error
    return plan


def _run(folder: Path) -> dict[str, Any]:
    """Return the content of run.json, refused unless it is whole, unchanged and about a plan."""
    file = folder / RUN_FILE
    if not file.is_file():
        what = f"holds no {RUN_FILE}" if folder.is_dir() else "is not a folder"
        raise OutputError(str(folder), [Problem(str(folder), what, "name a folder that siting optimize --out wrote")])
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutputError(str(folder), [Problem(RUN_FILE, f"is not JSON: {error}", _AGAIN)]) from error
    if not isinstance(run, dict):
        raise OutputError(str(folder), [Problem(RUN_FILE, "is not a JSON object", _AGAIN)])
    if run.get("status") == "infeasible":
        raise OutputError(str(folder), [Problem(RUN_FILE, "says that no plan meets the rules: there is none to read")])
    lacking = [name for name in (*_FACTS, "checksum") if name not in run]
    if lacking:
        raise OutputError(str(folder), [Problem(RUN_FILE, f"lacks {', '.join(lacking)}", _AGAIN)])
    if run["checksum"] != checksum(run):
        raise OutputError(str(folder), [Problem(RUN_FILE, "was changed after it was written", _AGAIN)])
    return run


def _refuse_changes(folder: Path, run: dict[str, Any]) -> None:
    """Refuse a folder whose study or solution is not what was written beside run.json."""
    listed, found = run["files"], fingerprints(folder)
    needed = {SOLUTION_FILE, LOG_FILE, f"{STUDY_FOLDER}/study.toml"}
    changes = (
        ("is missing", sorted((needed | set(listed)) - set(found))),
        ("was changed after it was written", sorted(n for n in listed if n in found and listed[n] != found[n])),
        ("was not written by the export", sorted(set(found) - set(listed))),
    )
    problems = [Problem(name, what, _AGAIN) for what, names in changes for name in names]
    if problems:
        raise OutputError(str(folder), problems)


def _arrays(path: Path) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, zipfile.BadZipFile) as error:
        raise OutputError(str(path.parent), [Problem(path.name, f"cannot be read: {error}", _AGAIN)]) from error


def _solution(network: Network, arrays: Arrays, run: dict[str, Any], log: str) -> Solution:
    values, lacking = stored_values(network, arrays)
    if lacking:
        what = f"uses rows that the study no longer gives ({', '.join(lacking)})"
        raise OutputError(SOLUTION_FILE, [Problem(SOLUTION_FILE, what, _AGAIN), _other_version(run)])
    facts = ("status", "objective", "bound", "gap", "runtime_s", "objective_kind", "strategy", "stopped_by",
             "merged_areas")  # fmt: skip
    facts_of_run: dict[str, Any] = {name: run[name] for name in facts}
    named: dict[str, Any] = {"features": tuple(run["features"]), "left_out": tuple(run["left_out_of_bound"])}
    compile_s = run.get("compile_s", 0.0)  # plans written before it was counted lack it
    return Solution(**values, **facts_of_run, **named, compile_s=compile_s, log=log)


def _other_version(run: dict[str, Any]) -> Problem:
    return Problem(RUN_FILE, f"was written by siting {run['versions'].get('siting')}", "another version may price anew")
