"""What a solve may be told, and what it says while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.model.tolerance import RELATIVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from siting.solve.start import Start


@dataclass(frozen=True)
class Progress:
    """How far a solve has come; figures are None until they are known.

    Attributes
    ----------
    seconds : float
        Time since the solve began.
    objective, bound : float or None
        Value of the best plan and the best value any plan can have.
    gap : float or None
        ``|objective - bound| / |objective|``.
    phase : str
        What is being done.
    sites_left : int or None
        Sites that may still run a unit in a better plan, where the strategy rules sites out.
    """

    seconds: float
    objective: float | None
    bound: float | None
    gap: float | None
    phase: str = ""
    sites_left: int | None = None


@dataclass(frozen=True)
class SolveOptions:
    """How long and how well to solve.

    Attributes
    ----------
    time_limit : float
        Seconds; checked coarsely by the solver.
    gap : float
        Relative gap at which the plan counts as optimal.
    work_limit : int, optional
        Most rounds of the decomposition. A run that ends by it or by the gap, not by the time limit, is the same every
        time, with any number of threads.
    threads, seed : int
        Passed to the solver.
    objective : str
        As ``objective.kind`` of study.toml.
    strategy : str
        auto, direct, decompose or location; the last two are for total_cost.
    merged_areas : int
        With at least twice as many areas, a decomposition looks for its first plan on so many merged ones. The bound
        and the plan are of all areas.
    progress : callable, optional
        Called with a `Progress` now and then.
    start : Start, optional
        What a neighbouring solve found, to begin with. A wrong or infeasible one is left aside; `Solution.start` says.
    """

    time_limit: float = 60.0
    gap: float = 0.01
    threads: int = 2
    seed: int = 0
    objective: str = "total_cost"
    strategy: str = "auto"
    merged_areas: int = 4000
    progress: Callable[[Progress], None] | None = None
    work_limit: int | None = None
    start: Start | None = None

    def record(self) -> dict[str, Any]:
        """Return the options as they are written into run.json."""
        kept = ("time_limit", "gap", "threads", "seed", "objective", "strategy", "work_limit", "merged_areas")
        return {name: getattr(self, name) for name in kept}


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return ``|objective - bound| / |objective|``; None where either is unknown, 0 where they agree to rounding."""
    if objective is None or bound is None:
        return None
    if abs(objective - bound) <= RELATIVE:
        return 0.0
    return abs(objective - bound) / abs(objective) if objective else float("inf")
