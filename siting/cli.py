"""The command line: parse, call public functions, print. Heavy imports wait until a command needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.console import NOT_PROVEN, ProgressLine, errors_in_words, say, show

if TYPE_CHECKING:
    from siting.study.study import Study

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Choose hospitals for decentralized cell-therapy manufacturing, with a proof of how good the choice is.",
    epilog="Exit codes: 0 optimal within the gap, 3 a plan that is not proven, 4 infeasible, 5 no plan in time, "
    "2 bad input, 1 our fault.",
)

StudyArgument = Annotated[str, typer.Argument(help="Study folder, or the name of an embedded study: tiny, texas, us.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change any setting of study.toml; may be repeated."),
]
JobsOption = Annotated[int, typer.Option(help="Solves side by side, with one thread each.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


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


@app.command(short_help="Make a small study that runs.")
def init(
    folder: Annotated[Path, typer.Argument(help="New folder for the study.")],
) -> None:
    """Make a small study that runs, with every table and setting explained."""
    from siting.study.templates import write_templates

    with errors_in_words():
        written = write_templates(folder)
        show(
            {},
            as_json=False,
            text=f"Wrote a study with made-up figures to {written}.\nTry: siting optimize {folder} --out {folder}-out",
        )


@app.command(short_help="Show what is read from a study.")
def check(study: StudyArgument, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Read a study and its network; print what is there, so that a wrong column is seen."""
    from siting.network.describe import describe_network, network_text
    from siting.study.describe import describe, describe_data

    with errors_in_words(as_json):
        from siting.network.build import build_network

        found = _read(study, set_)
        network = build_network(found)
        figures = describe_network(network)
        text = f"{describe(found).rstrip()}\n\n{network_text(network, figures)}"
        show(describe_data(found) | {"network": figures}, as_json, text)


@app.command(short_help="Find the best plan of a study.")
def optimize(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for maps and tables.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier output folder.")] = False,
    time_limit: Annotated[
        float | None, typer.Option(help="Stop after so many seconds; as the study says by default.", min=0.001)
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Stop at this proven gap; 0.01 is 1 %.", min=0.0)] = None,
    fix: Annotated[Path | None, typer.Option(help="CSV of units to price instead of choosing.")] = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the best plan: which hospitals, in which mode, with how many of which platform."""
    from siting.errors import InfeasibleError
    from siting.export.diagnosis import export_diagnosis
    from siting.export.export import export, refuse_existing
    from siting.export.manifest import manifest
    from siting.optimize import optimize as find
    from siting.study.openings import read_openings

    with errors_in_words(as_json):
        if out is not None:
            refuse_existing(out, overwrite=overwrite)
        found = _read(study, set_)
        decisions = None if fix is None else read_openings(found, fix)
        progress = ProgressLine()
        say(f"Solving {found.name} ...")
        try:
            plan = find(found, time_limit, gap, progress, decisions)
        except InfeasibleError as error:
            if out is not None:
                export_diagnosis(found, error, out, overwrite=overwrite)
            raise
        finally:
            progress.close()
        if out is not None:
            export(plan, out, overwrite=overwrite)
        show(manifest(plan), as_json, plan.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'map.html'} in a browser, {out / 'network.gpkg'} in a GIS.")
    if plan.status != "optimal":
        raise typer.Exit(NOT_PROVEN)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Output folder of siting optimize.")],
    years: Annotated[float, typer.Option(help="Years counted in each run.", min=0.1)] = 20.0,
    replications: Annotated[int, typer.Option(help="Runs of each unit.", min=2)] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same waits.", min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Simulate the units of a plan and compare the waits with those it promises."""
    from siting.plan.read import read_plan
    from siting.whatif.simulate import SimulateOptions
    from siting.whatif.simulate import simulate as run

    with errors_in_words(as_json):
        plan = read_plan(out)
        say(f"Simulating {plan.name} ...")
        found = run(plan, SimulateOptions(years=years, replications=replications, seed=seed))
        show(found.record(), as_json, found.summary())


@app.command()
def models(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for tables and charts.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="One of the models; may be repeated; all by default.")] = None,
    start: Annotated[list[str] | None, typer.Option(help="greenfield or brownfield; both by default.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare today's central plants with units at hospitals: cost of a dose step by step, clock, patients, travel."""
    from siting.study.folders import refuse_full
    from siting.whatif.models import compare_models
    from siting.whatif.models_report import write_models
    from siting.whatif.presets import STARTING_POINTS
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        options = RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
        found = compare_models(_read(study, set_), model, start or STARTING_POINTS, options)
        if out is not None:
            write_models(found, out)
        show(found.record(), as_json, found.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'models.html'} in a browser.")
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)


@app.command()
def tornado(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New folder for table and chart.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="Such as platforms.fixed_opex; may be repeated; by default the unpublished and ranged ones."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Move every assumption; takes long.")] = False,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop each solve at this proven gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the assumptions: how far each moves the cost, the number of units and the modes."""
    from siting.study.folders import refuse_full
    from siting.whatif.runs import RunOptions
    from siting.whatif.tornado import tornado as turn
    from siting.whatif.tornado_report import write_tornado

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        options = RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
        found = turn(_read(study, set_), parameter, every, options)
        if out is not None:
            write_tornado(found, out)
        show(found.record(), as_json, found.summary())
        if out is not None:
            say(f"Wrote {out}; open {out / 'tornado.html'} in a browser.")
    if not found.is_proven:
        raise typer.Exit(NOT_PROVEN)


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """Show by site from how many batches one mode beats another, and at what fee the host walks away."""
    from siting.study.folders import refuse_full
    from siting.whatif.breakeven import BreakEvenOptions, break_even
    from siting.whatif.breakeven_report import break_even_text, write_break_even
    from siting.whatif.source import read_source

    with errors_in_words(as_json):
        if out is not None:
            refuse_full(out)
        found = break_even(read_source(target, set_), BreakEvenOptions(mode, against, perspective, batches), site)
        if out is not None:
            write_break_even(found, out)
        show(found.record(), as_json, break_even_text(found))
        if out is not None:
            say(f"Wrote {out}; open {out / 'breakeven.html'} in a browser.")


@app.command(short_help="Explain tables, columns and settings.")
def schema(
    table: Annotated[str | None, typer.Argument(help="One table, or 'settings'; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON schema of study.toml, for editors.")] = False,
) -> None:
    """Explain every table, column and setting: type, unit, default, rule, source."""
    from siting.study.document import schema_json, schema_text

    with errors_in_words(as_json):
        show(schema_json() if as_json else {}, as_json, "" if as_json else schema_text(table))


@app.command(short_help="Solve a published location instance.")
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


def _read(study: str, settings: list[str] | None) -> Study:
    from siting.study.read import read_study
    from siting.study.settings import parse_setting

    return read_study(study, dict(parse_setting(text) for text in settings or ()))


def main() -> None:
    """Run the command line."""
    app()
