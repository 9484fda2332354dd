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
    least = assign.groupby("demand")["arriving"].min()
    rows, patients = network.demands.loc[least.index], least.to_numpy()
    slots = patients * network.makings.groupby("product")["slots"].min().reindex(rows["product"]).to_numpy()
    capacity = network.options["capacity"].to_numpy(float)
    limit = network.hospitals["treatment_capacity"].to_numpy(float)
    treating, slice_ = switches(model), rows["slice"].to_numpy()
    for s, t in enumerate(network.slices["period"]):
        needed = slots[slice_ == s].sum()
        if np.isfinite(capacity).all() and np.isfinite(needed):
            units = [model.option[o, t] for o in range(len(capacity))]
            model.c13_units.add((float(needed), linear(capacity, units), None))
        free = [h for h in range(len(limit)) if treating[h][t] is not None]
        if free and np.isfinite(limit).all():
            rest = patients[slice_ == s].sum() - np.delete(limit, free).sum()
            model.c13b_centres.add((float(rest), linear(limit[free], [treating[h][t] for h in free]), None))
