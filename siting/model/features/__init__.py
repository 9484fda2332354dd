"""Rules that data switch on, one file each; the order is that of the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.model.features.budget import Budget
from siting.model.features.counts import Counts
from siting.model.features.fixed import Fixed
from siting.model.features.mean_travel import MeanTravel
from siting.model.features.periods import PeriodLinking
from siting.model.features.service_level import ServiceLevel
from siting.model.features.sourcing import SingleSourceAreas, SingleSourceHospitals

if TYPE_CHECKING:
    from siting.model.features.base import Feature

FEATURES: tuple[Feature, ...] = (
    Budget(),
    Counts(),
    ServiceLevel(),
    MeanTravel(),
    SingleSourceAreas(),
    SingleSourceHospitals(),
    PeriodLinking(),
    Fixed(),
)
