"""CVaR of travel: the mean trip of the worst-off share of the patients.

With tail share tau (0.1: the worst-off tenth) and W all patients, over the demand rows k (area, product, slice), whose
patients count with their mean trip, the unserved at the travel limit:

(25a)  mean_k = sum minutes share + unserved_min unserved
(25b)  over_k >= mean_k - eta,  over_k >= 0
(25c)  eta + sum_k w_s D over_k / (tau W)  <=  cap

(Rockafellar and Uryasev, J Risk 2000;2:21.) Means of demand rows keep the rule linear: over single patients a cap on
CVaR is not convex where areas may be split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.rows import members
from siting.model.tolerance import exceeds
from siting.network.attainable import weighted_patients

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]


def cvar_terms(model: pyo.ConcreteModel) -> pyo.Expression:
    """Add (25a) and (25b) once and return the left-hand side of (25c)."""
    network, assign = model.network, model.rows.assign
    patients, cap = weighted_patients(network), network.limits.unserved_min
    if not hasattr(model, "tail_start"):
        model.tail_start = pyo.Var(bounds=(0.0, cap))
        model.over = pyo.Var(range(len(patients)), within=pyo.NonNegativeReals)
        minutes = network.trips["minutes"].to_numpy()[assign["trip"]]
        going = members(assign["demand"])

        def over(m: pyo.ConcreteModel, k: int) -> tuple[float, object, None]:
            rows = going.get(k, ())
            terms = [m.over[k], m.tail_start, m.unserved[k], *(m.share[row] for row in rows)]
            return 0.0, linear([1.0, 1.0, -cap, *(-minutes[row] for row in rows)], terms), None

        model.c25_over = pyo.Constraint(range(len(patients)), rule=over)
    share = patients / (network.limits.equity.tail_share * patients.sum())
    return linear([1.0, *share], [model.tail_start, *model.over.values()])


def cvar_travel(network: Network, solution: Solution) -> float:
    """Return the mean trip of the worst-off share of the patients, in minutes."""
    patients, tail = weighted_patients(network), network.limits.equity.tail_share
    order = np.argsort(-(means := demand_minutes(network, solution)), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(patients[order])[:-1]])
    taken = np.clip(tail * patients.sum() - before, 0.0, patients[order])
    return float(taken @ means[order] / taken.sum()) if taken.sum() > 0 else 0.0


def demand_minutes(network: Network, solution: Solution) -> Floats:
    """Return the mean one-way minutes of each demand row, the unserved at the travel limit."""
    areas, products = len(network.ids.areas), len(network.ids.products)
    total = np.zeros((areas * products, len(network.slices)))
    for table, minutes, flow in (
        (network.trips, network.trips["minutes"].to_numpy(float), solution.referred),
        (network.unmet, np.full(len(network.unmet), network.limits.unserved_min), solution.unmet),
    ):
        key = table["area"].to_numpy() * products + table["product"].to_numpy()
        np.add.at(total, key, flow * minutes[:, None])
    rows = network.demands
    return total[rows["area"] * products + rows["product"], rows["slice"]] / rows["patients"].to_numpy(float)


class CvarTravel:
    """``limits.equity.cvar_travel_min``."""

    name = "travel of the worst-off"

    def supports(self, network: Network) -> bool:
        """Say whether the study caps the travel of the worst-off."""
        return network.limits.equity.cvar_travel_min is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (25a) to (25c)."""
        cap = float(network.limits.equity.cvar_travel_min or 0.0)
        add_limit(model, Limit("limits.equity.cvar_travel_min", cvar_terms(model), False, cap, "minutes"))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the mean trip of the worst-off."""
        minutes, cap = cvar_travel(network, solution), network.limits.equity.cvar_travel_min or 0.0
        if not exceeds(minutes, cap):
            return []
        share = f"{network.limits.equity.tail_share:.0%}"
        what = f"the worst-off {share} travel {minutes:,.2f} minutes on average, {cap:,.2f} allowed"
        return [Problem("limits.equity.cvar_travel_min", what)]
