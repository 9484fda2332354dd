"""Command `siting explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import GapOption, JobsOption, JsonOption, TimeLimitOption, run_options
from siting.console import out_folder, show


def explain(  # noqa: PLR0913 - options of a command
    plan: Annotated[Path, typer.Argument(help="Output folder of siting optimize.")],
    site: Annotated[str, typer.Option(help="Id or name of a hospital; a part of the name will do.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for the page and tables.")] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Say why a hospital has a unit or none: the price of the other decision, whom it affects, what would flip it."""
    from siting.export.manifest import plain
    from siting.plan.read import read_plan
    from siting.whatif.explain import explain as ask
    from siting.whatif.explain_report import explain_text, write_explanation

    with out_folder(out, as_json, "explain.html"):
        found = ask(read_plan(plan), site, run_options(time_limit, gap, jobs))
        if out is not None:
            write_explanation(found, out)
        show(plain(found.record()), as_json, explain_text(found))
