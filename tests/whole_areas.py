"""What holds for plans whose areas may not be split, and the least cost of all of them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from siting.bench.instance import Instance
    from siting.solve.location.plan import Choice
    from siting.solve.location.problem import Location


def optimum(problem: Instance) -> float:
    """Return the least cost over all whole assignments; a site is open if it serves an area."""
    areas, sites = problem.cost.shape
    best = np.inf
    for homes in product(range(sites), repeat=areas):
        if (np.bincount(homes, problem.demand, minlength=sites) <= problem.capacity).all():
            cost = problem.cost[np.arange(areas), list(homes)].sum() + problem.fixed_cost[list(set(homes))].sum()
            best = min(best, float(cost))
    return best


def check(problem: Location, choice: Choice) -> None:
    """Every area goes whole to one open site, no site is asked for too much, and number and cost are right."""
    used = choice.share > 0.0
    assert (choice.share[used] == 1.0).all()
    assert (np.bincount(problem.area[used], minlength=len(problem.stay)) == 1).all()
    assert choice.is_open[problem.site[used]].all()
    load = np.bincount(problem.site[used], problem.amount[used], minlength=len(problem.fixed))
    assert (load <= problem.capacity + 1e-9).all()
    assert problem.least <= choice.is_open.sum() <= problem.most
    total = problem.cost[used].sum() + problem.fixed[choice.is_open].sum()
    assert choice.objective == pytest.approx(total)
