"""Command `siting pareto`."""

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

CRITERIA = "total_cost, mean_travel, p90_travel, worst_travel, cvar_travel (the worst-off tenth), vein_to_vein, "
CRITERIA += "patients_treated, capex, units"


def pareto(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    of: Annotated[str, typer.Option(help=f"What to better: one of {CRITERIA}.")] = "mean_travel",
    against: Annotated[str, typer.Option(help="What that may cost: another one of them.")] = "total_cost",
    points: Annotated[int, typer.Option(help="Most points; equal and dominated plans are not shown.", min=2)] = 8,
    export: Annotated[
        str, typer.Option(help="Write the plans behind these points, with map: numbers such as 1,3, knee, or all.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for table, chart and plans.")] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trade two criteria: the plans that no other plan beats in both, each with its gap, and the knee.

    The price of fairness, what each step of equity costs: --of cvar_travel (or p90_travel, worst_travel).
    """
    from siting.whatif.pareto import pareto as trade
    from siting.whatif.targets import check_points, points_of

    with out_folder(out, as_json, "pareto.html"):
        check_points(export, has_folder=out is not None)
        front = trade(read(study, set_, scenario), of, against, points, run_options(time_limit, gap, jobs))
        if out is not None:
            front.write(out, points_of(export, len(front.points), front.knee))
        show(front.record(), as_json, front.summary())
    if not front.is_proven:
        raise typer.Exit(NOT_PROVEN)
