"""Command `siting tornado`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import (
    GapOption,
    JobsOption,
    JsonOption,
    ScenarioOption,
    SetOption,
    StudyArgument,
    TimeLimitOption,
    read,
    run_options,
)
from siting.console import NOT_PROVEN, out_folder, show


def tornado(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for table and chart.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="Such as platforms.fixed_opex; may be repeated; by default the unpublished and ranged ones."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Move every assumption; takes long.")] = False,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the assumptions: how far each moves the cost, the number of units and the modes."""
    from siting.whatif.tornado import tornado as turn
    from siting.whatif.tornado_report import write_tornado

    with out_folder(out, as_json, "tornado.html"):
        found = turn(read(study, set_, scenario), parameter, every, run_options(time_limit, gap, jobs))
        if out is not None:
            write_tornado(found, out)
        show(found.record(), as_json, found.summary())
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)
