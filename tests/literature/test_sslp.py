"""Scenarios: stochastic server location (SSLP) written as a network of the two-leg model.

Ntaimo, L. and Sen, S. (2005). The million-variable "march" for stochastic combinatorial optimization. Journal of
Global Optimization 32, 385-400. Servers are opened first; then, scenario by scenario, each client that shows up goes
undivided to one server, where it uses d[i,j] of the capacity and brings in a revenue; overflow costs a penalty.

In the network a client is an area, with one patient in the scenarios where it shows up. A server is a hospital that
treats today (a client may be sent to a closed one) with a site of its own. What differs by server is uptake:
d[i,j] / max d patients' worth of cells leave hospital j for each client, to its own site, up to its capacity, or to
an overflow plant without limit whose lanes cost the penalty. Revenue is a travel cost below zero.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.bench import tables
from siting.network.network import Limits, Network
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PENALTY = 1000.0
"""Of one unit of overflow, in all published instances."""


@dataclass(frozen=True)
class Sslp:
    """An SSLP instance with equally likely scenarios.

    Attributes
    ----------
    fixed_cost : ndarray, shape (n_servers,)
        Of opening a server.
    capacity : float
        Of an open server.
    demand, revenue : ndarray, shape (n_clients, n_servers)
        Capacity used and revenue of a client at a server.
    is_present : ndarray, shape (n_scenarios, n_clients)
        Which clients show up.
    """

    fixed_cost: NDArray[np.float64]
    capacity: float
    demand: NDArray[np.float64]
    revenue: NDArray[np.float64]
    is_present: NDArray[np.bool_]


def read_sslp(archive: Path, name: str) -> Sslp:
    """Read the scenario files of one instance from the archive of Pyomo data files."""
    with tarfile.open(archive) as files:
        wanted = [member for member in files if re.search(rf"/{name}/scenariodata/Scenario\d+\.dat$", member.name)]
        texts = [files.extractfile(member).read().decode() for member in wanted]
    servers, clients = (int(_block(texts[0], key)[0]) for key in ("NumServers", "NumClients"))
    table = {key: np.array(_block(texts[0], key)[servers:], dtype=float).reshape(clients, servers + 1)[:, 1:]
             for key in ("Demand", "Revenue")}  # fmt: skip
    fixed_cost = np.array(_block(texts[0], "FixedCost"), dtype=float).reshape(servers, 2)[:, 1]
    present = [np.array(_block(text, "ClientPresent"), dtype=float).reshape(clients, 2)[:, 1] > 0 for text in texts]
    capacity = float(_block(texts[0], "Capacity")[0])
    return Sslp(fixed_cost, capacity, table["Demand"], table["Revenue"], np.array(present))


def _block(text: str, key: str) -> list[str]:
    return re.search(rf"param {key}\s*:(.*?);", text, re.DOTALL)[1].replace(":", " ").replace("=", " ").split()


def to_network(instance: Sslp) -> Network:
    """Return the network whose least total cost is the instance's optimum (negative: a gain)."""
    n_clients, n_servers = instance.demand.shape
    n_scenarios = len(instance.is_present)
    scale = instance.demand.max()
    client, server = tables.grid(n_clients, n_servers)
    scenario, present = (index.astype(np.int32) for index in np.nonzero(instance.is_present))
    here, overflow = tables.positions(n_servers), np.full(n_servers, n_servers, dtype=np.int32)
    return tables.network(
        "sslp",
        {
            "demands": tables.rows({"area": present, "slice": scenario, "patients": 1.0}, len(present)),
            "trips": tables.trips(client, server, -instance.revenue.ravel(), np.zeros(len(client)),
                                  instance.demand.ravel() / scale),
            "lanes": tables.lanes(np.tile(here, 2), np.append(here, overflow), np.repeat([0, 1], n_servers),
                                  np.repeat([0.0, PENALTY * scale], n_servers)),
            "hospitals": tables.hospitals(n_servers, treats_today=True, becomes_centre=False),
            "sites": tables.sites(np.append(here, np.int32(-1))),
            "options": tables.options(np.append(np.full(n_servers, instance.capacity / scale), np.inf),
                                      np.append(instance.fixed_cost, 0.0)),
        },
        n_clients,
        Limits(allow_unserved=False, single_source_areas=True),
        links=("at", "central"),
        scenario_weights=np.full(n_scenarios, 1 / n_scenarios),
    )  # fmt: skip


def test_small_server_location_matches_enumeration() -> None:
    """Two servers, three clients, two scenarios: the best of all designs and assignments, overflow included."""
    instance = Sslp(
        fixed_cost=np.array([4.0, 6.0]), capacity=9.0, demand=np.array([[5.0, 4.0], [7.0, 0.0], [6.0, 6.0]]),
        revenue=np.array([[5.0, 9.0], [8.0, 1.0], [6.0, 7.0]]), is_present=np.array([[1, 1, 0], [1, 1, 1]], dtype=bool),
    )  # fmt: skip
    expected = min(instance.fixed_cost @ is_open + np.mean([_recourse(instance, is_open, present)
                                                            for present in instance.is_present])
                   for is_open in np.array(list(product([0.0, 1.0], repeat=2))))  # fmt: skip
    solution = solve(to_network(instance), SolveOptions(gap=0.0))
    assert solution.objective == pytest.approx(expected, rel=1e-6)


def _recourse(instance: Sslp, is_open: NDArray[np.float64], present: NDArray[np.bool_]) -> float:
    """Return the best assignment of the clients that are present, by trying all."""
    clients = np.flatnonzero(present)
    values = []
    for servers in product(range(len(is_open)), repeat=len(clients)):
        used = np.zeros(len(is_open))
        np.add.at(used, list(servers), instance.demand[clients, list(servers)])
        overflow = np.maximum(used - instance.capacity * is_open, 0).sum()
        values.append(PENALTY * overflow - instance.revenue[clients, list(servers)].sum())
    return min(values)


def test_published_server_location(bench: Path) -> None:
    """SIPLIB's instance of 5 servers, 25 clients and 50 scenarios has optimum -121.6."""
    instance = read_sslp(bench / "stochastic_sslp/mpi-sppy_examples_sslp.tar.xz", "sslp_5_25_50")
    solution = solve(to_network(instance), SolveOptions(time_limit=300, gap=0.0))
    assert solution.objective == pytest.approx(-121.6, rel=1e-6)
    assert solution.bound is not None
    assert solution.bound <= solution.objective
