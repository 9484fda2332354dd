"""Decisions taken by hand, laid on a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.network.network import Network


def with_decisions(network: Network, decisions: Mapping[tuple[str, str], tuple[str, int] | None]) -> Network:
    """Return the network with the options of the decisions only, and the decisions among its limits.

    Parameters
    ----------
    network : Network
        With all options, dominated ones included.
    decisions : mapping
        (site id, period id) -> (configuration id, platforms) or None for no unit. Sites that are not named stay free.

    Raises
    ------
    StudyError
        A unit that the site cannot have (no such option, or no room for it), or none at a site that must have one.
    """
    named = [(site, *choice) for (site, _), choice in decisions.items() if choice is not None]
    wanted = pd.MultiIndex.from_tuples(named, names=["site", "configuration", "platforms"]) if named else None
    options = network.options
    have = pd.MultiIndex.from_arrays(
        [
            [network.ids.sites[j] for j in options["site"]],
            network.configurations["id"].to_numpy()[options["configuration"]],
            options["platforms"],
        ]
    )
    impossible = [] if wanted is None else [row for row in dict.fromkeys(named) if row not in have]
    if impossible:
        raise StudyError(
            [
                Problem("--fix", f"{site} cannot run {count} x {configuration}",
                        "the hospital may not host or has no room for it, the platform's max_count is smaller, or a "
                        f"rule forbids it{_barring(network, site)}", (site,))
                for site, configuration, count in impossible
            ]
        )  # fmt: skip
    emptied = {site for (site, _), choice in decisions.items() if choice is None}
    kept_open = tuple(network.ids.sites[j] for j in network.must_open() if network.ids.sites[j] in emptied)
    if kept_open:
        raise StudyError([Problem("--fix", "these sites are required or may not close, and are given no unit",
                                  "add them, or let the study close them", kept_open)])  # fmt: skip
    decided = {site for site, _ in decisions}
    free = ~pd.Series(have.get_level_values(0)).isin(decided).to_numpy()
    kept = free if wanted is None else free | have.isin(wanted)
    early = _too_early(network, decisions)
    if early:
        what = "these units run before the approval of their regime (regimes.activation_months)"
        raise StudyError([Problem("--fix", what, "let them run from a later period", early)])
    limits = replace(network.limits, fixed=dict(decisions))
    return network.with_options(kept).replace(limits=limits)


def _barring(network: Network, site: str) -> str:
    barred = network.law.options
    rules = network.law.names(barred.loc[barred["site"] == network.ids.sites.index(site), "rule"].to_numpy())
    return f" ({', '.join(rules)})" if rules else ""


def _too_early(network: Network, decisions: Mapping[tuple[str, str], tuple[str, int] | None]) -> tuple[str, ...]:
    """Return the sites that are given a unit in a period before its approval."""
    approvals, names = network.law.approvals, network.configurations["id"].to_numpy()
    first = {
        (network.ids.sites[site], names[configuration]): period
        for site, configuration, period in approvals[["site", "configuration", "first_period"]].to_numpy()
    }
    return tuple(
        site
        for (site, period), choice in decisions.items()
        if choice is not None and network.ids.periods.index(period) < first.get((site, choice[0]), 0)
    )
