"""The hosts' books: what the hospitals that run units are paid and what they pay, from the ledger columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.network import ledger

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from siting.network.network import Network

    Floats = NDArray[np.float64]

NOT_THE_UNIT = ("activation:host",)
"""Ledger columns of the host that no unit has to earn: treating patients is a programme with an income of its own."""


def host_books(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return what the host earns and what it pays by one of each row, both as positive amounts."""
    earned, paid = np.zeros(len(rows)), np.zeros(len(rows))
    for column in ledger(rows):
        if column.endswith(":host") and column not in NOT_THE_UNIT:
            amount = rows[column].to_numpy(float)
            earned -= np.minimum(amount, 0.0)
            paid += np.maximum(amount, 0.0)
    return earned, paid


def asks(network: Network, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows belong to a configuration whose host must break even."""
    return network.configurations["mode"].isin(network.limits.host_margins).to_numpy()[rows["configuration"]]


def host_surplus(network: Network, rows: pd.DataFrame) -> Floats:
    """Return what the host earns less (1 + margin) times what it pays; 0 for modes that ask for nothing.

    Parameters
    ----------
    network : Network
        Its configurations and the margins of its limits.
    rows : DataFrame
        ``configuration`` and ledger columns.
    """
    margin = network.configurations["mode"].map(network.limits.host_margins).to_numpy(float)[rows["configuration"]]
    earned, paid = host_books(rows)
    return np.where(np.isnan(margin), 0.0, earned - (1.0 + np.nan_to_num(margin)) * paid)
