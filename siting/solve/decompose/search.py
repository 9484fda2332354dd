"""Local search for plans: a few seconds of steps over the whole country before HiGHS sees any model.

The first plan follows the prices of the relaxation; then units near some patients are shut and planned again, thousands
of times (`moves`). Least volumes and hosts' break-even are kept, and least and most units by what the prices ask for;
other rules are left to the model that takes the plan up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.model.solution import Solution
from siting.solve.decompose.ground import State, Work, ground_of, lot_shares, options_of, solution_rows
from siting.solve.decompose.layout import NONE
from siting.solve.decompose.lots import leave_all, occupy, place
from siting.solve.decompose.moves import copy, rebuild, repeat, replan_all, settle, total, walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

DRAWS = 48
HEAT = 3e-4
"""Steps may cost this share of the plan more at first, nothing more at last."""


class LocalSearch:
    """Plans of one network, by ruin and rebuild.

    Parameters
    ----------
    layout : Layout
        The network, of one period.
    candidates : ndarray of bool, shape (options,)
        Options to think of, by position in the layout.
    seed : int
        Of the random numbers.
    """

    def __init__(self, layout: Layout, candidates: Mask, seed: int) -> None:
        self.layout, self.ground = layout, ground_of(layout, candidates)
        self.rng = np.random.default_rng(seed)
        self.now, self.best, self.back, spare = (_empty(layout, len(self.ground.lot_demand)) for _ in range(4))
        self.has_plan, self.taken = False, np.inf
        demands = len(layout.patients)
        lots = len(self.ground.lot_demand)
        self.work = Work(
            best=np.full(demands, np.inf), trip=np.zeros(demands, np.int64), cell=np.zeros(demands, np.int64),
            seen=np.zeros(demands, np.int64), offered=np.zeros(lots, np.int64), ratio=np.zeros(lots),
            slots=np.zeros(lots), treated=np.zeros(lots, np.int64), before=np.zeros(lots), spare=spare,
        )  # fmt: skip

    @property
    def cost(self) -> float:
        """Cost of the best plan, shared costs with it."""
        network, is_open = self.layout.network, self.best.option >= 0
        members = network.shared_members
        paid = members.loc[is_open[members["site"]], "shared_cost"].unique()
        shared = float(network.cost("shared_costs")[paid].sum() * self.layout.years[0])
        return float(total(self.ground, self.best)) + shared

    def start(self, serve: Floats, options: Ints | None = None) -> None:
        """Begin with the sites that save most at the prices of serving, or with the options of a plan by site."""
        g, s = self.ground, self.now
        leave_all(g, s)
        price = serve[g.lot_demand] * g.lot_share
        ref = np.minimum(s.cost, price)
        for site in np.flatnonzero(g.is_fixed):
            mine = g.option[g.option_start[site] : g.option_start[site + 1]]
            if len(mine):
                nothing = np.zeros_like(ref) if self._is_unlimited(mine[0]) else ref
                occupy(g, s, nothing, int(site), int(mine[0]), self.work)
        free = np.flatnonzero(~g.is_fixed & (np.diff(g.option_start) > 0))
        if options is None:
            rebuild(g, s, ref, free, np.ones(len(free)), self.work)
        else:
            for site in free[options[free] >= 0]:
                occupy(g, s, s.cost.copy(), int(site), int(options[site]), self.work)
        place(g, s)
        settle(g, s)
        replan_all(g, s, self.work)
        copy(self.best, s)
        self.has_plan = True

    def take_up(self, plan: Solution) -> None:
        """Begin with a plan, cut into lots; its cost may change a little."""
        g, s = self.ground, self.now
        options = options_of(self.layout, plan)
        repeat(g, s, options, *lot_shares(self.layout, plan))
        place(g, s)
        settle(g, s)
        replan_all(g, s, self.work)
        copy(self.best, s)
        self.taken = self.cost

    def walk(self, serve: Floats, steps: int, warm: float) -> None:
        """Make some steps; `warm` from 1 to 0 says how far the search is."""
        g = self.ground
        price = serve[g.lot_demand] * g.lot_share
        draws = self.rng.random((steps, DRAWS))
        heat = np.full(steps, HEAT * warm * self.cost) * self.rng.random(steps)
        walk(g, (self.now, self.best, self.back), price, draws, heat, self.work)

    def plan(self) -> Solution:
        """Return the best plan by row of the network; rules that the search does not keep may be broken."""
        rows = solution_rows(self.layout, self.ground, self.best)
        return Solution(status="feasible", objective=self.cost, bound=None, gap=None, **rows)

    def _is_unlimited(self, option: int) -> bool:
        return not np.isfinite(self.ground.option_capacity[option])


def _empty(layout: Layout, lots: int) -> State:
    sites, slices = len(layout.site_hospital), len(layout.slice_weight)
    return State(
        option=np.full(sites, NONE),
        trip=np.full(lots, NONE),
        cell=np.full(lots, NONE),
        cost=np.zeros(lots),
        slots=np.zeros(lots),
        load=np.zeros((sites, slices)),
        hosted=np.zeros(len(layout.network.hospitals), np.int64),
    )
