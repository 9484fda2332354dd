"""The command line: parse, call public functions, print. Heavy imports wait until a command needs them.

Each command is a file; `COMMANDS` lists them in the order of ``siting --help``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.alternatives import alternatives
from siting.cli.bench import bench
from siting.cli.breakeven import breakeven
from siting.cli.check import check
from siting.cli.compare import compare
from siting.cli.data import data
from siting.cli.diagnose import diagnose
from siting.cli.explain import explain
from siting.cli.export import export
from siting.cli.greenfield import greenfield
from siting.cli.init import init
from siting.cli.map import map_
from siting.cli.models import models
from siting.cli.optimize import optimize
from siting.cli.pareto import pareto
from siting.cli.report import report
from siting.cli.schema import schema
from siting.cli.simulate import simulate
from siting.cli.sweep import sweep
from siting.cli.tornado import tornado
from siting.cli.travel import travel

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: dict[Callable[..., None], str | None] = {
    init: "Make a small study that runs.",
    check: "Show what is read from a study.",
    travel: "Get travel times from roads or a matrix.",
    optimize: "Find the best plan of a study.",
    report: None,
    map_: "Draw the map of a plan again.",
    sweep: None,
    compare: None,
    pareto: "Trade two criteria; the price of fairness.",
    diagnose: None,
    explain: None,
    alternatives: None,
    greenfield: None,
    export: "Write a plan in other formats.",
    simulate: None,
    models: None,
    tornado: None,
    breakeven: None,
    schema: "Explain tables, columns and settings.",
    bench: "Solve a published location instance.",
}
"""Commands, with the line that ``siting --help`` shows; None takes the first line of the docstring."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Choose hospitals for decentralized cell-therapy manufacturing, with a proof of how good the choice is.",
    epilog="Exit codes: 0 optimal within the gap, 3 a plan that is not proven, 4 infeasible, 5 no plan in time, "
    "2 bad input, 1 our fault.",
)
for command, line in COMMANDS.items():
    app.command(command.__name__.rstrip("_"), short_help=line)(command)
app.add_typer(data, name="data", short_help="List published tables read by name; download one.")


def _version(value: bool) -> None:
    if value:
        import siting

        typer.echo(siting.__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()
