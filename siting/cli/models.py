"""Command `siting models`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JobsOption, JsonOption, ScenarioOption, SetOption, StudyArgument, read
from siting.console import NOT_PROVEN, errors_in_words, say, show


def models(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for tables and charts.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="One of the models; may be repeated; all by default.")] = None,
    start: Annotated[list[str] | None, typer.Option(help="greenfield or brownfield; both by default.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare today's central plants with units at hospitals: cost of a dose step by step, clock, patients, travel."""
    from siting.study.folders import refuse_full
    from siting.whatif.models import compare_models
    from siting.whatif.models_report import write_models
    from siting.whatif.presets import STARTING_POINTS
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        options = RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
        found = compare_models(read(study, set_, scenario), model, start or STARTING_POINTS, options)
        if out is not None:
            write_models(found, out)
        show(found.record(), as_json, found.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'models.html'} in a browser.")
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)
