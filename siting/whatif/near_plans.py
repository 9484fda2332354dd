"""The search for near-optimal plans: with a unit at each hospital, without one, and as far apart as possible.

The relaxation with a hospital forced open or closed settles what it can. For what is left a plan is looked for that
keeps the cap: first near a plan at hand (where hospitals are many, only those around may change), then anywhere. Every
search ends at its first plan or its proof. Plans that differ most come first; where fewer are known than asked for,
further ones are searched by distance.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from siting.network.distance import geodesic_km

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.solve.near import NearOptimal

MANY_SITES, CLOSED, OPEN = 20, 2, 2
"""With more hospitals than the first, a search begins among these numbers of the nearest
ones without and with a unit; assumption."""


class NearPlans:
    """Plans within the cap, and what is known about each hospital.

    Attributes
    ----------
    found : list of Solution
        The best plan first.
    seen, proven : dict of bool to set of int
        Sites with (True) or without (False) a unit in a plan; sites of which it is proven that no plan has one, or
        that every plan has.
    is_complete : bool
        Whether it is proven that no further set of sites keeps the cap.
    is_out_of_time : bool
        Whether the time ended the search.
    """

    def __init__(self, near: NearOptimal, best: Solution, seconds: float, report: Callable[[str], None] | None) -> None:
        self.near, self.report, self.until = near, report, time.perf_counter() + seconds
        self.found: list[Solution] = []
        self.patterns: set[bytes] = set()
        self.seen: dict[bool, set[int]] = {True: set(), False: set()}
        self.proven: dict[bool, set[int]] = {True: set(), False: set()}
        self.is_complete = self.is_out_of_time = False
        self.turn = -1
        self.add(best)

    def add(self, plan: Solution) -> None:
        """Keep a plan, if its sites are new."""
        pattern = self.near.pattern(plan).tobytes()
        if pattern in self.patterns:
            return
        self.patterns.add(pattern)
        self.found.append(plan)
        opened = np.asarray((plan.open_options >= 0).any(axis=0))
        for site in self.near.sites:
            self.seen[bool(opened[site])].add(site)
        if self.report is not None and len(self.found) > 1:
            self.report(f"plan {len(self.found)}")

    def classify(self) -> None:
        """Find a plan with a unit at each hospital and one without, or prove that there is none."""
        for (site, is_open), bound in self.near.forced_bounds().items():
            if bound > self.near.cap:
                self.proven[is_open].add(site)
        for is_nearby in (True, False) if len(self.near.sites) > MANY_SITES else (False,):
            for is_open in (False, True):
                for site in sorted(set(self.near.sites) - self.proven[is_open]):
                    if site not in self.seen[is_open]:
                        self._look(site, is_open, is_nearby)

    def _look(self, site: int, is_open: bool, is_nearby: bool) -> None:
        if self._is_late():
            return
        base = self._base()
        plan, none = self.near.forced(site, base, self._around(site, base) if is_nearby else None, is_open=is_open)
        if none:
            self.proven[is_open].add(site)
        elif plan is not None:
            self.add(plan)

    def _base(self) -> Solution:
        """Return the plans known in turn, but none that leaves less than half of the best one's room below the cap."""
        room = self.near.cap - self.found[0].objective
        roomy = [plan for plan in self.found if self.near.cap - plan.objective >= room / 2.0]
        self.turn += 1
        return roomy[self.turn % len(roomy)]

    def _around(self, site: int, base: Solution) -> NDArray[np.int64]:
        """Return the nearest hospitals that could have a unit and the nearest that have one, some of each."""
        network, sites = self.near.network, np.array(self.near.sites)
        lon, lat = (network.sites[name].to_numpy(float) for name in ("lon", "lat"))
        here = np.full(len(sites), site)
        order = sites[np.argsort(geodesic_km(lon[here], lat[here], lon[sites], lat[sites]), kind="stable")]
        opened = (base.open_options[:, order] >= 0).any(axis=0)
        return np.concatenate([order[~opened][:CLOSED], order[opened][:OPEN]])

    def spread(self, number: int) -> None:
        """Search plans far from those known until there are so many, or no more."""
        while len(self.found) < number and not self.is_complete and not self._is_late():
            other, self.is_complete = self.near.different(self.found)
            known = len(self.found)
            if other is not None:
                self.add(other)
            if len(self.found) == known:
                return

    def farthest(self, number: int) -> list[Solution]:
        """Return the best plan and others, each as far as possible from those before, the cheaper of equals first."""
        patterns = np.array([self.near.pattern(plan) for plan in self.found])
        cost = np.array([plan.objective for plan in self.found])
        chosen = [0]
        nearest = (patterns != patterns[0]).sum(axis=1)
        while len(chosen) < min(number, len(self.found)):
            k = int(np.lexsort((cost, -nearest))[0])
            chosen.append(k)
            nearest = np.minimum(nearest, (patterns != patterns[k]).sum(axis=1))
        return [self.found[k] for k in chosen]

    def classes(self) -> dict[int, tuple[str, bool]]:
        """Return by site its class and whether that is proven."""
        classes = {}
        for site in self.near.sites:
            if site in self.proven[False]:
                classes[site] = ("core", True)
            elif site in self.proven[True]:
                classes[site] = ("never", True)
            else:
                classes[site] = ("swing", site in self.seen[True] and site in self.seen[False])
        return classes

    def _is_late(self) -> bool:
        self.is_out_of_time |= time.perf_counter() > self.until
        return self.is_out_of_time
