"""One unit as a discrete-event simulation: arrivals, batches, second starts, outages of platforms.

Patients come at random to one queue, first come first served. A batch keeps a slot of one platform for its cycle and
turnaround. Some patients need a second start and join the queue again. A platform that fails stops all its batches;
they go on where they stopped when it is repaired. Failures come whether or not the platform is in use. Availability is
then days between failures / (days between failures + repair days): outages leave the mean capacity of the queue formula
as it is, and make the time in a slot vary (Hopp and Spearman, Factory Physics, chapter 8).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from siting.network.capacity import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Unit:
    """What the simulation needs to know of a unit.

    Attributes
    ----------
    patients_per_year : float
        Patients whose cells arrive.
    slots_per_patient : float
        Mean number of batches of a patient; 1.02 means that 2 % need a second start.
    platforms, slots : int
        Machines, and batches that one machine works on at a time.
    slot_d : float
        Days that a batch keeps its slot when nothing fails.
    availability : float
        Share of days that a platform works, above 0.
    repair_d : float
        Mean days of an outage (exponential).
    arrival_cv2, slot_cv2 : float
        Squared coefficients of variation of the days between arrivals (1: Poisson) and of the days in a slot before
        outages (0: every batch takes the same time).
    """

    patients_per_year: float
    slots_per_patient: float
    platforms: int
    slots: int
    slot_d: float
    availability: float = 1.0
    repair_d: float = 3.0
    arrival_cv2: float = 1.0
    slot_cv2: float = 0.0


@dataclass(eq=False)
class _Platform:
    repaired: simpy.Event
    running: dict[simpy.Process, None] = field(default_factory=dict)


class _Floor:
    """The unit at work; `waits` collects the days from request to slot of all batches asked for after `warmup`."""

    def __init__(self, unit: Unit, warmup: float, rng: np.random.Generator) -> None:
        self.unit, self.warmup, self.rng = unit, warmup, rng
        self.env = simpy.Environment()
        self.free = simpy.Store(self.env)
        self.waits: list[float] = []
        self.waiting: dict[simpy.Event, float] = {}
        platforms = [_Platform(self.env.event()) for _ in range(unit.platforms)]
        self.free.items.extend(platform for _ in range(unit.slots) for platform in platforms)
        self.env.process(self._arrivals())
        if unit.availability < 1.0:
            for platform in platforms:
                self.env.process(self._outages(platform))

    def _draw(self, mean: float, cv2: float) -> float:
        return float(self.rng.gamma(1.0 / cv2, mean * cv2)) if cv2 > 0 else mean

    def _arrivals(self) -> Steps:
        whole, part = divmod(self.unit.slots_per_patient, 1.0)
        mean = DAYS_PER_YEAR / self.unit.patients_per_year
        while True:
            yield self.env.timeout(self._draw(mean, self.unit.arrival_cv2))
            self.env.process(self._patient(int(whole) + int(self.rng.random() < part)))

    def _patient(self, batches: int) -> Steps:
        for _ in range(batches):
            request, asked = self.free.get(), self.env.now
            self.waiting[request] = asked
            platform = yield request
            del self.waiting[request]
            if asked >= self.warmup:
                self.waits.append(self.env.now - asked)
            batch = self.env.process(self._batch(platform))
            platform.running[batch] = None
            yield batch
            del platform.running[batch]
            self.free.put(platform)

    def _batch(self, platform: _Platform) -> Steps:
        left = self._draw(self.unit.slot_d, self.unit.slot_cv2)
        while left > 0:
            began = self.env.now
            try:
                yield self.env.timeout(left)
                left = 0.0
            except simpy.Interrupt:
                left -= self.env.now - began
                yield platform.repaired

    def _outages(self, platform: _Platform) -> Steps:
        unit = self.unit
        between = unit.repair_d * unit.availability / (1.0 - unit.availability)
        while True:
            yield self.env.timeout(self.rng.exponential(between))
            platform.repaired = self.env.event()
            idle = self.free.items.count(platform)
            self.free.items[:] = [slot for slot in self.free.items if slot is not platform]
            for batch in platform.running:
                batch.interrupt()
            yield self.env.timeout(self.rng.exponential(unit.repair_d))
            platform.repaired.succeed()
            for _ in range(idle):
                self.free.put(platform)


def simulated_waits(unit: Unit, warmup_d: float, days: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the days that each batch waited for its slot in one run of a unit that starts empty.

    Parameters
    ----------
    unit : Unit
        The unit.
    warmup_d, days : float
        Days that are left out at the beginning, and days that are counted after them.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray, shape (batches,)
        In the order in which the batches began. A batch that is still waiting at the end counts with its wait so far.
    """
    floor = _Floor(unit, warmup_d, rng)
    floor.env.run(until=warmup_d + days)
    begun = [floor.env.now - asked for asked in floor.waiting.values() if asked >= warmup_d]
    return np.array(floor.waits + begun)
