"""Variants of a study: tables and settings changed in memory, and everything checked again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from siting.errors import StudyError
from siting.study.columns import TABLES
from siting.study.validate import check_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siting.study.study import Study


def varied(study: Study, tables: Mapping[str, pd.DataFrame | None], settings: Mapping[str, Any] | None = None) -> Study:
    """Return a study with some tables and settings replaced.

    Parameters
    ----------
    study : Study
        Stays as it is.
    tables : mapping of table to DataFrame or None
        New rows, all declared columns there; None leaves an optional table out.
    settings : mapping, optional
        Dotted key = value, as `Study.replace` takes them.

    Raises
    ------
    StudyError
        If the variant contradicts itself.
    """
    changed = {name: rows for name, rows in tables.items() if rows is not None}
    problems = [
        problem for name, rows in changed.items() for problem in check_table(TABLES[name], rows, {}, f"changed {name}")
    ]
    if problems:
        raise StudyError(problems)
    kept = {name: rows for name, rows in study.tables.items() if name not in tables}
    ordered = {name: (kept | changed)[name] for name in TABLES if name in kept | changed}
    return replace(study, tables=ordered).replace(dict(settings or {}))
