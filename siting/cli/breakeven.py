"""Command `siting breakeven`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption, ScenarioOption, SetOption, scenario_names
from siting.console import out_folder, show


def breakeven(  # noqa: PLR0913 - options of a command
    target: Annotated[str, typer.Argument(help="Output folder of siting optimize, or a study.")],
    mode: Annotated[str, typer.Option(help="Mode that may beat the other.")] = "owned",
    against: Annotated[str, typer.Option(help="Mode with a host that may walk away.")] = "franchise",
    perspective: Annotated[str, typer.Option(help="Whose money decides.")] = "manufacturer",
    site: Annotated[list[str] | None, typer.Option(help="A hospital; may be repeated; all by default.")] = None,
    batches: Annotated[
        float | None, typer.Option(help="Batches a year at which to read the fee; the plan's by default.", min=1.0)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for table and charts.")] = None,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show by site from how many batches one mode beats another, and at what fee the host walks away."""
    from siting.whatif.breakeven import BreakEvenOptions, break_even
    from siting.whatif.breakeven_report import break_even_text, write_break_even
    from siting.whatif.source import read_source

    with out_folder(out, as_json, "breakeven.html"):
        source = read_source(target, set_, scenario_names(scenario))
        found = break_even(source, BreakEvenOptions(mode, against, perspective, batches), site)
        if out is not None:
            write_break_even(found, out)
        show(found.record(), as_json, break_even_text(found))
