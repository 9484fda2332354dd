"""Put what a second file knows beside the rows of a first: people beside places, places beside beds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.cells import as_text
from siting.study.foreign import find_format, own_columns, recognised
from siting.study.readers import RawTable, read_file
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from siting.study.config import JoinSection
    from siting.study.declare import Table


def joined(first: RawTable, section: JoinSection, table: Table, folder: Path, id_column: str) -> RawTable:
    """Add the columns and places of a second file to the rows of a first.

    Parameters
    ----------
    first : RawTable
        The rows that count; all are kept, in their order, but those without a partner if the section drops them.
    section : JoinSection
        The second file. Of a column that both files have, the first file's counts.
    table : Table
        Declaration of the study's table.
    folder : Path
        The study folder.
    id_column : str
        Name of the id in the first file.

    Raises
    ------
    StudyError
        If the second file cannot be read, a column is missing, an id is there twice, or rows have no partner.
    """
    where = f"tables.{table.name}.join"
    second = _read_second(section, table, folder, where)
    ids = as_text(second.frame["id"])
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        raise StudyError([Problem(section.file, "ids are there twice", "one row for each id", tuple(twice))])
    on = id_column if section.on == "id" else section.on
    row = pd.Index(ids).get_indexer(pd.Index(as_text(first.frame[on])))
    lonely = row < 0
    if lonely.any() and (section.unmatched == "refuse" or lonely.all()):
        known = set(ids)
        texts = as_text(first.frame[on])[lonely]
        what = f"{len(texts):,} of {len(first.frame):,} rows have no partner in {section.file} ({on} against its id)"
        hint = did_you_mean(texts.iloc[0], known) if len(known) < 1000 else ""
        remedy = f'{hint}{"; " if hint else ""}correct the ids, or leave the rows out: {where} unmatched = "drop"'
        raise StudyError([Problem(where, what, remedy, tuple(texts))])
    kept = first.keep(pd.Series(~lonely, index=first.frame.index))
    return _beside(kept, second, row[~lonely])


def check_on(columns: Iterable[str], section: JoinSection, table: str, id_column: str) -> None:
    """Refuse a join on a column that the first file does not have.

    Raises
    ------
    StudyError
        If so.
    """
    on = id_column if section.on == "id" else section.on
    if on not in columns:
        where = f"tables.{table}.join.on"
        raise StudyError([Problem(where, f'the file has no column "{on}"', did_you_mean(on, columns))])


def _read_second(section: JoinSection, table: Table, folder: Path, where: str) -> RawTable:
    layout = None if section.format is None else find_format(section.format, f"{where}.format")
    raw = read_file(folder / section.file, section.layer, table.name, "utf-8" if layout is None else layout.encoding)
    if section.format is not None:
        raw, rows = recognised(raw, section.format, table.name, section.file)
        raw = own_columns(raw.keep(rows), section.format, section.columns.values())
    unknown = [theirs for theirs in section.columns.values() if theirs not in raw.frame]
    if unknown:
        raise StudyError(
            Problem(f"{where}.columns", f'the file has no column "{name}"', did_you_mean(name, raw.frame))
            for name in unknown
        )
    ours = {our: raw.frame[theirs] for our, theirs in section.columns.items()}
    ours |= {name: raw.frame[name] for name in ("id", *table.names) if name in raw.frame and name not in ours}
    if "id" not in ours:
        raise StudyError([Problem(section.file, 'column "id" is missing', f"map it: {where} columns = {{ id = ... }}")])
    return RawTable(pd.DataFrame(ours, index=raw.frame.index), raw.geometry)


def _beside(first: RawTable, second: RawTable, row: pd.Series) -> RawTable:
    """Return the first table's rows with the second's columns that it lacks."""
    index = first.frame.index
    added = {
        name: second.frame[name].take(row).set_axis(index) for name in second.frame if name not in first.frame
    }  # fmt: skip
    geometry = first.geometry
    if geometry is None and second.geometry is not None:
        geometry = second.geometry.take(row).set_axis(index)
    return RawTable(pd.concat([first.frame, pd.DataFrame(added, index=index)], axis=1), geometry)
