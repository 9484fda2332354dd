"""Instances given by points in the plane: TSPLIB, BIRCH, and the capacitated p-median collections."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.bench.instance import BenchOptions, Instance
from siting.bench.points import Points, distances
from siting.bench.source import Numbers, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MOST_IN_TABLE = 2500
"""Points up to which a p-median is a table of all distances; measured on the 3,038 of pcb3038, which take as long or
less without one, and a third of the memory."""
MOST_IN_CENTER = 4000
"""Points of a p-center, which is always such a table; measured, 5,000 need more than 24 GiB."""
BIRCH_SURPLUS = 2
"""Numbers that may follow the coordinates: ds3x1 and ds3x2 carry two in the public copies."""


def read_tsplib(source: Source, options: BenchOptions) -> Instance | Points:
    """Read EUC_2D coordinates; distances are rounded down for the p-median and to the nearest for the p-center.

    TSPLIB itself (Reinelt 1991) rounds to the nearest; the p-median literature on these points rounds down.
    """
    header, found, body = source.text.partition("NODE_COORD_SECTION")
    if not found:
        source.refuse("has no NODE_COORD_SECTION")
    keys = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in header.splitlines())}
    if keys.get("EDGE_WEIGHT_TYPE") != "EUC_2D":
        source.refuse(f"EDGE_WEIGHT_TYPE is {keys.get('EDGE_WEIGHT_TYPE')}", "only EUC_2D is read")
    size = Numbers(source, keys.get("DIMENSION", "")).count("DIMENSION")
    numbers = Numbers(source, body.partition("EOF")[0])
    table = numbers.take(3 * size, f"the {size:,} points of DIMENSION").reshape(size, 3)
    numbers.end()
    if len(np.unique(table[:, 0])) < size:
        source.refuse("gives a node twice")
    rounding = (lambda exact: np.floor(exact + 0.5)) if options.p_center else np.floor
    return _in_plane(source, options, table[:, 1:], rounding, np.int32)


def read_birch(source: Source, options: BenchOptions) -> Instance | Points:
    """Read ``n dimensions`` and the coordinates; distances are Euclidean."""
    numbers = Numbers(source)
    size, dimensions = numbers.count("the number of points"), numbers.count("the number of dimensions")
    points = numbers.take(size * dimensions, "the coordinates").reshape(size, dimensions)
    numbers.end(BIRCH_SURPLUS)
    return _in_plane(source, options, points)


def read_cpmp(source: Source, options: BenchOptions) -> Instance:
    """Read ``n p`` and ``x y capacity demand``; each point goes undivided to one of p medians.

    The cost is the sum of distances, not weighted by demand. Distances of the files ``cpmp..`` (Osman and Christofides
    1994) are rounded down, others are Euclidean; the files ``spain..`` need a matrix of their own and are refused.
    """
    if source.name.startswith("spain"):
        source.refuse("its distances are a separate matrix, not the coordinates", "choose another instance")
    numbers = Numbers(source)
    size, p = numbers.count("the number of points"), numbers.count("p")
    table = numbers.take(4 * size, "the points").reshape(size, 4)
    numbers.end()
    is_rounded = re.match(r"cpmp\d", source.name) is not None
    cost = distances(table[:, :2], np.floor, np.int32) if is_rounded else distances(table[:, :2])
    return Instance(
        source.name,
        cost,
        table[:, 3],
        table[:, 2],
        np.zeros(size),
        p if options.p is None else options.p,
        is_single_source=True,
    )


def _in_plane(
    source: Source,
    options: BenchOptions,
    points: NDArray[np.float64],
    rounding: Callable[[Any], Any] = np.asarray,
    dtype: type = np.float64,
) -> Instance | Points:
    size = len(points)
    if options.p is None:
        source.refuse("does not state p", "give --p")
    if options.p_center and size > MOST_IN_CENTER:
        source.refuse(f"has {size:,} points, too many for a p-center", f"choose one of {MOST_IN_CENTER:,} at most")
    found = Points(source.name, points, options.p, rounding, dtype)
    if not options.p_center and size > MOST_IN_TABLE:
        return found
    return replace(found.table(), is_center=options.p_center)
