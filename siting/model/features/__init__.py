"""Rules that data switch on, one file each; the order is that of the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.model.features.approval import Approval
from siting.model.features.budget import Budget
from siting.model.features.cost_cap import CostCap
from siting.model.features.counts import Counts
from siting.model.features.cvar_travel import CvarTravel
from siting.model.features.fixed import Fixed
from siting.model.features.group_ceilings import GroupCeilings
from siting.model.features.group_floors import GroupFloors
from siting.model.features.host_break_even import HostBreakEven
from siting.model.features.hubs import Hubs
from siting.model.features.mean_travel import MeanTravel
from siting.model.features.milestones import Milestones
from siting.model.features.periods import PeriodLinking
from siting.model.features.ramp_up import RampUp
from siting.model.features.service_level import ServiceLevel
from siting.model.features.sourcing import SingleSourceAreas, SingleSourceHospitals
from siting.model.features.vein_to_vein import VeinToVein
from siting.model.features.volume import NetworkVolume, VolumeShares
from siting.model.features.within import Within

if TYPE_CHECKING:
    from siting.model.features.base import Feature

FEATURES: tuple[Feature, ...] = (
    Budget(),
    Counts(),
    VolumeShares(),
    NetworkVolume(),
    Milestones(),
    HostBreakEven(),
    ServiceLevel(),
    MeanTravel(),
    CostCap(),
    VeinToVein(),
    Within(),
    CvarTravel(),
    GroupFloors(),
    GroupCeilings(),
    SingleSourceAreas(),
    SingleSourceHospitals(),
    PeriodLinking(),
    Hubs(),
    Approval(),
    RampUp(),
    Fixed(),
)
