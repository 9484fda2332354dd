"""Decisions taken by hand: some sites run a given option, or none, in a given period.

(18)  option[o,t] = 1 for the option given, opens[j,t] = 0 where none is
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


def decisions(network: Network) -> Iterator[tuple[int, int, int]]:
    """Yield ``site, period, option`` of every decision by hand; option -1 for no unit, -2 where no row is like it."""
    options = network.options
    for (site_id, period_id), choice in network.limits.fixed.items():
        site, period = network.ids.sites.index(site_id), network.ids.periods.index(period_id)
        if choice is None:
            yield site, period, -1
            continue
        name, platforms = choice
        configuration = network.configurations.index[network.configurations["id"] == name]
        rows = options.index[
            (options["site"] == site)
            & options["configuration"].isin(configuration)
            & (options["platforms"] == platforms)
        ]
        yield site, period, int(rows[0]) if len(rows) else -2


class Fixed:
    """Decisions that the user took (``--fix``)."""

    name = "fixed by hand"

    def supports(self, network: Network) -> bool:
        """Say whether any decision is fixed."""
        return bool(network.limits.fixed)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (18)."""
        for site, period, option in decisions(network):
            if option < 0:
                model.opens[site, period].setub(0.0)
            else:
                model.option[option, period].setlb(1.0)

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Compare the plan with the decisions."""
        broken = tuple(
            network.ids.sites[site]
            for site, period, option in decisions(network)
            if solution.open_options[period, site] != np.maximum(option, -1)
        )
        return [Problem("--fix", "the plan differs from the decisions given", rows=broken)] if broken else []
