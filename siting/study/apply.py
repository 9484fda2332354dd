"""Make changes: first those of settings, in order; then, when tables are read, those of their cells."""

from __future__ import annotations

import copy
import math
import operator
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.cells import read_cells
from siting.study.changes import section_names
from siting.study.columns import TABLES
from siting.study.config import StudyConfig, TableSection
from siting.study.declare import ASSUMPTION
from siting.study.settings import field_of
from siting.study.spelling import did_you_mean, nearest
from siting.study.validate import check_table
from siting.study.where import rows_where
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from siting.study.changes import Change
    from siting.study.columns import Column, Table
    from siting.study.settings import Settings

_DO = {"*=": operator.mul, "+=": operator.add, "-=": operator.sub}
_CELLS = re.compile(r" \([\d,]+ rows?\)$")


@dataclass
class Changed:
    """What became of changes: a record of each, in order, and what is wrong with them."""

    records: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, change: Change, what: str, remedy: str = "") -> None:
        """Add a problem of a change."""
        self.problems.append(Problem(change.by, f"{change.text}: {what}", remedy))


def are_cells(record: str) -> bool:
    """Say whether a record of a change is about cells of a table."""
    return _CELLS.search(record) is not None


def change_settings(settings: Settings, changes: Sequence[Change]) -> tuple[Settings, Changed]:
    """Return a copy of what study.toml says with the settings among `changes` changed; values are not checked yet."""
    settings, done = copy.deepcopy(settings), Changed()
    for change in changes:
        if not change.is_of_table:
            _change_setting(settings, change, done)
    return settings, done


def _change_setting(settings: Settings, change: Change, done: Changed) -> None:
    first, *_ = change.path
    meant = nearest(first, [*StudyConfig.model_fields, *TABLES])
    if first not in StudyConfig.model_fields and meant in TABLES:
        done.refuse(change, f'there is no table "{first}"', f'did you mean "{meant}"?')
        return
    if change.where:
        done.refuse(change, f'"{change.key}" is no column of a table', "only rows of a table are chosen by where")
        return
    now, value = _setting(settings, change.path), change.value
    if change.operator != "=":
        if not (_is_number(now) and _is_number(value)):
            shown = "empty" if now is None else repr(now)
            done.refuse(change, f"{change.key} is {shown}: {change.operator} needs two numbers", "give a value with =")
            return
        value = _DO[change.operator](now, value)
        value = int(value) if isinstance(now, int) and float(value).is_integer() else value
    _put(settings, change.path, value)
    declared = field_of(change.path)
    extra = declared.json_schema_extra if declared is not None else None
    if isinstance(extra, dict) and extra.get("source"):
        settings.setdefault("sources", {})[".".join(change.path)] = f"{ASSUMPTION}: {change.by}"
    done.records.append(f"{change.by}: {change.text}")


def _put(settings: Settings, path: Sequence[str], value: Any) -> None:
    *sections, last = path
    for name in sections:
        if not isinstance(settings.get(name), dict):
            settings[name] = {}
        settings = settings[name]
    settings[last] = value


def _setting(settings: Settings, path: Sequence[str]) -> Any:
    """Return the value of a setting, or its default."""
    inner: Any = settings
    for name in path:
        inner = inner.get(name) if isinstance(inner, dict) else None
    declared = field_of(path)
    return declared.default if inner is None and declared is not None else inner


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def change_cells(
    frames: Mapping[str, pd.DataFrame], changes: Sequence[Change], config: StudyConfig, files: Mapping[str, str]
) -> tuple[dict[str, pd.DataFrame], Changed]:
    """Return the tables with the cells among `changes` changed and checked again.

    Values that are changed carry the scenario as their source, as an assumption; a range that no longer holds the
    value is widened to it.
    """
    tables, done, touched = dict(frames), Changed(), {}
    for change in changes:
        if not change.is_of_table:
            continue
        name = change.path[0]
        if name not in tables:
            names = section_names(name)
            remedy = did_you_mean(change.path[-1], names) if names else f"its tables: {', '.join(tables)}"
            done.refuse(change, f"the study has no table {name}", remedy)
            continue
        try:
            tables[name], rows, full = _changed_table(tables[name], change, config.tables.get(name, TableSection()))
        except StudyError as error:
            done.problems += error.problems
        else:
            touched[name] = True
            done.records.append(f"{full.by}: {full.text} ({count(rows, 'row')})")
    for name in touched:
        done.problems += check_table(TABLES[name], tables[name], {}, f"changed {files.get(name, name)}")
    return tables, done


def _changed_table(frame: pd.DataFrame, change: Change, section: TableSection) -> tuple[pd.DataFrame, int, Change]:
    """Return the table with the change made, the number of rows, and the change under the full name of its column."""
    table = TABLES[change.path[0]]
    column = _column(table, change)
    change = replace(change, key=".".join([*change.key.split(".")[:-1], column.name]))
    rows = _rows(frame, table, change, section)
    values = _values(frame.loc[rows, column.name], column, change)
    changed = frame.copy()
    new = changed[column.name].astype(float if column.kind in {"number", "integer"} else changed[column.name].dtype)
    new.loc[rows] = values
    changed[column.name] = new.astype("int64") if column.kind == "integer" and new.notna().all() else new
    if f"{column.name}_source" in changed:
        changed.loc[rows, f"{column.name}_source"] = f"{ASSUMPTION}: {change.by}"
    for bound, widest in zip(column.range_names, (np.fmin, np.fmax), strict=False):
        if bound in changed:
            known = rows & changed[bound].notna()
            changed.loc[known, bound] = widest(changed.loc[known, bound], changed.loc[known, column.name])
    return changed, int(rows.sum()), change


def _refused(change: Change, what: str, remedy: str = "") -> StudyError:
    return StudyError([Problem(change.by, f"{change.text}: {what}", remedy)])


def _column(table: Table, change: Change) -> Column:
    """Return the column of a change; the start of its name will do if no other column starts so (royalty)."""
    word = change.path[-1] if len(change.path) > 1 else ""
    longer = [name for name in table.names if name.startswith(f"{word}_")]
    column = table.column_or_bound(longer[0] if word and len(longer) == 1 and word not in table.names else word)
    if column is None:
        names = [*table.names, *section_names(table.name)]
        raise _refused(change, f'table {table.name} has no column "{word}"', did_you_mean(word, names))
    if column.name in table.key:
        raise _refused(change, f"{column.name} names the rows of table {table.name} and stays as it is")
    return column


def _rows(frame: pd.DataFrame, table: Table, change: Change, section: TableSection) -> pd.Series:
    """Return which rows a change is about."""
    ids = change.path[1:-1]
    if not ids:
        if not change.where:
            return pd.Series(True, index=frame.index)
        own = {theirs: frame[ours] for ours, theirs in section.columns.items() if ours in frame and theirs not in frame}
        return rows_where(frame.assign(**own), change.where, table.name, f"{change.by}: {change.text}")
    parts = ".".join(f"<{name}>" for name in table.key)
    if change.where or len(ids) != len(table.key):
        what = "a row is named by its id or by a condition" if change.where else f"rows are named {table.name}.{parts}"
        raise _refused(change, what, f"{table.name}.{parts}.{change.path[-1]}, or {table.name}.{change.path[-1]} where")
    rows = pd.Series(True, index=frame.index)
    for name, word in zip(table.key, ids, strict=True):
        known = frame[name].astype(str)
        if word not in set(known):
            raise _refused(change, f'table {table.name} has no {name} "{word}"', _near(word, known))
        rows &= known == word
    if not rows.any():
        raise _refused(change, f"table {table.name} has no row {' / '.join(ids)}")
    return rows


def _near(word: str, known: pd.Series) -> str:
    words = known.unique().tolist()
    best = nearest(word, words, 0.6)
    more = f" and {len(words) - 8:,} more" if len(words) > 8 else ""
    return f'did you mean "{best}"?' if best else f"one of: {', '.join(words[:8])}{more}"


def _values(cells: pd.Series, column: Column, change: Change) -> Any:
    """Return the new value, or values by row; StudyError where kind or unit do not fit."""
    if change.operator == "=":
        return _given(column, change)
    if column.kind not in {"number", "integer"} or not _is_number(change.value):
        raise _refused(change, f"{column.name} or {change.value!r} is no number", "give a value with =")
    values = _DO[change.operator](cells.astype(float), float(change.value))
    if values.isna().all():
        raise _refused(change, f"{column.name} is empty in every row of it", "give a value with =")
    if column.kind == "integer" and (values.dropna() % 1 != 0).any():
        raise _refused(change, f"{column.name} must be a whole number", "give a value with =")
    return values


def _given(column: Column, change: Change) -> Any:
    value = change.value
    if column.kind in {"number", "integer"}:
        if value in (None, "none") and column.default is None:
            return np.nan
        whole = column.kind == "integer"
        if _is_number(value) and not (whole and value % 1):
            return float(value)
        faults = read_cells(pd.Series([str(value)]), column).remedies
        remedy = str(faults.iloc[0]) if len(faults) else "write it without quotes"
        unit = f", in {column.unit}" if column.unit not in {"", "share", "ratio"} else ""
        raise _refused(change, f"{column.name} must be a {'whole ' if whole else ''}number{unit}", remedy)
    if column.kind == "boolean":
        if isinstance(value, bool):
            return value
        raise _refused(change, f"{column.name} must be true or false")
    if isinstance(value, str):
        return value
    raise _refused(change, f"{column.name} is a text", f'write it in quotes: "{value}"')
