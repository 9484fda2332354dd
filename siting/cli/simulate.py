"""Command `siting simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption
from siting.console import errors_in_words, say, show


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
