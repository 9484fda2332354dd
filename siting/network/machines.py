"""The machines of a unit as a queue sees them: how many slots, how long a batch keeps one, how often they fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.network.capacity import DAYS_PER_YEAR, Queue
from siting.network.configurations import use_table

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.study import Study


@dataclass(frozen=True)
class Machines:
    """The machines of a unit.

    Attributes
    ----------
    platforms, slots : int
        Machines, and batches that one of them works on at a time.
    slot_d : float
        Days that a batch keeps its slot: process and turnaround, longer in proportion where a unit does not work every
        day of the year.
    availability : float
        Share of days that a platform works.
    repair_d : float
        Mean days of an outage.
    queue : Queue
        Wait promised and variability.
    capacity_share : float
        Share of the machines' time that is the study's; other users have the rest.
    """

    platforms: int
    slots: int
    slot_d: float
    availability: float
    repair_d: float
    queue: Queue
    capacity_share: float = 1.0

    @property
    def servers(self) -> int:
        """Batches that the unit works on at a time."""
        return self.platforms * self.slots


def unit_machines(study: Study, configuration: pd.Series, platforms: int) -> Machines:
    """Return the machines of a unit.

    Parameters
    ----------
    study : Study
        Platforms and settings.
    configuration : Series
        Row of `Network.configurations`, not of a central plant.
    platforms : int
        Number of platforms.
    """
    row = study.tables["platforms"].set_index("id").loc[configuration["platform"]]
    use, section = use_table(study).set_index("id").loc[configuration["use"]], study.config.queue
    return Machines(
        platforms=platforms,
        slots=int(row["slots"]),
        slot_d=float(row["process_d"] + row["turnaround_d"]) * DAYS_PER_YEAR / float(row["operating_days_per_year"]),
        availability=float(row["availability"]),
        repair_d=float(row["repair_d"]),
        queue=Queue(float(configuration["wait_d"]), section.arrival_cv2, section.service_cv2),
        capacity_share=float(use["capacity_share"]),
    )
