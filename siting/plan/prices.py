"""What a dose must cost and what it leaves: reported, never optimised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.plan.tables import LEAST_FLOW

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.outcomes import Outcomes


def price_figures(outcomes: Outcomes, costs: pd.DataFrame) -> dict[str, float | None]:
    """Return the manufacturer's cost of an infused dose, the price it implies and the margin at the list price.

    Implied price = cost / (1 - margin): the margin of ``costs.margin_share`` is a share of the price. 12 % on 250 k$ is
    a price of 284 k$, 30 % on 380 k$ one of 543 k$ (ranges of the ZS white paper).

    Returns
    -------
    dict
        ``manufacturer_cost_per_infused, implied_price`` (money/dose), ``margin_at_list_price`` (share); None where
        nothing is infused or a list price is unknown.
    """
    network = outcomes.network
    cost = float(costs.loc[costs["payer"] == "manufacturer", "amount_per_year"].sum())
    doses = outcomes.patients["infused"]
    each = cost / doses if doses > LEAST_FLOW else None
    prices = [np.nan if price is None else price for price in network.list_prices] or [np.nan]
    by_product = np.bincount(
        network.makings["product"].to_numpy(),
        weights=network.makings["infused"].to_numpy() * (outcomes.solution.made @ outcomes.mean_year),
        minlength=len(prices),
    )
    sold = by_product > LEAST_FLOW
    revenue = float(by_product[sold] @ np.resize(np.array(prices), len(by_product))[sold])
    return {
        "manufacturer_cost_per_infused": each,
        "implied_price": None if each is None else each / (1.0 - network.margin_share),
        "margin_at_list_price": 1.0 - cost / revenue if revenue > 0 else None,
    }
