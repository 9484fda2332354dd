"""What one infused dose costs, in steps that add up, and how two plans differ step by step.

Steps are the plan's cost components, gathered under the words of the business case, with two taken out of them:
*remake* is the share of making and vector spent on starts beyond a patient's first, *idle* the share of a unit's yearly
cost that its unused capacity stands for. The price of lost patients is in no step; losses are told in patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.goals import quantities
from siting.network.network import VALUES, ledger
from siting.plan.check import starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.plan.plan import Plan

STEP_OF = {
    "courier": "transport",
    "capex": "capex",
    "fixed_opex": "fixed", "oversight": "fixed", "rent": "fixed", "headquarters": "fixed",
    "fit_out": "capex", "purchase": "capex", "staff": "labour",
    "making": "making",
    "vector": "vector",
    "travel": "travel",
    "activation": "new centres",
    "entry_fee": "fees", "fee_per_start": "fees", "fee_per_dose": "fees", "royalty": "fees", "milestone": "fees",
}  # fmt: skip
"""Step of a component; any other component is a step of its own name."""
ORDER = (
    "transport", "cryo", "capex", "fixed", "labour", "making", "vector", "remake", "idle", "travel", "new centres",
    "fees",
)  # fmt: skip
_MADE_AGAIN = ("making", "vector")
_CAN_IDLE = ("capex", "fit_out", "purchase", "fixed_opex", "staff", "rent")


def cost_steps(plan: Plan) -> pd.Series:
    """Return the cost of a mean year by step, weighted by perspective, without the price of lost patients.

    Returns
    -------
    Series
        Money a year by step, `ORDER` first; its sum is the plan's cost without lost patients.
    """
    network, years = plan.network, float(plan.network.periods["weight"].sum())
    totals: dict[str, float] = {}
    for table, amount in quantities(network, plan.solution).items():
        rows = getattr(network, table)
        taken, step = _taken_out(plan, table)
        for column in ledger(rows):
            component, payer = column.split(":")
            if payer in VALUES:
                continue
            money = network.weights[payer] * amount * rows[column].to_numpy()
            aside = float(money @ taken) if component in (*_MADE_AGAIN, *_CAN_IDLE) else 0.0
            name = STEP_OF.get(component, component.replace("_", " "))
            totals[name] = totals.get(name, 0.0) + float(money.sum()) - aside
            if aside:
                totals[step] = totals.get(step, 0.0) + aside
    order = [*ORDER, *(name for name in totals if name not in ORDER)]
    return pd.Series({name: totals[name] / years for name in order if name in totals})


def _taken_out(plan: Plan, table: str) -> tuple[NDArray[np.float64], str]:
    """Return by row of a table the share of its cost that goes to a step of its own, and the name of that step."""
    network = plan.network
    rows: pd.DataFrame = getattr(network, table)
    if table == "makings":
        begun = rows["starts"].to_numpy(float)
        return (begun - 1.0) / begun, "remake"
    if table == "options":
        return _idle_share(network, plan), "idle"
    return np.zeros(len(rows)), ""


def _idle_share(network: Network, plan: Plan) -> NDArray[np.float64]:
    """Return by option the unused share of its capacity, a mean over the periods in which it runs; 0 without limit.

    Central plants count together, against the batches that their cost was quoted at.
    """
    used, chance = starts(network, plan.solution), plan.outcomes.probability
    idle, weight = np.zeros(len(network.options)), np.zeros(len(network.options))
    central = network.sites["is_central"].to_numpy(bool)
    for period, chosen in enumerate(plan.solution.open_options):
        slices = np.flatnonzero(network.slices["period"] == period)
        sites = np.flatnonzero(chosen >= 0)
        made, limit = (used[:, slices] @ chance[slices])[sites], _full_use(network, chosen[sites])
        for column in (made, limit):
            column[central[sites]] = column[central[sites]].sum()
        busy = np.divide(made, limit, out=np.ones(len(sites)), where=limit > 0)
        years = float(network.periods["weight"].iloc[period])
        idle[chosen[sites]] += years * np.clip(1.0 - busy, 0.0, 1.0) * np.isfinite(limit)
        weight[chosen[sites]] += years
    return np.divide(idle, weight, out=np.zeros_like(idle), where=weight > 0)


def _full_use(network: Network, options: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the starts a year at which an option counts as fully used."""
    rows = network.options.iloc[options]
    capacity = rows["capacity"].astype(float)
    return (rows["reference_starts"].fillna(capacity) if "reference_starts" in rows else capacity).to_numpy(copy=True)


def steps_per_dose(plan: Plan) -> pd.Series:
    """Return `cost_steps` for one infused dose, in money; empty where nobody is infused."""
    infused = plan.kpis["patients_infused"]
    return cost_steps(plan) / infused if plan.kpis["cost_per_infused"] is not None else pd.Series(dtype=float)


def bridge(start: pd.Series, end: pd.Series) -> pd.DataFrame:
    """Return ``step, start, end, change`` between two plans' steps; the changes add up to the difference in cost."""
    order = [*start.index, *(name for name in end.index if name not in start.index)]
    order.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    rows = pd.DataFrame({"start": start.reindex(order, fill_value=0.0), "end": end.reindex(order, fill_value=0.0)})
    return rows.assign(change=rows["end"] - rows["start"]).rename_axis("step").reset_index()
