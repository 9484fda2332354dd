"""Arguments that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from siting.console import say

if TYPE_CHECKING:
    from siting.study.study import Study
    from siting.whatif.runs import RunOptions

StudyArgument = Annotated[str, typer.Argument(help="Study folder, or an embedded study: tiny, texas, us, uk.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a setting or cells of a table, such as limits.sites.max=8, modes.franchise.royalty_share=0.08 or "
        "'areas.demand_factor where region == \"TX\" *= 1.2'; may be repeated.",
    ),
]
ScenarioOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME,NAME", help="Scenarios of study.toml, made in this order, before --set."),
]
TimeLimitOption = Annotated[
    float | None,
    typer.Option(help="Stop each solve after so many seconds; as the study says by default.", min=0.001),
]
GapOption = Annotated[
    float | None,
    typer.Option(help="Stop each solve at this proven gap; 0.01 is 1 %; as the study says by default.", min=0.0),
]
JobsOption = Annotated[int, typer.Option(help="Solves side by side, with one thread each.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def read(study: str, changes: list[str] | None, scenarios: list[str] | None = None) -> Study:
    """Read a study with scenarios and the changes of ``--set`` on top."""
    from siting.study.read import read_study

    return read_study(study, changes or (), scenario_names(scenarios))


def scenario_names(given: list[str] | None) -> list[str]:
    """Return the names of ``--scenario a,b --scenario c``."""
    return [name.strip() for words in given or () for name in words.split(",") if name.strip()]


def run_options(time_limit: float | None, gap: float | None, jobs: int) -> RunOptions:
    """Return how the solves of a command are made; each is named on stderr when it is done."""
    from siting.whatif.runs import RunOptions

    return RunOptions(time_limit, gap, jobs, lambda name: say(f"Solved {name}."))
