"""Command `siting travel`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption, SetOption, StudyArgument
from siting.console import QUIET_S, errors_in_words, say, show
from siting.errors import Problem, StudyError


def travel(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    source: Annotated[
        str | None, typer.Option("--from", help="osrm, valhalla, osm or matrix; travel.source by default.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="Address of the server; travel.server by default.")] = None,
    profile: Annotated[str | None, typer.Option(help="OSRM profile or Valhalla costing.")] = None,
    extract: Annotated[str | None, typer.Option(help="OpenStreetMap extract (.osm.pbf).")] = None,
    matrix: Annotated[Path | None, typer.Option(help="Matrix file, long or wide.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of the matrix: min, h or s.")] = "min",
    column: Annotated[
        list[str] | None, typer.Option(metavar="OURS=THEIRS", help="Column of a long matrix; may be repeated.")
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="trips or lanes; both by default.")] = None,
    fill: Annotated[bool, typer.Option("--fill", help="Great-circle times where there is no answer.")] = False,
    allow_lost: Annotated[bool, typer.Option("--allow-lost", help="Go on where a matrix lacks places.")] = False,
    snap_limit: Annotated[float, typer.Option(help="Places further from a road are lost (km).", min=0.001)] = 10.0,
    table_size: Annotated[int, typer.Option(help="Most places in one request.", min=2)] = 100,
    timeout: Annotated[float, typer.Option(help="Longest wait for an answer (s).", min=0.001)] = 60.0,
    retries: Annotated[int, typer.Option(help="Further attempts where one failed.", min=0)] = 4,
    rate: Annotated[
        float | None, typer.Option(help="Most requests a second; 1 by default, no limit on this machine.", min=0.001)
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder where answers are kept.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again what was answered before.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to; the study's by default.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier tables.")] = False,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a routing server, an OpenStreetMap extract or a matrix for travel times, once, and write them as tables."""
    from siting.roads.client import Manners
    from siting.roads.result import refuse_tables
    from siting.roads.sources import TravelOptions
    from siting.roads.times import travel_times
    from siting.study.changes import parse_change
    from siting.study.embedded import embedded_studies, find_study
    from siting.study.read import read_study
    from siting.study.settings import read_settings

    with errors_in_words(as_json):
        given = list(set_ or ())
        file = find_study(study)
        # The tables that are to be made may be missing or out of date, so the study is read without them.
        found = read_study(file, [*given, "travel.source = great-circle", "courier.source = great-circle"])
        if source is None:
            asked = {change.key: change.value for change in map(parse_change, given)}
            source = asked.get("travel.source", read_settings(file).get("travel", {}).get("source", ""))
        usual = ("trips",) if source == "matrix" else ("trips", "lanes")
        columns = {change.key: change.value for change in map(parse_change, column or ())}
        options = TravelOptions(
            source, tuple(table or usual), server, profile, extract, matrix, unit, columns, fill, allow_lost,
            snap_limit, table_size, Manners(timeout, retries, rate), cache, fresh,
        )  # fmt: skip
        if out is None and file in embedded_studies().values():
            raise StudyError([Problem(str(found.folder), "comes with siting and is left as it is", "--out FOLDER")])
        target = out or found.folder
        refuse_tables(target, list(options.tables), overwrite=overwrite)
        times = travel_times(found, options, _Progress())
        times.write(target, overwrite=overwrite)
        show(times.record(), as_json, times.summary())
        say(f"Wrote {', '.join(f'{name}.csv' for name in options.tables)} and their records to {target}.")
        for name in options.tables if target.resolve() != found.folder.resolve() else ():
            say(f'To use it, set in study.toml: [tables.{name}] file = "{target.resolve() / name}.csv"')


class _Progress:
    """Pairs answered, on stderr, now and then."""

    def __init__(self) -> None:
        self._written = time.monotonic()

    def __call__(self, table: str, done: int, total: int) -> None:
        if time.monotonic() - self._written > QUIET_S:
            self._written = time.monotonic()
            say(f"{table}: {done:,} of {total:,} pairs")
