"""Ramp-up: new capacity can be used in part only in the period in which it is new.

With r the share of its mode, K the capacity of an option, and nothing before the first period but what exists today:

(23)  sum_{L,i} slots made[j,c,L,i,s] <= r sum_n K[c,n] option[(j,c,n),t] + (1 - r) sum_n K[c,n] option[(j,c,n),t-1]

Units keep their configuration and only grow, so the second sum is the capacity they had before.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import linear
from siting.model.rows import members
from siting.model.tolerance import RELATIVE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

_UNIT = ["site", "configuration"]


def _shares(network: Network) -> NDArray[np.float64]:
    """Return r by row of options; 1 where the mode has no ramp-up."""
    share = network.configurations["mode"].map(network.limits.ramp_up).fillna(1.0).to_numpy(float)
    return share[network.options["configuration"]]


class RampUp:
    """Modes with ``ramp_up`` below 1, in studies with several periods."""

    name = "ramp-up"

    def supports(self, network: Network) -> bool:
        """Say whether any mode ramps up."""
        return bool(network.limits.ramp_up)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (23)."""
        rows, share = model.rows.made, _shares(network)
        slots = rows["slots"].to_numpy()
        capacity, today = (network.options[name].to_numpy() for name in ("capacity", "capacity_today"))
        made_at = members(rows[[*_UNIT, "slice"]])
        model.c23_ramp_up = pyo.ConstraintList()
        for (unit, picked), (s, t) in product(
            members(network.options[_UNIT]).items(), enumerate(network.slices["period"])
        ):
            batches, r = made_at.get((*unit, s), ()), share[picked[0]]
            if r == 1.0 or not len(batches):
                continue
            coefficients = [*slots[batches], *(-r * capacity[picked])]
            terms = [*(model.made[b] for b in batches), *(model.option[int(o), t] for o in picked)]
            if t > 0:
                coefficients += list((r - 1.0) * capacity[picked])
                terms += [model.option[int(o), t - 1] for o in picked]
            had = 0.0 if t > 0 else (1.0 - r) * float(today[picked[0]])
            model.c23_ramp_up.add((None, linear(coefficients, terms), had))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount what new capacity was used."""
        used = np.zeros((len(network.sites), len(network.slices)))
        np.add.at(used, network.makings["site"], solution.made * network.makings["slots"].to_numpy()[:, None])
        capacity = np.append(np.nan_to_num(network.options["capacity"].to_numpy(float), posinf=0.0), 0.0)
        share, chosen = np.append(_shares(network), 1.0), solution.open_options
        today = np.zeros(len(network.sites))
        np.maximum.at(today, network.options["site"], np.nan_to_num(network.options["capacity_today"], posinf=0.0))
        broken: set[int] = set()
        for s, t in enumerate(network.slices["period"]):
            now, before = capacity[chosen[t]], today if t == 0 else capacity[chosen[t - 1]]
            r = share[chosen[t]]
            allowed = np.where(r < 1.0, r * now + (1.0 - r) * before, np.inf)
            broken |= set(np.flatnonzero(used[:, s] > allowed + RELATIVE * np.maximum(1.0, now)))
        rows = tuple(network.ids.sites[j] for j in sorted(broken))
        return [Problem("modes.ramp_up", "new capacity is used beyond its ramp-up", rows=rows)] if rows else []
