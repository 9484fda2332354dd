"""Which rules cannot hold together: the smallest set of them that leaves no plan.

Rules are groups of rows and bounds that an analyst can change: a limit of study.toml, "everybody is served", required
sites, least volumes, capacities, the books of the hosts. One after the other is taken away for good where the rest
still has no plan; what stays is irreducible: none of it can be left out (a deletion filter, Chinneck, Feasibility and
Infeasibility in Optimization, 2008, chapter 6). Integers count, which an irreducible infeasible set (IIS) of the
relaxation does not know. Rules about nature (capacities, least volumes) are tried first, so that the set names limits
where it can, and many at once where that suffices (as in QuickXplain, Junker, AAAI 2004).

HiGHS's own IIS then names the places, where the relaxation alone has no plan and the model is small: on 12,000 rows
HiGHS 1.15 took more than six minutes, and its time limit did not stop it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highspy
import numpy as np
import pyomo.environ as pyo

from siting.errors import InfeasibleError
from siting.model.core import build_model
from siting.solve.direct import no_collection
from siting.solve.highs import INFINITE, Run, compile_model, linear_program, solve_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.solve.highs import Arrays
    from siting.solve.options import SolveOptions

EVERYBODY = "limits.allow_unserved"
LEAST_SECONDS = 2.0
STEPS = 6
"""The time limit is shared by so many steps; most take far less."""
MOST_IIS_ROWS = 2_000
"""HiGHS is asked for its IIS up to this many rows."""
COMPONENTS = {
    "c5_capacity": "capacity of the units (platforms.max_count, capacities, queue.max_wait_d)",
    "c9_capacity": "hospitals.treatment_capacity_per_year",
    "c8_least": "modes.min_starts_per_year",
    "c9_least": "limits.min_starts_at_new_centre",
    "c16_one": "sourcing.hospitals",
    "c17_stays": "periods: units stay and only grow",
    "c20_host": "modes.host_must_break_even",
    "c20_needs": "rules: units need a hub",
    "c20_open": "rules: units need a hub",
    "c23_ramp_up": "modes.ramp_up",
}
"""Constraints of the model that are rules of their own, under the setting or column an analyst knows."""
REQUIRED = "hospitals.status: required sites, and units that may not close"
BY_HAND = "--fix: units given by hand"


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot hold together.

    Attributes
    ----------
    rules : tuple of str
        Names of settings, columns or parts of the model; none of them can be left out. Empty where the plan is
        impossible whatever the rules say.
    areas : tuple of str
        Ids of the areas whose patients HiGHS's IIS names; empty where it was not asked.
    is_proven : bool
        Whether every step finished in its time; if not, a rule may be named that is not needed.
    """

    rules: tuple[str, ...]
    areas: tuple[str, ...] = ()
    is_proven: bool = True


@dataclass(frozen=True)
class _Rule:
    """What to open in the arrays so that a rule is gone."""

    name: str
    rows: NDArray[np.int64]
    low: dict[int, float]
    high: dict[int, float]


def conflict(network: Network, options: SolveOptions) -> Conflict:
    """Find an irreducible set of rules that leaves no plan.

    Parameters
    ----------
    network : Network
        A network without any plan.
    options : SolveOptions
        Time and threads; every step gets a share of the time limit.

    Returns
    -------
    Conflict
        Where no rule helps, ``rules`` is empty.
    """
    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=0.0 * model.option[0, 0] if len(network.options) else 0.0)
        unserved = [demand for demand, variable in model.unserved.items() if variable.fixed]
        for demand in unserved:
            model.unserved[demand].unfix()
            model.unserved[demand].setub(0.0)
        try:
            arrays = compile_model(model)
        except InfeasibleError:
            return Conflict(())
    rules = list(_rules(model, arrays, unserved))
    run = Run(max(options.time_limit / STEPS, LEAST_SECONDS), 0.0, options.threads, options.seed)
    if _has_plan(_without(arrays, rules), run) is not True:
        return Conflict(())
    by_nature = [rule for rule in rules if rule.name in COMPONENTS.values()]
    filtered = _Filter(arrays, run)
    filtered.shrink(by_nature)
    filtered.shrink([rule for rule in rules if rule not in by_nature])
    return Conflict(tuple(reversed(filtered.needed)), _areas_named(model, filtered.rest), filtered.is_proven)


class _Filter:
    """Takes rules away, many at once where that already leaves no plan; `rest` always has none."""

    def __init__(self, rest: Arrays, run: Run) -> None:
        self.rest, self.run, self.needed, self.is_proven = rest, run, list[str](), True

    def shrink(self, rules: list[_Rule]) -> None:
        """Take away what is not needed of some rules; note the names of the others."""
        if not rules:
            return
        fewer = _without(self.rest, rules)
        answer = _has_plan(fewer, self.run)
        if answer is False:
            self.rest = fewer
        elif len(rules) == 1:
            self.needed.append(rules[0].name)
            self.is_proven &= answer is not None
        else:
            half = len(rules) // 2
            self.shrink(rules[:half])
            self.shrink(rules[half:])


def _rules(model: pyo.ConcreteModel, arrays: Arrays, unserved: list[int]) -> Iterator[_Rule]:
    """Yield the rules in the order in which they are tried: nature first, then what the study asks for."""
    column = {id(variable): k for k, variable in enumerate(arrays.columns)}
    limits = {id(row): name for name, (_, row) in model.limits.items()}
    rows_of: dict[str, list[int]] = {}
    for k, row in enumerate(arrays.rows):
        name = limits.get(id(row)) or COMPONENTS.get(row.parent_component().name)
        if name is not None:
            rows_of.setdefault(name, []).append(k)
    nature = [name for name in dict.fromkeys(COMPONENTS.values()) if name in rows_of]
    for name in nature:
        yield _Rule(name, np.array(rows_of[name]), {}, {})
    opens = {column[id(v)]: v for v in model.opens.values() if id(v) in column}
    fixed = {column[id(v)]: v for v in model.option.values() if id(v) in column}
    bounds = {REQUIRED: ({k: 0.0 for k, v in opens.items() if v.lb == 1.0}, {}),
              BY_HAND: ({k: 0.0 for k, v in fixed.items() if v.lb == 1.0},
                        {k: 1.0 for k, v in opens.items() if v.ub == 0.0 and model.network.limits.fixed}),
              EVERYBODY: ({}, {column[id(model.unserved[k])]: 1.0 for k in unserved})}  # fmt: skip
    for name, (low, high) in bounds.items():
        if low or high:
            yield _Rule(name, np.zeros(0, dtype=np.int64), low, high)
    for name in model.limits:
        if name in rows_of:
            yield _Rule(name, np.array(rows_of[name]), {}, {})


def _without(arrays: Arrays, rules: list[_Rule]) -> Arrays:
    row_low, row_high = arrays.row_low.copy(), arrays.row_high.copy()
    low, high = arrays.low.copy(), arrays.high.copy()
    for rule in rules:
        row_low[rule.rows], row_high[rule.rows] = -INFINITE, INFINITE
        low[list(rule.low)] = list(rule.low.values())
        high[list(rule.high)] = list(rule.high.values())
    return replace(arrays, row_low=row_low, row_high=row_high, low=low, high=high)


def _has_plan(arrays: Arrays, run: Run) -> bool | None:
    """Say whether there is a plan; None where the time did not suffice."""
    outcome = solve_arrays(arrays, run)
    return True if outcome.values is not None else False if outcome.stopped_by == "infeasible" else None


def _areas_named(model: pyo.ConcreteModel, arrays: Arrays) -> tuple[str, ...]:
    """Return the areas in HiGHS's IIS of the relaxation; none where it has a solution or is large."""
    if len(arrays.rows) > MOST_IIS_ROWS:
        return ()
    highs = highspy.Highs()
    strategies = highspy.IisStrategy
    strategy = int(strategies.kIisStrategyFromLp) | int(strategies.kIisStrategyIrreducible)
    for name, value in (("log_to_console", False), ("iis_strategy", strategy)):
        highs.setOptionValue(name, value)
    highs.passModel(linear_program(replace(arrays, is_integer=np.zeros_like(arrays.is_integer))))
    status, found = highs.getIis()
    if status != highspy.HighsStatus.kOk or not found.valid_:
        return ()
    rows = [arrays.rows[k] for k in found.row_index_]
    demands = [row.index() for row in rows if row.parent_component().name == "c1_demand"]
    network: Network = model.network
    areas = dict.fromkeys(network.demands["area"].to_numpy()[demands].tolist())
    return tuple(network.ids.areas[area] for area in areas)
