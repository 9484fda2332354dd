"""What a feature is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from siting.errors import Problem
    from siting.model.solution import Solution
    from siting.network.network import Network


class Feature(Protocol):
    """One rule beside the core model: when it applies, its rows, and its recount without Pyomo."""

    name: str

    def supports(self, network: Network) -> bool:
        """Say whether the network has the data that the rule needs."""
        ...

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add the rule's rows to the model."""
        ...

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Recount the rule from the rows of the network and the values of the solution."""
        ...
