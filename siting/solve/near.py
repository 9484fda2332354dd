"""Plans near the optimum: the model with a cap on its cost, asked for plans that differ in where units are.

With P the units of the plans known (1 where a site has one in a period) and d the distance to the nearest of them:

    maximise d   subject to   d <= sum_{P=0} opens + sum_{P=1} (1 - opens)   for every plan known,   cost <= cap

A value below 1 proves that no other set of sites keeps the cap. Where the time does not suffice for that, the cheapest
plan with d >= 1 is looked for instead. Every plan found is then made as cheap as its sites
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
from siting.solve.direct import no_collection, run_of, solution_of, solve_whole
from siting.solve.highs import INFINITE, Run, compile_model, solve_arrays, solve_relaxation
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.highs import Arrays, Outcome
    from siting.solve.options import SolveOptions

    Floats = NDArray[np.float64]

SLACK = 1e-7
"""How far, relatively, the solver may overstep the cap while it searches; plans are recounted without it."""
CHEAPEST_GAP = 1e-4
"""Gap to which a plan found is made as cheap as its sites allow."""


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
        self.options_of: dict[tuple[int, int], list[int]] = {key: [] for key in self.columns}
        site = network.options["site"].to_numpy()
        for (option, t), variable in self.model.option.items():
            if (site[option], t) in self.columns and id(variable) in at:
                self.options_of[site[option], t].append(at[id(variable)])

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
        if outcome.values is not None and outcome.objective is not None and outcome.objective < -0.5:
            return self._cheapest(outcome.values[places] > 0.5), False
        if outcome.stopped_by == "time limit":
            return self._cheapest_other(rows, patterns), False
        return None, outcome.stopped_by == "infeasible"

    def _cheapest_other(self, rows: Floats, patterns: NDArray[np.bool_]) -> Solution | None:
        """Return the cheapest plan with other sites: easier to find than the one that differs most.

        Parameters
        ----------
        rows : ndarray, shape (plans known, columns)
            1 where opening, -1 where closing makes a plan differ.
        patterns : ndarray, shape (plans known, units)
            Where the plans known have units.
        """
        arrays = replace(
            self.arrays,
            matrix=csr_matrix(vstack([self.arrays.matrix, csr_matrix(rows)])),
            row_low=np.r_[self.arrays.row_low, 1.0 - patterns.sum(axis=1, dtype=float)],
            row_high=np.r_[self.arrays.row_high, np.full(len(rows), INFINITE)],
        )
        outcome = solve_whole(self.model, arrays, replace(self._run(), gap=self.options.gap))
        if outcome.values is None or outcome.objective is None or outcome.objective > self.cap:
            return None
        return self._cheapest(outcome.values[list(self.columns.values())] > 0.5)

    def with_most(self, sites: Iterable[int], *, is_open: bool) -> tuple[Solution | None, bool]:
        """Return a plan within the cap with as many of some sites open (or closed) as possible, or None.

        Returns
        -------
        tuple
            The plan; True where it is proven that none of them can be.
        """
        places = [self.columns[key] for key in self.columns if key[0] in set(sites)]
        cost = np.zeros(len(self.arrays.cost))
        cost[places] = -1.0 if is_open else 1.0
        offset = 0.0 if is_open else -float(len(places))
        outcome = solve_arrays(replace(self._capped(), cost=cost, offset=offset, scale=1.0), self._run())
        if outcome.stopped_by == "infeasible" or (outcome.bound is not None and outcome.bound > -1.0 + 1e-6):
            return None, True
        if outcome.values is None or outcome.objective is None or outcome.objective > -0.5:
            return None, False
        return self._cheapest(outcome.values[list(self.columns.values())] > 0.5), False

    def by_reduced_cost(self) -> dict[tuple[int, bool], float]:
        """Return, by (site, whether it is forced open), a bound on the cost of every plan, from the relaxation alone.

        With z the value of the relaxation and r its reduced costs, a plan with a unit costs at least ``z + max(0,
        r[opens]) + max(0, min_o r[o])``, one without at least ``z - min(0, r[opens]) - sum_o min(0, r[o])``.
        """
        relaxed = solve_relaxation(self.arrays, self._run())
        if relaxed is None:
            return {}
        bounds: dict[tuple[int, bool], float] = {}
        for (site, t), column in self.columns.items():
            opens, choices = relaxed.reduced[column], relaxed.reduced[self.options_of[site, t]]
            with_it = relaxed.objective + max(opens, 0.0) + max(choices.min(initial=np.inf), 0.0)
            without = relaxed.objective - min(opens, 0.0) - np.minimum(choices, 0.0).sum()
            # Open or closed in any period: the weakest period counts.
            for key, value in (((site, True), with_it), ((site, False), without)):
                bounds[key] = min(bounds.get(key, np.inf), float(value))
        return bounds

    def _capped(self) -> Arrays:
        """Return the arrays with the cost as a row, scaled so that the cap is about 1."""
        arrays, size = self.arrays, max(abs(self.cap), 1.0)
        row = csr_matrix(arrays.cost * arrays.scale / size)
        most = (self.cap - arrays.offset) / size + SLACK
        return replace(
            arrays,
            matrix=csr_matrix(vstack([arrays.matrix, row])),
            row_low=np.r_[arrays.row_low, -INFINITE],
            row_high=np.r_[arrays.row_high, most],
        )

    def _run(self) -> Run:
        return Run(self.options.time_limit, 0.0, self.options.threads, self.options.seed)

    def _cheapest(self, is_open: NDArray[np.bool_]) -> Solution | None:
        """Return the cheapest plan with given sites; None where it does not keep the cap without tolerance."""
        low, high = self.arrays.low.copy(), self.arrays.high.copy()
        places = list(self.columns.values())
        low[places] = high[places] = is_open.astype(float)
        arrays = replace(self.arrays, low=low, high=high)
        outcome: Outcome = solve_arrays(arrays, replace(run_of(self.options, 0.0), gap=CHEAPEST_GAP, report=None))
        try:
            solution = solution_of(self.model, arrays, outcome, self.options)
        except (InfeasibleError, NoPlanError):
            return None
        if solution.objective > self.cap:
            return None
        gap = relative_gap(solution.objective, self.bound)
        proven = gap is not None and gap <= self.options.gap
        return replace(solution, bound=self.bound, gap=gap, status="optimal" if proven else "feasible")
