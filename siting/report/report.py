"""One call makes the report of a plan, or of an output folder."""

from __future__ import annotations

import html
import shlex
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError
from siting.export.export import ALTERNATIVES, REPORT, TORNADO
from siting.plan.plan import Plan
from siting.plan.read import read_plan
from siting.report.material import gather
from siting.report.page import report_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from siting.study.study import Study
    from siting.whatif.runs import RunOptions


@dataclass(frozen=True)
class Report:
    """The report of a plan.

    Attributes
    ----------
    page : str
        The whole HTML document; it needs no network.
    height : int
        Height of the frame in a notebook, in pixels.
    """

    page: str = field(repr=False)
    height: int = 720

    def write(self, path: str | Path) -> Path:
        """Write the page under another name and rename it, so that the file is there whole or as it was."""
        path = Path(path)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        try:
            draft.write_text(self.page, encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path

    def _repr_html_(self) -> str:
        """Return a frame that holds the page, so that its styles and the notebook's do not mix."""
        return (
            f'<iframe title="Report" srcdoc="{html.escape(self.page)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )


def report(plan: Plan | str | Path, also: Sequence[str] = (), options: RunOptions | None = None) -> Report:
    """Make the report of a plan.

    Today's network and the central baseline are priced with their units given, which takes seconds. The costly searches
    are shown where their folders, ``alternatives`` and ``tornado``, are in the output folder.

    Parameters
    ----------
    plan : Plan, str or Path
        A plan, or the output folder of one.
    also : sequence of str
        Of ``"alternatives", "tornado"``: searched now and kept in the output folder, in place of an earlier
        search.
    options : RunOptions, optional
        Time and gap of each solve of these searches.

    Returns
    -------
    Report
        ``report(...).write("report.html")`` writes it.

    Raises
    ------
    StudyError
        An unknown search, or one without an output folder to keep it in.
    OutputError
        No output folder, or a changed one.
    """
    folder = None if isinstance(plan, Plan) else Path(plan)
    strange = [name for name in also if name not in SEARCHES]
    if strange:
        what = f"{', '.join(strange)} is no part of the report that can be asked for"
        raise StudyError([Problem("--with", what, f"use {' or '.join(SEARCHES)}")])
    if also and folder is None:
        raise StudyError([Problem("report", "a search needs an output folder to be kept in", "name the folder")])
    found = plan if isinstance(plan, Plan) else read_plan(plan)
    if folder is not None and found.study is not None:
        for name in also:
            _in_place(folder / name, lambda fresh, search=SEARCHES[name]: search(found.study, fresh, options))  # type: ignore[misc]
    return Report(report_page(gather(found, folder, "OUT" if folder is None else shlex.quote(str(folder)))))


def _search_alternatives(study: Study, folder: Path, options: RunOptions | None) -> None:
    from siting.whatif.alternatives import alternatives
    from siting.whatif.alternatives_report import write_alternatives

    write_alternatives(alternatives(study, options=options), folder)


def _search_tornado(study: Study, folder: Path, options: RunOptions | None) -> None:
    from siting.whatif.tornado import tornado
    from siting.whatif.tornado_report import write_tornado

    write_tornado(tornado(study, options=options), folder)


SEARCHES: dict[str, Callable[[Study, Path, RunOptions | None], None]] = {
    ALTERNATIVES: _search_alternatives,
    TORNADO: _search_tornado,
}
"""The costly searches by name; each writes a new folder."""


def _in_place(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder under another name, then let it take the place of an earlier one."""
    fresh = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        write(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def writer(name: str | Path) -> Callable[[Plan, Path], None]:
    """Return what writes the report of a plan beside its other files; `name` is what the folder will be called."""

    def write(plan: Plan, path: Path) -> None:
        Report(report_page(gather(plan, None, shlex.quote(str(name))))).write(path)

    return write


def report_file(folder: str | Path) -> Path:
    """Return where the report of an output folder is."""
    return Path(folder) / REPORT
