"""What becomes of the patients of a plan, worked out from its flows: by trip, by site, by hospital.

Every array here is laid out as (row of a network table, slice) and holds patients a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]

SHARES = ("infused", "infused_oos", "lost_quality", "lost_delay")
"""Shares of collected patients; infused holds infused_oos."""


@dataclass(frozen=True)
class Outcomes:
    """Patients by what became of them.

    The cells of one hospital mix on their way, so an area's patients fare like the average patient of their hospital
    and product.
    """

    network: Network
    solution: Solution

    @cached_property
    def probability(self) -> Floats:
        """Probability of each slice within its period, shape (slices,)."""
        slices = self.network.slices
        return (slices["weight"] / slices.groupby("period")["weight"].transform("sum")).to_numpy(float)

    @cached_property
    def mean_year(self) -> Floats:
        """Weight of each slice in a mean year, shape (slices,); they add up to 1."""
        weight = self.network.slices["weight"].to_numpy(float)
        return weight / weight.sum()

    @cached_property
    def collected(self) -> Floats:
        """Patients collected on each trip: referred x uptake, shape (trips, slices)."""
        return self.solution.referred * self.network.trips["uptake"].to_numpy()[:, None]

    def _lane_rates(self, column: str) -> Floats:
        """Return the mean of a making column over what is made on each lane's link, shape (lanes, slices)."""
        network, made = self.network, self.solution.made
        key = ["site", "link", "product"]
        groups = network.makings.groupby(key, sort=False).ngroup().to_numpy()
        size = int(groups.max(initial=-1)) + 1
        total, mass = np.zeros((size, made.shape[1])), np.zeros((size, made.shape[1]))
        np.add.at(total, groups, made * network.makings[column].to_numpy()[:, None])
        np.add.at(mass, groups, made)
        rates = np.divide(total, mass, out=np.zeros_like(total), where=mass > 0)
        names = network.makings[key].assign(group=groups).drop_duplicates()
        group = network.lanes[key].merge(names, on=key, how="left")["group"]
        return np.where(group.notna().to_numpy()[:, None], rates[group.fillna(0).astype(int)], 0.0)

    def hospital_rates(self, column: str) -> Floats:
        """Return the mean of a making column over the cells of each (hospital, product), shape (pairs, slices).

        Pairs are numbered ``hospital x number of products + product``.
        """
        lanes, shipped, products = self.network.lanes, self.solution.shipped, len(self.network.ids.products)
        pair = lanes["hospital"].to_numpy().astype(np.int64) * products + lanes["product"].to_numpy()
        size = len(self.network.ids.hospitals) * products
        total, mass = np.zeros((size, shipped.shape[1])), np.zeros((size, shipped.shape[1]))
        np.add.at(total, pair, shipped * self._lane_rates(column))
        np.add.at(mass, pair, shipped)
        return np.divide(total, mass, out=np.zeros_like(total), where=mass > 0)

    def by_trip(self, column: str) -> Floats:
        """Return a making column for one patient collected on each trip, shape (trips, slices)."""
        trips = self.network.trips
        pair = (
            trips["hospital"].to_numpy().astype(np.int64) * len(self.network.ids.products) + trips["product"].to_numpy()
        )
        return self.hospital_rates(column)[pair]

    @cached_property
    def patients(self) -> dict[str, float]:
        """Patients of a mean year by what became of them; the parts add up to ``demand``."""
        network, solution, weight = self.network, self.solution, self.mean_year
        demands = network.demands
        parts = {
            "demand": float((demands["patients"] * weight[demands["slice"]]).sum()),
            "unmet": float(solution.unmet.sum(axis=0) @ weight),
            "lost_distance": float((solution.referred - self.collected).sum(axis=0) @ weight),
            "collected": float(self.collected.sum(axis=0) @ weight),
        }
        made = solution.made @ weight
        parts |= {name: float(network.makings[name].to_numpy() @ made) for name in SHARES}
        return parts


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """Return the smallest value that at least `share` of the weight does not exceed; NaN without weight."""
    kept = weights > 0
    if not kept.any():
        return float("nan")
    order = np.argsort(values[kept], kind="stable")
    reached = np.cumsum(weights[kept][order])
    place = np.searchsorted(reached, share * reached[-1] * (1 - 1e-12))
    return float(values[kept][order][min(place, len(order) - 1)])


def frame_mean(values: Floats, weights: Floats) -> float:
    """Return a weighted mean; NaN without weight."""
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else float("nan")


def grouped_sum(frame: pd.DataFrame, key: str, size: int, column: str) -> Floats:
    """Return sums of a column by position, shape (size,)."""
    sums = np.bincount(frame[key].to_numpy(), weights=frame[column].to_numpy(float), minlength=size)
    return sums.astype(float)
