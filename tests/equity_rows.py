"""Rules of equity for the oracle, written from their definition over patients and not from the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from helpers import Flows, Oracle
from scipy.sparse import coo_matrix

if TYPE_CHECKING:
    from siting.network.network import Network


def best_with_equity(network: Network, kind: str = "total_cost") -> float:
    """Return the optimum over all designs with the network's rules of equity; infinite where none is possible."""
    usual = Flows._tying_rows
    with patch.object(Flows, "_tying_rows", lambda flows: usual(flows) + rule_rows(flows, network)):
        return Oracle(network, kind).best()


def rule_rows(flows: Flows, network: Network) -> list[Any]:
    """Return the rules of equity over patients, written from their definition and not from the model."""
    equity, trips, rows = network.limits.equity, network.trips, []
    demand, served = flows.demand, np.isin(network.unmet["area"], trips["area"])
    whole = demand[served].sum()
    for minutes, share in equity.within.values():
        rows.append((flows._row(trips=trips["minutes"] <= minutes), share * whole, np.inf))
    for rule in equity.groups:
        own, mine = trips["area"].isin(rule.areas), network.unmet["area"].isin(rule.areas)
        size = demand[mine].sum()
        inside = flows._row(trips=own * trips["minutes"], unmet=mine * network.limits.unserved_min).toarray()
        if rule.max_mean_travel_min is not None:
            rows.append((flows._row(trips=own * trips["minutes"], unmet=mine * network.limits.unserved_min),
                         -np.inf, rule.max_mean_travel_min * size))  # fmt: skip
        if rule.max_travel_ratio is not None:
            whole_row = flows._minutes() * size / demand.sum() * rule.max_travel_ratio
            rows.append((coo_matrix(inside - whole_row), -np.inf, 0.0))
        if rule.min_treated_share is not None:
            best = sum(d * trips.loc[trips["area"] == a, "uptake"].max()
                       for a, d in zip(network.unmet["area"], demand, strict=True)
                       if a in rule.areas and (trips["area"] == a).any())  # fmt: skip
            rows.append((flows._row(trips=own * trips["uptake"]), rule.min_treated_share * best, np.inf))
    if network.limits.vein_to_vein_d is not None:
        days, longest = network.makings["vein_to_vein_d"], network.limits.uninfused_d
        saved = (longest - days) * network.makings["infused"]
        rows.append((flows._row(makings=saved), (longest - network.limits.vein_to_vein_d) * demand.sum(), np.inf))
    return rows
