"""Command `siting report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import GapOption, JobsOption, TimeLimitOption, run_options
from siting.console import errors_in_words, say


def report(
    plan: Annotated[Path, typer.Argument(help="Output folder of siting optimize.")],
    also: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME,NAME", help="Search now and show: alternatives, tornado; takes minutes."),
    ] = None,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
) -> None:
    """Write report.html into an output folder: the decision and what it rests on, on pages that print."""
    from siting.report.report import report as make
    from siting.report.report import report_file

    with errors_in_words(as_json=False):
        wanted = [name.strip() for words in also or () for name in words.split(",") if name.strip()]
        written = make(plan, wanted, run_options(time_limit, gap, jobs)).write(report_file(plan))
        say(f"Wrote {written}; open it in a browser, print it from there.")
