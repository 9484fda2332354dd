"""Command `siting diagnose`."""

from __future__ import annotations

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
    run_options,
)
from siting.console import INFEASIBLE, errors_in_words, say, show


def diagnose(  # noqa: PLR0913 - options of a command
    study: StudyArgument,
    time_limit: TimeLimitOption = None,
    gap: GapOption = None,
    jobs: JobsOption = 1,
    set_: SetOption = None,
    scenario: ScenarioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a study has no plan: the rules in conflict, and what each way out would cost."""
    from siting.whatif.diagnose import diagnose as find

    with errors_in_words(as_json):
        asked = read(study, set_, scenario)
        say(f"Looking for conflicts in {asked.name} ...")
        found = find(asked, run_options(time_limit, gap, jobs))
        show(found.record(), as_json, found.summary())
    if not found.is_feasible:
        raise typer.Exit(INFEASIBLE)
