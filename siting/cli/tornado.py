"""Command `siting tornado`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JobsOption, JsonOption, ScenarioOption, SetOption, StudyArgument, read
from siting.console import NOT_PROVEN, errors_in_words, say, show


def tornado(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for table and chart.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="Such as platforms.fixed_opex; may be repeated; by default the unpublished and ranged ones."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Move every assumption; takes long.")] = False,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the assumptions: how far each moves the cost, the number of units and the modes."""
    from siting.study.folders import refuse_full
    from siting.whatif.runs import RunOptions
    from siting.whatif.tornado import tornado as turn
    from siting.whatif.tornado_report import write_tornado

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        options = RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
        found = turn(read(study, set_, scenario), parameter, every, options)
        if out is not None:
            write_tornado(found, out)
        show(found.record(), as_json, found.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'tornado.html'} in a browser.")
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)
