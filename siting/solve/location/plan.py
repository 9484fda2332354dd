"""Plans of a location problem: shares of its arcs, and the same as rows of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.solution import Solution

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.solve.location.problem import Location

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """A plan: shares by arc of the problem, the sites that are open, and what it costs."""

    share: Floats
    is_open: NDArray[np.bool_]
    objective: float


def choice_of(problem: Location, share: Floats, is_open: NDArray[np.bool_]) -> Choice:
    """Return a plan from shares by arc; what is not served stays."""
    rest = np.maximum(1.0 - _by_area(problem, share), 0.0)
    staying = rest > 1e-9
    cost = share @ problem.cost + problem.fixed[is_open].sum() + rest[staying] @ problem.stay[staying]
    return Choice(share, is_open, float(cost))


def choice_from(problem: Location, solution: Solution) -> Choice:
    """Return a plan of the network as shares by arc."""
    patients = patients_of(problem)[problem.area]
    share = np.clip(solution.referred[problem.trip, 0] / patients, 0.0, 1.0)
    return choice_of(problem, share, solution.open_options[0] >= 0)


def solution_from(problem: Location, choice: Choice, **proof: Any) -> Solution:
    """Return a plan by rows of the network, with what is known about it."""
    network = problem.network
    patients = patients_of(problem)
    referred = np.zeros((len(network.trips), 1))
    referred[problem.trip, 0] = choice.share * patients[problem.area]
    arriving = np.bincount(problem.site, choice.share * problem.amount, minlength=len(choice.is_open))
    shipped = arriving[network.lanes["site"].to_numpy()][:, None]
    row = np.full(len(choice.is_open), -1, dtype=np.int64)
    row[network.options["site"]] = np.arange(len(network.options))
    opened = np.where(choice.is_open, row, -1)
    made = np.where(_used(network), arriving[network.makings["site"]], 0.0)
    unmet = np.zeros((len(network.unmet), 1))
    left = np.maximum(1.0 - _by_area(problem, choice.share), 0.0) * patients
    place = np.full(len(network.ids.areas), -1)
    place[network.unmet["area"]] = np.arange(len(network.unmet))
    unmet[place[areas_of(problem)], 0] = np.where(left > 1e-9 * patients, left, 0.0)
    treats = np.zeros((1, len(network.hospitals)), dtype=bool)
    treats[0, network.sites["hospital"].to_numpy()[choice.is_open]] = True
    return Solution(
        objective=choice.objective,
        open_options=opened[None, :],
        treating=treats,
        referred=referred,
        shipped=shipped,
        made=made[:, None],
        unmet=unmet,
        **proof,
    )


def _used(network: Network) -> NDArray[np.bool_]:
    """Return the makings that a site's option does with what its lane brings."""
    done = np.ones(len(network.makings), dtype=bool)
    for key, table in ((["site", "configuration"], network.options), (["site", "link"], network.lanes)):
        wanted = pd.MultiIndex.from_frame(table[key])
        done &= pd.MultiIndex.from_frame(network.makings[key]).isin(wanted)
    return done


def areas_of(problem: Location) -> NDArray[np.int64]:
    """Return the row of `network.areas` of each area of the problem."""
    demands = problem.network.demands
    return np.sort(demands["area"].to_numpy()[demands["patients"].to_numpy() > 0])


def patients_of(problem: Location) -> Floats:
    """Return the patients of each area of the problem."""
    demands = problem.network.demands.sort_values("area")
    patients = demands["patients"].to_numpy(float)
    return patients[patients > 0]


def _by_area(problem: Location, values: Floats) -> Floats:
    total: Floats = np.bincount(problem.area, values, minlength=len(problem.stay)).astype(float)
    return total
