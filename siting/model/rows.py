"""Rows of the network laid out by slice: one row here is one variable of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.network.network import Network


@dataclass(frozen=True)
class Rows:
    """Flow variables as tables; the index is the index of the variable.

    Attributes
    ----------
    assign : DataFrame
        ``trip, slice, demand`` (row of `network.demands`), ``area, hospital, product, patients, arriving`` (patients x
        uptake): share of a demand row that goes to a hospital.
    cells : DataFrame
        ``lane, slice, hospital, site, product, link, most`` (patients that the hospital could ever collect).
    made : DataFrame
        ``making, slice, site, configuration, link, product, slots, infused``.
    """

    assign: pd.DataFrame
    cells: pd.DataFrame
    made: pd.DataFrame


def flatten(network: Network) -> Rows:
    """Lay trips, lanes and makings out by slice, leaving out what no patient can use."""
    demands = network.demands.reset_index(names="demand")
    trips = network.trips[["area", "hospital", "product", "uptake"]].reset_index(names="trip")
    assign = trips.merge(demands, on=["area", "product"]).sort_values(["trip", "slice"], ignore_index=True)
    assign["arriving"] = assign["patients"] * assign["uptake"]
    most = assign.groupby(["hospital", "product", "slice"])["arriving"].sum().rename("most").reset_index()
    capacity = network.hospitals["treatment_capacity"].to_numpy()[most["hospital"]]
    most["most"] = np.fmin(most["most"], capacity)
    lanes = network.lanes[["hospital", "site", "product", "link"]].reset_index(names="lane")
    cells = lanes.merge(most, on=["hospital", "product"]).sort_values(["lane", "slice"], ignore_index=True)
    columns = ["site", "configuration", "link", "product", "slots", "infused"]
    used = cells[["site", "link", "product", "slice"]].drop_duplicates()
    made = network.makings[columns].reset_index(names="making").merge(used, on=["site", "link", "product"])
    return Rows(assign, cells, made.sort_values(["making", "slice"], ignore_index=True))


def members(keys: pd.DataFrame | pd.Series) -> dict[Any, NDArray[np.int64]]:
    """Return the positions of the rows of each key, keys in order of first appearance."""
    frame = keys.to_frame() if isinstance(keys, pd.Series) else keys
    names = list(frame.columns)
    grouped = frame.reset_index(drop=True).groupby(names if len(names) > 1 else names[0], sort=False)
    return dict(grouped.indices)
