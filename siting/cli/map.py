"""Command `siting map`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.console import errors_in_words, say


def map_(
    plan: Annotated[Path, typer.Argument(help="Output folder of siting optimize.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New file, such as map.html.")],
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="today|keep=DESIGN|FOLDER",
            help="What the map shows before the plan: today's network or a design, solved by the same model, or "
            "another output folder. By default everybody goes to the nearest hospital that treats today.",
        ),
    ] = None,
    near: Annotated[
        Path | None, typer.Option(help="Output folder of siting alternatives: layers of core, swing and never.")
    ] = None,
    time_limit: Annotated[float | None, typer.Option(help="Stop the solve after so many seconds.", min=0.001)] = None,
) -> None:
    """Draw the map of a plan again, with another "before" or with the near-optimal plans."""
    from siting.export.map.page import write_map
    from siting.plan.read import read_plan
    from siting.study.folders import new_file
    from siting.whatif.alternatives_report import read_classes
    from siting.whatif.targets import before_plan

    with errors_in_words(as_json=False):
        with new_file(out) as draft:
            classes = None if near is None else read_classes(near)
            found = read_plan(plan)
            write_map(found, draft, None if baseline is None else before_plan(baseline, found, time_limit), classes)
        say(f"Wrote {out}; open it in a browser.")
