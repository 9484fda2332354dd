"""Answers that cannot be: a road shorter than the great circle, an impossible speed, no time between two towns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_KMH, MOST_KMH = 1.0, 200.0
"""Slower or faster than this between distant places is no road trip: assumption."""
NEAR_KM = 1.0
"""Pairs nearer than this are not judged by their speed: assumption."""
SLACK_SHARE, SLACK_KM = 0.01, 0.1
"""A road may be so much shorter than the geodesic: engines measure on a sphere (0.6 %) and round."""
MOST_IMPLAUSIBLE = 0.01
"""More than this share of implausible answers condemns the source: assumption."""
WALK_KMH, RIDE_KMH = 10.0, 25.0
"""Cars are faster than this in the median, over 1 km and over 10 km: assumption (OSRM walks at 5, cycles at 15)."""
MOST_LOST = 0.5
"""More than this share of places far from any road means another region: assumption."""


@dataclass(frozen=True)
class Doubts:
    """Which answers are implausible, and why.

    Attributes
    ----------
    is_implausible : ndarray of bool
        By pair.
    reasons : dict of str to int
        How many pairs for each reason.
    """

    is_implausible: NDArray[np.bool_]
    reasons: dict[str, int]


def doubts(minutes: Floats, km: Floats, straight_km: Floats) -> Doubts:
    """Judge answers against the great circle between the road points.

    Parameters
    ----------
    minutes, km : ndarray, shape (pairs,)
        Answers; NaN where there is none. Unknown `km` are taken as the great circle.
    straight_km : ndarray, shape (pairs,)
        Geodesic distance between the ends.
    """
    length = np.where(np.isnan(km), straight_km, km)
    far = straight_km > NEAR_KM
    with np.errstate(divide="ignore", invalid="ignore"):
        kmh = length / (minutes / 60.0)
    cases = {
        "no time at all between distant places": far & (minutes == 0.0),
        f"slower than {LEAST_KMH:g} km/h": far & (kmh < LEAST_KMH),
        f"faster than {MOST_KMH:g} km/h": far & (minutes > 0.0) & (kmh > MOST_KMH),
        "road shorter than the great circle": km < straight_km * (1.0 - SLACK_SHARE) - SLACK_KM,
    }
    reasons = {reason: int(case.sum()) for reason, case in cases.items() if case.any()}
    return Doubts(np.logical_or.reduce(list(cases.values())), reasons)


def condemned(found: Doubts, answered: int, where: str, rows: tuple[str, ...]) -> list[Problem]:
    """Return the problem with a source of which too many answers are implausible; none for a few."""
    if not found.reasons or len(rows) <= MOST_IMPLAUSIBLE * answered:
        return []
    reasons = ", ".join(f"{reason} ({number:,})" for reason, number in found.reasons.items())
    what = f"{len(rows):,} of {answered:,} answers cannot be: {reasons}"
    return [Problem(where, what, "another profile, other units, or a server that is not to be trusted", rows)]


def too_slow(minutes: Floats, km: Floats, straight_km: Floats, where: str) -> list[Problem]:
    """Return the problem with a source that was asked for cars and answers at the pace of a walker or a cyclist."""
    for least_km, least_kmh, who in ((10.0, RIDE_KMH, "bicycle"), (NEAR_KM, WALK_KMH, "walker")):
        chosen = (straight_km > least_km) & (minutes > 0.0)
        pace = float(np.median(km[chosen] / minutes[chosen] * 60.0)) if chosen.any() else np.inf
        if pace < least_kmh:
            what = f"trips of more than {least_km:g} km have a median speed of {pace:.1f} km/h, that of a {who}"
            remedy = "start the server with data of the car profile, or name the profile it has with --profile"
            return [Problem(where, what, remedy)]
    return []
