"""Who goes where at decided sites, where areas may not be split: the problem of generalised assignment, to HiGHS.

Among the cheapest few open sites of each area. The relaxation's reduced costs leave out what no better plan does, which
is most where areas are many for each site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from siting.solve.highs import binary_model, solve_arrays, solve_relaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays, Run

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

CHOICES, HALF = 6, 0.5
"""Open sites looked at by area, besides the present one."""


def placed(site: Ints, is_open: Mask, tables: Any, run: Run) -> Ints:
    """Return a better site by area, or the present one where none is found.

    Parameters
    ----------
    site, is_open, tables : ndarray and tuple of ndarray
        As `siting.solve.location.anneal.anneal`; the plan keeps the capacities.
    run : Run
        Limits of HiGHS, for relaxation and model each.
    """
    cost, everybody = tables[0], np.arange(len(site))
    opened = np.flatnonzero(is_open)
    nearest = opened[np.argsort(cost[:, opened], axis=1, kind="stable")[:, :CHOICES]]
    place = np.column_stack([site, np.where(nearest == site[:, None], -1, nearest)])
    has = (place >= 0) & np.isfinite(cost[everybody[:, None], place])
    area, place = np.nonzero(has)[0], place[has]
    arrays = _model(area, place, tables)
    relaxed = solve_relaxation(arrays, run)
    if relaxed is None:
        return site
    now = site[area] == place
    kept = now | (relaxed.reduced <= cost[area[now], place[now]].sum() - relaxed.objective)
    area, place = area[kept], place[kept]
    outcome = solve_arrays(_model(area, place, tables), run, now[kept].astype(float))
    if outcome.values is None:
        return site
    taken, result = outcome.values > HALF, site.copy()
    result[area[taken]] = place[taken]
    return result


def _model(area: Ints, place: Ints, tables: Any) -> Arrays:
    """Return arcs as arrays: a row for each area and each site."""
    cost, amount, capacity, _ = tables
    arcs, areas = np.arange(len(area)), len(cost)
    row, column = np.concatenate([area, areas + place]), np.concatenate([arcs, arcs])
    values = np.concatenate([np.ones(len(arcs)), amount[area, place]])
    matrix = csr_matrix((values, (row, column)), shape=(areas + len(capacity), len(arcs)))
    low = np.concatenate([np.ones(areas), np.full(len(capacity), -np.inf)])
    high = np.concatenate([np.ones(areas), capacity])
    return binary_model(matrix, cost[area, place], low, high)
