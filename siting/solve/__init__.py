"""Hop 4: how a network is solved, with a bound."""

from siting.solve.options import Progress, SolveOptions
from siting.solve.solve import solve

__all__ = ["Progress", "SolveOptions", "solve"]
