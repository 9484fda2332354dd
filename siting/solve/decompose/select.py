"""Which rows a good plan may need: those whose reduced cost at the prices of the relaxation is small.

Only a choice of where to look for plans; nothing is proven with it (see `fixing` for what is).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.model.features.fixed import decisions
from siting.solve.decompose.layout import cheapest_making, full_costs, rank_within
from siting.solve.decompose.restrict import Kept

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.solve.decompose.ascent import Ascent
    from siting.solve.decompose.layout import Layout

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

LIKELY = 0.05
"""Sites that were open in this share of the last iterations are likely; so are hospitals that treat without hosting."""
LEAST_SHARE = 0.003
COUNTS = {True: (4, 12), False: (1, 6)}
"""Rows kept for each area (or hospital), in any case and at most: to likely places, and to others."""
WINDOW = 0.04
"""Trips and lanes within this share of the price of serving or collecting are kept."""
SMALLER, LARGER = 0.4, 1.5
"""Options with so much of the capacity of a plan's own are thought of when it is taken up."""
OPTION_WINDOW = 0.05
"""Options within this share of their own cost of the site's best are kept, and so are sites of being opened."""


def promising(layout: Layout, ascent: Ascent, plan: Solution | None = None) -> Kept:
    """Return the rows that a good plan may need, by reduced cost and by how often the relaxation used them lately.

    Sites of the plan at hand count as likely.
    """
    network = layout.network
    kept = np.zeros(len(network.options), dtype=bool)
    kept[layout.option_row[_options(layout, ascent)]] = True
    planned = np.zeros(len(network.sites), dtype=bool)
    if plan is not None:
        kept[plan.open_options[plan.open_options >= 0]] = True
        planned = np.asarray((plan.open_options >= 0).any(axis=0), dtype=bool)
    sites = np.zeros(len(network.sites), dtype=bool)
    sites[network.options["site"][kept]] = True
    likely = sites & ((ascent.open_share > LIKELY) | planned | network.sites["is_central"].to_numpy(bool))
    hosting = network.sites["hospital"].to_numpy()
    often = (network.hospitals["treats_today"] | network.hospitals["is_openable"]).to_numpy(bool).copy()
    treats = often.copy()
    treats[hosting[sites & (hosting >= 0)]] = True
    often[hosting[likely & (hosting >= 0)]] = True
    return Kept(_trips(layout, ascent, treats, often), _lanes(layout, ascent, treats, sites, likely), kept)


def serving(layout: Layout, ascent: Ascent, plan: Solution) -> Kept:
    """Return options like those of a plan at its sites, with the trips and lanes that serve areas well by them."""
    network = layout.network
    kept = _alike(network, plan.open_options[plan.open_options >= 0])
    sites, active = (np.asarray(each.any(axis=0), dtype=bool) for each in (plan.open_options >= 0, plan.treating))
    return Kept(_trips(layout, ascent, active, active), _lanes(layout, ascent, active, sites, sites), kept)


def _options(layout: Layout, ascent: Ascent) -> Mask:
    network = layout.network
    site = network.options["site"].to_numpy()[layout.option_row]
    extra = ascent.answer.extra.min(axis=0)
    least = np.full(len(network.sites), np.inf)
    np.minimum.at(least, site, extra)
    window = OPTION_WINDOW * np.abs(layout.option_cost)
    must = np.isin(np.arange(len(network.sites)), network.must_open())
    near: Mask = ((ascent.open_share > LEAST_SHARE) | must)[site] | (least[site] <= window)
    by_hand = [row for _, _, row in decisions(network) if row >= 0]
    return (near & (extra - least[site] <= window)) | np.isin(layout.option_row, by_hand)


def _alike(network: Network, opened: Ints) -> Mask:
    """Return the options at the sites of some, of any mode and platform, whose capacity is not far from theirs."""
    site, capacity = network.options["site"].to_numpy(), network.options["capacity"].to_numpy(float)
    least, most = np.full(len(network.sites), np.inf), np.zeros(len(network.sites))
    np.minimum.at(least, site[opened], capacity[opened])
    np.maximum.at(most, site[opened], capacity[opened])
    return np.asarray((capacity >= SMALLER * least[site]) & (capacity <= LARGER * most[site]), dtype=bool)


def _trips(layout: Layout, ascent: Ascent, treats: Mask, often: Mask) -> Mask:
    trips, prices = layout.network.trips, ascent.prices
    serve = prices.serve[layout.trip_demand]
    reduced = full_costs(layout, prices.collect) - serve
    relative = np.full(len(trips), np.inf)
    np.minimum.at(relative, layout.trip_row, reduced / np.maximum(serve, 1e-9))
    hospital = trips["hospital"].to_numpy()
    return _nearest(_key(trips, "area"), relative, treats[hospital], often[hospital])


def _lanes(layout: Layout, ascent: Ascent, treats: Mask, sites: Mask, likely: Mask) -> Mask:
    network, collect = layout.network, ascent.prices.collect.max(axis=1)
    site, hospital = network.lanes["site"].to_numpy(), network.lanes["hospital"].to_numpy()
    full = layout.cell_cost + cheapest_making(layout)[site[layout.cell_lane], layout.cell_group]
    price = np.maximum(collect[layout.cell_flow], 1e-9)
    relative = np.full(len(network.lanes), np.inf)
    np.minimum.at(relative, layout.cell_lane, (full - price) / price)
    may = sites[site] & treats[hospital]
    always = (network.sites["hospital"].to_numpy()[site] == hospital) | network.sites["is_central"].to_numpy(bool)[site]
    return may & (always | _nearest(_key(network.lanes, "hospital"), relative, may, likely[site]))


def _key(rows: pd.DataFrame, owner: str) -> NDArray[np.int64]:
    return rows[owner].to_numpy(np.int64) * (int(rows["product"].max()) + 1) + rows["product"].to_numpy(np.int64)


def _nearest(key: NDArray[np.int64], relative: Floats, may: Mask, likely: Mask) -> Mask:
    """Return which rows of each key are among its cheapest, counted apart for likely and other places."""
    kept = np.zeros(len(key), dtype=bool)
    for group, (least, most) in COUNTS.items():
        at = np.flatnonzero(may & (likely == group))
        rank = rank_within(key[at], relative[at])
        kept[at[(rank < least) | ((rank < most) & (relative[at] <= WINDOW))]] = True
    return kept
