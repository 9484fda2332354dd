"""Command `siting diagnose`."""

from __future__ import annotations

from typing import Annotated

import typer

from siting.cli.options import JobsOption, JsonOption, SetOption, StudyArgument, read
from siting.console import INFEASIBLE, errors_in_words, say, show


def diagnose(
    study: StudyArgument,
    time_limit: Annotated[float | None, typer.Option(help="Stop each solve after so many seconds.", min=0.001)] = None,
    gap: Annotated[float | None, typer.Option(help="Stop the price of each way out at this gap.", min=0.0)] = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a study has no plan: the rules in conflict, and what each way out would cost."""
    from siting.whatif.diagnose import diagnose as find
    from siting.whatif.runs import RunOptions

    with errors_in_words(as_json):
        asked = read(study, set_)
        say(f"Looking for conflicts in {asked.name} ...")
        found = find(asked, RunOptions(time_limit, gap, jobs))
        show(found.record(), as_json, found.summary())
    if not found.is_feasible:
        raise typer.Exit(INFEASIBLE)
