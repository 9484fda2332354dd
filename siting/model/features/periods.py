"""Periods: a unit stays, keeps its configuration, and may only grow.

(17)  sum_{n' >= n} option[(j,c,n'),t] <= sum_{n' >= n} option[(j,c,n'),t+1]     for every j, c, n
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import linear
from siting.model.rows import members

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.network.network import Network


class PeriodLinking:
    """More than one period."""

    name = "periods"

    def supports(self, network: Network) -> bool:
        """Say whether the study has more than one period."""
        return len(network.periods) > 1

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (17)."""
        platforms = network.options["platforms"].to_numpy()
        model.c17_stays = pyo.ConstraintList()
        for rows in members(network.options[["site", "configuration"]]).values():
            for least in np.unique(platforms[rows]):
                larger = rows[platforms[rows] >= least].tolist()
                for t in range(len(network.periods) - 1):
                    now, later = ([model.option[o, when] for o in larger] for when in (t, t + 1))
                    signs = [*[1.0] * len(larger), *[-1.0] * len(larger)]
                    model.c17_stays.add((None, linear(signs, [*now, *later]), 0.0))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Look for units that close, shrink or change configuration."""
        configuration, platforms = (network.options[name].to_numpy() for name in ("configuration", "platforms"))
        broken = []
        for before, after in zip(solution.open_options[:-1], solution.open_options[1:], strict=True):
            for site in np.flatnonzero(before >= 0):
                old, new = before[site], after[site]
                kept = new >= 0 and configuration[new] == configuration[old] and platforms[new] >= platforms[old]
                if not kept:
                    broken.append(network.ids.sites[site])
        return (
            [Problem("periods", "units close, shrink or change from one period to the next", rows=tuple(broken))]
            if (broken)
            else []
        )
