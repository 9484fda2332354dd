"""Command `siting greenfield`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JobsOption, JsonOption, SetOption, StudyArgument, read
from siting.console import errors_in_words, say, show


def greenfield(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    number: Annotated[int, typer.Option("--count", help="Places to try.", min=1)] = 5,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for map, layer and table.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest places for candidates that the study does not list, with what each would save."""
    from siting.export.manifest import plain
    from siting.study.folders import refuse_full
    from siting.whatif.greenfield import greenfield as find
    from siting.whatif.greenfield_report import write_greenfield
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        options = RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
        found = find(read(study, set_), number, options)
        if out is not None:
            write_greenfield(found, out)
        show(plain(found.record()), as_json, found.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'greenfield.html'} in a browser, {out / 'greenfield.gpkg'} in a GIS.")
