"""The Lagrangian relaxation: a bound on the full, unpruned model for any prices.

Demand rows (1) and flow rows (3) are dualised. Patients reach a unit in one of three ways:

- in the hospital that runs it: no price is needed but a, that of serving the demand row;
- by way of a centre that treats in any case: one path for area, centre and site, again with no price but a. A site
  serves an area once, whatever the way (`paths`, `pricing`);
- by way of a hospital that treats only because it hosts, or by choice: collected there at price mu, which is apart
  for the nearest areas (bands), since one price for all would let the same patients fill every unit in reach.

What remains falls apart (numbers of `siting.model.core`):

    L(a, mu) = sum a + sum_h treat(h) + sum_j host(j) + shared costs

    treat(h) = sum over trips of min(0, cost + mu pi D - a)           where h treats, for cells that go elsewhere
    host(j)  = min over options of cost - profit of the own patients  a continuous knapsack (`pricing`); 0 where closed
               (beyond treat(h)), of paths and of cells taken

with (2), (4), (5), (6) and the least and most units kept inside. (3) by path and by band, and (4) with the patients of
each area, are tighter than in the model, and true of every plan. Rows that are left out, and so only weaken the bound:
least volumes (8), (9), treatment capacity, period linking, ramp-up, hubs, budget, counts by mode and region, service
level, mean travel, equity, caps on cost and on vein-to-vein time, single sourcing, and milestones, which only cost. A
bound without them stays a bound with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.solve.decompose.layout import BY_CHOICE, BY_HOSTING, least_of_sites, site_of_block
from siting.solve.decompose.paths import Standard, find_paths, standard_making
from siting.solve.decompose.pricing import CLOSED, price_options, send_away, served, take_offers, treat_gains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prices:
    """Multipliers.

    Attributes
    ----------
    serve : ndarray, shape (demands,)
        Money for all of a demand row.
    collect : ndarray, shape (flows, bands)
        Money for a patient collected; no part of the bound where patients go by paths.
    """

    serve: Floats
    collect: Floats


@dataclass(frozen=True)
class Answer:
    """What the relaxation says at some prices.

    Attributes
    ----------
    bound : float
        No plan costs less.
    serve, collect : ndarray
        Supergradient: 1 - share served of each demand row; patients collected - cells taken of each flow row.
    opened : ndarray, shape (periods, sites)
        Position of the option that each site runs, -1 for none.
    extra : ndarray, shape (periods, options)
        How much the bound rises at least when the option (by position in the layout) is forced to run.
    """

    bound: float
    serve: Floats
    collect: Floats
    opened: NDArray[np.int64]
    extra: Floats


class Relaxation:
    """The relaxation of one network, ready to be priced many times."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.periods, self.sites = len(layout.years), len(layout.site_hospital)
        sizes = np.diff(layout.block_start)
        self._block_of = np.repeat(np.arange(len(sizes)), sizes)
        self._site_of = site_of_block(layout)[self._block_of]
        self._first = layout.block_start[layout.site_start]
        self._has_options = np.flatnonzero(np.diff(self._first) > 0)
        self._is_central = layout.network.sites["is_central"].to_numpy(bool)
        standard = standard_making(layout)
        self._paths = find_paths(layout, standard)
        # Groups of the layout come first, the standard ones of each product after them.
        making_cost = np.hstack([layout.making_cost, standard.cost])
        least_making = least_of_sites(layout, making_cost)
        self._making = (making_cost, np.hstack([layout.making_slots, standard.slots]))
        self._trips = (
            layout.trip_start, layout.trip_demand, layout.trip_flow, layout.trip_band, layout.trip_switch,
            layout.trip_cost, layout.trip_arriving,
        )  # fmt: skip
        self._sends = layout.flow_sends & ~self._paths.flows
        groups = layout.making_cost.shape[1]
        paths = (*self._paths[:4], layout.demand_product + groups)
        sites = (layout.site_hospital, layout.host_site, least_making, layout.slice_weight)
        self._parts = (self._trips, self._own_ways(standard), paths, self._cells(), sites)
        self._options = (layout.site_start, layout.block_start, layout.option_cost, layout.option_capacity)
        self._share = np.zeros(len(layout.trip_row) + len(self._paths.demand))

    def _own_ways(self, standard: Standard) -> tuple[Any, ...]:
        """Return, by flow, whether there is a lane to the own unit, its cost, slots in standard making, and sending."""
        lay = self.layout
        site, group = lay.host_site[lay.flows["hospital"]], lay.flow_group
        is_own = (site >= 0) & (group >= 0) & ~self._paths.flows
        is_own[is_own] &= np.isfinite(standard.ratio[site[is_own], group[is_own]])
        cost, slots = np.zeros(len(group)), np.ones(len(group))
        cost[is_own] = lay.flow_own_cost[is_own] + standard.extra[site[is_own], group[is_own]]
        slots[is_own] = standard.ratio[site[is_own], group[is_own]]
        return is_own, cost, slots, self._sends

    def _cells(self) -> tuple[Any, ...]:
        """Return the cells that have a price, by band: not those to the own unit, nor those of patients by paths."""
        lay = self.layout
        priced = np.flatnonzero(~lay.cell_own & ~self._paths.flows[lay.cell_flow])
        number, band = np.nonzero(lay.band_most[lay.cell_flow[priced]] > 0.0)
        cell = priced[number]
        start = np.append(0, np.cumsum(np.bincount(cell, minlength=len(lay.cell_flow))))[lay.cell_start]
        flow = lay.cell_flow[cell]
        most = np.minimum(lay.band_most[flow, band], lay.cell_most[cell])
        return start, flow, band, lay.cell_group[cell], lay.cell_cost[cell], most

    def price(self, prices: Prices) -> Answer:
        """Return bound, supergradient and opened sites at some prices."""
        lay, hosts = self.layout, self.layout.site_hospital >= 0
        serve = np.minimum(prices.serve, lay.unserved_cost)
        paid = serve, prices.collect
        always, hosting, choice = treat_gains(paid, self._trips, self._sends, lay.slice_period, self.periods)
        active = np.ones((3, len(lay.network.hospitals), self.periods), dtype=bool)
        active[BY_HOSTING] = False
        bound = serve.sum() + always.sum()
        opened = np.full((self.periods, self.sites), CLOSED)
        extra = np.empty((self.periods, len(lay.option_cost)))
        _, cell_flow, cell_band, *_ = self._parts[3]
        share, taken = self._share, np.zeros(len(cell_flow))
        share[:] = 0.0
        openable = lay.network.hospitals["is_openable"].to_numpy(bool)
        for period in range(self.periods):
            when = (lay.slice_period, lay.years, period)
            value = price_options(paid, self._parts, self._making, self._options, when)
            with_patients = np.where(hosts, hosting[lay.site_hospital, period], 0.0)
            cost, pick = self._cheapest(value)
            chosen, total, worst = self._best_set(cost + with_patients, period)
            bound += total
            opened[period] = np.where(chosen, pick, CLOSED)
            base = np.where(chosen, -cost, with_patients - worst)
            extra[period] = value + base[self._site_of]
            active[BY_HOSTING, lay.site_hospital[chosen & hosts], period] = True
            treats = choice[:, period] + lay.choice_cost * lay.years[period]
            active[BY_CHOICE, :, period] = treats < 0.0
            bound += np.minimum(treats, 0.0)[openable].sum()
            run = (opened[period], self._block_of, lay.option_capacity)
            take_offers(paid, self._parts, self._making, run, when, (share, taken))
        collected = send_away(paid, self._trips, self._sends, active, lay.slice_period, share)
        often = served(share, lay.trip_demand, self._paths.demand, len(serve))
        shape = prices.collect.shape
        sent = np.bincount(cell_flow * shape[1] + cell_band, taken, prices.collect.size).reshape(shape)
        return Answer(float(bound), 1.0 - often, collected - sent, opened, extra)

    def _cheapest(self, value: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return the cheapest option of each site: its value (infinite without options) and its position."""
        least = np.full(self.sites, np.inf)
        least[self._has_options] = np.minimum.reduceat(value, self._first[self._has_options])
        pick = np.full(self.sites, CLOSED)
        hits = np.flatnonzero(value == least[self._site_of])[::-1]
        pick[self._site_of[hits]] = hits
        return least, pick

    def _best_set(self, cost: Floats, period: int) -> tuple[NDArray[np.bool_], float, float]:
        """Return the cheapest set of sites within the limits on units, its cost, and that of the dearest forced one."""
        lay, (least, most) = self.layout, self.layout.network.limits.sites
        chosen = lay.must_open & np.isfinite(cost)
        central = self._is_central
        free = np.flatnonzero(np.isfinite(cost) & ~chosen)
        chosen[free[central[free] & (cost[free] < 0.0)]] = True
        ranked = free[~central[free]]
        ranked = ranked[np.argsort(cost[ranked], kind="stable")]
        units = int((chosen & ~central).sum())
        wanted = int((cost[ranked] < 0.0).sum())
        missing = least - units if least is not None and period == self.periods - 1 else 0
        wanted = max(wanted, missing)
        if most is not None:
            wanted = min(wanted, max(most - units, 0))
        added = ranked[:wanted]
        gain, paid = float(cost[added].sum()), self._shared(chosen, added, period)
        if gain + paid >= 0.0 and missing <= 0:
            added = added[:0]
            gain, paid = 0.0, self._shared(chosen, added, period)
        total = float(cost[chosen].sum()) + gain + paid
        chosen[added] = True
        return chosen, total, max(float(cost[added[-1:]].sum()), 0.0)

    def _shared(self, chosen: NDArray[np.bool_], added: NDArray[np.int64], period: int) -> float:
        """Return the shared cost of a set of sites; only a single one is counted, as several would not separate."""
        network = self.layout.network
        if len(network.shared_costs) != 1:
            return 0.0
        members = network.shared_members["site"].to_numpy()
        pays = chosen[members].any() or np.isin(added, members).any()
        everywhere = np.isin(added, members).all()
        return float(network.cost("shared_costs")[0] * self.layout.years[period]) if pays and everywhere else 0.0
