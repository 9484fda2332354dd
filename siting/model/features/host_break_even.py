"""Participation: a unit opens only where what its host is paid covers what its host pays, with a margin.

For every site j and period t, over the configurations c of modes that ask for it, with chance p_s of slice s:

(20)  sum_{s in t} p_s (sum_{L,i} S[c,L,i] made[j,c,L,i,s] + sum_k S[k] reached[k,s])
      + sum_{c,n} S[c,n] option[(j,c,n),t] >= 0

S is a row's surplus (`siting.network.hosts`): what its host earns less (1 + margin) times what its host pays. Both are
the row's ledger columns of the payer "host", so the host's books here are those of the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.features.milestones import reached
from siting.model.limits import linear
from siting.model.rows import members
from siting.model.tolerance import RELATIVE
from siting.network.hosts import asks, host_books, host_surplus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]


def chances(network: Network) -> Floats:
    """Return the probability of each slice within its period, shape (slices,)."""
    weight = network.slices["weight"]
    return (weight / weight.groupby(network.slices["period"]).transform("sum")).to_numpy(float)


def host_accounts(network: Network, solution: Solution, period: int) -> tuple[Floats, Floats]:
    """Return what the host of each site earns and pays in a year of a period, shape (sites,) each."""
    share = np.where(network.slices["period"] == period, chances(network), 0.0)
    chosen = solution.open_options[period]
    earned, paid = np.zeros(len(network.sites)), np.zeros(len(network.sites))
    for rows, amount in (
        (network.makings, solution.made @ share),
        (network.milestones, reached(network, solution) @ share),
        (network.options, np.isin(np.arange(len(network.options)), chosen).astype(float)),
    ):
        for total, each in zip((earned, paid), host_books(rows), strict=True):
            np.add.at(total, rows["site"].to_numpy(), each * amount)
    return earned, paid


class HostBreakEven:
    """Modes with ``host_must_break_even``."""

    name = "hosts break even"

    def supports(self, network: Network) -> bool:
        """Say whether any mode asks for it."""
        return bool(network.limits.host_margins)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (20)."""
        made, chance = model.rows.made, chances(network)
        period = network.slices["period"].to_numpy()
        of_made = host_surplus(network, network.makings)[made["making"]] * chance[made["slice"]]
        of_option, of_milestone = (host_surplus(network, rows) for rows in (network.options, network.milestones))
        asked = asks(network, network.options)
        batches_of = members(made.assign(period=period[made["slice"]])[["site", "period"]])
        units, earners = members(network.options["site"]), members(network.milestones["site"])
        nothing = np.zeros(0, dtype=np.int64)
        model.c20_host = pyo.ConstraintList()
        for site, options in units.items():
            asking = [int(o) for o in options if asked[o]]
            goals = [int(k) for k in earners.get(site, nothing) if of_milestone[k] != 0.0]
            for t in model.PERIODS if asking else ():
                batches = [b for b in batches_of.get((site, t), nothing) if of_made[b] != 0.0]
                slices = np.flatnonzero(period == t).tolist()
                coefficients = [
                    *of_made[batches],
                    *of_option[asking],
                    *(of_milestone[k] * chance[s] for k in goals for s in slices),
                ]
                terms = [
                    *(model.made[b] for b in batches),
                    *(model.option[o, t] for o in asking),
                    *(model.reached[k, s] for k in goals for s in slices),
                ]
                model.c20_host.add((0.0, linear(coefficients, terms), None))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the hosts' books."""
        margin = np.append(network.configurations["mode"].map(network.limits.host_margins).to_numpy(float), np.nan)
        runs = np.append(network.options["configuration"].to_numpy(), -1)
        broken: set[int] = set()
        for t, chosen in enumerate(solution.open_options):
            earned, paid = host_accounts(network, solution, t)
            asked = (1.0 + margin[runs[chosen]]) * paid
            short = asked > earned + RELATIVE * np.maximum(1.0, earned + paid)
            broken |= set(np.flatnonzero(short & (chosen >= 0)).tolist())
        sites = tuple(network.ids.sites[j] for j in sorted(broken))
        what = "what the host is paid does not cover its cost and margin"
        return [Problem("modes.host_must_break_even", what, rows=sites)] if sites else []
