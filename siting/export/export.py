"""One call writes everything that others open; nothing is ever half-written."""

from __future__ import annotations

import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from siting.export.geo import write_geojson, write_geopackage
from siting.export.manifest import write_manifest
from siting.export.map.page import write_map
from siting.export.tables import write_csv, write_workbook
from siting.plan.stored import SOLUTION_FILE, write_solution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from siting.plan.plan import Plan


def _write_summary(plan: Plan, path: Path) -> None:
    path.write_text(plan.summary().rstrip("\n") + "\n", encoding="utf-8")


def _write_log(plan: Plan, path: Path) -> None:
    path.write_text(plan.log, encoding="utf-8")


def _write_study(plan: Plan, path: Path) -> None:
    if plan.study is not None:
        from siting.study.snapshot import write_snapshot

        write_snapshot(plan.study, path)


def _write_solution(plan: Plan, path: Path) -> None:
    """Without its study a plan could not be read back."""
    if plan.study is not None:
        write_solution(plan.network, plan.solution, path)


WRITERS: dict[str, Callable[[Plan, Path], None]] = {
    "network.gpkg": write_geopackage,
    "openings.geojson": write_geojson,
    "tables": write_csv,
    "plan.xlsx": write_workbook,
    "map.html": write_map,
    "summary.txt": _write_summary,
    "solver.log": _write_log,
    "study": _write_study,
    SOLUTION_FILE: _write_solution,
    "run.json": write_manifest,
}
"""What an output folder holds: name of the file or folder, and who writes it."""
REPORT = "report.html"
SEARCHES = ALTERNATIVES, TORNADO = "alternatives", "tornado"
"""Folders of costly searches that `siting report` keeps beside an export; a new export does away with them."""
DIAGNOSIS = "diagnosis.txt"
"""What an output folder holds beside run.json where no plan is possible."""


def export(
    plan: Plan,
    folder: Path | str,
    overwrite: bool = False,
    also: Mapping[str, Callable[[Plan, Path], None]] | None = None,
) -> Path:
    """Write a plan into a new folder: GIS layers, tables, workbook, map, summary, log, study and run.json.

    Everything is written beside the folder under another name and renamed at the end, so the folder is there whole or
    not at all.

    Parameters
    ----------
    plan : Plan
        The plan; ``plan.check()`` recounts it first.
    folder : Path or str
        Folder to make; parents are made as needed.
    overwrite : bool
        Replace the folder if it is empty or holds an earlier export and nothing else.
    also : mapping, optional
        Further files: name, of those that an export may replace, and who writes it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        The folder exists and `overwrite` is False, or it holds something that an export does not write.
    OSError
        A file cannot be written; nothing is left behind.
    PlanError
        The plan does not survive its recount.
    """
    plan.check()
    with whole_folder(Path(folder).resolve(), overwrite=overwrite) as fresh:
        for name, write in {**WRITERS, **(also or {})}.items():
            write(plan, fresh / name)
    return Path(folder).resolve()


@contextmanager
def whole_folder(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a new folder that takes the name of `folder` when the block ends well, and vanishes when not.

    Raises
    ------
    OSError
        The folder may not be replaced (see `refuse_existing`) or cannot be written.
    """
    refuse_existing(folder, overwrite=overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    fresh.mkdir()
    try:
        yield fresh
        _put_in_place(fresh, folder, overwrite=overwrite)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def refuse_existing(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that an export must not replace, before any work is done.

    Parameters
    ----------
    folder : Path
        Where an export is to go.
    overwrite : bool
        Whether an empty folder or an earlier export may be replaced.

    Raises
    ------
    FileExistsError
        The folder exists and may not be replaced; the message says why and what to do.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        msg = f"{folder} exists and is not a folder; choose another name"
        raise FileExistsError(msg)
    names = sorted(path.name for path in folder.iterdir())
    if not overwrite:
        msg = f"{folder} exists already; choose another folder, or allow overwriting"
        raise FileExistsError(msg)
    if names and "run.json" not in names:
        msg = f"{folder} is not an earlier export (it holds no run.json) and stays; choose another folder"
        raise FileExistsError(msg)
    # SQLite leaves network.gpkg-wal and -shm beside a GeoPackage that a GIS has open.
    foreign = [
        name
        for name in names
        if name not in (*WRITERS, REPORT, *SEARCHES, DIAGNOSIS) and not name.startswith((".", "network.gpkg-"))
    ]
    if foreign:
        msg = f"{folder} holds files that an export does not write ({', '.join(foreign[:5])}); move them away first"
        raise FileExistsError(msg)


def _put_in_place(fresh: Path, folder: Path, *, overwrite: bool) -> None:
    refuse_existing(folder, overwrite=overwrite)
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(f"{fresh.name}.old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
