"""Command `siting compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.options import GapOption, JsonOption, TimeLimitOption
from siting.console import NOT_PROVEN, out_folder, show

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def compare(
    plans: Annotated[list[str], typer.Argument(help="Output folders, or studies, which are solved.")],
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="today|keep=DESIGN",
            help="Hold all plans against a baseline under the data of the first: today's network, or the units of "
            "DESIGN (an output folder or a CSV of units).",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for tables, page and maps.")] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare plans with the first: figures, sites, who gains and loses travel and waiting, and a difference map."""
    from siting.whatif.compare import compare as hold
    from siting.whatif.targets import baseline_plan, names_of, plan_of

    with out_folder(out, as_json, "compare.html", "difference.html"):
        found: list[Plan] = [plan_of(target, time_limit, gap) for target in plans]
        names = names_of(plans)
        if baseline is not None:
            name, plan = baseline_plan(baseline, found[0], time_limit, gap)
            found, names = [plan, *found], names_of([name, *plans])
        comparison = hold(*found, names=names)
        if out is not None:
            comparison.write(out)
        show(comparison.record(), as_json, comparison.summary())
    if not comparison.is_proven:
        raise typer.Exit(NOT_PROVEN)
