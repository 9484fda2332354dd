"""Every dollar of a plan, from the ledger columns and the flows; no Pyomo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.model.goals import quantities
from siting.network.network import ledger

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.network.network import Network


def cost_table(network: Network, solution: Solution) -> pd.DataFrame:
    """Return ``component, payer, amount_per_year, weight, weighted`` for a mean year, largest component first."""
    years = float(network.periods["weight"].sum())
    totals: dict[tuple[str, str], float] = {}
    for table, amount in quantities(network, solution).items():
        rows = getattr(network, table)
        for column in ledger(rows):
            component, payer = column.split(":")
            totals[component, payer] = totals.get((component, payer), 0.0) + float(amount @ rows[column].to_numpy())
    costs = pd.DataFrame(
        [(component, payer, amount / years, network.weights[payer]) for (component, payer), amount in totals.items()],
        columns=["component", "payer", "amount_per_year", "weight"],
    )
    costs["weighted"] = costs["amount_per_year"] * costs["weight"]
    size = costs.groupby("component")["weighted"].transform("sum").abs()
    order = costs.assign(size=size).sort_values(["size", "component", "payer"], ascending=[False, True, True]).index
    return costs.loc[order].reset_index(drop=True)
