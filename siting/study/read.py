"""Hop 1: from a folder to a checked study."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.study.apply import are_cells, change_cells, change_settings
from siting.study.changes import as_changes, scenario_changes
from siting.study.columns import TABLES
from siting.study.config import TableSection
from siting.study.embedded import find_study
from siting.study.limit_rules import check_limits
from siting.study.outlines import read_outlines
from siting.study.people import check_people
from siting.study.plausible import off_outlines
from siting.study.rules import check_rules
from siting.study.settings import check_settings, read_settings
from siting.study.spelling import did_you_mean
from siting.study.study import Study
from siting.study.tables import SUFFIXES, find_file, read_table
from siting.study.travel_record import check_travel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from siting.study.changes import Change
    from siting.study.config import StudyConfig
    from siting.study.settings import Settings
    from siting.study.tables import Reading


def read_study(
    path: str | Path, overrides: Mapping[str, Any] | Iterable[str] = (), scenarios: Sequence[str] = ()
) -> Study:
    """Read and check a study.

    Parameters
    ----------
    path : str or Path
        Study folder, its study.toml, or the name of an embedded study such as "texas".
    overrides : mapping or iterable of str
        Changes, as `Study.replace` takes them, made before anything is checked, after those of `scenarios`.
    scenarios : sequence of str
        Scenarios of study.toml, made in this order.

    Raises
    ------
    StudyError
        Lists everything that is wrong with settings, files, tables and their relations, at once.
    """
    file = find_study(path)
    settings = read_settings(file)
    return _read(file, settings, [*scenario_changes(settings, scenarios), *as_changes(overrides)])


def changed_study(study: Study, changes: Sequence[Change]) -> Study:
    """Return `study` changed; tables are read again only if the changes concern their files.

    Raises
    ------
    StudyError
        As `read_study`.
    """
    settings = _stated(study)
    if any(change.path[0] == "tables" for change in changes):
        if any(are_cells(record) for record in study.changes):
            what = "tables would be read again, without the changes of their cells"
            raise StudyError([Problem("tables", what, "change tables.* first, and cells after that")])
        return _read(study.folder / study.settings_file, settings, changes)
    config, tables, problems = _change(study, settings, changes)
    files = _files(study)
    problems += check_rules(config, tables, files) + check_limits(config, tables)
    problems += check_travel(config, tables, {name: study.folder / file for name, file in files.items()})
    if problems:
        raise StudyError(problems)
    return replace(study, config=config, tables=tables)


def faults_of(study: Study, changes: Sequence[Change]) -> list[Problem]:
    """Return what is wrong with changes as such: names, kinds, units, values out of range.

    Whether the changed study contradicts itself is not asked.
    """
    return _change(study, _stated(study), changes)[2]


def changes_of(study: Study, scenarios: Sequence[str]) -> list[Change]:
    """Return the changes of some scenarios of a study; StudyError for unknown ones."""
    return scenario_changes(_stated(study), scenarios)


def _stated(study: Study) -> Settings:
    return study.config.model_dump(exclude_unset=True)


def _files(study: Study) -> dict[str, str]:
    return {name: origin.file for name, origin in study.origins.items()}


def _change(
    study: Study, settings: Settings, changes: Sequence[Change]
) -> tuple[StudyConfig, dict[str, pd.DataFrame], list[Problem]]:
    settings, done = change_settings(settings, changes)
    config, problems = check_settings(settings, _by(changes))
    tables, cells = change_cells(study.tables, changes, config, _files(study))
    config = _recorded(config, [*done.records, *cells.records])
    return config, tables, [*done.problems, *problems, *cells.problems]


def _by(changes: Sequence[Change]) -> dict[str, str]:
    return {".".join(change.path): change.by for change in changes}


def _recorded(config: StudyConfig, records: list[str]) -> StudyConfig:
    """Return the settings with what was changed added to their record."""
    if not records:
        return config
    section = config.study.model_copy(update={"changes": (*config.study.changes, *records)})
    return config.model_copy(update={"study": section})


def _read(file: Path, settings: Settings, changes: Sequence[Change]) -> Study:
    settings, done = change_settings(settings, changes)
    config, problems = check_settings(settings, _by(changes))
    problems = [*done.problems, *problems, *_unknown_tables(config)]
    readings: dict[str, Reading] = {}
    for table in TABLES.values():
        section = config.tables.get(table.name, TableSection())
        path = find_file(table.name, section, file.parent)
        if path is not None:
            readings[table.name] = read_table(table, section, path, file.parent)
        elif table.is_required or table.name in config.tables:
            what = f"the file of table {table.name} is missing ({table.description})"
            names = ", ".join(f"{table.name}{suffix}" for suffix in SUFFIXES)
            problems.append(Problem(table.name, what, f"one of: {names}; or tables.{table.name}.file"))
    _follow_filters(readings)
    problems += [problem for reading in readings.values() for problem in reading.problems]
    complete = {
        name: reading.frame
        for name, reading in readings.items()
        if reading.origin is not None and set(reading.table.names) <= set(reading.frame.columns)
    }
    files = {name: reading.file for name, reading in readings.items()}
    whole = [change for change in changes if change.path[0] not in readings or change.path[0] in complete]
    tables, cells = change_cells(complete, whole, config, files)
    problems += cells.problems + check_people(readings)
    problems += check_rules(config, tables, files) + check_limits(config, tables)
    problems += check_travel(config, tables, {name: file.parent / named for name, named in files.items()})
    if problems:
        raise StudyError(problems)
    problems, notes = off_outlines(tables, read_outlines(file.parent), files)
    if problems:
        raise StudyError(problems)
    for name, frame in tables.items():
        readings[name].frame = frame
    return _study(_recorded(config, [*done.records, *cells.records]), file, readings, notes)


def _unknown_tables(config: StudyConfig) -> list[Problem]:
    return [
        Problem("study.toml", f"tables.{name}: there is no such table", did_you_mean(name, TABLES))
        for name in config.tables
        if name not in TABLES
    ]


def _follow_filters(readings: dict[str, Reading]) -> None:
    """Drop rows of matrices whose hospital, area or the like was left out by a filter of its own table."""
    for reading in readings.values():
        for column in reading.table.columns:
            other = readings.get(column.refers_to)
            if column.name not in reading.table.key or other is None or other.origin is None:
                continue
            if other.origin.dropped and column.name in reading.frame:
                reading.frame = reading.frame[~reading.frame[column.name].isin(other.origin.dropped)]


def _study(config: StudyConfig, file: Path, readings: dict[str, Reading], notes: list[str]) -> Study:
    geometry = {
        name: reading.polygons.set_axis(reading.frame["id"])
        for name, reading in readings.items()
        if reading.polygons is not None
    }
    origins = {name: reading.origin for name, reading in readings.items() if reading.origin is not None}
    inputs = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}
    for origin in origins.values():
        inputs |= {origin.file: origin.sha256, **origin.beside}
    tables = {name: reading.frame.reset_index(drop=True) for name, reading in readings.items()}
    notes = [*(note for origin in origins.values() for note in origin.notes), *notes]
    return Study(config, tables, geometry, file.parent, inputs, origins, file.name, tuple(notes))
