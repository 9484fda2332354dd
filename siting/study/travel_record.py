"""What stands beside a table of travel times that ``siting travel`` wrote, and whether it still fits the study.

``trips.csv`` comes with ``trips.travel.json``, which says where the minutes are from and how far apart places were
asked for, and ``trips.places.csv``, with every place that was asked for and where it meets the road. Lanes have the
same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import Problem
from siting.study.units import KM_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siting.study.config import StudyConfig

ENDS = {
    "trips": (("area", "areas"), ("hospital", "hospitals")),
    "lanes": (("hospital", "hospitals"), ("site", "hospitals")),
}
"""Columns of a travel table and the tables their ids are in: origin, target."""
SECTIONS = {"trips": "travel", "lanes": "courier"}
FASTEST_KMH = 130.0
"""No whole trip is faster: the usual limit on motorways in Europe (general knowledge)."""
MOVED_DEG = 0.001
"""A place that is further than this (about 100 m) from where it was asked for has moved."""
ROADS = ("osrm", "valhalla", "osm")
"""Sources that ``siting travel`` asks for roads."""


def record_paths(table: Path) -> tuple[Path, Path]:
    """Return the record and the places that belong to a table file."""
    stem = table.name.partition(".")[0]
    return table.with_name(f"{stem}.travel.json"), table.with_name(f"{stem}.places.csv")


def reach_km(config: StudyConfig, table: str) -> float | None:
    """Return how far apart two places may be if their road trip may be within the limits; None without a limit."""
    km = KM_PER_UNIT[config.study.distance_unit]
    if table == "trips":
        hours = None if config.travel.max_min is None else config.travel.max_min / 60.0
        distance = config.travel.max_distance
    else:
        hours = None if config.courier.max_h is None else max(0.0, config.courier.max_h - config.courier.handling_h)
        distance = config.courier.max_distance
    limits = [] if distance is None else [distance * km]
    limits += [] if hours is None else [hours * FASTEST_KMH]
    return min(limits) if limits else None


def check_travel(config: StudyConfig, frames: Mapping[str, pd.DataFrame], files: Mapping[str, Path]) -> list[Problem]:
    """Return what is wrong between the sources that the settings name, the tables, and the records beside them.

    Parameters
    ----------
    config : StudyConfig
        The settings.
    frames : mapping of table to DataFrame
        Tables whose columns are all there.
    files : mapping of table to Path
        Their files.
    """
    problems = []
    for table in ENDS:
        section = SECTIONS[table]
        source = getattr(config, section).source
        if source == "great-circle":
            continue
        if source != "auto" and table not in frames:
            problems.append(Problem("study.toml", f'{section}.source is "{source}" but there is no table {table}',
                                    _remedy(source, table)))  # fmt: skip
        elif source in ROADS and not (frames[table]["source"] == source).any():
            found = ", ".join(sorted(set(frames[table]["source"].dropna().astype(str))))
            what = f'{section}.source is "{source}" but the rows of {table} are from: {found}'
            problems.append(Problem("study.toml", what, _remedy(source, table)))
        elif table in frames and table in files:
            problems += _check_record(config, frames, table, files[table])
    return problems


def _remedy(source: str, table: str) -> str:
    if source == "matrix":
        return f"add the file, or import one: siting travel STUDY --from matrix --matrix FILE --table {table}"
    return f"siting travel STUDY --from {source} --table {table}"


def _check_record(config: StudyConfig, frames: Mapping[str, pd.DataFrame], table: str, file: Path) -> list[Problem]:
    """Compare a table's record with the limits and places of today."""
    record_path, places_path = record_paths(file)
    if not record_path.is_file() or not places_path.is_file():
        return []
    try:
        record: dict[str, Any] = json.loads(record_path.read_text(encoding="utf-8"))
        asked_km = None if record["radius_km"] is None else float(record["radius_km"])
        places = pd.read_csv(places_path, dtype={"table": str, "id": str}, keep_default_na=False,
                             usecols=["table", "id", "lon", "lat"])  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        what = f"is no record of {file.name}, or {places_path.name} is no list of its places"
        return [Problem(record_path.name, what, "delete both, or run siting travel again")]
    again = "run siting travel again"
    problems = []
    now_km = reach_km(config, table)
    if asked_km is not None and (now_km is None or now_km > asked_km + 1e-6):
        limit = "without limit" if now_km is None else f"up to {now_km:,.0f} km"
        what = f"was made for places up to {asked_km:,.0f} km apart, but the study's limits now reach {limit}"
        problems.append(Problem(file.name, what, f"{again}, or lower the limits of {SECTIONS[table]}"))
    for name in dict.fromkeys(ends for _, ends in ENDS[table]):
        if name in frames:
            problems += _check_places(frames[name], places[places["table"] == name], file.name, name, again)
    return problems


def _check_places(now: pd.DataFrame, asked: pd.DataFrame, file: str, name: str, again: str) -> list[Problem]:
    then = asked.drop_duplicates("id").set_index("id")
    is_new = ~now["id"].isin(then.index)
    was = then.reindex(now["id"])
    off = [(now[axis].to_numpy(float) - was[axis].to_numpy(float)) for axis in ("lon", "lat")]
    is_moved = (abs(off[0]) > MOVED_DEG) | (abs(off[1]) > MOVED_DEG)
    cases = ((is_new, "were not there when the table was made"), (is_moved, "have moved since the table was made"))
    return [
        Problem(file, f"{int(case.sum()):,} of the {name} {what}", again, tuple(now["id"][case]))
        for case, what in cases
        if case.any()
    ]
