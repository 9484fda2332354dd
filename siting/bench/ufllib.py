"""Connection-cost tables of UflLib, whose opening costs stand in the file's name.

The rules of the opening costs are those of the UflLib collection (Max Planck Institute for Informatics): 3000 in the
Gap and FPP classes, q x 1000 in Bilde-Krarup's Dq and Eq, round(10000 sqrt(n) / K) in ``kmedian-n-K``.
"""

from __future__ import annotations

import math
import re

import numpy as np

from siting.bench.instance import BenchOptions, Instance
from siting.bench.source import Numbers, Source

GAP_OR_FPP = re.compile(r"^(gap|cls|fpp)", re.IGNORECASE)
BILDE_KRARUP = re.compile(r"(?:^|-)[DE](\d+)\.\d+$")
KMEDIAN = re.compile(r"^kmedian-\d+-(\d+)$")
OPENING_COST = 3000.0
NOT_ALLOWED = 30_000.0
"""A Gap or FPP cost above this means that the pair is not allowed."""


def read_ufllib(source: Source, options: BenchOptions) -> Instance:
    """Read ``n=``, ``m=`` and ``table = {{..},..}`` with a row for each facility and a column for each client.

    With ``p`` the instance is a p-median without opening costs; the ``p=`` of the file means nothing.
    """
    n_customers, n_facilities = _size(source, "n"), _size(source, "m")
    table = re.search(r"table\s*=\s*\{(.*)", source.text, re.DOTALL)
    if table is None:
        source.refuse("has no 'table = {'")
    rows = [Numbers(source, row.replace(",", " ")) for row in re.findall(r"\{([^{}]*)\}", table[1])]
    if len(rows) != n_facilities:
        source.refuse(f"has {len(rows)} rows of costs, but m={n_facilities}")
    costs = []
    for facility, row in enumerate(rows, 1):
        costs.append(row.take(n_customers, f"the row of facility {facility}"))
        row.end()
    cost = np.array(costs).T
    if GAP_OR_FPP.match(source.name):
        cost = np.where(cost > NOT_ALLOWED, np.inf, cost)
    opening = 0.0 if options.p is not None else _opening_cost(source, n_customers)
    return Instance(
        source.name,
        cost,
        np.ones(n_customers),
        np.full(n_facilities, np.inf),
        np.full(n_facilities, opening),
        options.p,
    )


def _size(source: Source, key: str) -> int:
    match = re.search(rf"^{key}\s*=\s*(\d+)\s*$", source.text, re.MULTILINE)
    if match is None or int(match[1]) < 1:
        source.refuse(f"has no line '{key}=' with a whole number of at least 1")
    return int(match[1])


def _opening_cost(source: Source, n_customers: int) -> float:
    if GAP_OR_FPP.match(source.name):
        return OPENING_COST
    if match := BILDE_KRARUP.search(source.name):
        return 1000.0 * int(match[1])
    match = KMEDIAN.match(source.name)
    if match is None:
        source.refuse(
            "holds no opening cost, and the file's name is of no class that defines it",
            "keep the published name (kmedian-n-K, ...-Dq.k, Gap..., FPP...), or give --p for a p-median",
        )
    return float(round(10_000 * math.sqrt(n_customers) / int(match[1])))
