"""What a question is asked of: a study, or the plan in an output folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError
from siting.plan.read import RUN_FILE, read_plan
from siting.study.read import read_study
from siting.study.settings import parse_setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.plan.plan import Plan
    from siting.study.study import Study


def read_source(target: str, settings: Sequence[str] | None = None) -> Study | Plan:
    """Read an output folder as a plan, anything else as a study.

    Parameters
    ----------
    target : str
        Output folder, study folder or name of an embedded study.
    settings : sequence of str, optional
        ``key=value`` changes of a study.

    Raises
    ------
    StudyError, OutputError
        If neither can be read, or settings are given for a plan, which was solved without them.
    """
    if not (Path(target) / RUN_FILE).is_file():
        return read_study(target, dict(parse_setting(text) for text in settings or ()))
    if settings:
        what = "settings cannot change a plan that is solved"
        raise StudyError([Problem("--set", what, f"name its study, {Path(target) / 'study'}, instead")])
    return read_plan(target)
