"""Travel tables that were found, what is to be said of them, and the files they become."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import Problem, StudyError
from siting.study.tables import SUFFIXES
from siting.study.travel_record import FASTEST_KMH, ROADS, SECTIONS, record_paths
from siting.words import count

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.study import Study

ATTRIBUTION = "roads (c) OpenStreetMap contributors, ODbL"
_WORDS = {
    "no_way": "no way on the road",
    "end_lost": "an end too far from any road, or not in the matrix",
    "implausible": "an answer that cannot be",
    "one_way_only": "no way back",
}


@dataclass(frozen=True)
class TravelTable:
    """One table of travel times.

    Attributes
    ----------
    table, source : str
        "trips" or "lanes", and where it was asked for.
    rows : DataFrame
        As the study's table: ids, ``minutes`` or ``hours``, ``km``, ``source``.
    places : DataFrame
        ``table, id, lon, lat, status`` of every place, with ``road_lon, road_lat, road_m`` where roads were asked.
    counts : dict of str to int
        Pairs wanted, answered, and not, by reason.
    doubts : dict of str to int
        Reasons why answers were not believed.
    radius_km : float or None
        Pairs further apart were not asked for.
    facts : dict
        Server, profile, file, requests.
    """

    table: str
    source: str
    rows: pd.DataFrame
    places: pd.DataFrame
    counts: dict[str, int]
    doubts: dict[str, int]
    radius_km: float | None
    study: Study
    facts: dict[str, Any] = field(default_factory=dict)

    def with_facts(self, facts: dict[str, Any]) -> TravelTable:
        """Return the table with what the source says of itself."""
        return replace(self, facts=facts)

    @property
    def lost(self) -> pd.DataFrame:
        """The places that are lost."""
        return self.places[self.places["status"] == "lost"]

    def record(self) -> dict[str, Any]:
        """Return what is written beside the table, fit for JSON."""
        bound = (
            "no limit: all pairs were asked for" if self.radius_km is None else
            "pairs of places further apart than radius_km (great circle) were not asked for: a road is no shorter, and "
            f"no trip is faster than {FASTEST_KMH:g} km/h"
        )  # fmt: skip
        roads = {} if "road_m" not in self.places else {
            "median_m": _number(self.places["road_m"].median()), "most_m": _number(self.places["road_m"].max()),
        }  # fmt: skip
        return {
            "table": self.table,
            "study": self.study.name,
            "source": self.source,
            **({"attribution": ATTRIBUTION} if self.source in ROADS else {}),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            **self.facts,
            "radius_km": self.radius_km,
            "bound": bound,
            "pairs": self.counts,
            "not_believed": self.doubts,
            "places": {"asked": len(self.places), "lost": len(self.lost), **roads},
        }

    def summary(self) -> str:
        """Return the table in words."""
        noun = {"trips": "trip", "lanes": "lane"}[self.table]
        where = self.facts.get("server") or self.facts.get("extract") or self.facts.get("file")
        lines = [f"{self.table}: {count(len(self.rows), noun)} from {self.source} ({where})"]
        reach = "any distance" if self.radius_km is None else f"up to {self.radius_km:,.0f} km apart"
        lines.append(f"  {count(self.counts['pairs_wanted'], 'pair')} {reach}, {self.counts['answered']:,} answered")
        lines += [f"  {self.counts[key]:,} with {words}" for key, words in _WORDS.items() if self.counts.get(key)]
        lines += [f"    {reason}: {number:,}" for reason, number in self.doubts.items()]
        filled = self.counts["filled_by_great_circle"]
        unanswered = self.counts["pairs_wanted"] - self.counts["answered"]
        if filled:
            lines.append(f"  {count(filled, 'pair')} filled in by the great circle, and marked so")
        elif unanswered:
            lines.append(f"  {count(unanswered, 'pair')} left out: cannot be travelled in the study")
        if "road_m" in self.places:
            near = self.places["road_m"]
            lines.append(f"  from place to road: median {near.median():,.0f} m, most {near.max():,.0f} m")
        lost = self.lost
        if len(lost):
            named = ", ".join(lost["id"].head(10)) + (", ..." if len(lost) > 10 else "")
            lines.append(f"  lost: {count(len(lost), 'place')}: {named}")
        for name in ("areas", "hospitals"):
            foreign = self.facts.get(f"{name}_not_in_study")
            if foreign:
                lines.append(f"  {foreign:,} ids of the file are none of the study's {name}")
        if "requests" in self.facts:
            kept = self.facts["answers_kept_from_before"]
            lines.append(f"  {count(self.facts['requests'], 'request')} sent so far, {kept:,} answered from disk")
        return "\n".join(lines)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class TravelTimes:
    """The tables of one run of `siting.travel_times`."""

    tables: tuple[TravelTable, ...]

    def record(self) -> dict[str, Any]:
        """Return the records of all tables, fit for JSON."""
        return {table.table: table.record() for table in self.tables}

    def summary(self) -> str:
        """Return the tables in words."""
        return "\n".join(table.summary() for table in self.tables)

    def write(self, folder: str | Path | None = None, overwrite: bool = False) -> Path:
        """Write ``<table>.csv``, ``<table>.travel.json`` and ``<table>.places.csv`` for each table.

        All are written under temporary names first, and renamed when all are whole.

        Parameters
        ----------
        folder : str or Path, optional
            The study's own folder by default.
        overwrite : bool
            Replace earlier tables.

        Raises
        ------
        StudyError
            If a table is there already, see `refuse_tables`.
        """
        target = self.tables[0].study.folder if folder is None else Path(folder)
        refuse_tables(target, [table.table for table in self.tables], overwrite=overwrite)
        target.mkdir(parents=True, exist_ok=True)
        drafts: dict[Path, Path] = {}
        try:
            for table in self.tables:
                path = target / f"{table.table}.csv"
                record, places = record_paths(path)
                texts = {
                    places: table.places.to_csv(index=False),
                    record: json.dumps(table.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
                    path: table.rows.to_csv(index=False),
                }
                for file, text in texts.items():
                    drafts[file] = file.with_name(f".{file.name}.part")
                    drafts[file].write_text(text, encoding="utf-8")
            for file, draft in drafts.items():
                draft.replace(file)
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
        return target


def refuse_tables(folder: Path, tables: list[str], overwrite: bool = False) -> None:
    """Refuse to write where tables stand already, before any work is done.

    Parameters
    ----------
    folder : Path
        Where they would be written.
    tables : list of str
        trips, lanes or both.
    overwrite : bool
        Whether CSV files may be replaced; a table in another format is always refused, for the study would have two.

    Raises
    ------
    StudyError
        If there is one.
    """
    problems = []
    for table in tables:
        for suffix in SUFFIXES:
            file = folder / f"{table}{suffix}"
            if file.exists() and not (overwrite and suffix == ".csv"):
                remedy = "--overwrite, or another folder with --out" if suffix == ".csv" else "move it away"
                problems.append(Problem(str(file), f"is there already ({SECTIONS[table]} table)", remedy))
    if problems:
        raise StudyError(problems)
