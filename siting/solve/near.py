"""Plans near the optimum: the model with a cap on its cost, asked for plans that differ in where units are.

With P the units of the plans known (1 where a site has one in a period) and d the distance to the nearest of them:

    maximise d   subject to   d <= sum_{P=0} opens + sum_{P=1} (1 - opens)   for every plan known,   cost <= cap

A value below 1 proves that no other set of sites keeps the cap. Every plan found is then made as cheap as its sites
allow and rounded, so its cost holds without any tolerance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
from scipy.sparse import csr_matrix, hstack, vstack

from siting.errors import InfeasibleError, NoPlanError
from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.solve.direct import LEAST_BINARIES, no_collection, run_of, solution_of
from siting.solve.highs import INFINITE, Run, compile_model, forced_values, solve_arrays
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.highs import Arrays, Outcome
    from siting.solve.options import SolveOptions

    Floats = NDArray[np.float64]
    Answer = tuple[Solution | None, bool]

SLACK = 1e-7
"""How far, relatively, the solver may overstep the cap while it searches; plans are recounted without it."""
CHEAPEST_GAP = 1e-3
"""Gap to which a plan found is made as cheap as its sites allow; in models too large for that, the gap of the study."""


class NearOptimal:
    """The model of a network with a cap on its total cost.

    Parameters
    ----------
    network : Network
        What the plans are for.
    bound, cap : float
        Proven bound of the study and the most that a plan may cost.
    options : SolveOptions
        Time of each solve, threads, seed, and the gap at which a plan counts as optimal.
    """

    def __init__(self, network: Network, bound: float, cap: float, options: SolveOptions) -> None:
        self.network, self.bound, self.cap, self.options = network, bound, cap, options
        with no_collection():
            self.model = build_model(network)
            self.model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](self.model))
            self.arrays = compile_model(self.model)
        at = {id(variable): k for k, variable in enumerate(self.arrays.columns)}
        central = network.sites["is_central"].to_numpy(bool)
        self.columns = {
            (site, t): at[id(variable)]
            for (site, t), variable in self.model.opens.items()
            if id(variable) in at and not central[site]
        }
        self.options_of: dict[tuple[int, int], list[tuple[int, int]]] = {key: [] for key in self.columns}
        site = network.options["site"].to_numpy()
        for (option, t), variable in self.model.option.items():
            if (site[option], t) in self.columns and id(variable) in at:
                self.options_of[site[option], t].append((option, at[id(variable)]))

    @property
    def sites(self) -> list[int]:
        """Positions of the hospitals that could have a unit."""
        return sorted({site for site, _ in self.columns})

    def pattern(self, solution: Solution) -> NDArray[np.bool_]:
        """Return whether each of `columns` is open in a plan."""
        return np.array([solution.open_options[t, site] >= 0 for site, t in self.columns])

    def different(self, known: Sequence[Solution]) -> tuple[Solution | None, bool]:
        """Return a plan within the cap that is as far as possible from those known, and whether none is left.

        Returns
        -------
        tuple
            The plan, None where none was found; True where it is proven that no other set of sites keeps the cap.
        """
        places = np.array(list(self.columns.values()))
        patterns = np.array([self.pattern(solution) for solution in known])
        rows = np.zeros((len(known), self.arrays.matrix.shape[1]))
        rows[:, places] = np.where(patterns, -1.0, 1.0)
        capped = self._capped()
        count = capped.matrix.shape[0]
        wide = hstack([capped.matrix, csr_matrix((count, 1))])
        extra = np.hstack([rows, -np.ones((len(known), 1))])
        arrays = replace(
            capped,
            matrix=csr_matrix(vstack([wide, csr_matrix(extra)])),
            cost=np.r_[np.zeros(len(capped.cost)), -1.0], offset=0.0, scale=1.0,
            low=np.r_[capped.low, 0.0], high=np.r_[capped.high, float(len(places))],
            row_low=np.r_[capped.row_low, -patterns.sum(axis=1, dtype=float)],
            row_high=np.r_[capped.row_high, np.full(len(known), INFINITE)],
            is_integer=np.r_[capped.is_integer, False],
        )  # fmt: skip
        outcome = solve_arrays(arrays, self._run())
        if outcome.bound is not None and outcome.bound > -1.0 + 1e-6:
            return None, True
        if outcome.values is None or outcome.objective is None or outcome.objective > -0.5:
            return None, outcome.stopped_by == "infeasible"
        return self._cheapest(outcome.values[:-1]), False

    def forced_bounds(self) -> dict[tuple[int, bool], float]:
        """Return, by (site, whether it is forced open), a bound on the cost of every plan, from the relaxation.

        Open is open in any period, closed is closed in all of them.
        """
        asked: list[tuple[tuple[int, bool], NDArray[np.int64], float]] = []
        for site in self.sites:
            columns = self._columns(site)
            asked += [((site, True), columns[[k]], 1.0) for k in range(len(columns))]
            asked.append(((site, False), columns, 0.0))
        values = forced_values(self.arrays, self._run(), ((columns, number) for _, columns, number in asked))
        bounds: dict[tuple[int, bool], float] = {}
        for (key, _, _), value in zip(asked, values, strict=True):
            bounds[key] = min(bounds.get(key, np.inf), value)
        return bounds

    def forced(self, site: int, base: Solution, near: Iterable[int] | None, *, is_open: bool) -> Answer:
        """Look for a plan within the cap with a unit at a site, or without one.

        Parameters
        ----------
        site : int
            Position of the hospital.
        base : Solution
            The plan to start from.
        near : iterable of int or None
            Only these sites may differ from it; None lets all of them.
        is_open : bool
            Whether the site must have a unit in some period, or in none.

        Returns
        -------
        Solution or None
            The first plan that keeps the cap, made as cheap as its sites allow.
        bool
            Whether it is proven that there is none; never where only some sites may differ.
        """
        arrays = self.arrays if near is None else self._around(base, {site, *near})
        columns, low, high = self._columns(site), arrays.low.copy(), arrays.high.copy()
        if not is_open:
            high[columns] = 0.0
        elif len(columns) == 1:
            low[columns] = 1.0
        arrays = replace(arrays, low=low, high=high)
        if is_open and len(columns) > 1:
            row = csr_matrix((np.ones(len(columns)), (np.zeros(len(columns), int), columns)), (1, len(low)))
            arrays = _with_rows(arrays, row, np.ones(1), np.full(1, INFINITE))
        outcome = solve_arrays(arrays, replace(self._run(), target=self.cap))
        if outcome.values is not None and outcome.objective is not None and outcome.objective <= self.cap:
            return self._cheapest(outcome.values), False
        out_of_reach = outcome.bound is not None and outcome.bound > self.cap
        return None, near is None and (outcome.stopped_by == "infeasible" or out_of_reach)

    def _columns(self, site: int) -> NDArray[np.int64]:
        return np.array([column for (j, _), column in self.columns.items() if j == site], dtype=np.int64)

    def _around(self, base: Solution, near: set[int]) -> Arrays:
        """Return the model with the units of a plan, but for some sites that may change."""
        low, high = self.arrays.low.copy(), self.arrays.high.copy()
        for (site, t), columns in self.options_of.items():
            if site not in near:
                runs = [float(base.open_options[t, site] == option) for option, _ in columns]
                place = [column for _, column in columns]
                low[place] = high[place] = runs
        return replace(self.arrays, low=low, high=high)

    def _capped(self) -> Arrays:
        """Return the arrays with the cost as a row, scaled so that the cap is about 1."""
        arrays, size = self.arrays, max(abs(self.cap), 1.0)
        row = csr_matrix(arrays.cost * arrays.scale / size)
        most = (self.cap - arrays.offset) / size + SLACK
        return _with_rows(arrays, row, np.full(1, -INFINITE), np.full(1, most))

    def _run(self) -> Run:
        return Run(self.options.time_limit, 0.0, self.options.threads, self.options.seed)

    def _cheapest(self, values: Floats) -> Solution | None:
        """Return the cheapest plan with the sites of another; None where it does not keep the cap without tolerance."""
        low, high = self.arrays.low.copy(), self.arrays.high.copy()
        places = list(self.columns.values())
        low[places] = high[places] = np.round(values[places])
        arrays = replace(self.arrays, low=low, high=high)
        is_large = self.arrays.is_integer.sum() >= LEAST_BINARIES
        close = max(self.options.gap, CHEAPEST_GAP) if is_large else CHEAPEST_GAP
        run = replace(run_of(self.options, 0.0), gap=close, report=None)
        outcome: Outcome = solve_arrays(arrays, run, values)
        try:
            solution = solution_of(self.model, arrays, outcome, self.options)
        except (InfeasibleError, NoPlanError):
            return None
        if solution.objective > self.cap:
            return None
        gap = relative_gap(solution.objective, self.bound)
        proven = gap is not None and gap <= self.options.gap
        return replace(solution, bound=self.bound, gap=gap, status="optimal" if proven else "feasible")


def _with_rows(arrays: Arrays, rows: csr_matrix, low: Floats, high: Floats) -> Arrays:
    return replace(
        arrays,
        matrix=csr_matrix(vstack([arrays.matrix, rows])),
        row_low=np.r_[arrays.row_low, low],
        row_high=np.r_[arrays.row_high, high],
    )
