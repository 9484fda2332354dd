"""Queue-safe capacity: how many starts a year a number of platforms can promise.

One platform slot is one server of an M/G/c queue; the mean wait follows Allen and Cunneen,

    Wq = ErlangC(c, a) * S / (c - a) * (ca2 + cs2) / 2,    a = lambda * S,

with S the days a batch keeps its slot. The capacity is the largest arrival rate whose mean wait stays within the
target. Pooling makes it superadditive: two platforms together promise more than twice one platform.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.optimize import brentq

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True)
class Queue:
    """The wait promised and how irregular arrivals and service are (squared coefficients of variation)."""

    max_wait_d: float
    arrival_cv2: float = 1.0
    service_cv2: float = 0.1


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability that an arrival waits in M/M/c; `offered` = arrival rate x service time < servers.

    Computed by the recursion of Erlang B, which does not overflow.
    """
    blocking = 1.0
    for server in range(1, servers + 1):
        blocking = offered * blocking / (server + offered * blocking)
    return blocking / (1.0 - offered / servers * (1.0 - blocking))


def mean_wait_d(starts_per_year: float, servers: int, slot_d: float, queue: Queue) -> float:
    """Return the mean wait in days (Allen-Cunneen); infinite where the queue is unstable."""
    offered = starts_per_year / DAYS_PER_YEAR * slot_d
    if offered >= servers:
        return float("inf")
    spread = (queue.arrival_cv2 + queue.service_cv2) / 2.0
    return erlang_c(servers, offered) * slot_d / (servers - offered) * spread


def starts_per_year(servers: int, slot_d: float, availability: float, queue: Queue) -> float:
    """Return the starts a year that keep the mean wait within the target.

    Parameters
    ----------
    servers : int
        Slots: platforms x batches that one platform works on at a time.
    slot_d : float
        Days that a batch keeps its slot: process and turnaround.
    availability : float
        Share of days a platform works. A batch keeps its slot for ``slot_d / availability`` calendar days on average,
        so that the wait promised is one in calendar days too. 0 gives no capacity.
    queue : Queue
        Wait target and variability.

    Returns
    -------
    float
        Starts a year. With 3 platforms, 13 days and a 7-day target 66.3, near the 70 that ZS reports for three
        platforms.
    """
    if availability <= 0.0:
        return 0.0
    calendar_d = slot_d / availability
    most = servers / calendar_d * DAYS_PER_YEAR

    def excess(starts: float) -> float:
        return mean_wait_d(starts, servers, calendar_d, queue) - queue.max_wait_d

    if excess(most * (1 - 1e-9)) <= 0.0:
        return most
    return float(brentq(excess, 0.0, most * (1 - 1e-9), xtol=1e-9))
