"""Command `siting sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.options import (
    GapOption,
    JobsOption,
    JsonOption,
    ScenarioOption,
    SetOption,
    StudyArgument,
    TimeLimitOption,
    read,
)
from siting.console import INFEASIBLE, NOT_PROVEN, OUR_FAULT, RunsBar, errors_in_words, say, show

if TYPE_CHECKING:
    from siting.whatif.sweep import Sweep


def sweep(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=VALUES",
            help="What to vary: a range with both ends (limits.sites.max=4:20:2), a list (demand.scale=0.8,1,1.2; "
            "scenario=base,high-demand,a+b), or low:high for --sample. Names and operators as in --set; may be "
            "repeated: the grid has all combinations.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for results, table and charts; the same folder resumes a sweep.")
    ],
    sample: Annotated[int, typer.Option(help="So many space-filling points instead of the grid.", min=0)] = 0,
    sampler: Annotated[str, typer.Option(help="sobol or latin (hypercube).")] = "sobol",
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.", min=0)] = 0,
    from_nothing: Annotated[
        bool, typer.Option("--from-nothing", help="Start no run from the plan of another one; slower.")
    ] = False,
    jobs: JobsOption = 1,
    dask: Annotated[str, typer.Option(metavar="TCP://HOST:PORT", help="Send the runs to this Dask scheduler.")] = "",
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    scenario: ScenarioOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a study many times over: a grid, a list or a sample of settings, table cells and scenarios.

    Every result is kept when it comes. A sweep that was stopped goes on with the same command and repeats nothing.
    """
    from siting.errors import NoPlanError
    from siting.whatif.sweep import SweepOptions
    from siting.whatif.sweep import sweep as run
    from siting.whatif.sweep_report import write_sweep

    with errors_in_words(as_json), RunsBar() as bar:
        options = SweepOptions(
            time_limit,
            gap,
            jobs,
            dask=dask,
            sample=sample,
            sampler=sampler,
            seed=seed,
            warm_start=not from_nothing,
            progress=bar,
        )
        try:
            found = run(read(study, set_, scenario), vary, options, out)
        except KeyboardInterrupt:
            message = f"stopped by Ctrl-C; finished runs are kept in {out} and the same command goes on from there"
            raise NoPlanError(message) from None
        write_sweep(found, out)
        bar.close()
        for note in found.notes:
            say(note)
        show(found.record(), as_json, found.summary())
        say(f"Wrote {out}; open {out / 'sweep.html'} in a browser, {out / 'runs.csv'} in a spreadsheet.")
    code = _exit_code(found)
    if code:
        raise typer.Exit(code)


def _exit_code(found: Sweep) -> int:
    statuses = set(found.runs["status"])
    if "failed" in statuses:
        return OUR_FAULT
    if statuses <= {"infeasible", "contradiction"}:
        return INFEASIBLE
    return 0 if found.is_proven else NOT_PROVEN
