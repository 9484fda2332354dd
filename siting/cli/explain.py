"""Command `siting explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JobsOption, JsonOption
from siting.console import errors_in_words, say, show


def explain(  # noqa: PLR0913 - options of a command
    plan: Annotated[Path, typer.Argument(help="Output folder of siting optimize.")],
    site: Annotated[str, typer.Option(help="Id or name of a hospital; a part of the name will do.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for the page and tables.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Say why a hospital has a unit or none: the price of the other decision, whom it affects, what would flip it."""
    from siting.export.manifest import plain
    from siting.plan.read import read_plan
    from siting.study.folders import refuse_full
    from siting.whatif.explain import explain as ask
    from siting.whatif.explain_report import explain_text, write_explanation
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        found = ask(read_plan(plan), site, RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved: {name}.")))
        if out is not None:
            write_explanation(found, out)
        show(plain(found.record()), as_json, explain_text(found))
        if out is not None:
            say(f"Wrote {out}; open {out / 'explain.html'} in a browser.")
