"""What serving each demand costs at the margin: prices of the demand rows, with the units of a plan fixed or free."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import SolveError
from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.direct import no_collection
from siting.solve.highs import Run, compile_model, solve_relaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.options import SolveOptions

SLACK = 1e-6
"""How far fixed units may move, so that rounding leaves the flows possible; with 1e-9 Texas has no solution."""


def demand_values(network: Network, solution: Solution | None, options: SolveOptions) -> NDArray[np.float64]:
    """Return, by row of `network.demands`, what serving all its patients adds to the cost, at the margin.

    Parameters
    ----------
    network : Network
        The network of the plan.
    solution : Solution or None
        Its units are fixed, everything else is free and continuous; with None units are free and continuous too, so the
        prices hold a share of what units cost.
    options : SolveOptions
        Time and threads.

    Raises
    ------
    SolveError
        The time did not suffice.
    """
    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        arrays = compile_model(model)
    low, high = arrays.low.copy(), arrays.high.copy()
    at = {id(variable): k for k, variable in enumerate(arrays.columns)}
    site = network.options["site"].to_numpy()
    for (option, t), variable in model.option.items():
        if solution is None:
            break
        chosen = float(solution.open_options[t, site[option]] == option)
        low[at[id(variable)]], high[at[id(variable)]] = max(chosen - SLACK, 0.0), min(chosen + SLACK, 1.0)
    run = Run(options.time_limit, 0.0, options.threads, options.seed)
    relaxed = solve_relaxation(replace(arrays, low=low, high=high), run)
    if relaxed is None:
        message = "the prices of a plan could not be worked out in the time given"
        raise SolveError(message)
    values = np.zeros(len(network.demands))
    for price, row in zip(relaxed.prices, arrays.rows, strict=True):
        if row.parent_component().name == "c1_demand":
            values[row.index()] = price
    return values
