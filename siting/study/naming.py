"""Match the columns of a file with the declared ones: mapped, missing, misspelt, ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem
from siting.study.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from siting.study.columns import Table
    from siting.study.config import TableSection
    from siting.study.readers import RawTable


def _known(table: Table) -> list[str]:
    siblings = [f"{column.name}_source" for column in table.columns if column.is_parameter]
    return [*table.names, *siblings, *(name for column in table.columns for name in column.range_names)]


def _from_geometry(table: Table, raw: RawTable) -> set[str]:
    return {"lon", "lat"} if table.is_spatial and raw.geometry is not None else set()


def columns_taken(table: Table, section: TableSection, raw: RawTable) -> dict[str, str]:
    """Return our column name = the file's, for every column that the file or a constant gives.

    Places of a file with geometry come from the geometry, never from columns.
    """
    taken = {}
    for name in _known(table):
        theirs = section.columns.get(name, name)
        if name not in _from_geometry(table, raw) and (name in section.values or theirs in raw.frame):
            taken[name] = theirs
    return taken


def ignored_columns(table: Table, section: TableSection, raw: RawTable) -> tuple[str, ...]:
    """Return the columns of the file that the study does not use."""
    taken = columns_taken(table, section, raw)
    used = {theirs for name, theirs in taken.items() if name not in section.values}
    return tuple(name for name in raw.frame.columns if name not in used)


def check_names(table: Table, section: TableSection, raw: RawTable, where: str) -> list[Problem]:
    """Return what is wrong with the names of columns, in the file and in study.toml."""
    return _check_mapping(table, section, raw) + _check_columns(table, section, raw, where)


def _check_mapping(table: Table, section: TableSection, raw: RawTable) -> list[Problem]:
    known = _known(table)
    problems = [
        Problem("study.toml", f'tables.{table.name}.{part}: "{name}" is no column of {table.name}',
                did_you_mean(name, known))
        for part, names in (("columns", section.columns), ("values", section.values))
        for name in names
        if name not in known
    ]  # fmt: skip
    return problems + [
        Problem("study.toml", f'tables.{table.name}.columns.{name}: the file has no column "{theirs}"',
                did_you_mean(theirs, raw.frame.columns))
        for name, theirs in section.columns.items()
        if name in known and theirs not in raw.frame
    ]  # fmt: skip


def _check_columns(table: Table, section: TableSection, raw: RawTable, where: str) -> list[Problem]:
    """Report a required column that is missing, and an unknown one that is spelt like one that is not there."""
    present = {*columns_taken(table, section, raw), *_from_geometry(table, raw), *section.columns}
    absent = [name for name in _known(table) if name not in present]
    problems, explained = [], set()
    for theirs in (name for name in ignored_columns(table, section, raw) if name not in _known(table)):
        meant = nearest(theirs, absent) or _abbreviated(theirs, table, absent)
        if meant:
            explained.add(meant)
            remedy = f'rename it, or map it: [tables.{table.name}] columns = {{ {meant} = "{theirs}" }}'
            problems.append(Problem(where, f'column "{theirs}" is unknown; did you mean "{meant}"?', remedy))
    for name in absent:
        if name in table.names and table.column(name).is_required and name not in explained:
            what = f'column "{name}" is missing ({table.column(name).description.rstrip(".")})'
            has = ", ".join(raw.frame.columns)
            remedy = f"add it, or map it in [tables.{table.name}]; the file has {has}"
            problems.append(Problem(where, what, remedy))
    return problems


def _abbreviated(theirs: str, table: Table, absent: list[str]) -> str:
    """Find the required column that a longer word such as "latitude" stands for."""
    return next(
        (name for name in absent if name in table.names and table.column(name).is_required and len(name) > 2
         and theirs.lower().startswith(name)),
        "",
    )  # fmt: skip
