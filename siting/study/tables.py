"""Turn one file into one table of the study: filter, rename, read cells, place on the globe, fill in, check."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.study import coordinates, naming
from siting.study.cells import as_text, read_cells
from siting.study.foreign import find_format, own_columns, recognised
from siting.study.joining import check_on, joined
from siting.study.people import add_people
from siting.study.readers import read_file
from siting.study.validate import check_table, row_labels
from siting.study.where import rows_where
from siting.words import count

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from siting.study.cells import Cells
    from siting.study.columns import Column, Table
    from siting.study.config import TableSection
    from siting.study.readers import RawTable

GIVEN = "given in the study"
"""Source of a value that the study states without saying where it is from."""
SUFFIXES = (".csv", ".csv.gz", ".parquet", ".gpkg", ".geojson", ".xlsx")
"""Default files of a table, in the order in which they are looked for."""


@dataclass(frozen=True)
class Origin:
    """Where a table came from.

    Attributes
    ----------
    file, sha256 : str
        File name relative to the study folder, and the hash of its content.
    crs : str
        Coordinate reference system its places were in; empty for tables without places.
    rows_in_file, rows : int
        Rows before and after the ``where`` filter.
    ignored : tuple of str
        Columns of the file that the study does not use.
    dropped : frozenset of str
        Ids of the rows that the filter left out.
    beside : dict of str to str
        Further files that gave columns, places or people: name and hash.
    notes : tuple of str
        What was done to the rows, in sentences.
    """

    file: str
    sha256: str
    crs: str = ""
    rows_in_file: int = 0
    rows: int = 0
    ignored: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()
    beside: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass
class Reading:
    """One table as far as it could be read, and what is wrong with it; ``frame`` has row numbers as its index."""

    table: Table
    section: TableSection
    file: str
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    polygons: gpd.GeoSeries | None = None
    crs: str = ""
    problems: list[Problem] = field(default_factory=list)
    reported: dict[str, pd.Index] = field(default_factory=dict)
    origin: Origin | None = None
    notes: list[str] = field(default_factory=list)

    def report(self, problem: Problem, columns: tuple[str, ...], rows: pd.Index) -> None:
        """Add a problem with some rows, so that later checks leave these cells alone."""
        labels = tuple(row_labels(self.frame.loc[rows], self.table.key))
        self.problems.append(Problem(problem.where, problem.what, problem.remedy, labels))
        for name in columns:
            self.reported[name] = self.reported.get(name, rows[:0]).union(rows)


def find_file(table: str, section: TableSection, folder: Path) -> Path | None:
    """Return the file of a table; None if the study names none and the folder has none."""
    if section.file is not None:
        return folder / section.file
    return next((path for suffix in SUFFIXES if (path := folder / f"{table}{suffix}").is_file()), None)


def read_table(table: Table, section: TableSection, path: Path, folder: Path) -> Reading:
    """Read and check one table.

    Parameters
    ----------
    table : Table
        Its declaration.
    section : TableSection
        What study.toml says about its file.
    path : Path
        Its file.
    folder : Path
        The study folder, which the names of further files start from.

    Returns
    -------
    Reading
        ``problems`` lists all that is wrong; ``origin`` is None if the file could not be read at all.
    """
    reading = Reading(table, section, section.file or path.name)
    try:
        whole, raw = _load(table, section, path, folder, reading.file)
        _take_columns(reading, raw)
        _place(reading, raw)
        add_people(reading, folder)
    except StudyError as error:
        reading.problems.extend(error.problems)
        return reading
    _fill_in(reading)
    reading.problems += check_table(table, reading.frame, reading.reported, reading.file)
    _settle_types(reading)
    beside = [name for name in (section.join and section.join.file, section.population_raster) if name]
    reading.origin = Origin(
        reading.file, _sha256(path), reading.crs, len(whole.frame), len(raw.frame),
        naming.ignored_columns(table, section, raw), _dropped_ids(reading, whole, raw),
        {name: _sha256(folder / name) for name in beside}, tuple(reading.notes),
    )  # fmt: skip
    return reading


def _load(table: Table, section: TableSection, path: Path, folder: Path, file: str) -> tuple[RawTable, RawTable]:
    """Return all rows of a file, and those that count with the columns that may be used."""
    layout = None
    if section.format is not None:
        layout = find_format(section.format, f"tables.{table.name}.format", table.name)
    encoding, missing = ("utf-8", ()) if layout is None else (layout.encoding, layout.missing)
    whole = _mark_missing(read_file(path, section.layer, table.name, encoding), (*section.missing, *missing))
    rows = pd.Series(True, index=whole.frame.index)
    if section.format is not None:
        whole, rows = recognised(whole, section.format, table.name, file)
    id_column = section.columns.get("id", "id")
    if section.join is not None:
        check_on(list(whole.frame), section.join, table.name, id_column)
    if section.where is not None:
        rows &= rows_where(whole.frame, section.where, table.name)
    raw = whole.keep(rows) if not rows.all() else whole
    if section.format is not None:
        wanted = [*section.columns.values(), *([section.join.on] if section.join else [])]
        raw = own_columns(raw, section.format, wanted)
    if section.join is not None:
        raw = joined(raw, section.join, table, folder, id_column)
    return whole, raw


def _mark_missing(raw: RawTable, missing: tuple[str, ...]) -> RawTable:
    """Empty the cells that hold one of the texts for "unknown"."""
    if missing:
        for name in raw.frame.columns:
            is_missing = as_text(raw.frame[name]).isin(missing)
            if is_missing.any():
                raw.frame[name] = raw.frame[name].mask(is_missing)
    return raw


def _take_columns(reading: Reading, raw: RawTable) -> None:
    """Take the columns under our names and turn their cells into values."""
    table, section = reading.table, reading.section
    reading.problems += naming.check_names(table, section, raw, reading.file)
    frame: dict[str, pd.Series] = {}
    unreadable: list[tuple[Column, Cells]] = []
    for name, theirs in naming.columns_taken(table, section, raw).items():
        value = section.values.get(name)
        column = raw.frame[theirs] if value is None else pd.Series([value] * len(raw.frame), index=raw.frame.index)
        declared = table.column_or_bound(name)
        if declared is None:
            frame[name] = as_text(column)
            continue
        cells = read_cells(column, declared)
        frame[name] = cells.values
        if len(cells.faults):
            unreadable.append((declared, cells))
    reading.frame = pd.DataFrame(frame, index=raw.frame.index)
    for declared, cells in unreadable:
        _report_unreadable(reading, declared, cells)


def _report_unreadable(reading: Reading, declared: Column, cells: Cells) -> None:
    for remedy, texts in cells.faults.groupby(cells.remedies, sort=False):
        shown = ", ".join(f'"{text}"' for text in texts.head(5))
        what = f"{declared.name} is {shown}, which is no {_KIND[declared.kind]}"
        if "missing" in str(remedy):
            remedy = f'{remedy}: [tables.{reading.table.name}] missing = ["{texts.iloc[0]}"]'
        reading.report(Problem(reading.file, what, str(remedy)), (declared.name,), texts.index)


_KIND = {"number": "number", "integer": "whole number", "boolean": "yes or no"}


def _place(reading: Reading, raw: RawTable) -> None:
    """Bring places to WGS 84."""
    table, frame = reading.table, reading.frame
    if not table.is_spatial:
        return
    if raw.geometry is not None:
        section = reading.section
        places = coordinates.places_of_geometry(raw.geometry, section.crs, table.name, reading.file, section.centroid)
    elif "lon" in frame and "lat" in frame:
        places = coordinates.places_of_columns(frame.lon, frame.lat, reading.section.crs, table.name)
    else:
        return
    reading.crs, reading.polygons = places.crs, places.polygons
    frame["lon"], frame["lat"] = places.lon, places.lat
    for problem, rows in places.faults:
        reading.report(Problem(reading.file, problem.what, problem.remedy), ("lon", "lat"), rows)
    if len(places.repaired):
        named = ", ".join(row_labels(frame.loc[places.repaired[:5]], table.key))
        more = ", ..." if len(places.repaired) > 5 else ""
        noun = count(len(places.repaired), "polygon") + (" was" if len(places.repaired) == 1 else " were")
        reading.notes.append(f"{reading.file}: {noun} repaired, for lines crossed or the like ({named}{more}).")


def _fill_in(reading: Reading) -> None:
    """Put in the defaults and the sources, in the order of the declaration; a missing required column stays out."""
    given, index = reading.frame, reading.frame.index
    filled: dict[str, pd.Series] = {}
    sources: dict[str, pd.Series] = {}
    bounds: dict[str, pd.Series] = {}
    for column in reading.table.columns:
        name = column.name
        bounds |= {bound: given[bound] for bound in column.range_names if bound in given}
        if name not in given and column.is_required:
            continue
        values = given[name] if name in given else pd.Series(np.nan, index=index, dtype="float64")
        if column.is_parameter:
            said = given.get(f"{name}_source", pd.Series("", index=index, dtype=str))
            usual = pd.Series(GIVEN, index=index, dtype=str).where(values.notna(), column.source)
            sources[f"{name}_source"] = said.where(said != "", usual)
        if not column.is_required and column.default is not None:
            values = values.astype(object).where(values.notna(), column.default) if values.isna().any() else values
        filled[name] = values.astype("float64") if column.kind in {"number", "integer"} else values
    if "name" in filled and "id" in filled:
        filled["name"] = filled["name"].where(filled["name"] != "", filled["id"])
    reading.frame = pd.DataFrame({**filled, **sources, **bounds}, index=index)


def _settle_types(reading: Reading) -> None:
    """Give whole numbers, yes/no and texts their final types where no cell is missing."""
    types = {"integer": "int64", "boolean": "bool", "id": "str", "text": "str", "number": "float64"}
    complete = reading.frame.notna().all()
    final: dict[Any, Any] = {
        column.name: types[column.kind] for column in reading.table.columns if complete.get(column.name, False)
    }
    reading.frame = reading.frame.astype(final)


def _dropped_ids(reading: Reading, whole: RawTable, raw: RawTable) -> frozenset[str]:
    name = reading.section.columns.get("id", "id")
    if reading.table.key != ("id",) or name not in whole.frame or len(raw.frame) == len(whole.frame):
        return frozenset()
    return frozenset(as_text(whole.frame[name][~whole.frame.index.isin(raw.frame.index)]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
