"""What a question is asked of: a study, or the plan in an output folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError
from siting.plan.read import RUN_FILE, read_plan
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.plan.plan import Plan
    from siting.study.study import Study


def read_source(target: str, changes: Sequence[str] | None = None, scenarios: Sequence[str] = ()) -> Study | Plan:
    """Read an output folder as a plan, anything else as a study.

    Parameters
    ----------
    target : str
        Output folder, study folder or name of an embedded study.
    changes : sequence of str, optional
        Changes of a study in words (`siting.study.changes`).
    scenarios : sequence of str
        Scenarios of a study.

    Raises
    ------
    StudyError, OutputError
        If neither can be read, or changes are given for a plan, which was solved without them.
    """
    if not (Path(target) / RUN_FILE).is_file():
        return read_study(target, changes or (), scenarios)
    if changes or scenarios:
        what = "a plan that is solved cannot be changed"
        raise StudyError([Problem("--set, --scenario", what, f"name its study, {Path(target) / 'study'}, instead")])
    return read_plan(target)
