"""Command `siting greenfield`."""

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
from siting.console import out_folder, show


def greenfield(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    number: Annotated[int, typer.Option("--count", help="Places to try.", min=1)] = 5,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for map, layer and table.")] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest places for candidates that the study does not list, with what each would save."""
    from siting.export.manifest import plain
    from siting.whatif.greenfield import greenfield as find
    from siting.whatif.greenfield_report import write_greenfield

    with out_folder(out, as_json, "greenfield.html", layer="greenfield.gpkg"):
        found = find(read(study, set_, scenario), number, run_options(time_limit, gap, jobs))
        if out is not None:
            write_greenfield(found, out)
        show(plain(found.record()), as_json, found.summary())
