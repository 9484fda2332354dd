"""Travel times of a study from roads or a matrix: ask once, judge the answers, keep where each row is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem, TravelError
from siting.network.calibration import StraightLine
from siting.network.distance import geodesic_km
from siting.roads.matrix import read_matrix
from siting.roads.pairs import blocks, points_of, wanted_pairs
from siting.roads.plausible import MOST_LOST, condemned, doubts, too_slow
from siting.roads.result import TravelTable, TravelTimes
from siting.roads.sources import open_engine
from siting.study.travel_record import ENDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.roads.engine import Engine
    from siting.roads.matrix import Matrix
    from siting.roads.pairs import Pairs
    from siting.roads.plausible import Doubts
    from siting.roads.sources import TravelOptions
    from siting.study.study import Study

    Floats = NDArray[np.float64]
    Progress = Callable[[str, int, int], None]

SHOWN = 5
"""Ids of a matrix that the study lacks and that are named; the rest are counted."""


@dataclass(frozen=True)
class _Answers:
    """Answers by pair, NaN where there is none, the great circle between road points, and whether an end is lost."""

    minutes: Floats
    km: Floats
    straight_km: Floats
    is_lost: NDArray[np.bool_]


def travel_times(study: Study, options: TravelOptions, progress: Progress | None = None) -> TravelTimes:
    """Ask a source for the trips and lanes of a study.

    Parameters
    ----------
    study : Study
        Its areas, hospitals and limits say which pairs are asked for.
    options : TravelOptions
        The source and how it is asked.
    progress : callable, optional
        Called with the table, pairs answered and pairs wanted.

    Returns
    -------
    TravelTimes
        ``.summary()`` says what was found; ``.write(folder)`` writes it for the study.

    Raises
    ------
    TravelError
        If the source cannot be reached or read, holds another region or profile, gives answers that cannot be, or
        answers no pair; ids of the study that a matrix does not have, unless options.allow_lost.
    """
    report = progress or (lambda table, done, total: None)
    if options.source == "matrix":
        return TravelTimes(tuple(_from_matrix(study, options, table) for table in options.tables))
    engine = open_engine(study, options)
    names = dict.fromkeys(name for table in options.tables for _, name in ENDS[table])
    places = {name: _places(study, name, engine, options) for name in names}
    _refuse_other_region(places, engine)
    return TravelTimes(tuple(_from_roads(study, options, engine, places, table, report) for table in options.tables))


def _places(study: Study, name: str, engine: Engine, options: TravelOptions) -> pd.DataFrame:
    """Return every place of a table with its road point, ``road_m`` away, and ``status`` ok or lost."""
    points = points_of(study, name)
    road = engine.snap(points)
    known = ~np.isnan(road[:, 0])
    metres = np.full(len(points), np.nan)
    metres[known] = 1000.0 * geodesic_km(points[known, 0], points[known, 1], road[known, 0], road[known, 1])
    is_near = metres <= options.snap_limit_km * 1000.0
    return pd.DataFrame(
        {
            "table": name, "id": study.tables[name]["id"], "lon": points[:, 0], "lat": points[:, 1],
            "road_lon": road[:, 0], "road_lat": road[:, 1], "road_m": metres.round(1),
            "status": np.where(is_near, "ok", "lost"),
        }
    )  # fmt: skip


def _refuse_other_region(places: dict[str, pd.DataFrame], engine: Engine) -> None:
    for name, frame in places.items():
        lost = frame["status"] == "lost"
        if lost.mean() > MOST_LOST:
            far = frame["road_m"].median() / 1000.0
            median = "" if np.isnan(far) else f" (median {far:,.0f} km)"
            share = f"{int(lost.sum()):,} of {len(frame):,} {name}"
            what = f"{share} are far from any road{median}: the source holds another region"
            where = str(engine.facts().get("server") or engine.facts().get("extract"))
            remedy = "give a source that covers the study, or raise --snap-limit"
            raise TravelError([Problem(where, what, remedy, tuple(frame["id"][lost]))])


def _from_roads(
    study: Study, options: TravelOptions, engine: Engine, places: dict[str, pd.DataFrame], table: str, report: Progress
) -> TravelTable:
    pairs = wanted_pairs(study, table)
    found = _answers(pairs, engine, places, report)
    judged = doubts(found.minutes, found.km, found.straight_km)
    where = str(engine.facts().get("server") or engine.facts().get("extract"))
    _refuse(study, pairs, found, judged, where)
    if engine.is_for_cars:
        slow = too_slow(found.minutes, found.km, found.straight_km, where)
        if slow:
            raise TravelError(slow)
    both = pd.concat([places[name] for name in dict.fromkeys((pairs.origins, pairs.targets))], ignore_index=True)
    return _table(study, options, pairs, found, judged, both).with_facts(engine.facts())


def _answers(pairs: Pairs, engine: Engine, places: dict[str, pd.DataFrame], report: Progress) -> _Answers:
    ends = [places[name] for name in (pairs.origins, pairs.targets)]
    points = [frame[["lon", "lat"]].to_numpy(float) for frame in ends]
    roads = [frame[["road_lon", "road_lat"]].to_numpy(float) for frame in ends]
    is_lost = (ends[0]["status"] == "lost").to_numpy()[pairs.origin]
    is_lost |= (ends[1]["status"] == "lost").to_numpy()[pairs.target]
    minutes, km = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    asked = np.flatnonzero(~is_lost)
    origin, target = pairs.origin[asked], pairs.target[asked]
    done = int(is_lost.sum())
    for origins, targets, answered in blocks(origin, target, (points[0], points[1]), engine.table_size):
        block_minutes, block_km = engine.table(points[0][origins], points[1][targets])
        cell = np.searchsorted(origins, origin[answered]), _positions(targets, target[answered])
        minutes[asked[answered]], km[asked[answered]] = block_minutes[cell], block_km[cell]
        done += len(answered)
        report(pairs.table, done, len(pairs))
    km[np.isnan(minutes)] = np.nan
    straight = pairs.straight_km.copy()
    one, other = roads[0][pairs.origin][asked], roads[1][pairs.target][asked]
    straight[asked] = geodesic_km(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    return _Answers(minutes, km, straight, is_lost)


def _positions(places: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(places)
    return np.asarray(order[np.searchsorted(places, wanted, sorter=order)], dtype=np.int64)


def _refuse(study: Study, pairs: Pairs, found: _Answers, judged: Doubts, where: str) -> None:
    rows = tuple(_labels(study, pairs, judged.is_implausible))
    problems = condemned(judged, int(np.isfinite(found.minutes).sum()), where, rows)
    if problems:
        raise TravelError(problems)


def _labels(study: Study, pairs: Pairs, mask: NDArray[np.bool_]) -> list[str]:
    one, other = (study.tables[name]["id"].to_numpy(object) for name in (pairs.origins, pairs.targets))
    return [f"{one[o]} / {other[t]}" for o, t in zip(pairs.origin[mask], pairs.target[mask], strict=True)]


def _table(
    study: Study, options: TravelOptions, pairs: Pairs, found: _Answers, judged: Doubts, places: pd.DataFrame
) -> TravelTable:
    """Put rows together: answers, and the great circle for the rest if the options say so."""
    is_answered = np.isfinite(found.minutes) & ~judged.is_implausible
    section = study.config.travel if pairs.table == "trips" else study.config.courier
    line = StraightLine.of_trips(study.config.travel) if pairs.table == "trips" else (
        StraightLine.of_lanes(study.config.courier))  # fmt: skip
    minutes = np.where(is_answered, found.minutes, line.minutes(pairs.straight_km))
    km = np.where(is_answered, found.km, pairs.straight_km * section.detour)
    one, other = (study.tables[name]["id"].to_numpy(object) for name in (pairs.origins, pairs.targets))
    (origin, _), (target, _) = ENDS[pairs.table]
    time = {"minutes": minutes.round(2)} if pairs.table == "trips" else {"hours": (minutes / 60.0).round(4)}
    rows = pd.DataFrame({origin: one[pairs.origin], target: other[pairs.target], **time, "km": km.round(3),
                         "source": np.where(is_answered, options.source, line.source)})  # fmt: skip
    kept = np.full(len(pairs), True) if options.is_filled else is_answered
    counts = {
        "pairs_wanted": len(pairs),
        "answered": int(is_answered.sum()),
        "no_way": int((np.isnan(found.minutes) & ~found.is_lost).sum()),
        "end_lost": int(found.is_lost.sum()),
        "implausible": int(judged.is_implausible.sum()),
    }
    if pairs.table == "lanes":
        back = kept & _has_way_back(pairs, kept)
        counts["one_way_only"] = int((kept & ~back).sum())
        kept = back
    if not is_answered[kept].any():
        what = f"not one of {len(pairs):,} pairs of table {pairs.table} was answered"
        raise TravelError([Problem(options.source, what, "check the limits of the study and the source")])
    counts["filled_by_great_circle"] = int((kept & ~is_answered).sum())
    return TravelTable(
        pairs.table, options.source, rows[kept].reset_index(drop=True), places, counts, judged.reasons, pairs.radius_km,
        study,
    )  # fmt: skip


def _has_way_back(pairs: Pairs, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    size = int(max(pairs.origin.max(initial=0), pairs.target.max(initial=0))) + 1
    way, back = pairs.origin * size + pairs.target, pairs.target * size + pairs.origin
    return np.isin(back, way[kept])


def _from_matrix(study: Study, options: TravelOptions, table: str) -> TravelTable:
    """Take the wanted pairs out of a matrix; what it lacks counts as no way."""
    file = options.matrix_file(study)
    matrix = read_matrix(study, table, file)
    _refuse_missing(matrix, options, file.path.name)
    pairs = wanted_pairs(study, table)
    sides = [pd.Index(study.tables[name]["id"]) for name in (pairs.origins, pairs.targets)]
    index = pd.MultiIndex.from_arrays([sides[0].get_indexer(matrix.rows["origin"]),
                                       sides[1].get_indexer(matrix.rows["target"])])  # fmt: skip
    row = index.get_indexer(pd.MultiIndex.from_arrays([pairs.origin, pairs.target]))
    minutes, km = (np.where(row >= 0, matrix.rows[name].to_numpy()[row], np.nan) if len(matrix.rows) else
                   np.full(len(pairs), np.nan) for name in ("minutes", "km"))  # fmt: skip
    lost = {name: set(ids) for name, ids in matrix.missing.items()}
    places = pd.concat([_matrix_places(study, name, ids) for name, ids in lost.items()], ignore_index=True)
    is_lost = sides[0].isin(list(lost[pairs.origins]))[pairs.origin]
    is_lost |= sides[1].isin(list(lost[pairs.targets]))[pairs.target]
    found = _Answers(minutes, km, pairs.straight_km, is_lost)
    judged = doubts(minutes, km, pairs.straight_km)
    _refuse(study, pairs, found, judged, file.path.name)
    foreign = {f"{name}_not_in_study": len(ids) for name, ids in matrix.foreign.items()}
    return _table(study, options, pairs, found, judged, places).with_facts({"file": file.path.name, **foreign})


def _matrix_places(study: Study, name: str, lost: set[str]) -> pd.DataFrame:
    frame = study.tables[name][["id", "lon", "lat"]]
    return frame.assign(table=name, status=np.where(frame["id"].isin(lost), "lost", "ok"))[
        ["table", "id", "lon", "lat", "status"]
    ]


def _refuse_missing(matrix: Matrix, options: TravelOptions, where: str) -> None:
    problems = []
    for name, missing in matrix.missing.items():
        if not missing or options.allow_lost:
            continue
        rows = tuple(f'{ours}, did you mean "{theirs}"?' if theirs else ours for ours, theirs in missing.items())
        what = f"lacks {len(missing):,} of the study's {name}"
        strange = matrix.foreign[name]
        more = f" and {len(strange) - SHOWN:,} more" if len(strange) > SHOWN else ""
        named = f" (not in the study: {', '.join(strange[:SHOWN])}{more})" if strange else ""
        remedy = f"correct the ids{named}, or --allow-lost to go on without"
        problems.append(Problem(where, what, remedy, rows))
    if problems:
        raise TravelError(problems)
