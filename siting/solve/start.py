"""What a finished solve gives a neighbouring one to begin with: its units, and its prices where it was decomposed.

Everything goes by ids, not by rows, so that it fits networks with other limits, prices and patients. Nothing is proven
with a start. Units are a first plan, priced under the rules of the new network and bettered or left aside; and a
Lagrangian relaxation gives a bound at any prices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network

    Floats = NDArray[np.float64]
    Key = tuple[str, ...]

TAKEN, LEFT_ASIDE = "taken", "left aside"
"""What may become of a start."""


@dataclass(frozen=True)
class Start:
    """Where a solve may begin.

    Attributes
    ----------
    units : dict
        By site id: configuration id and number of platforms, in the first period in which the site runs a unit.
    serve : dict
        Price of serving one patient, weighted, by ids of area, product, period and scenario; empty where the plan was
        not decomposed.
    collect : dict
        Prices of one patient's cells, weighted, by band of areas, for ids of hospital, product, period and scenario.
    """

    units: dict[str, tuple[str, int]]
    serve: dict[Key, float] = field(default_factory=dict, repr=False)
    collect: dict[Key, list[float]] = field(default_factory=dict, repr=False)

    def record(self) -> dict[str, Any]:
        """Return the start as plain values, for JSON."""
        prices = {name: [[*key, price] for key, price in getattr(self, name).items()] for name in ("serve", "collect")}
        return {"units": self.units, **prices}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Start:
        """Return the start that a record was made of."""
        serve, collect = ({tuple(row[:-1]): row[-1] for row in record[name]} for name in ("serve", "collect"))
        return cls({site: (name, count) for site, (name, count) in record["units"].items()}, serve, collect)


def start_of(network: Network, solution: Solution) -> Start:
    """Return what a plan gives a neighbouring solve."""
    names, platforms = network.configurations["id"].to_numpy(), network.options["platforms"].to_numpy()
    configuration = network.options["configuration"].to_numpy()
    units: dict[str, tuple[str, int]] = {}
    for chosen in solution.open_options:
        for site in np.flatnonzero(chosen >= 0):
            option = chosen[site]
            units.setdefault(network.ids.sites[site], (str(names[configuration[option]]), int(platforms[option])))
    if solution.multipliers is None:
        return Start(units)
    serve, collect = solution.multipliers
    each = serve / np.maximum(network.demands["patients"].to_numpy(float), 1e-9)
    return Start(
        units,
        dict(zip(_demand_keys(network), each.tolist(), strict=True)),
        dict(zip(_flow_keys(network), collect.tolist(), strict=True)),
    )


def multipliers_of(start: Start, network: Network) -> tuple[Floats, Floats] | None:
    """Return the prices of a start by rows of another network: of each row of demands, of each flow.

    Returns
    -------
    tuple of ndarray or None
        As `siting.model.solution.Solution.multipliers`; None where the start lacks a price that the network needs.
    """
    demands, flows = _demand_keys(network), _flow_keys(network)
    if not (all(key in start.serve for key in demands) and all(key in start.collect for key in flows)):
        return None
    each = np.array([start.serve[key] for key in demands], dtype=float)
    return each * network.demands["patients"].to_numpy(float), np.array([start.collect[key] for key in flows])


def _slices(network: Network) -> list[Key]:
    periods, scenarios = network.ids.periods, network.ids.scenarios
    return [(periods[t], scenarios[w]) for t, w in network.slices[["period", "scenario"]].to_numpy(int)]


def _demand_keys(network: Network) -> list[Key]:
    slices, areas, products = _slices(network), network.ids.areas, network.ids.products
    rows = network.demands[["area", "product", "slice"]].to_numpy(int).tolist()
    return [(areas[area], products[product], *slices[k]) for area, product, k in rows]


def _flow_keys(network: Network) -> list[Key]:
    """Return every hospital, product and slice, the slice fastest, as `siting.solve.decompose.layout` has them."""
    ids, slices = network.ids, _slices(network)
    return [(hospital, product, *k) for hospital in ids.hospitals for product in ids.products for k in slices]
