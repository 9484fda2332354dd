"""Literature instances as networks: customers are areas, facilities are hospitals that treat by hosting a unit.

With no lane but the one from a hospital to its own site, one option for each site and no losses, the two-leg model *is*
the facility location problem: opening j is choosing its option, and a referred patient at j uses one unit of capacity.
In two stages the satellites are hospitals that may be activated by themselves, and the plants are central.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np

from siting.bench import tables
from siting.bench.instance import Instance
from siting.bench.tscflp import TwoStage
from siting.network.network import Limits, Network

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@singledispatch
def to_network(instance: Instance | TwoStage) -> Network:
    """Return the network whose total cost (or worst travel) is the instance's objective.

    Parameters
    ----------
    instance : Instance or TwoStage
        As `siting.bench.formats.read_instance` returns it.

    Returns
    -------
    Network
        Ready for `siting.solve.solve`; costs are in the instance's units, kilometres and minutes of a trip are its
        cost (the distance, where the instance is one of distances).
    """
    raise NotImplementedError(type(instance).__name__)


@to_network.register
def _(instance: Instance) -> Network:
    n_areas, n_sites = instance.cost.shape
    area, hospital = tables.grid(n_areas, n_sites)
    cost = instance.cost.reshape(-1)
    is_allowed = np.isfinite(cost)
    if not is_allowed.all():
        area, hospital, cost = area[is_allowed], hospital[is_allowed], cost[is_allowed]
    patients, uptake = _referred(instance.demand)
    unit_cost = np.zeros(len(cost)) if instance.is_center else cost / patients[area]
    here = tables.positions(n_sites)
    return tables.network(
        instance.name,
        {
            "demands": _demands(patients),
            "trips": tables.trips(area, hospital, unit_cost, cost, uptake[area]),
            "lanes": tables.lanes(here, here, 0, 0.0),
            "hospitals": tables.hospitals(n_sites),
            "sites": tables.sites(here),
            "options": tables.options(instance.capacity, instance.fixed_cost),
        },
        n_areas,
        # Without capacities a cheapest open facility serves a customer whole, so integer assignment adds nothing.
        Limits(
            sites=(instance.p, instance.p),
            allow_unserved=False,
            single_source_areas=instance.is_single_source and instance.is_capacitated,
        ),
    )


@to_network.register
def _(instance: TwoStage) -> Network:
    n_satellites, n_customers = instance.satellite_to_customer.shape
    n_plants = len(instance.plant_cost)
    area, hospital = tables.grid(n_customers, n_satellites)
    patients, uptake = _referred(instance.demand)
    unit_cost = instance.satellite_to_customer.T.reshape(-1) * uptake[area]
    satellite, plant = tables.grid(n_satellites, n_plants)
    return tables.network(
        instance.name,
        {
            "demands": _demands(patients),
            "trips": tables.trips(area, hospital, unit_cost, unit_cost, uptake[area]),
            "lanes": tables.lanes(satellite, plant, 0, instance.plant_to_satellite.T.reshape(-1)),
            "hospitals": tables.hospitals(
                n_satellites,
                becomes_centre=False,
                is_openable=True,
                treatment_capacity=instance.satellite_capacity,
                **{"activation:host": instance.satellite_cost},
            ),
            "sites": tables.sites(np.full(n_plants, -1, dtype=np.int32)),
            "options": tables.options(instance.plant_capacity, instance.plant_cost),
        },
        n_customers,
        Limits(allow_unserved=False, single_source_areas=instance.is_single_source),
        links=("central",),
    )


def _referred(demand: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return patients and their uptake; a customer without demand has to be assigned too, but uses no capacity."""
    has_demand = demand > 0
    return np.where(has_demand, demand, 1.0), has_demand.astype(float)


def _demands(patients: NDArray[np.float64]) -> pd.DataFrame:
    return tables.rows(
        {"area": tables.positions(len(patients)), "slice": np.int32(0), "patients": patients}, len(patients)
    )
