"""Plans as values of a compiled model: from a plan at hand, or a first one near the relaxation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.model.features.hubs import attachments
from siting.model.features.milestones import reached
from siting.solve.highs import solve_arrays

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.decompose.restrict import Restricted
    from siting.solve.highs import Arrays, Outcome, Run

    Floats = NDArray[np.float64]

SHUT, OPEN = 0.05, 0.5
"""Sites that the relaxation opened less often stay shut in the first plan, and those opened more often are open."""
PLANS = 4
"""The first plan comes from a local search around a rounded one; HiGHS reports that as one of its first few plans."""


def values_of(model: pyo.ConcreteModel, arrays: Arrays, part: Restricted, plan: Solution) -> Floats:
    """Return a plan of the whole network as values of the columns of a part of it.

    Parameters
    ----------
    model, arrays : ConcreteModel, Arrays
        Model of the part, compiled.
    part : Restricted
        The part; it must keep every row that the plan uses.
    plan : Solution
        Values by row of the whole network.

    Returns
    -------
    ndarray, shape (columns,)
        NaN for columns that the plan does not speak of.
    """
    network, rows = model.network, model.rows
    flows = {name: getattr(plan, name)[getattr(part, table)]
             for name, table in (("referred", "trips"), ("shipped", "lanes"), ("made", "makings"))}  # fmt: skip
    chosen = np.append(np.arange(len(part.whole.options)), -1)
    place = np.full(len(part.whole.options) + 1, -1)
    place[part.options] = np.arange(len(part.options))
    opened = place[chosen[plan.open_options]]
    is_open = opened >= 0
    unmet = network.demands.merge(network.unmet.reset_index(names="row"), on=["area", "product"], how="left")
    paid = np.zeros((len(network.shared_costs), len(network.periods)))
    for cost, sites in network.shared_members.groupby("shared_cost")["site"]:
        paid[cost] = is_open[:, sites.to_numpy()].any(axis=1)
    cells = flows["shipped"][rows.cells["lane"], rows.cells["slice"]]
    options = np.zeros((len(network.options), len(network.periods)))
    period, site = np.nonzero(is_open)
    options[opened[period, site], period] = 1.0
    values = {
        "share": flows["referred"][rows.assign["trip"], rows.assign["slice"]] / rows.assign["patients"].to_numpy(),
        "unserved": plan.unmet[unmet["row"], unmet["slice"]] / unmet["patients"].to_numpy(),
        "cells": cells,
        "sends": (cells > 0.0).astype(float),
        "made": flows["made"][rows.made["making"], rows.made["slice"]],
        "option": options,
        "opens": is_open.T.astype(float),
        "treats": plan.treating.T.astype(float),
        "shared": paid,
        "reached": reached(network, replace(plan, made=flows["made"])).astype(float),
        "attached": _attached(network, opened),
    }
    return np.array([
        values[variable.parent_component().local_name][variable.index()]
        if variable.parent_component().local_name in values else np.nan
        for variable in arrays.columns
    ])  # fmt: skip


def _attached(network: Network, opened: NDArray[np.int64]) -> Floats:
    """Return which spokes belong to which hubs, shape (rules, sites, periods)."""
    attached = np.zeros((len(network.law.rules), len(network.sites), len(network.periods)))
    for period, chosen in enumerate(opened) if len(network.law.hubs) else ():
        for site, rule in attachments(network, chosen)[0].items():
            attached[rule, site, period] = 1.0
    return attached


def first_plan(model: pyo.ConcreteModel, arrays: Arrays, open_share: Floats, run: Run) -> Outcome:
    """Return a plan: first with the sites that the relaxation opens, else any."""
    near = solve_arrays(_near(model, arrays, open_share), replace(run, most_plans=PLANS))
    if near.values is not None or near.stopped_by == "interrupt":
        return near
    return solve_arrays(arrays, replace(run, most_plans=PLANS))


def _near(model: pyo.ConcreteModel, arrays: Arrays, open_share: Floats) -> Arrays:
    low, high = arrays.low.copy(), arrays.high.copy()
    central = model.network.sites["is_central"].to_numpy(bool)
    for column, variable in enumerate(arrays.columns):
        if variable.parent_component() is model.opens:
            site = variable.index()[0]
            if not central[site] and open_share[site] < SHUT and low[column] <= 0.0:
                high[column] = 0.0
            elif not central[site] and open_share[site] > OPEN:
                low[column] = high[column]
    return replace(arrays, low=low, high=high)
