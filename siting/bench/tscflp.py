"""Two-stage capacitated facility location: plants supply satellites, satellites serve customers.

The layout of the collection of Fernandes and others (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.bench.source import Numbers, Source
from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from siting.bench.instance import BenchOptions


@dataclass(frozen=True)
class TwoStage:
    """A two-stage instance.

    Attributes
    ----------
    name : str
        The file's name.
    demand : ndarray, shape (n_customers,)
        Units a customer needs.
    plant_capacity, plant_cost : ndarray, shape (n_plants,)
        Units a plant makes, and its fixed cost.
    plant_to_satellite : ndarray, shape (n_plants, n_satellites)
        Cost of one unit.
    satellite_capacity, satellite_cost : ndarray, shape (n_satellites,)
        Units a satellite passes on, and its fixed cost.
    satellite_to_customer : ndarray, shape (n_satellites, n_customers)
        Cost of one unit.
    is_single_source : bool
        A customer is served by one satellite.
    """

    name: str
    demand: NDArray[np.float64]
    plant_capacity: NDArray[np.float64]
    plant_cost: NDArray[np.float64]
    plant_to_satellite: NDArray[np.float64]
    satellite_capacity: NDArray[np.float64]
    satellite_cost: NDArray[np.float64]
    satellite_to_customer: NDArray[np.float64]
    is_single_source: bool = False
    problem: str = "TSCFLP"


def read_tscflp(source: Source, options: BenchOptions) -> TwoStage:
    """Read ``I J K``; K demands; I pairs ``capacity fixed``; IxJ unit costs; J pairs; JxK unit costs.

    Raises
    ------
    StudyError
        If the file is too short or too long, or a number is negative.
    """
    numbers = Numbers(source)
    n_plants, n_satellites = numbers.count("the number of plants"), numbers.count("the number of satellites")
    n_customers = numbers.count("the number of customers")
    demand = numbers.take(n_customers, "the demands")
    plants = numbers.take(2 * n_plants, "capacity and fixed cost of the plants").reshape(n_plants, 2)
    supply = numbers.take(n_plants * n_satellites, "the costs from plants to satellites")
    satellites = numbers.take(2 * n_satellites, "capacity and fixed cost of the satellites").reshape(n_satellites, 2)
    delivery = numbers.take(n_satellites * n_customers, "the costs from satellites to customers")
    numbers.end()
    blocks = {
        "demand": demand,
        "capacity or fixed cost of a plant": plants,
        "cost from plant to satellite": supply,
        "capacity or fixed cost of a satellite": satellites,
        "cost from satellite to customer": delivery,
    }
    problems = [
        Problem(source.where, f"a {name} is negative", "correct the file, or check --format")
        for name, block in blocks.items()
        if (block < 0).any()
    ]
    need = demand.sum()
    problems += [
        Problem(source.where, f"the {name} pass {room:g}, less than the demand of {need:g}", "check --format")
        for name, room in (("plants", plants[:, 0].sum()), ("satellites", satellites[:, 0].sum()))
        if room < need
    ]
    if problems:
        raise StudyError(problems)
    return TwoStage(
        source.name,
        demand,
        plants[:, 0],
        plants[:, 1],
        supply.reshape(n_plants, n_satellites),
        satellites[:, 0],
        satellites[:, 1],
        delivery.reshape(n_satellites, n_customers),
        options.single_source,
    )
