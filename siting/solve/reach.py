"""Whether the units allowed can be within reach of everybody at all: a set covering problem.

::

    min  sum_j y[j]
    (1)  sum_h t[h] >= 1                 for each area and product with patients in the last period, over the hospitals
                                         that a trip leads to
    (2)  t[h] <= sum_j y[j]              over the sites that a lane leads to; where a hospital treats only if it hosts,
                                         over its own
    (3)  sum_j y[j] <= limits.sites.max  without central plants
         y binary, 0 <= t <= 1

Every plan that serves everybody keeps these rows, so where they cannot be kept there is none. They know nothing of
capacity, money or time, and are far fewer than those of a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, hstack, identity, vstack

from siting.errors import NoPlanError
from siting.solve.highs import INFINITE, Arrays, solve_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.solve.highs import Run

    Mask = NDArray[np.bool_]


def within_reach(network: Network, run: Run) -> Mask | None:
    """Return hospitals that together all patients can reach and units can serve, few where units are limited.

    Parameters
    ----------
    network : Network
        With the trips that are allowed.
    run : Run
        Limits of HiGHS.

    Returns
    -------
    ndarray of bool, shape (n_hospitals,), or None
        None where the units allowed are too few. All hospitals where units are not limited.

    Raises
    ------
    NoPlanError
        Time did not suffice to tell, or Ctrl-C came first.
    """
    most, hospitals = network.limits.sites[1], len(network.hospitals)
    if most is None:
        return np.ones(hospitals, dtype=bool)
    outcome = solve_arrays(_covering(network, most), run)
    if outcome.stopped_by == "infeasible":
        return None
    if outcome.values is None or outcome.stopped_by == "interrupt":
        message = f"stopped by the {outcome.stopped_by} before it was known what is in reach; give more time"
        raise NoPlanError(message)
    chosen: Mask = outcome.values[:hospitals] > 0.5
    return chosen


def _covering(network: Network, most: int) -> Arrays:
    """Return the rows above; columns are hospitals, then sites."""
    hospitals, sites = len(network.hospitals), len(network.sites)
    near, links = _reaching(network), _serving(network)
    counted = (~network.sites["is_central"].to_numpy(bool)).astype(float)
    rows = [
        hstack([near, csr_matrix((near.shape[0], sites))]),
        hstack([-identity(hospitals), links]),
        csr_matrix(np.append(np.zeros(hospitals), -counted)[None, :]),
    ]
    low = np.concatenate([np.ones(near.shape[0]), np.zeros(hospitals), [-float(most)]])
    has_options = np.bincount(network.options["site"], minlength=sites) > 0
    return Arrays(
        matrix=csr_matrix(vstack(rows)),
        cost=np.append(np.zeros(hospitals), counted),
        offset=0.0,
        scale=1.0,
        low=np.zeros(hospitals + sites),
        high=np.append(np.ones(hospitals), has_options.astype(float)),
        row_low=low,
        row_high=np.full(len(low), INFINITE),
        is_integer=np.append(np.zeros(hospitals, dtype=bool), np.ones(sites, dtype=bool)),
        columns=[],
    )


def _reaching(network: Network) -> csr_matrix:
    """Return, by area and product with a trip and patients, the hospitals that one leads to.

    Units may move from period to period, so only patients of the same one, the last, need them together.
    """
    demands = network.demands
    last = network.slices["period"].to_numpy()[demands["slice"]] == len(network.periods) - 1
    asked = demands.loc[last & (demands["patients"] > 0), ["area", "product"]].drop_duplicates()
    trips = network.trips[["area", "product", "hospital"]].drop_duplicates().merge(asked, on=["area", "product"])
    group = trips.groupby(["area", "product"], sort=False).ngroup().to_numpy()
    return _ones(group, trips["hospital"].to_numpy(), (int(group.max(initial=-1)) + 1, len(network.hospitals)))


def _serving(network: Network) -> csr_matrix:
    """Return, by hospital, the sites whose units let it treat."""
    lanes = network.lanes[["hospital", "site"]].drop_duplicates()
    new = ~(network.hospitals["treats_today"] | network.hospitals["is_openable"]).to_numpy(bool)
    owner = network.sites["hospital"].to_numpy()
    hospital, site = lanes["hospital"].to_numpy(), lanes["site"].to_numpy()
    kept = ~new[hospital] | (owner[site] == hospital)
    return _ones(hospital[kept], site[kept], (len(network.hospitals), len(network.sites)))


def _ones(row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
