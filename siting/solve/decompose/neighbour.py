"""Prices and units of a neighbouring solve, laid on the rows of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.solve.decompose.layout import NONE
from siting.solve.decompose.relaxation import Prices
from siting.solve.start import multipliers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.solve.decompose.layout import Layout
    from siting.solve.start import Start


def neighbour_prices(layout: Layout, start: Start | None) -> Prices | None:
    """Return the prices of a start; None where there are none for all rows of this network."""
    found = None if start is None else multipliers_of(start, layout.network)
    return None if found is None else Prices(np.minimum(found[0], layout.unserved_cost), found[1])


def neighbour_options(layout: Layout, start: Start | None) -> NDArray[np.int64] | None:
    """Return the option of each site that is nearest to its unit in a start, by position in the layout; -1 for none.

    None where there is no start, its sites are not here, or it has more units at hospitals than this network allows:
    the local search, which begins with them, does not count.
    """
    if start is None:
        return None
    network, rows = layout.network, layout.option_row
    site = network.options["site"].to_numpy()[rows]
    name = network.configurations["id"].to_numpy()[network.options["configuration"].to_numpy()[rows]]
    platforms = network.options["platforms"].to_numpy(int)[rows]
    chosen = np.full(len(network.sites), NONE, dtype=np.int64)
    for j in np.unique(site):
        unit = start.units.get(network.ids.sites[j])
        if unit is not None:
            mine = np.flatnonzero(site == j)
            chosen[j] = mine[np.lexsort((np.abs(platforms[mine] - unit[1]), name[mine] != unit[0]))[0]]
    most = network.limits.sites[1]
    hosted = (chosen >= 0) & ~network.sites["is_central"].to_numpy(bool)
    is_usable = (chosen >= 0).any() and (most is None or hosted.sum() <= most)
    return chosen if is_usable else None
