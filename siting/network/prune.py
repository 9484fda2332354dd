"""Options that no optimal plan needs, by proof.

An option is dropped where another option of the same site is at least as good in everything a plan can notice: cost,
the manufacturer's share of capex, capacity, least volume, the mode's limits (same mode, unless no limit, shared cost
or hub names a mode), what is left to a host that must break even, and, for every link and product that it can make,
cost, slots, infused share, time and what is left to the host. As better making means fewer starts, an option with
other making stands in only where the least volume is still reached, and never where a milestone is paid. Any plan that
uses the dropped option stays feasible and gets no dearer with the other one, so the optimum and every bound stay valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.network.hosts import asks, host_surplus

if TYPE_CHECKING:
    import pandas as pd

    from siting.network.network import Network

TOLERANCE = 1e-9


def dominated_options(network: Network, profile: pd.DataFrame) -> np.ndarray:
    """Return a mask over `network.options`: True where the option is dominated.

    Parameters
    ----------
    network : Network
        Before pruning; its limits decide whether a mode may stand in for another.
    profile : DataFrame
        Making rows by configuration, link and product, before they were laid on sites.
    """
    better, kept = _better_making(network, profile), _starts_kept(network, profile)
    rows = network.options
    worse = np.zeros(len(rows), dtype=bool)
    values = np.column_stack(
        (network.cost("options"), rows["capex_manufacturer"], -rows["capacity"], _asked_of_host(network, rows))
    )
    least = rows["min_starts"].to_numpy(float)
    site, configuration = rows["site"].to_numpy(), rows["configuration"].to_numpy()
    order = np.argsort(site, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(site[order]) != 0])
    for members in np.split(order, starts[1:]):
        pairs = np.ix_(configuration[members], configuration[members])
        reached = least[members][:, None] <= kept[pairs] * least[members][None, :] + TOLERANCE
        worse[members] = _dominated(values[members], better[pairs] & reached)
    return worse


def _dominated(values: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return which rows some other row beats or equals in every column; of equals the first stays."""
    slack = TOLERANCE * np.maximum(1.0, np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=0, initial=0.0))
    with np.errstate(invalid="ignore"):
        no_worse = ((values[:, None, :] <= values[None, :, :]) | (values[:, None] - values[None] <= slack)).all(axis=2)
    no_worse &= allowed
    mutual = no_worse & no_worse.T
    earlier = np.arange(len(values))[:, None] < np.arange(len(values))[None, :]
    return (no_worse & (~mutual | earlier)).any(axis=0)


def _modes_matter(network: Network) -> bool:
    """Say whether a limit, a shared cost or a hub tells modes apart."""
    hubs = network.law.rules["mode"].iloc[network.law.hubs["rule"].unique()]
    return bool(network.limits.modes) or (network.shared_members["mode"] != "").any() or (hubs != "").any()


def _better_making(network: Network, profile: pd.DataFrame) -> np.ndarray:
    """Return a matrix that says whether configuration c may stand in for configuration d in every making."""
    count = len(network.configurations)
    cost = sum(network.weights[name.split(":")[1]] * profile[name] for name in profile.columns if ":" in name)
    measures = np.column_stack(
        (cost, profile["slots"], -profile["infused"], profile["vein_to_vein_d"], _asked_of_host(network, profile))
    )
    key = profile["link"].to_numpy().astype(np.int64) * len(network.ids.products) + profile["product"].to_numpy()
    table = np.full((count, key.max() + 1 if len(key) else 0, measures.shape[1]), np.inf)
    table[profile["configuration"].to_numpy(), key] = measures
    slack = TOLERANCE * np.maximum(1.0, np.abs(measures).max(axis=0, initial=0.0))
    good = np.array([[bool((table[c] <= table[d] + slack).all()) for d in range(count)] for c in range(count)])
    if _modes_matter(network):
        mode = network.configurations["mode"].to_numpy()
        good &= mode[:, None] == mode[None, :]
    paid = np.isin(np.arange(count), network.milestones["configuration"])
    good &= np.eye(count, dtype=bool) | ~(paid[:, None] | paid[None, :])
    if network.limits.min_starts is not None:
        good &= _starts_kept(network, profile) >= 1.0 - TOLERANCE
    return good


def _asked_of_host(network: Network, rows: pd.DataFrame) -> np.ndarray:
    """Return what a row takes from its host, below all others for modes that ask for nothing: less is better."""
    asked = -host_surplus(network, rows)
    return np.where(asks(network, rows), asked, asked.min(initial=0.0) - 1.0)


def _starts_kept(network: Network, profile: pd.DataFrame) -> np.ndarray:
    """Return the least share of configuration d's starts that c makes of the same patients, by (c, d)."""
    count = len(network.configurations)
    key = profile["link"].to_numpy().astype(np.int64) * len(network.ids.products) + profile["product"].to_numpy()
    table = np.full((count, key.max() + 1 if len(key) else 0, 2), np.nan)
    table[profile["configuration"].to_numpy(), key] = profile[["slots", "starts"]].to_numpy(float)
    ratio = np.nan_to_num(table[:, None] / table[None, :], nan=1.0)
    return ratio.min(axis=(2, 3), initial=1.0)
