"""Read a published table by the name of its format: its columns under ours, its rows that count, its id rule."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.cells import as_text
from siting.study.formats import FORMATS
from siting.study.readers import RawTable
from siting.study.spelling import did_you_mean
from siting.study.where import rows_where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.study.formats import Format


def find_format(name: str, where: str, table: str = "") -> Format:
    """Return a format by name.

    Parameters
    ----------
    name : str
        Its name.
    where : str
        Setting that names it, for messages.
    table : str
        Table of the study that it must give rows of; any if empty.

    Raises
    ------
    StudyError
        If there is none of that name, or it gives rows of another table.
    """
    if name not in FORMATS:
        raise StudyError([Problem(where, f'"{name}" is no known format', did_you_mean(name, FORMATS))])
    if table and FORMATS[name].table != table:
        own = ", ".join(known for known, layout in FORMATS.items() if layout.table == table)
        what = f'"{name}" is a table of {FORMATS[name].table}, not of {table}'
        raise StudyError([Problem(where, what, f"known for {table}: {own}" if own else "leave it out")])
    return FORMATS[name]


def recognised(raw: RawTable, name: str, table: str, file: str) -> tuple[RawTable, pd.Series]:
    """Add our columns to a published table.

    Parameters
    ----------
    raw : RawTable
        The file as it is.
    name, table, file : str
        Format (one of `FORMATS`), table of the study, and file name for messages.

    Returns
    -------
    raw : RawTable
        The file's columns, and ours beside them; a column of ours takes the place of one of the same name.
    rows : Series of bool
        The rows that count.

    Raises
    ------
    StudyError
        If the file does not look like the format; lists every column that is missing.
    """
    layout, frame = FORMATS[name], raw.frame
    found = {
        ours: _match(theirs, frame.columns)
        for ours, theirs in layout.columns.items()
        if raw.geometry is None or ours not in {"lon", "lat"}
    }
    parts = [(_match(theirs.split("|"), frame.columns), width) for theirs, width in layout.id_parts]
    missing = [" or ".join(layout.columns[ours]) for ours, theirs in found.items()
               if not theirs and ours not in layout.optional]  # fmt: skip
    missing += [theirs for (theirs, _), (match, _) in zip(layout.id_parts, parts, strict=True) if not match]
    if missing:
        what = f'does not look like format "{name}" ({layout.title}): it has no {", ".join(missing)}'
        has = ", ".join(map(str, frame.columns[:12])) + (", ..." if len(frame.columns) > 12 else "")
        raise StudyError([Problem(file, what, f"it has {has}; map columns instead of format, or get the file again")])
    rows = pd.Series(True, index=frame.index)
    if layout.where:
        rows = rows_where(_spelt_as_in(layout.where, frame), layout.where, table)
    ours = {our: frame[theirs] for our, theirs in found.items() if theirs}
    ours["id"] = _ids(frame, parts)
    others = frame.drop(columns=[column for column in frame if column in ours])
    return RawTable(pd.concat([pd.DataFrame(ours, index=frame.index), others], axis=1), raw.geometry), rows


def own_columns(raw: RawTable, name: str, wanted: Iterable[str]) -> RawTable:
    """Keep our columns of a recognised table, and those of the file that study.toml maps."""
    layout = FORMATS[name]
    kept = [column for column in raw.frame if column == "id" or column in layout.columns or column in set(wanted)]
    return RawTable(raw.frame[kept], raw.geometry)


def _match(patterns: Iterable[str], columns: Iterable[str]) -> str:
    """Return the column that the first of some patterns fits; of several columns the last in the alphabet."""
    for pattern in patterns:
        fitting = [column for column in columns if fnmatchcase(str(column).lower(), pattern.lower())]
        if fitting:
            return max(fitting)
    return ""


def _spelt_as_in(expression: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with column names spelt as an expression spells them."""
    words = {word.lower(): word for word in expression.replace("(", " ").replace(")", " ").split()}
    return frame.rename(columns={column: words.get(str(column).lower(), column) for column in frame.columns})


def _ids(frame: pd.DataFrame, parts: list[tuple[str, int]]) -> pd.Series:
    pieces = []
    for column, width in parts:
        text = as_text(frame[column])
        pieces.append(text.str[-width:].str.zfill(width).where(text != "", "") if width else text)
    return pd.Series("", index=frame.index).str.cat(pieces)
