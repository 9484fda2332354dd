"""Single sourcing: all patients of an area to one hospital; all cells of a hospital to one unit.

(15)  share[a,h,i,s] binary
(16)  sum_j sends[h,j,i,s] <= 1,   cells[h,j,i,s] <= most[h,i,s] sends[h,j,i,s],   sends binary
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import linear
from siting.model.rows import members
from siting.model.tolerance import RELATIVE

if TYPE_CHECKING:
    import pandas as pd

    from siting.model.solution import Solution
    from siting.network.network import Network


def _split(rows: pd.DataFrame, key: list[str], values: np.ndarray, name: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of the keys that more than one row serves in some slice."""
    used = (values > RELATIVE * max(1.0, values.max(initial=0.0))).astype(int)
    served = rows[key].reset_index(drop=True)
    counts = np.column_stack([served.assign(n=column).groupby(key)["n"].transform("sum") for column in used.T])
    return tuple(sorted({name[k] for k in served.loc[(counts > 1).any(axis=1), key[0]]}))


class SingleSourceAreas:
    """``sourcing.areas = "single"``."""

    name = "single-sourced areas"

    def supports(self, network: Network) -> bool:
        """Say whether the study asks for it."""
        return network.limits.single_source_areas

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (15)."""
        for variable in model.share.values():
            variable.domain = pyo.Binary

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Look for areas with two hospitals."""
        split = _split(network.trips, ["area", "product"], solution.referred, network.ids.areas)
        return [Problem("sourcing.areas", "areas go to more than one hospital", rows=split)] if split else []


class SingleSourceHospitals:
    """``sourcing.hospitals = "single"``."""

    name = "single-sourced hospitals"

    def supports(self, network: Network) -> bool:
        """Say whether the study asks for it."""
        return network.limits.single_source_hospitals

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (16)."""
        cells = model.rows.cells
        most, ways = cells["most"].to_numpy(), list(members(cells[["hospital", "product", "slice"]]).values())
        model.sends = pyo.Var(range(len(cells)), within=pyo.Binary)
        model.c16_one = pyo.Constraint(
            range(len(ways)), rule=lambda m, k: (None, linear([1.0] * len(ways[k]), [m.sends[j] for j in ways[k]]), 1.0)
        )
        model.c16_sends = pyo.Constraint(
            range(len(cells)), rule=lambda m, k: (None, linear((1.0, -most[k]), (m.cells[k], m.sends[k])), 0.0)
        )

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Look for hospitals that send one product to two sites."""
        split = _split(network.lanes, ["hospital", "product"], solution.shipped, network.ids.hospitals)
        return (
            [Problem("sourcing.hospitals", "hospitals send cells to more than one unit", rows=split)] if split else []
        )
