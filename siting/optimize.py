"""The main job in one call: hops 2 to 5."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from siting.network.build import build_network
from siting.plan.plan import Plan
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.solve.options import Progress
    from siting.study.openings import Decisions
    from siting.study.study import Study


def optimize(
    study: Study,
    time_limit: float | None = None,
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    decisions: Decisions | None = None,
) -> Plan:
    """Find the best plan of a study and recount it.

    Parameters
    ----------
    study : Study
        What `siting.read_study` returned.
    time_limit : float, optional
        Seconds; the study's ``solve.time_limit`` by default.
    gap : float, optional
        Relative gap at which to stop; the study's ``solve.gap`` by default.
    progress : callable, optional
        Told bound, objective and gap while the solver runs.
    decisions : dict, optional
        Units drawn by hand (`siting.read_openings`); the plan then prices exactly these.

    Returns
    -------
    Plan
        Checked: every rule and every dollar was recounted without the model.

    Raises
    ------
    StudyError
        The study contradicts itself in a way that only prices and distances show.
    InfeasibleError
        No plan keeps all rules; the error says which limits are in conflict.
    NoPlanError, SolveError
        The time came before any plan, or the solver failed.
    PlanError
        The recount disagrees with the solver; a bug, never written to any file.
    """
    return find_plan(study, replace(options_of(study, time_limit, gap), progress=progress), decisions)


def find_plan(study: Study, options: SolveOptions, decisions: Decisions | None = None) -> Plan:
    """Do what `optimize` does, with all solve options given."""
    network = build_network(study, decisions)
    solution = solve(network, options)
    plan = Plan(network, solution, study, options.record())
    plan.check()
    return plan


def options_of(study: Study, time_limit: float | None = None, gap: float | None = None) -> SolveOptions:
    """Return the study's solve settings, with the limit and gap given."""
    section = study.config.solve
    return SolveOptions(
        time_limit=section.time_limit if time_limit is None else time_limit,
        gap=section.gap if gap is None else gap,
        threads=section.threads,
        seed=section.seed,
        objective=study.config.objective.kind,
        strategy=section.strategy,
        merged_areas=section.merged_areas,
        work_limit=section.work_limit,
    )
