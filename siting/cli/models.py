"""Command `siting models`."""

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


def models(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for tables and charts.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="One of the models; may be repeated; all by default.")] = None,
    start: Annotated[list[str] | None, typer.Option(help="greenfield or brownfield; both by default.")] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare today's central plants with units at hospitals: cost of a dose step by step, clock, patients, travel."""
    from siting.whatif.models import compare_models
    from siting.whatif.models_report import write_models
    from siting.whatif.presets import STARTING_POINTS

    with out_folder(out, as_json, "models.html"):
        found = compare_models(
            read(study, set_, scenario), model, start or STARTING_POINTS, run_options(time_limit, gap, jobs)
        )
        if out is not None:
            write_models(found, out)
        show(found.record(), as_json, found.summary())
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)
