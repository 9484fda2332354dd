"""Volume: shares of all batches by mode, and the least volume of the network.

With w_s the weight of slice s, made patients of mode m over all patients made, central plants included:

(21)  least_m sum w_s made <= sum_{c of mode m} w_s made <= most_m sum w_s made
(22)  sum_{s in last period} p_s sum starts made >= least          units only, central plants not counted
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.features.host_break_even import chances
from siting.model.limits import Limit, add_limit, linear
from siting.model.tolerance import exceeds

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network


def _of_mode(network: Network, name: str) -> NDArray[np.bool_]:
    """Return a mask over the rows of makings."""
    return (network.configurations["mode"] == name).to_numpy()[network.makings["configuration"]]


def volume_share(network: Network, solution: Solution, mode: str) -> float:
    """Return the share of all patients made that units of a mode make; 0 where nothing is made."""
    made = solution.made @ network.slices["weight"].to_numpy()
    whole = float(made.sum())
    return float(made[_of_mode(network, mode)].sum()) / whole if whole else 0.0


class VolumeShares:
    """``limits.modes.*.min_volume_share`` and ``max_volume_share``."""

    name = "volume shares"

    def supports(self, network: Network) -> bool:
        """Say whether the study limits the share of any mode."""
        return bool(network.limits.volume_shares)

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (21)."""
        made = model.rows.made
        weight = network.slices["weight"].to_numpy()[made["slice"]]
        batches = list(model.made.values())
        for name, limits in network.limits.volume_shares.items():
            inside = _of_mode(network, name)[made["making"]]
            for end, share, is_least in zip(("min", "max"), limits, (True, False), strict=True):
                if share is not None:
                    body = linear(weight * (inside - share), batches)
                    key = f"limits.modes.{name}.{end}_volume_share"
                    add_limit(model, Limit(key, body, is_least, 0.0, "of the volume", size=linear(weight, batches),
                                           setting=share))  # fmt: skip

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the patients made."""
        problems = []
        for name, (least, most) in network.limits.volume_shares.items():
            share = volume_share(network, solution, name)
            figure = f"{share:.4f} of the volume"
            if least is not None and solution.made.any() and exceeds(least, share):
                problems.append(Problem(f"limits.modes.{name}.min_volume_share", f"{figure}, {least:g} asked for"))
            if most is not None and exceeds(share, most):
                problems.append(Problem(f"limits.modes.{name}.max_volume_share", f"{figure}, {most:g} allowed"))
        return problems


def unit_starts(network: Network, solution: Solution) -> float:
    """Return the starts a year of all units in the last period, central plants not counted."""
    return float(_unit_starts(network) @ solution.made @ _last(network))


class NetworkVolume:
    """``limits.min_starts``."""

    name = "least volume of the network"

    def supports(self, network: Network) -> bool:
        """Say whether the study asks for a volume."""
        return network.limits.min_starts is not None

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (22)."""
        made, weight = model.rows.made, _last(network)
        starts = _unit_starts(network)[made["making"]] * weight[made["slice"]]
        counted = np.flatnonzero(starts).tolist()
        body = linear(starts[counted], [model.made[k] for k in counted])
        add_limit(model, Limit("limits.min_starts", body, True, float(network.limits.min_starts or 0.0), "starts"))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the starts."""
        starts, least = unit_starts(network, solution), network.limits.min_starts or 0.0
        if not exceeds(least, starts):
            return []
        return [Problem("limits.min_starts", f"{starts:,.2f} starts a year, {least:,.2f} asked for")]


def _last(network: Network) -> NDArray[np.float64]:
    """Return the probability of each slice of the last period, 0 for the others."""
    return np.where(network.slices["period"] == len(network.periods) - 1, chances(network), 0.0)


def _unit_starts(network: Network) -> NDArray[np.float64]:
    """Return the starts of one patient by row of makings, 0 at central plants."""
    central = network.configurations["is_central"].to_numpy(bool)[network.makings["configuration"]]
    return np.where(central, 0.0, network.makings["starts"].to_numpy(float))
