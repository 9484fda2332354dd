"""What a road engine answers, whatever it is: where a place meets the road, and a table of times and distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from siting.roads.client import BadAnswerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Engine(Protocol):
    """A source of travel times on roads.

    Attributes
    ----------
    name : str
        Source that goes into the tables.
    is_for_cars : bool
        Whether speeds below those of a car are a sign of a wrong profile.
    table_size : int
        Most places (origins and targets together) in one question.
    """

    name: str
    is_for_cars: bool
    table_size: int

    def snap(self, points: Floats) -> Floats:
        """Return lon and lat of the nearest road for each point, NaN where there is none; shape (n, 2)."""

    def table(self, origins: Floats, targets: Floats) -> tuple[Floats, Floats]:
        """Return minutes and km from each origin to each target, NaN where no way leads."""

    def facts(self) -> dict[str, Any]:
        """Return what the record says of the source: address, profile, file, counts of requests."""


def matrix_of(rows: Any, shape: tuple[int, int], what: str) -> Floats:
    """Return a matrix of an answer as numbers, null as NaN.

    Raises
    ------
    BadAnswerError
        If it is missing, of another shape, or holds something else than null and numbers that are not negative.
    """
    widths = [len(row) if isinstance(row, list) else -1 for row in rows] if isinstance(rows, list) else []
    if widths != [shape[1]] * shape[0]:
        message = f"{what} is not a table of {shape[0]} x {shape[1]} ({len(widths)} rows found)"
        raise BadAnswerError(message)
    cells = [cell for row in rows for cell in row]
    if any(not (cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))) for cell in cells):
        message = f"{what} holds something that is no number"
        raise BadAnswerError(message)
    values = np.array([np.nan if cell is None else cell for cell in cells], dtype=float).reshape(shape)
    if (values < 0).any() or np.isinf(values).any():
        message = f"{what} holds negative or infinite values"
        raise BadAnswerError(message)
    return values
