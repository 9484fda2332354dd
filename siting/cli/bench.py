"""Command `siting bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption
from siting.console import NOT_PROVEN, ProgressLine, errors_in_words, show


def bench(  # noqa: PLR0913 - options of a command
    file: Annotated[Path, typer.Argument(help="A published instance.")],
    layout: Annotated[str, typer.Option("--format", help="Layout, such as orlib-cap; a wrong word lists all.")],
    capacity: Annotated[float | None, typer.Option(help="The word 'capacity' in capa, capb, capc.")] = None,
    p: Annotated[int | None, typer.Option("--p", help="Facilities to open.")] = None,
    single_source: Annotated[bool, typer.Option("--single-source", help="One facility a customer.")] = False,
    ufl: Annotated[bool, typer.Option("--ufl", help="Ignore capacities.")] = False,
    p_center: Annotated[bool, typer.Option("--p-center", help="Minimise the largest distance.")] = False,
    time_limit: Annotated[float, typer.Option(help="Stop after so many seconds.", min=0.001)] = 600.0,
    gap: Annotated[float, typer.Option(help="Stop at this proven gap.", min=0.0)] = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Solve a published location instance with the same engine, so that anyone can check the optimiser."""
    from dataclasses import asdict

    with errors_in_words(as_json):
        from siting.bench.instance import BenchOptions
        from siting.bench.run import run

        progress = ProgressLine()
        try:
            result = run(
                file, BenchOptions(layout, capacity, p, single_source, ufl, p_center, time_limit, gap), progress
            )
        finally:
            progress.close()
        figures = asdict(result)
        show(figures, as_json, "\n".join(f"{name:<10} {value}" for name, value in figures.items()))
    if result.status != "optimal":
        raise typer.Exit(NOT_PROVEN)
