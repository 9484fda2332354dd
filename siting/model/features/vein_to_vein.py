"""Mean time from vein to vein: a cap in days over all patients.

(28)  sum_s w_s (sum vein_to_vein infused made + uninfused_d (sum D - sum infused made))  <=  cap x sum_s w_s sum D

Patients who are not infused count with the longest way that the study knows (`Limits.uninfused_d`): linear, and no
reward for losing the slow ones. The figure is therefore above the mean of infused patients in the summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.core.expr.numeric_expr import LinearExpression

from siting.errors import Problem
from siting.model.limits import Limit, add_limit
from siting.model.tolerance import exceeds
from siting.network.attainable import weighted_patients

if TYPE_CHECKING:
    import numpy as np
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network


def _saved(network: Network) -> NDArray[np.float64]:
    """Return the days saved by one patient made, against not being infused, by row of makings."""
    rows = network.makings
    return ((network.limits.uninfused_d - rows["vein_to_vein_d"]) * rows["infused"]).to_numpy(float)


def vein_to_vein_terms(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the mean days of all patients as an expression of the model."""
    network, made = model.network, model.rows.made
    weight = network.slices["weight"].to_numpy()[made["slice"]]
    saved = _saved(network)[made["making"]] * weight / weighted_patients(network).sum()
    return LinearExpression(
        constant=network.limits.uninfused_d, linear_coefs=list(-saved), linear_vars=list(model.made.values())
    )


def vein_to_vein(network: Network, solution: Solution) -> float:
    """Return the mean days of all patients, those not infused at the longest way."""
    saved = _saved(network) @ solution.made @ network.slices["weight"].to_numpy()
    return float(network.limits.uninfused_d - saved / weighted_patients(network).sum())


class VeinToVein:
    """``limits.vein_to_vein_d``."""

    name = "vein to vein"

    def supports(self, network: Network) -> bool:
        """Say whether the study caps the mean time from vein to vein."""
        return network.limits.vein_to_vein_d is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (28)."""
        cap = float(network.limits.vein_to_vein_d or 0.0)
        add_limit(model, Limit("limits.vein_to_vein_d", vein_to_vein_terms(model), False, cap, "days"))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the mean days."""
        days, cap = vein_to_vein(network, solution), network.limits.vein_to_vein_d or 0.0
        if not exceeds(days, cap):
            return []
        return [Problem("limits.vein_to_vein_d", f"{days:,.3f} days on average, {cap:,.3f} allowed")]
