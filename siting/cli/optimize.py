"""Command `siting optimize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption, ScenarioOption, SetOption, StudyArgument, read
from siting.console import NOT_PROVEN, ProgressLine, errors_in_words, say, show

REPAIR_SECONDS = 30.0
"""Most time for the price of each way out of a study without a plan."""


def optimize(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for maps and tables.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier output folder.")] = False,
    time_limit: Annotated[
        float | None, typer.Option(help="Stop after so many seconds; as the study says by default.", min=0.001)
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Stop at this proven gap; 0.01 is 1 %.", min=0.0)] = None,
    fix: Annotated[Path | None, typer.Option(help="CSV of units to price instead of choosing.")] = None,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the best plan: which hospitals, in which mode, with how many of which platform."""
    from siting.errors import InfeasibleError
    from siting.export.diagnosis import export_diagnosis
    from siting.export.export import REPORT, export, refuse_existing, refuse_file_name
    from siting.export.manifest import manifest
    from siting.optimize import optimize as find
    from siting.report.report import writer
    from siting.study.openings import read_openings
    from siting.whatif.diagnose import diagnose
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        if out is not None:
            refuse_file_name(out)
            refuse_existing(out, overwrite=overwrite)
        found = read(study, set_, scenario)
        decisions = None if fix is None else read_openings(found, fix)
        progress = ProgressLine()
        say(f"Solving {found.name} ...")
        try:
            plan = find(found, time_limit, gap, progress, decisions)
        except InfeasibleError as error:
            say("No plan meets all the rules; looking for the ways out and what they cost ...")
            options = RunOptions(min(time_limit or found.config.solve.time_limit, REPAIR_SECONDS), gap)
            priced = InfeasibleError(error.diagnosis if fix else diagnose(found, options, error.diagnosis).problems)
            if out is not None:
                export_diagnosis(found, priced, out, overwrite=overwrite)
            raise priced from None
        finally:
            progress.close()
        if out is not None:
            say("Writing; today's network is priced for the report ...")
            export(plan, out, overwrite=overwrite, also={REPORT: writer(out)})
        show(manifest(plan), as_json, plan.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'report.html'} and {out / 'map.html'} in a browser, "
                f"{out / 'network.qgz'} in QGIS.")  # fmt: skip
    if plan.status != "optimal":
        raise typer.Exit(NOT_PROVEN)
