"""Where travel times come from, and how the source is opened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, TravelError
from siting.roads.cache import Answers, usual_folder
from siting.roads.client import Client, Manners
from siting.roads.matrix import MINUTES_PER, MatrixFile
from siting.roads.osrm import TABLE_SIZE, Osrm
from siting.roads.valhalla import Valhalla
from siting.study.spelling import did_you_mean
from siting.study.travel_record import ENDS, ROADS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.roads.engine import Engine
    from siting.study.study import Study

SOURCES = (*ROADS, "matrix")


@dataclass(frozen=True)
class TravelOptions:
    """Where travel times come from.

    Attributes
    ----------
    source : str
        osrm, valhalla, osm or matrix.
    tables : tuple of str
        trips, lanes or both.
    server, profile, extract : str or None
        As travel.server, travel.profile and travel.extract, which None takes.
    matrix : Path or None
        Matrix file; for one table.
    unit, columns
        See `siting.roads.matrix.MatrixFile`.
    is_filled : bool
        Give pairs without an answer the great circle's time and say so in their source; else they are left out.
    allow_lost : bool
        Go on where a matrix lacks places of the study.
    snap_limit_km : float
        A place further from any road is lost: assumption.
    table_size : int
        Most places in one request.
    manners : Manners
        Time limit, retries, pace.
    cache : Path or None
        Folder of answers; None takes the usual one.
    is_fresh : bool
        Ask again what was answered before.
    """

    source: str
    tables: tuple[str, ...] = ("trips", "lanes")
    server: str | None = None
    profile: str | None = None
    extract: str | None = None
    matrix: Path | None = None
    unit: str = "min"
    columns: Mapping[str, str] = field(default_factory=dict)
    is_filled: bool = False
    allow_lost: bool = False
    snap_limit_km: float = 10.0
    table_size: int = TABLE_SIZE
    manners: Manners = field(default_factory=Manners)
    cache: Path | None = None
    is_fresh: bool = False

    def __post_init__(self) -> None:
        problems = []
        words = [("--from", self.source, SOURCES), ("--unit", self.unit, tuple(MINUTES_PER))]
        words += [("--table", table, tuple(ENDS)) for table in self.tables]
        for option, word, known in words:
            if word not in known:
                problems.append(Problem(option, f'there is no "{word}"', did_you_mean(word, known)))
        if self.source == "matrix" and len(self.tables) != 1:
            problems.append(Problem("--table", "a matrix is one table", "say --table trips or --table lanes"))
        if problems:
            raise TravelError(problems)

    def matrix_file(self, study: Study) -> MatrixFile:
        """Return the matrix file.

        Raises
        ------
        TravelError
            If none is named.
        """
        if self.matrix is None:
            raise TravelError([Problem("--matrix", "no matrix file is named", "--matrix FILE")])
        return MatrixFile(self.matrix, self.unit, self.columns)


def open_engine(study: Study, options: TravelOptions) -> Engine:
    """Return the road engine that the options or the study's travel section name.

    Raises
    ------
    TravelError
        If no server or extract is named, or the extract cannot be read.
    """
    section = study.config.travel
    if options.source == "osm":
        extract = Path(options.extract) if options.extract else study.folder / (section.extract or "")
        if not options.extract and not section.extract:
            raise TravelError([Problem("--extract", "no extract is named", "--extract FILE, or travel.extract")])
        return _open_extract(extract)
    server = options.server or section.server
    if server is None:
        raise TravelError([Problem("--server", "no server is named", "--server URL, or travel.server")])
    answers = Answers(options.cache or usual_folder(), options.is_fresh)
    client = Client(server, answers, options.manners)
    profile = options.profile or section.profile
    if options.source == "valhalla":
        return Valhalla(client, profile or "auto", options.table_size)
    return Osrm(client, profile or "driving", options.table_size)


def _open_extract(path: Path) -> Engine:
    from siting.roads.osm import Osm

    if not path.is_file():
        raise TravelError([Problem(str(path), "there is no such extract", "give a file .osm.pbf with --extract")])
    with path.open("rb") as file:
        return Osm(path, hashlib.file_digest(file, "sha256").hexdigest())
