"""What a solve hands back: values by row, why it stopped, and what is proven."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal["optimal", "feasible", "infeasible", "no_plan"]


@dataclass(frozen=True)
class Solution:
    """Values of the decisions, row by row of the network's tables.

    Attributes
    ----------
    status : {"optimal", "feasible"}
        "optimal" means proven within the gap asked for.
    objective, bound : float
        Value of the plan and the best value any plan can have; bound is None where nothing is known yet.
    gap : float or None
        ``(objective - bound) / |objective|`` (sign turned for maximisation); None where the bound is.
    open_options : ndarray of int, shape (n_periods, n_sites)
        Row of `network.options` that each site runs in each period; -1 for no unit.
    treating : ndarray of bool, shape (n_periods, n_hospitals)
        Whether each hospital treats patients in each period.
    referred : ndarray, shape (n_trips, n_slices)
        Patients referred on each trip (u).
    shipped : ndarray, shape (n_lanes, n_slices)
        Patients whose cells go on each lane (v).
    made : ndarray, shape (n_makings, n_slices)
        Patients made at each making row (q).
    unmet : ndarray, shape (n_unmet, n_slices)
        Patients referred nowhere, by row of `network.unmet` (m).
    strategy : {"direct", "decompose", "location"}
        How it was solved.
    compile_s : float
        Seconds of `runtime_s` for which numba compiled; what it compiles is kept for later runs.
    merged_areas : int
        Groups of areas on which the first plan was found; 0 where areas were not merged.
    features, left_out : tuple of str
        Rules beside the core, and those of them that the bound does not count on (the plan keeps all).
    start : {"", "taken", "left aside"}
        What became of the start that the solve was given; empty where there was none.
    multipliers : tuple of ndarray, optional
        Prices of a decomposition: of each row of `network.demands` (money for all its patients), and of each hospital,
        product and slice, the slice fastest, by band of areas (money a patient).
    """

    status: Status
    objective: float
    bound: float | None
    gap: float | None
    open_options: NDArray[np.int64]
    treating: NDArray[np.bool_]
    referred: NDArray[np.float64]
    shipped: NDArray[np.float64]
    made: NDArray[np.float64]
    unmet: NDArray[np.float64]
    objective_kind: str = "total_cost"
    strategy: str = "direct"
    runtime_s: float = 0.0
    compile_s: float = 0.0
    stopped_by: str = ""
    merged_areas: int = 0
    features: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    start: str = ""
    multipliers: tuple[NDArray[np.float64], NDArray[np.float64]] | None = field(default=None, repr=False)
    log: str = field(default="", repr=False)
