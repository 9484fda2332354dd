"""How many patients anyone could collect or infuse: the best uptake and making for every demand row, capacity aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network


def attainable_shares(network: Network) -> NDArray[np.float64]:
    """Return, for every row of `network.demands`, the largest share of its patients that any plan can infuse.

    Returns
    -------
    ndarray, shape (demand rows,)
        Maximum over trips and lanes of uptake x infused share; 0 where no trip leaves.
    """
    best_making = network.makings.groupby(["site", "link", "product"])["infused"].max().rename("infused").reset_index()
    lanes = network.lanes[["hospital", "site", "link", "product"]].merge(best_making, on=["site", "link", "product"])
    best_lane = lanes.groupby(["hospital", "product"])["infused"].max().rename("infused").reset_index()
    trips = network.trips[["area", "hospital", "product", "uptake"]].merge(best_lane, on=["hospital", "product"])
    trips["share"] = trips["uptake"] * trips["infused"]
    best = trips.groupby(["area", "product"])["share"].max().rename("share").reset_index()
    return network.demands.merge(best, on=["area", "product"], how="left")["share"].fillna(0.0).to_numpy()


def weighted_patients(network: Network) -> NDArray[np.float64]:
    """Return patients of each demand row times the weight of its slice."""
    return (network.demands["patients"] * network.slices["weight"].to_numpy()[network.demands["slice"]]).to_numpy(float)


def best_uptake(network: Network) -> NDArray[np.float64]:
    """Return, for every row of `network.demands`, the largest uptake of its trips; NaN where no trip leaves."""
    key = ["area", "product"]
    best = network.trips.groupby(key)["uptake"].max().reset_index()
    return network.demands.merge(best, on=key, how="left")["uptake"].to_numpy(float)


def treatable_patients(network: Network) -> NDArray[np.float64]:
    """Return, for every row of `network.demands`, the patients who could be treated, times the weight of the slice.

    All of a row's patients on its trip with the best uptake; treated means collected. Floors by group and
    ``treated_share`` of the table of groups are shares of this.
    """
    return np.nan_to_num(best_uptake(network)) * weighted_patients(network)
