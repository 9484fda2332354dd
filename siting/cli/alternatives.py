"""Command `siting alternatives`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption, ScenarioOption, SetOption, StudyArgument, read
from siting.console import out_folder, say, show


def alternatives(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    within: Annotated[str, typer.Option(help="Tolerance over the proven bound: 2% or 0.02.")] = "2%",
    number: Annotated[int, typer.Option("--count", help="Most plans to list.", min=1)] = 20,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for map, layer and tables.")] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Stop the first solve, and all searches after it, after so many seconds.", min=0.001),
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Stop the first solve at this proven gap.", min=0.0)] = None,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find near-optimal plans that differ: which hospitals are in all of them, in some, in none."""
    from siting.export.manifest import plain
    from siting.whatif.alternatives import alternatives as find
    from siting.whatif.alternatives import tolerance
    from siting.whatif.alternatives_report import write_alternatives
    from siting.whatif.runs import RunOptions

    with out_folder(out, as_json, "alternatives.html", layer="alternatives.gpkg"):
        options = RunOptions(time_limit=time_limit, gap=gap, report=lambda name: say(f"Found {name}."))
        found = find(read(study, set_, scenario), tolerance(within), number, options)
        if out is not None:
            write_alternatives(found, out)
        show(plain(found.record()), as_json, found.summary())
