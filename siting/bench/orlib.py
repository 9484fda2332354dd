"""OR-Library layouts: ``cap`` (facility location), its variant by Kratica, and ``pmed`` (p-median on a graph).

Beasley, J. E. (1990). OR-Library: distributing test problems by electronic mail. Journal of the Operational Research
Society 41(11), 1069-1072.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from siting.bench.instance import BenchOptions, Instance
from siting.bench.source import Numbers, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_cap(source: Source, options: BenchOptions) -> Instance:
    """Read ``m n``; m pairs ``capacity fixed``; then for each customer its demand and m costs of the whole demand."""
    pairs, demand, cost = _cap_layout(source, _capacity_word(source, options))
    return Instance(source.name, cost, demand, pairs[:, 0], pairs[:, 1], options.p, options.single_source)


def read_kratica(source: Source, options: BenchOptions) -> Instance:
    """Read the ``cap`` layout, of which the first number of each pair and the demand mean nothing."""
    pairs, demand, cost = _cap_layout(source, {})
    return Instance(source.name, cost, np.ones(len(demand)), np.full(len(pairs), np.inf), pairs[:, 1], options.p)


def _capacity_word(source: Source, options: BenchOptions) -> dict[str, float]:
    has_word = "capacity" in source.text
    if has_word and options.capacity is None and not options.ufl:
        source.refuse("writes 'capacity' instead of a number", "give the value with --capacity")
    if options.capacity is not None and not has_word:
        source.refuse("--capacity is given, but the file states its own capacities", "leave --capacity out")
    return {"capacity": np.inf if options.capacity is None else options.capacity} if has_word else {}


def _cap_layout(source: Source, words: dict[str, float]) -> tuple[NDArray[np.float64], ...]:
    numbers = Numbers(source, words=words)
    n_facilities, n_customers = numbers.count("the number of facilities"), numbers.count("the number of customers")
    pairs = numbers.take(2 * n_facilities, "capacity and fixed cost of the facilities").reshape(n_facilities, 2)
    rows = []
    for customer in range(1, n_customers + 1):
        # A file of another layout may hold just as many numbers; its blocks do not start where these lines do.
        if not numbers.at_line_start():
            source.refuse(f"the demand of customer {customer} does not start a line")
        rows.append(numbers.take(1 + n_facilities, f"customer {customer}"))
    numbers.end()
    table = np.array(rows)
    return pairs, table[:, 0], table[:, 1:]


def read_pmed(source: Source, options: BenchOptions) -> Instance:
    """Read ``n edges p`` and edges ``i j cost``; the last of equal edges counts; distances are shortest paths."""
    numbers = Numbers(source)
    n_vertices, n_edges = numbers.count("the number of vertices"), numbers.count("the number of edges")
    p = numbers.count("p")
    edges = numbers.take(3 * n_edges, "the list of edges").reshape(n_edges, 3)
    numbers.end()
    ends = edges[:, :2]
    if (ends < 1).any() or (ends > n_vertices).any() or (ends != np.floor(ends)).any():
        source.refuse(f"an edge joins a vertex that is not a whole number from 1 to {n_vertices}")
    if (edges[:, 2] < 0).any():
        source.refuse("an edge has a negative length")
    length = {(min(i, j), max(i, j)): cost for i, j, cost in edges.tolist()}
    vertices = np.array(list(length), dtype=np.int64) - 1
    graph = csr_array((list(length.values()), (vertices[:, 0], vertices[:, 1])), shape=(n_vertices, n_vertices))
    return Instance(
        source.name,
        shortest_path(graph, directed=False),
        np.ones(n_vertices),
        np.full(n_vertices, np.inf),
        np.zeros(n_vertices),
        p if options.p is None else options.p,
        is_center=options.p_center,
    )
