"""Rows that follow from the core where everybody must be served: what is open suffices for all.

They change no plan and no relaxation; a solver finds cover cuts in them, since they speak of units and centres only.
They are no rules, so models that look for rules in conflict go without them.

    (13)   sum_o K_o option[o,t] >= sum_{a,i} least E pi D
    (13b)  sum_h T[h] active[h,t] >= sum_{a,i} least pi D       where every hospital has a treatment capacity
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from siting.model.core import switches
from siting.model.limits import linear


def add_covers(model: pyo.ConcreteModel) -> None:
    """Add (13) and (13b), where nobody may stay and capacities are finite.

    Parameters
    ----------
    model : ConcreteModel
        As `siting.model.core.build_model` returns it.
    """
    network, assign = model.network, model.rows.assign
    if network.unmet["can_stay"].any() or not len(assign):
        return
    model.c13_units, model.c13b_centres = pyo.ConstraintList(), pyo.ConstraintList()
    slots = network.makings.groupby("product")["slots"].min()
    patients = assign.groupby("demand")["arriving"].min()
    first = network.demands.loc[patients.index]
    each = patients.to_numpy() * slots.reindex(first["product"]).to_numpy()
    treating = switches(model)
    capacity, limit = (network.options["capacity"].to_numpy(float),
                       network.hospitals["treatment_capacity"].to_numpy(float))  # fmt: skip
    for s, t in enumerate(network.slices["period"]):
        inside = first["slice"].to_numpy() == s
        if np.isfinite(capacity).all() and np.isfinite(each[inside]).all():
            units = [model.option[o, t] for o in range(len(capacity))]
            model.c13_units.add((float(each[inside].sum()), linear(capacity, units), None))
        if np.isfinite(limit).all():
            free = [h for h in range(len(limit)) if treating[h][t] is not None]
            rest = patients.to_numpy()[inside].sum() - np.delete(limit, free).sum()
            if free:
                model.c13b_centres.add((float(rest), linear(limit[free], [treating[h][t] for h in free]), None))
