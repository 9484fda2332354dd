"""Travel within a limit: at least a share of the patients travels at most so long; p90 and the worst-off share.

For every rule with T minutes and share phi, over the demand rows k that any trip serves:

(24)  sum_s w_s sum_{k, minutes <= T} D share  >=  phi sum_s w_s sum_k D

The unserved are beyond every limit, so nothing is won by losing the far ones. phi = 0.9 says that the ninetieth
percentile of travel is at most T; 1 - phi is the greatest share of the worst-off; phi = 1 serves everybody within T.
Patients whom no trip could serve are left out of both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import RELATIVE, exceeds
from siting.network.attainable import weighted_patients

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]


def reachable_patients(network: Network) -> Floats:
    """Return the weighted patients of each demand row, 0 where no trip of the whole study could serve them."""
    key = pd.MultiIndex.from_frame(network.demands[["area", "product"]])
    return np.where(key.isin(list(network.limits.equity.stranded)), 0.0, weighted_patients(network))


def travel_quantile(network: Network, solution: Solution, share: float) -> float:
    """Return the least minutes within which a share of the reachable patients travels, the unserved at their limit."""
    weight = network.slices["weight"].to_numpy()
    going, minutes = solution.referred @ weight, network.trips["minutes"].to_numpy(float)
    whole = reachable_patients(network).sum()
    order = np.argsort(minutes, kind="stable")
    within = np.cumsum(going[order])
    enough = np.flatnonzero(within >= share * whole - RELATIVE * max(1.0, whole))
    if not len(order) or whole <= 0.0:
        return 0.0
    if not len(enough):
        return network.limits.unserved_min
    used = np.flatnonzero(going[order][: enough[0] + 1] > 0.0)
    return float(minutes[order][used[-1]]) if len(used) else 0.0


def within(network: Network, solution: Solution, minutes: float) -> float:
    """Return the weighted patients who travel so long at most."""
    going = solution.referred @ network.slices["weight"].to_numpy()
    return float(going[network.trips["minutes"].to_numpy() <= minutes].sum())


class Within:
    """``limits.equity.within``."""

    name = "travel within a limit"

    def supports(self, network: Network) -> bool:
        """Say whether the study limits the travel of a share of the patients."""
        return bool(network.limits.equity.within)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (24)."""
        assign, whole = model.rows.assign, float(reachable_patients(network).sum())
        minutes = network.trips["minutes"].to_numpy()[assign["trip"]]
        patients = weighted_patients(network)[assign["demand"]]
        for name, (most, share) in network.limits.equity.within.items():
            near = np.flatnonzero(minutes <= most)
            body = linear(patients[near], [model.share[k] for k in near.tolist()])
            key, unit = f"limits.equity.within.{name}.share", f"of the patients, within {most:g} minutes"
            add_limit(model, Limit(key, body, True, share * whole, unit, size=whole))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the patients who travel so long at most."""
        whole, problems = float(reachable_patients(network).sum()), []
        for name, (most, share) in network.limits.equity.within.items():
            near = within(network, solution, most)
            if exceeds(share * whole, near, whole):
                what = f"{near / whole:.4f} of the patients travel {most:g} minutes at most, {share:g} asked for"
                problems.append(Problem(f"limits.equity.within.{name}", what))
        return problems
