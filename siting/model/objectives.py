"""Objectives: what the plan is best at, each a weighted sum of the network's columns.

total_cost        sum_s w_s (trips share D + unmet unserved D + lanes cells + makings made)
                  + sum_s w_s milestones reached
                  + sum_t w_t (options option + hospitals treats + shared_costs shared)                        minimised
mean_travel       mean one-way minutes of referred patients, the unserved at the travel limit                  minimised
patients_treated  sum_s w_s infused made                                                                       maximised
vein_to_vein      mean days of all patients, those not infused at the longest way, see (28)                    minimised
cvar_travel       mean one-way minutes of the worst-off share of the patients, see (25)                        minimised
capex             the manufacturer's investment, see (11a)                                                     minimised
units             units of the last period                                                                     minimised

The worst trip and p90 are found by a search over travel limits (`siting.solve.worst_travel`), not by an objective row:
with flows that may be split, ``t >= minutes share`` would be wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.model.features.budget import capex_terms
from siting.model.features.counts import unit_terms
from siting.model.features.cvar_travel import cvar_terms
from siting.model.features.mean_travel import travel_terms
from siting.model.features.vein_to_vein import vein_to_vein_terms
from siting.model.limits import linear

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyomo.environ as pyo


def total_cost(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the weighted cost of the plan; every term is a ledger column of a table."""
    network, rows = model.network, model.rows
    weight, years = network.slices["weight"].to_numpy(), network.periods["weight"].to_numpy()
    demands = network.demands.merge(
        network.unmet.assign(price=network.cost("unmet")), on=["area", "product"], how="left"
    )
    assign, cells, made = rows.assign, rows.cells, rows.made
    coefficients = [
        *(network.cost("trips")[assign["trip"]] * assign["patients"] * weight[assign["slice"]]),
        *(demands["price"] * demands["patients"] * weight[demands["slice"]]),
        *(network.cost("lanes")[cells["lane"]] * weight[cells["slice"]]),
        *(network.cost("makings")[made["making"]] * weight[made["slice"]]),
    ]
    variables = [*model.share.values(), *model.unserved.values(), *model.cells.values(), *model.made.values()]
    for table, component, often in (
        ("options", model.option, years),
        ("hospitals", model.treats, years),
        ("shared_costs", model.shared, years),
        ("milestones", model.reached, weight),
    ):
        cost = network.cost(table)
        coefficients += [cost[row] * often[when] for row, when in component]
        variables += list(component.values())
    return linear(coefficients, variables)


def mean_travel(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the mean one-way minutes of referred patients."""
    return travel_terms(model)


def patients_treated(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return minus the patients infused, weighted over slices (minus, as every objective is minimised)."""
    made = model.rows.made
    weight = model.network.slices["weight"].to_numpy()[made["slice"]] * made["infused"].to_numpy()
    return linear(-weight, list(model.made.values()))


OBJECTIVES: dict[str, Callable[[pyo.ConcreteModel], pyo.Expression]] = {
    "total_cost": total_cost,
    "mean_travel": mean_travel,
    "patients_treated": patients_treated,
    "vein_to_vein": vein_to_vein_terms,
    "cvar_travel": cvar_terms,
    "capex": capex_terms,
    "units": unit_terms,
}
"""Objectives that are one row; all are minimised."""
SEARCHED = ("worst_travel", "p90_travel")
"""Objectives that are found by a search over travel limits."""
SIGN = dict.fromkeys((*OBJECTIVES, *SEARCHED), 1.0) | {"patients_treated": -1.0}
"""What to multiply the minimised value with to get the figure that people read."""
