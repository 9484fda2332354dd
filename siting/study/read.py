"""Hop 1: from a folder to a checked study."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.study.columns import TABLES
from siting.study.config import TableSection
from siting.study.embedded import find_study
from siting.study.limit_rules import check_limits
from siting.study.outlines import read_outlines
from siting.study.people import check_people
from siting.study.plausible import off_outlines
from siting.study.rules import check_rules
from siting.study.settings import change_settings, check_settings, read_settings
from siting.study.spelling import did_you_mean
from siting.study.study import Study
from siting.study.tables import SUFFIXES, find_file, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siting.study.config import StudyConfig
    from siting.study.settings import Settings
    from siting.study.tables import Reading


def read_study(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read and check a study.

    Parameters
    ----------
    path : str or Path
        Study folder, its study.toml, or the name of an embedded study such as "texas".
    overrides : mapping, optional
        Dotted key = value, put over study.toml before it is checked.

    Raises
    ------
    StudyError
        Lists everything that is wrong with settings, files, tables and their relations, at once.
    """
    file = find_study(path)
    changes = overrides or {}
    return _read(file, change_settings(read_settings(file), changes), changes)


def changed_study(study: Study, changes: Mapping[str, Any]) -> Study:
    """Return `study` with settings changed; tables are read again only if the changes concern them.

    Raises
    ------
    StudyError
        As `read_study`.
    """
    settings = change_settings(study.config.model_dump(exclude_unset=True), changes)
    if any(key == "tables" or key.startswith("tables.") for key in changes):
        return _read(study.folder / study.settings_file, settings, changes)
    config, problems = check_settings(settings, changes)
    files = {name: origin.file for name, origin in study.origins.items()}
    problems += check_rules(config, study.tables, files) + check_limits(config, study.tables)
    if problems:
        raise StudyError(problems)
    return Study(config, study.tables, study.geometry, study.folder, study.inputs, study.origins, study.settings_file,
                 study.notes)  # fmt: skip


def _read(file: Path, settings: Settings, changes: Mapping[str, Any]) -> Study:
    config, problems = check_settings(settings, changes)
    problems += _unknown_tables(config)
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
    problems += check_people(readings)
    problems += check_rules(config, complete, files) + check_limits(config, complete)
    if problems:
        raise StudyError(problems)
    problems, notes = off_outlines(complete, read_outlines(file.parent), files)
    if problems:
        raise StudyError(problems)
    return _study(config, file, readings, notes)


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
