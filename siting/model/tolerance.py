"""How far a recount may differ from a rule before it counts as broken."""

from __future__ import annotations

RELATIVE = 1e-6
"""HiGHS keeps rows and integers to 1e-6; sums of many rows stay within the same share of their size."""


def exceeds(value: float, limit: float, scale: float = 1.0) -> bool:
    """Say whether a value is above a limit by more than rounding, or no number; `scale` is the size of the terms."""
    return not value <= limit + RELATIVE * max(1.0, abs(limit), abs(scale))


def differs(value: float, other: float, scale: float = 1.0) -> bool:
    """Say whether two sums differ by more than rounding, or are no numbers."""
    return not abs(value - other) <= RELATIVE * max(1.0, abs(value), abs(other), abs(scale))
