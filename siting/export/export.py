"""One call writes everything that others open; nothing is ever half-written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio

from siting.errors import Problem, StudyError
from siting.export.formats import ALONGSIDE, BY_SUFFIX, FIELDS_FILE, FORMATS, field_table, formats_of, write_formats
from siting.export.geo import write_geojson, write_geopackage
from siting.export.layers import plan_layers
from siting.export.manifest import write_manifest
from siting.export.map.page import write_map
from siting.export.project import write_project
from siting.export.tables import write_csv, write_workbook
from siting.plan.stored import SOLUTION_FILE, write_solution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from siting.export.convert import Change
    from siting.export.layers import Layer
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


def _write_project(plan: Plan, path: Path) -> None:
    write_project(plan, plan_layers(plan), path)


WRITERS: dict[str, Callable[[Plan, Path], object]] = {
    "network.gpkg": write_geopackage,
    "network.qgz": _write_project,
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
FOLDER_FILES = frozenset({*WRITERS, REPORT, *SEARCHES, DIAGNOSIS})
FORMAT_FILES = frozenset({FIELDS_FILE, "README.txt", *(one.name for one in FORMATS.values())})
"""What a folder of formats holds."""


def export(
    plan: Plan,
    target: Path | str,
    overwrite: bool = False,
    layer: str = "openings",
    also: Mapping[str, Callable[[Plan, Path], None]] | None = None,
) -> Path:
    """Write a plan into a new folder, or into one file whose suffix says in which format.

    A folder holds GIS layers, QGIS project, tables, workbook, map, summary, log, study and run.json. Everything is
    written under another name and renamed at the end, so the target is there whole or not at all.

    Parameters
    ----------
    plan : Plan
        The plan; ``plan.check()`` recounts it first.
    target : Path or str
        Folder to make, or a file: ``.gpkg``, ``.qgz`` (with its GeoPackage), ``.geojson``, ``.fgb``, ``.parquet``,
        ``.kml``, ``.zip`` (Shapefiles) or ``.xlsx``; parents are made as needed.
    overwrite : bool
        Replace the file, or the folder if it is empty or holds an earlier export and nothing else.
    layer : str
        The layer of a file that holds only one: GeoJSON, FlatGeobuf, GeoParquet.
    also : mapping, optional
        Further files of a folder: name, of those that an export may replace, and who writes it.

    Returns
    -------
    Path
        The folder or file. Columns that a file holds under another name or as another type are listed in
        ``<file>.fields.csv`` beside it, or inside a zip.

    Raises
    ------
    FileExistsError
        The target exists and `overwrite` is False, or the folder holds something that an export does not write.
    OSError
        A file cannot be written; nothing is left behind.
    PlanError
        The plan does not survive its recount.
    StudyError
        The suffix is of no format, or there is no such layer.
    """
    target = Path(target).resolve()
    if is_file_name(target):
        export_file(plan, target, overwrite=overwrite, layer=layer)
        return target
    plan.check()
    with whole_folder(target, overwrite=overwrite) as fresh:
        for name, write in {**WRITERS, **(also or {})}.items():
            write(plan, fresh / name)
    return target


def is_file_name(target: Path) -> bool:
    """Return whether a target asks for one file; a suffix with digits in it, such as a version, is part of a name.

    Raises
    ------
    StudyError
        The suffix is of no format; the message lists those that are.
    """
    suffix = target.suffix.lower()
    if target.is_dir() or not suffix[1:].isalpha():
        return False
    if suffix not in BY_SUFFIX:
        remedy = f"use {', '.join(BY_SUFFIX)}, or a name without a suffix for a folder"
        remedy = "Shapefiles are several files: use .zip" if suffix == ".shp" else remedy
        raise StudyError([Problem(str(target), f"suffix {suffix} is of no format", remedy)])
    return True


def refuse_file_name(target: Path) -> None:
    """Refuse the name of a file where a folder is to be made, before any work is done.

    Raises
    ------
    StudyError
        The name has the suffix of a format, or of none.
    """
    if is_file_name(target):
        remedy = f"name a folder, then: siting export FOLDER --to {target.name}"
        raise StudyError([Problem("--out", f"{target} is the name of a file", remedy)])


def export_file(
    plan: Plan, path: Path, *, overwrite: bool = False, layer: str = "openings", added: Sequence[Layer] = ()
) -> dict[str, list[Change]]:
    """Write a plan into one file; see `export`.

    Parameters
    ----------
    plan : Plan
        The plan; ``plan.check()`` recounts it first.
    path : Path
        The file; its suffix says in which format.
    overwrite : bool
        Replace an earlier file.
    layer : str
        The layer of a file that holds only one.
    added : sequence of Layer
        Layers that the plan does not have, such as `siting.export.layers.read_layers` returns them.

    Returns
    -------
    dict of str to list of Change
        By format, what it holds under another name or as another type.

    Raises
    ------
    OSError, PlanError, StudyError
        As `export`.
    """
    name = BY_SUFFIX[path.suffix.lower()]
    one = FORMATS[name]
    files = [path, *(path.with_suffix(suffix) for suffix in ALONGSIDE.get(path.suffix.lower(), ()))]
    refuse_unwritable(path)
    taken = [file for file in files if file.exists()]
    if taken and not overwrite:
        msg = f"{', '.join(map(str, taken))} exists already; choose another name, or allow overwriting"
        raise FileExistsError(msg)
    plan.check()
    layers = plan_layers(plan, added)
    if one.one_layer:
        layers = [found for found in layers if found.name == layer] or _no_layer(layer, layers)
    with _draft(path) as fresh:
        changes = {name: one.write(plan, layers, fresh / path.name)}
        if changes[name] and name != "shp":
            table = field_table(changes, layers)
            table.to_csv(fresh / f"{path.name}.{FIELDS_FILE}", index=False, encoding="utf-8", lineterminator="\n")
        for file in sorted(fresh.iterdir()):
            file.replace(path.parent / file.name)
    return changes


def _no_layer(layer: str, layers: Sequence[Layer]) -> list[Layer]:
    names = ", ".join(one.name for one in layers)
    raise StudyError([Problem("--layer", f"there is no layer {layer!r}", f"choose from {names}")])


def export_formats(
    plan: Plan, folder: Path, formats: Iterable[str], *, overwrite: bool = False, added: Sequence[Layer] = ()
) -> dict[str, list[Change]]:
    """Write a plan in several formats into a new folder, with fields.csv and README.txt.

    Parameters
    ----------
    plan : Plan
        The plan; ``plan.check()`` recounts it first.
    folder : Path
        Folder to make.
    formats : iterable of str
        Keys of `siting.export.formats.FORMATS`.
    overwrite : bool
        Replace the folder if it is empty or holds an earlier export of formats and nothing else.
    added : sequence of Layer
        Layers that the plan does not have.

    Returns
    -------
    dict of str to list of Change
        By format, what it holds under another name or as another type.

    Raises
    ------
    OSError, PlanError, StudyError
        As `export`.
    """
    chosen = formats_of(formats)
    folder = folder.resolve()
    refuse_existing(folder, overwrite=overwrite, ours=FORMAT_FILES, mark=FIELDS_FILE)
    plan.check()
    layers = plan_layers(plan, added)
    with whole_folder(folder, overwrite=overwrite, ours=FORMAT_FILES, mark=FIELDS_FILE) as fresh:
        return write_formats(plan, chosen, layers, fresh)


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a folder beside a file, in which it is made, and take the folder away at the end."""
    fresh = _fresh(path)
    try:
        with _as_os_errors():
            yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fresh(target: Path) -> Path:
    """Make a folder of another name beside a target, and the parents of both."""
    fresh = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        fresh.mkdir(parents=True)
    except OSError as error:
        msg = f"{target} cannot be made: {error.strerror}; choose another place"
        raise type(error)(msg) from error
    return fresh


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Turn what GDAL and SQLite say where a file cannot be written into an OSError."""
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error) as error:
        msg = f"cannot be written: {error}"
        raise OSError(msg) from error


@contextmanager
def whole_folder(
    folder: Path, *, overwrite: bool, ours: Collection[str] = FOLDER_FILES, mark: str = "run.json"
) -> Iterator[Path]:
    """Give a new folder that takes the name of `folder` when the block ends well, and vanishes when not.

    Raises
    ------
    OSError
        The folder may not be replaced (see `refuse_existing`) or cannot be written.
    """
    refuse_existing(folder, overwrite=overwrite, ours=ours, mark=mark)
    fresh = _fresh(folder)
    try:
        with _as_os_errors():
            yield fresh
        refuse_existing(folder, overwrite=overwrite, ours=ours, mark=mark)
        _put_in_place(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def refuse_existing(
    folder: Path, *, overwrite: bool, ours: Collection[str] = FOLDER_FILES, mark: str = "run.json"
) -> None:
    """Refuse a folder that an export must not replace, before any work is done.

    Parameters
    ----------
    folder : Path
        Where an export is to go.
    overwrite : bool
        Whether an empty folder or an earlier export may be replaced.
    ours : collection of str
        Names that an export writes there.
    mark : str
        The one by which an earlier export is known.

    Raises
    ------
    FileExistsError
        The folder exists and may not be replaced; the message says why and what to do.
    OSError
        It cannot be made where it is to be.
    """
    refuse_unwritable(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        msg = f"{folder} exists and is not a folder; choose another name"
        raise FileExistsError(msg)
    names = sorted(path.name for path in folder.iterdir())
    if not overwrite:
        msg = f"{folder} exists already; choose another folder, or allow overwriting"
        raise FileExistsError(msg)
    if names and mark not in names:
        msg = f"{folder} is not an earlier export (it holds no {mark}) and stays; choose another folder"
        raise FileExistsError(msg)
    # SQLite leaves network.gpkg-wal and -shm beside a GeoPackage that a GIS has open.
    foreign = [name for name in names if name not in ours and not name.startswith((".", "network.gpkg-"))]
    if foreign:
        msg = f"{folder} holds files that an export does not write ({', '.join(foreign[:5])}); move them away first"
        raise FileExistsError(msg)


def refuse_unwritable(target: Path) -> None:
    """Refuse a file or folder that cannot be made where it is to be, before any work is done.

    Raises
    ------
    NotADirectoryError, PermissionError
        The nearest folder that exists is none, or may not be written to.
    """
    parent = next(path for path in target.resolve().parents if path.exists())
    if not parent.is_dir():
        msg = f"{target} cannot be made: {parent} is not a folder; choose another place"
        raise NotADirectoryError(msg)
    if not os.access(parent, os.W_OK | os.X_OK):
        msg = f"{target} cannot be made: {parent} may not be written to; choose another place"
        raise PermissionError(msg)


def _put_in_place(fresh: Path, folder: Path) -> None:
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
