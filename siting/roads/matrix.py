"""A travel matrix from any file, long (a row for each pair) or wide (a row for each place), with checked ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem, TravelError
from siting.study.cells import as_text
from siting.study.readers import read_file
from siting.study.spelling import did_you_mean, nearest
from siting.study.travel_record import ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siting.study.study import Study

MINUTES_PER = {"min": 1.0, "h": 60.0, "s": 1.0 / 60.0}
MOST_HINTS = 20
"""So many unmatched ids get the nearest spelling; to look through a long list for more takes too long."""


@dataclass(frozen=True)
class MatrixFile:
    """A matrix that is to be read.

    Attributes
    ----------
    path : Path
        CSV, Parquet or Excel.
    unit : str
        What its times are in: one of `MINUTES_PER`.
    columns : mapping
        Our column = the file's, for a long file: area, hospital, minutes, km; hospital, site, minutes, km for lanes.
    """

    path: Path
    unit: str = "min"
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Matrix:
    """Minutes and km by origin and target id, and the ids on either side that found no partner.

    Attributes
    ----------
    rows : DataFrame
        ``origin, target, minutes, km``; km is NaN where the file does not say.
    missing : dict of str to dict
        By table of the study: ids that the file lacks, each with the nearest spelling in the file or "".
    foreign : dict of str to tuple of str
        By table of the study: ids of the file that the study lacks.
    """

    rows: pd.DataFrame
    missing: dict[str, dict[str, str]]
    foreign: dict[str, tuple[str, ...]]


def read_matrix(study: Study, table: str, file: MatrixFile) -> Matrix:
    """Read a matrix and match its ids with the study's.

    Parameters
    ----------
    study : Study
        Whose areas and hospitals are meant.
    table : str
        "trips" or "lanes".
    file : MatrixFile
        The file; long if it has the columns of a long one, else wide with either side as rows.

    Raises
    ------
    StudyError
        If the file cannot be read.
    TravelError
        If it is neither long nor wide, or holds times that are no numbers, negative, or given twice for a pair.
    """
    raw = read_file(file.path, None, table).frame
    (origin, origins), (target, targets) = ENDS[table]
    ids = (study.tables[origins]["id"], study.tables[targets]["id"])
    names = {name: file.columns.get(name, name) for name in (origin, target, "minutes", "km")}
    absent = [theirs for theirs in file.columns.values() if theirs not in raw]
    if absent:
        remedy = did_you_mean(absent[0], list(raw.columns))
        raise TravelError([Problem(file.path.name, "has no such column", remedy, tuple(absent))])
    if {names[origin], names[target], names["minutes"]} <= set(raw.columns):
        km = raw[names["km"]] if names["km"] in raw else pd.Series("", index=raw.index)
        rows = raw[[names[origin], names[target], names["minutes"]]].set_axis(["origin", "target", "minutes"], axis=1)
        rows = rows.assign(km=km)
    else:
        rows = _melted(raw, ids, file.path.name, (origin, target))
    rows[["origin", "target"]] = rows[["origin", "target"]].apply(as_text)
    missing: dict[str, dict[str, str]] = {}
    foreign: dict[str, tuple[str, ...]] = {}
    for side, name, known in (("origin", origins, ids[0]), ("target", targets, ids[1])):
        absent_ids, foreign_ids = _unmatched(known, rows[side])
        missing[name] = missing.get(name, {}) | absent_ids
        foreign[name] = tuple(sorted({*foreign.get(name, ()), *foreign_ids}))
    rows = rows[rows["origin"].isin(ids[0]) & rows["target"].isin(ids[1])].reset_index(drop=True)
    return Matrix(_in_minutes(rows, file), missing, foreign)


def _melted(raw: pd.DataFrame, ids: tuple[pd.Series, pd.Series], where: str, names: tuple[str, str]) -> pd.DataFrame:
    """Turn a wide file into rows: its first column holds ids of one side, its other headers those of the other."""
    first, headers = raw.columns[0], raw.columns[1:]
    down = as_text(raw[first])
    fits = [down.isin(ids[k]).sum() + headers.isin(ids[1 - k]).sum() for k in (0, 1)]
    if max(fits) == 0 or not headers.isin(ids[0 if fits[1] > fits[0] else 1]).any():
        what = (
            f"is neither long (columns {names[0]}, {names[1]}, minutes) nor wide (ids of one side in the first column, "
            f"of the other as headers); it has {', '.join(raw.columns[:6])}{', ...' if len(raw.columns) > 6 else ''}"
        )
        raise TravelError([Problem(where, what, f"map its columns: --column {names[0]}=..., or check the ids")])
    sides = ("origin", "target") if fits[0] >= fits[1] else ("target", "origin")
    wide = raw.set_axis([sides[0], *headers], axis=1)
    return wide.melt(sides[0], var_name=sides[1], value_name="minutes").assign(km="")


def _unmatched(known: pd.Series, found: pd.Series) -> tuple[dict[str, str], tuple[str, ...]]:
    theirs = pd.Index(found.unique())
    missing = [name for name in known if name not in theirs]
    foreign = tuple(sorted(set(theirs) - set(known) - {""}))
    hints = {name: nearest(name, foreign) for name in missing[:MOST_HINTS]}
    return {name: hints.get(name, "") for name in missing}, foreign


def _in_minutes(rows: pd.DataFrame, file: MatrixFile) -> pd.DataFrame:
    """Turn cells into numbers; an empty time is no way."""
    problems = []
    pair = rows["origin"] + " / " + rows["target"]
    for name in ("minutes", "km"):
        text = as_text(rows[name])
        values = pd.to_numeric(text, errors="coerce").astype(float)
        bad = (text != "") & ~(values.between(0.0, np.inf, inclusive="left"))
        if bad.any():
            what = f"{name} is {', '.join(repr(cell) for cell in text[bad].head(5))}"
            problems.append(Problem(file.path.name, what, "a number that is not negative, or empty", tuple(pair[bad])))
        rows[name] = values
    twice = rows.duplicated(["origin", "target"])
    if twice.any():
        what = "pairs are given twice"
        problems.append(Problem(file.path.name, what, "each may stand once", tuple(pair[twice].unique())))
    if problems:
        raise TravelError(problems)
    rows["minutes"] *= MINUTES_PER[file.unit]
    return rows[rows["minutes"].notna()].reset_index(drop=True)
