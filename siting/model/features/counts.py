"""Counts: least and most units in total, by mode and by region.

(11b)  least <= sum_{j} opens[j,t] <= most          the most in every period, the least in the last one
(11c)  the same over the options of a mode
(11d)  the same over the sites of a region

Central plants are no units and do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyomo.environ as pyo

    from siting.model.solution import Solution
    from siting.network.network import Network


def unit_terms(model: pyo.ConcreteModel) -> pyo.Expression:
    """Return the units of the last period as an expression of the model."""
    network, last = model.network, len(model.network.periods) - 1
    central = network.sites["is_central"].to_numpy()[network.options["site"]]
    rows = np.flatnonzero(~central).tolist()
    return linear([1.0] * len(rows), [model.option[o, last] for o in rows])


def units(network: Network, solution: Solution) -> float:
    """Return the units of the last period."""
    central = network.sites["is_central"].to_numpy(bool)
    return float(((solution.open_options[-1] >= 0) & ~central).sum())


@dataclass(frozen=True)
class Count:
    """One counted set of options with its range."""

    name: str
    options: np.ndarray
    least: int | None
    most: int | None


def counted(network: Network) -> Iterator[Count]:
    """Yield every set of options that a limit counts."""
    limits, options = network.limits, network.options
    central = network.sites["is_central"].to_numpy()[options["site"]]
    mode = network.configurations["mode"].to_numpy()[options["configuration"]]
    region = network.sites["region"].to_numpy()[options["site"]]
    if limits.sites != (None, None):
        yield Count("limits.sites", np.flatnonzero(~central), *limits.sites)
    for name, (least, most) in limits.modes.items():
        yield Count(f"limits.modes.{name}", np.flatnonzero(mode == name), least, most)
    for name, (least, most) in limits.regions.items():
        yield Count(f"limits.regions.{name}", np.flatnonzero((region == name) & ~central), least, most)


def numbers(solution: Solution, group: Count) -> list[int]:
    """Return how many of a counted set run in each period."""
    return [int(np.isin(chosen, group.options).sum()) for chosen in solution.open_options]


class Counts:
    """``limits.sites``, ``limits.modes`` and ``limits.regions``."""

    name = "counts"

    def supports(self, network: Network) -> bool:
        """Say whether the study limits any number of units."""
        return any(count.least is not None or count.most is not None for count in counted(network))

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (11b) to (11d)."""
        last = len(network.periods) - 1
        for count in counted(network):
            bodies = [
                linear([1.0] * len(count.options), [model.option[int(o), t] for o in count.options])
                for t in model.PERIODS
            ]
            if count.most is not None:
                for t, body in enumerate(bodies):
                    name = f"{count.name}.max" if t == last else f"{count.name}.max in {network.ids.periods[t]}"
                    add_limit(model, Limit(name, body, False, count.most, "units", is_whole=True))
            if count.least is not None:
                add_limit(model, Limit(f"{count.name}.min", bodies[last], True, count.least, "units", is_whole=True))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the units."""
        problems = []
        for count in counted(network):
            units = numbers(solution, count)
            if count.most is not None and max(units) > count.most:
                problems.append(Problem(f"{count.name}.max", f"{max(units)} units, at most {count.most} allowed"))
            if count.least is not None and units[-1] < count.least:
                problems.append(Problem(f"{count.name}.min", f"{units[-1]} units, at least {count.least} asked for"))
        return problems
