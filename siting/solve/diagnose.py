"""Why no plan is possible: each limit relaxed by itself, as little as possible.

For every limit of the study the same model is solved with that limit's row taken away and its violation minimised,
all other rules kept. The result is the smallest change of that one limit that makes a plan possible. Where no single
limit suffices, all limits are relaxed at once and the smallest relative violations are named.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import InfeasibleError, Problem, Repair
from siting.model.core import build_model
from siting.model.limits import Limit, linear
from siting.solve.direct import no_collection
from siting.solve.extract import load_values
from siting.solve.highs import Run, compile_model, solve_arrays

if TYPE_CHECKING:
    from siting.network.network import Network
    from siting.solve.options import SolveOptions

LEAST_SECONDS = 5.0
GAP = 1e-4
"""Relative gap of the repairs; a repair is a hint to the analyst, not part of a plan."""
LEAST, FOUND, IMPOSSIBLE, UNKNOWN = "least", "found", "impossible", "unknown"
"""How a search for the smallest repair ends: with it, with some repair, with a proof of none, or with the time."""
MORE_TIME = "give more time (--time-limit)"
ROUNDING = 1e-9
"""Relative noise of the solver, so that 400,000 is not rounded up to 400,001."""


def diagnose(network: Network, options: SolveOptions) -> list[Problem]:
    """Return causes in words with the smallest change that works, cheapest to read first.

    Parameters
    ----------
    network : Network
        A network without any plan.
    options : SolveOptions
        Time and threads; every relaxation gets an equal share of the time limit.

    Returns
    -------
    list of Problem
        One for each limit that could be changed alone; else one for each limit in the joint repair.
    """
    with no_collection():
        model = build_model(network)
    names = list(model.limits)
    run = Run(max(options.time_limit / (len(names) + 2), LEAST_SECONDS), GAP, options.threads, options.seed)
    found = [problem for name in names if (problem := _alone(model, name, run)) is not None]
    unserved = _unserved(model, run)
    if unserved is not None:
        found.append(unserved)
    return found if any(isinstance(problem, Repair) for problem in found) else [*found, *_together(model, run)]


def _relaxed_body(limit: Limit, slack: pyo.Var) -> tuple[float | None, object, float | None]:
    sign = 1.0 if limit.is_least else -1.0
    body = limit.body + sign * slack
    return (limit.bound, body, None) if limit.is_least else (None, body, limit.bound)


def _solve(model: pyo.ConcreteModel, goal: object, run: Run) -> str:
    """Minimise a goal, load the plan and say how it ended: `LEAST`, `FOUND`, `IMPOSSIBLE` or `UNKNOWN`."""
    model.repair = pyo.Objective(expr=goal)
    try:
        arrays = compile_model(model)
    except InfeasibleError:
        return IMPOSSIBLE
    finally:
        model.del_component(model.repair)
    outcome = solve_arrays(arrays, run)
    if outcome.values is None:
        return IMPOSSIBLE if outcome.stopped_by == "infeasible" else UNKNOWN
    load_values(arrays, outcome.values)
    return LEAST if outcome.stopped_by == "optimal" else FOUND


def _alone(model: pyo.ConcreteModel, name: str, run: Run) -> Problem | None:
    """Relax one limit; None where that is known not to help."""
    limit, row = model.limits[name]
    row.deactivate()
    model.slack = pyo.Var(within=pyo.NonNegativeReals)
    model.relaxed = pyo.Constraint(expr=_relaxed_body(limit, model.slack))
    ended = _solve(model, 1.0 * model.slack, run)
    missing = float(model.slack.value or 0.0)
    model.del_component(model.relaxed)
    model.del_component(model.slack)
    row.activate()
    if ended == UNKNOWN:
        what = f"{_asked(limit)}; the time did not suffice to find a value that works with all other rules kept"
        return Problem(limit.name, what, MORE_TIME)
    return None if ended == IMPOSSIBLE else _words(limit, missing, is_least=ended == LEAST)


def _setting(limit: Limit) -> float:
    return limit.bound / float(pyo.value(limit.size)) if limit.setting is None else limit.setting


def _asked(limit: Limit) -> str:
    return f"at {'least' if limit.is_least else 'most'} {_figure(_setting(limit))} is asked for"


def _words(limit: Limit, missing: float, *, is_joint: bool = False, is_least: bool = True) -> Repair:
    sign = -1.0 if limit.is_least else 1.0
    size = float(pyo.value(limit.size))
    needed = _rounded(_setting(limit) + sign * missing / size, sign, is_whole=limit.is_whole)
    unit = limit.unit.removesuffix("s") if limit.is_whole and needed == "1" else limit.unit
    possible = f"{needed} {unit}".strip()
    others = "together with the other changes here" if is_joint else "with all other rules kept"
    nearest = "the nearest that works" if is_least else "the nearest found in the time"
    key = limit.name.split(" in ")[0]
    return Repair(
        limit.name,
        f"{_asked(limit)}; {others}, {nearest} is {possible}",
        f"set it to {needed} or {'less' if limit.is_least else 'more'}",
        settings=((key, int(needed) if limit.is_whole else float(needed)),) if key.startswith("limits.") else (),
        is_joint=is_joint,
    )


def _rounded(value: float, sign: float, *, is_whole: bool) -> str:
    """Return a value that still works when read back: rounded outwards, to six digits or to a whole number."""
    if is_whole:
        return _figure(sign * math.ceil(sign * value - 1e-6))
    step = 10.0 ** (math.floor(math.log10(max(abs(value), 1e-3))) - 5)
    return _figure(max(sign * math.ceil((sign * value - ROUNDING * abs(value)) / step) * step, 0.0))


def _figure(value: float) -> str:
    """Return a figure that TOML reads: no exponent, no thousands separator, no trailing zeros."""
    return f"{value + 0.0:.10f}".rstrip("0").rstrip(".")


def _unserved(model: pyo.ConcreteModel, run: Run) -> Problem | None:
    """Let patients stay unserved, as few as possible; None where nobody had to be served or it does not help."""
    network: Network = model.network
    kept = [demand for demand, variable in model.unserved.items() if variable.fixed]
    if not kept:
        return None
    for demand in kept:
        model.unserved[demand].unfix()
    patients = network.demands["patients"].to_numpy()[kept]
    ended = _solve(model, linear(patients, [model.unserved[demand] for demand in kept]), run)
    left = np.array([model.unserved[demand].value or 0.0 for demand in kept]) * patients
    for demand in kept:
        model.unserved[demand].fix(0.0)
    if ended in {IMPOSSIBLE, UNKNOWN} or left.sum() <= 1e-6:
        return None
    areas = np.unique(network.demands["area"].to_numpy()[kept][left > 1e-6])
    return Repair(
        "limits.allow_unserved",
        f"everybody must be served, and {left.sum():,.1f} patients a year cannot be",
        "set limits.allow_unserved = true, or raise the travel limit, capacities or numbers",
        tuple(f"{network.ids.areas[area]} {network.areas['name'].iloc[area]}" for area in areas),
        settings=(("limits.allow_unserved", True),),
    )


def _together(model: pyo.ConcreteModel, run: Run) -> list[Problem]:
    """Relax all limits at once, by the smallest relative violations, and let everybody stay unserved."""
    limits = [limit for limit, _ in model.limits.values()]
    if not limits:
        return [_no_limit(model.network)]
    for _, row in model.limits.values():
        row.deactivate()
    for variable in model.unserved.values():
        variable.unfix()
    model.slacks = pyo.Var(range(len(limits)), within=pyo.NonNegativeReals)
    model.relaxed = pyo.Constraint(range(len(limits)), rule=lambda m, k: _relaxed_body(limits[k], m.slacks[k]))
    size = [1.0 / max(abs(limit.bound), 1.0) for limit in limits]
    ended = _solve(model, linear(size, list(model.slacks.values())), run)
    if ended == UNKNOWN:
        return [Problem("study", "the time did not suffice to find limits that help together", MORE_TIME)]
    if ended == IMPOSSIBLE:
        return [_no_limit(model.network)]
    missing = [float(variable.value or 0.0) for variable in model.slacks.values()]
    repairs: list[Problem] = [
        _words(limit, slack, is_joint=True, is_least=ended == LEAST)
        for limit, slack in zip(limits, missing, strict=True)
        if slack > 1e-6
    ]
    return repairs or [_no_limit(model.network)]


def _no_limit(network: Network) -> Problem:
    law = network.law
    used = [table["rule"].to_numpy(int) for table in (law.trips, law.lanes, law.options, law.hubs, law.approvals)]
    rules = law.names(np.concatenate(used))
    by_law = f"rules and regimes ({', '.join(rules)}), " if rules else ""
    return Problem(
        "study",
        "no change of a limit by itself makes a plan possible",
        f"look at {by_law}required sites, units that may not close, least volumes (modes.min_starts_per_year, "
        "limits.min_starts_at_new_centre), hosts that must break even (modes.host_must_break_even) and decisions given "
        "by --fix",
    )
