"""Where a solve stands: the best plan and the best bound so far, the clock, and what ends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from siting.errors import NoPlanError
from siting.solve.options import Progress, SolveOptions, relative_gap
from siting.solve.start import TAKEN

if TYPE_CHECKING:
    from typing import Any


class Priced(Protocol):
    """A plan in whatever form the solve keeps it."""

    @property
    def objective(self) -> float:
        """What it costs."""


Kept = TypeVar("Kept", bound=Priced)
Given = TypeVar("Given")
BUILD_SECONDS = 5e-5
"""Time that a row takes to be built and compiled, roughly, on a slow machine."""


class Standing(Generic[Kept]):
    """The best plan and bound of one solve.

    Attributes
    ----------
    plan : object or None
        Cheapest plan so far.
    bound : float or None
        No plan of the whole network costs less.
    stopped_by : str
        gap, time limit, work limit or interrupt.
    round : int
        Rounds of ascent and search that are done.
    start : str
        Whether anything of a neighbouring solve was taken, as `siting.model.solution.Solution.start`.
    """

    def __init__(self, options: SolveOptions) -> None:
        self.began = time.perf_counter()
        self.until = self.began + options.time_limit
        self.options = options
        self.plan: Kept | None = None
        self.bound: float | None = None
        self.stopped_by = "work limit"
        self.round = 0
        self.start = ""

    def note_start(self, given: Given) -> Given:
        """Note whether a neighbouring solve has given anything to begin with, and pass it on."""
        self.start = self.start if given is None else TAKEN
        return given

    def left(self) -> float:
        """Return the seconds left."""
        return self.until - time.perf_counter()

    def gap(self) -> float | None:
        """Return the gap as it stands."""
        return None if self.plan is None else relative_gap(self.plan.objective, self.bound)

    def is_enough(self, objective: float) -> bool:
        """Say whether a plan of this cost has the gap asked for."""
        gap = relative_gap(objective, self.bound)
        return gap is not None and gap <= self.options.gap

    def is_over(self) -> bool:
        """Say whether gap, interrupt, time or work end the solve."""
        if self.plan is not None and self.is_enough(self.plan.objective):
            self.stopped_by = "gap"
        elif self.stopped_by == "interrupt":
            return True
        elif self.left() <= 0.0:
            self.stopped_by = "time limit"
        elif self.options.work_limit is not None and self.round >= self.options.work_limit:
            self.stopped_by = "work limit"
        else:
            return False
        return True

    def too_late(self, rows: int) -> bool:
        """Say whether the time left is too short to build a model of so many rows; never where there is no plan."""
        return self.plan is not None and self.left() < BUILD_SECONDS * rows

    def raise_bound(self, bound: float | None, phase: str = "bounding", objective: float | None = None) -> None:
        """Take a better bound, and report it."""
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound = bound
        self.tell(phase, objective)

    def take(self, plan: Kept) -> None:
        """Keep a plan if it is the best so far, and report it."""
        if self.plan is None or plan.objective < self.plan.objective:
            self.plan = plan
        self.tell("searching")

    def tell(self, phase: str, objective: float | None = None) -> None:
        """Report how far the solve has come; `objective` is that of a plan not yet taken."""
        if self.options.progress is None:
            return
        known = None if self.plan is None else self.plan.objective
        best = min((cost for cost in (known, objective) if cost is not None), default=None)
        seconds = time.perf_counter() - self.began
        gap = relative_gap(best, self.bound)
        self.options.progress(Progress(seconds, best, self.bound, gap, phase, self.sites_left()))

    def sites_left(self) -> int | None:
        """Return how many sites may still run a unit in a better plan; None where nobody looked."""
        return None

    def proven(self) -> tuple[Kept, dict[str, Any]]:
        """Return the best plan and what is known about it: status, bound, gap, seconds, and what ended the solve.

        Raises
        ------
        NoPlanError
            There is none.
        """
        if self.plan is None:
            message = f"stopped by the {self.stopped_by} before any plan was found; give more time"
            raise NoPlanError(message)
        bound = None if self.bound is None else float(min(self.bound, self.plan.objective))
        gap = relative_gap(self.plan.objective, bound)
        is_proven = gap is not None and gap <= self.options.gap + 1e-9
        return self.plan, {
            "status": "optimal" if is_proven else "feasible",
            "bound": bound,
            "gap": gap,
            "runtime_s": time.perf_counter() - self.began,
            "stopped_by": "gap" if is_proven else self.stopped_by,
        }
