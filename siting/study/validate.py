"""Check one table against the declaration of its columns; all failures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from siting.study.columns import Column, Table


def row_labels(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.Series:
    """Name each row by its id (parts joined by " / "), or by its number in the file where an id is missing."""
    numbers = "row " + frame.index.astype(str).to_series(index=frame.index)
    if any(name not in frame for name in key):
        return numbers
    parts = [frame[name] for name in key]
    has_id = pd.concat([part.notna() & (part != "") for part in parts], axis=1).all(axis=1)
    label = parts[0].astype(str)
    for part in parts[1:]:
        label = label + " / " + part.astype(str)
    return label.where(has_id, numbers)


def check_table(table: Table, frame: pd.DataFrame, unreadable: Mapping[str, pd.Index], where: str) -> list[Problem]:
    """Check required values, ranges, words and keys of a table.

    Parameters
    ----------
    table : Table
        Its declaration.
    frame : DataFrame
        All declared columns that are there, defaults filled in, numbers as float64; index = row number in the file.
    unreadable : mapping of column to Index
        Rows that have been reported already; no further problem is raised for them.
    where : str
        File name for the messages.
    """
    problems = [] if len(frame) else [Problem(where, f"table {table.name} has no rows", "add rows or remove the file")]
    for name, check, cases in _failures(table, frame):
        cases = cases[~cases.index.isin(unreadable.get(name, ()))]
        if len(cases):
            labels = row_labels(frame.loc[cases.index], table.key)
            problems.append(_problem(table.column(name), check, cases, labels, where))
    return problems + _bounds(table, frame, where) + _duplicates(table, frame, where)


def _failures(table: Table, frame: pd.DataFrame) -> Iterable[tuple[str, str, pd.Series]]:
    """Yield column, name of the rule and offending values by row."""
    from pandera.errors import SchemaErrors

    try:
        _schema(table, frame).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases: Any = errors.failure_cases
        for (name, check), group in cases.groupby(["column", "check"], sort=False):
            rows = pd.Index(group["index"].astype("int64"))
            yield str(name), str(check), frame.loc[rows, name]


def _schema(table: Table, frame: pd.DataFrame) -> Any:
    import pandera.pandas as pa

    columns = {}
    for column in table.columns:
        if column.name not in frame:
            continue
        checks = []
        if column.low is not None:
            checks.append(pa.Check.ge(column.low, error="low"))
        if column.high is not None:
            checks.append(pa.Check.le(column.high, error="high"))
        if column.choices:
            checks.append(pa.Check.isin(column.choices, error="choices"))
        columns[column.name] = pa.Column(checks=checks, nullable=not column.is_required)
    return pa.DataFrameSchema(columns)


def _problem(column: Column, check: str, cases: pd.Series, labels: pd.Series, where: str) -> Problem:
    shown = ", ".join(f"{value:,g}" if isinstance(value, float) else repr(value) for value in cases.head(5))
    unit = f" {column.unit}" if column.unit else ""
    remedies = {
        "low": (f"{column.name} is {shown}, below {column.low or 0:,g}{unit}", column.description),
        "high": (
            f"{column.name} is {shown}, above {column.high or 0:,g}{unit}",
            "write a share as a fraction: 12 % is 0.12" if column.unit == "share" else column.description,
        ),
        "choices": (
            f"{column.name} is {shown}",
            f"allowed: {', '.join(word or 'empty' for word in column.choices)}; if the file's column means something "
            f"else, give tables.*.columns.{column.name} or tables.*.values.{column.name}",
        ),
        "not_nullable": (f"{column.name} is empty", "every row needs a value"),
    }
    what, remedy = remedies[check]
    return Problem(where, what, remedy, tuple(labels))


def _bounds(table: Table, frame: pd.DataFrame, where: str) -> list[Problem]:
    """Check that ``_low`` <= value <= ``_high`` wherever both are known, and that the bounds are allowed values."""
    problems = []
    for column in table.columns:
        if column.name not in frame:
            continue
        for bound, sign, word in zip(column.range_names, (1.0, -1.0), ("above", "below"), strict=False):
            if bound not in frame:
                continue
            least = float("-inf") if column.low is None else column.low
            most = float("inf") if column.high is None else column.high
            wrong = (sign * (frame[bound] - frame[column.name].astype(float)) > 0) | ~(
                frame[bound].isna() | frame[bound].between(least, most)
            )
            if wrong.any():
                what = f"{bound} is {word} {column.name}, or outside what {column.name} may be"
                remedy = f"{column.name}_low <= {column.name} <= {column.name}_high"
                problems.append(Problem(where, what, remedy, tuple(row_labels(frame[wrong], table.key))))
    return problems


def _duplicates(table: Table, frame: pd.DataFrame, where: str) -> list[Problem]:
    key = list(table.key)
    if any(name not in frame for name in key):
        return []
    twice = frame.duplicated(key, keep="first") & frame[key].notna().all(axis=1)
    if not twice.any():
        return []
    labels = row_labels(frame[twice], table.key).drop_duplicates()
    return [Problem(where, f"duplicate {' and '.join(key)}", "each may stand in one row only", tuple(labels))]
