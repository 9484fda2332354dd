"""A plan drawn by hand: which hospitals run which unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from siting.study.study import Study

Decisions = dict[tuple[str, str], tuple[str, int] | None]
NEEDED = ("site_id", "mode", "platform", "platforms")
_PARTS = {"service_class": "service_classes", "use": "uses"}
"""Further parts of a configuration and the tables that list them."""
_REMEDY = (
    "columns: site_id, mode, platform, platforms and, in a study with several periods, service classes or uses, "
    "period, service_class and use"
)


def read_openings(study: Study, path: str | Path) -> Decisions:
    """Read a table of units as decisions for every hospital of a study.

    Parameters
    ----------
    study : Study
        The study that the units belong to.
    path : str or Path
        CSV with ``site_id, mode, platform, platforms`` and, in a study with several of them, ``period, service_class,
        use``; openings.csv of an output folder is one. Rows of central plants (``is_central`` true) are left to the
        model.

    Returns
    -------
    dict
        (site id, period id) -> (configuration id, number of platforms), or None for a hospital without a unit.

    Raises
    ------
    StudyError
        Missing file or columns, unknown ids, a hospital listed twice, a number of platforms that is no whole number.
    """
    name = str(path)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise StudyError([Problem(name, f"cannot be read: {error}", _REMEDY)]) from error
    parts = ["mode", "platform", *(part for part, table in _PARTS.items() if len(study.tables.get(table, ())) > 1)]
    missing = [column for column in dict.fromkeys((*NEEDED, *parts)) if column not in rows]
    if missing:
        raise StudyError([Problem(name, f"has no column {', '.join(missing)}", _REMEDY)])
    if "is_central" in rows:
        rows = rows[rows["is_central"].str.lower() != "true"]
    periods = tuple(study.tables["periods"]["id"]) if "periods" in study.tables else ("base",)
    if "period" not in rows and len(periods) > 1:
        raise StudyError([Problem(name, "has no column period, and the study has several", _REMEDY)])
    if "period" not in rows:
        rows = rows.assign(period=periods[0])
    problems = list(_problems(study, rows, periods, name))
    if problems:
        raise StudyError(problems)
    decisions: Decisions = {(site, period): None for site in study.tables["hospitals"]["id"] for period in periods}
    for row in rows.to_dict("records"):
        decisions[row["site_id"], row["period"]] = ("/".join(row[part] for part in parts), int(row["platforms"]))
    return decisions


def _problems(study: Study, rows: pd.DataFrame, periods: tuple[str, ...], name: str) -> Iterator[Problem]:
    known: dict[str, list[str]] = {
        "site_id": list(study.tables["hospitals"]["id"]),
        "mode": list(study.tables["modes"]["id"]),
        "platform": list(study.tables["platforms"]["id"]),
        "period": list(periods),
    }
    known |= {part: list(study.tables[table]["id"]) for part, table in _PARTS.items()
              if part in rows and table in study.tables}  # fmt: skip
    for column, ids in known.items():
        strange = [value for value in rows[column].unique() if value not in set(ids)]
        for value in strange:
            yield Problem(name, f"{column} {value!r} is not in the study", did_you_mean(value, ids))
    whole = rows["platforms"].str.fullmatch(r"[1-9][0-9]*")
    if not whole.all():
        bad = tuple(rows.loc[~whole, "site_id"])
        yield Problem(name, "platforms must be a whole number of 1 or more", "leave closed hospitals out", bad)
    twice = rows.duplicated(["site_id", "period"])
    if twice.any():
        yield Problem(
            name,
            "hospitals are listed more than once in a period",
            "one unit a hospital",
            tuple(rows.loc[twice, "site_id"]),
        )
