"""Network tables of literature instances: small builders that fill what an instance does not speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.network.network import Ids, Limits, Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

CONFIGURATION = "unit/unit"
_CONFIGURATION: dict[str, ArrayLike] = {
    "id": CONFIGURATION, "mode": "unit", "platform": "unit", "service_class": "", "use": "", "is_central": False,
    "wait_d": 0.0, "process_d": 0.0, "release_d": 0.0, "scheduling_d": 0.0,
}  # fmt: skip


def names(count: int) -> tuple[str, ...]:
    """Return the ids 1, 2, ... that the files count by."""
    return tuple(str(number) for number in range(1, count + 1))


def rows(columns: Mapping[str, ArrayLike], count: int) -> pd.DataFrame:
    """Return a table of `count` rows; scalars fill their column, arrays are used without a copy."""
    filled = {
        name: values if isinstance(values, np.ndarray) else np.full(count, values) for name, values in columns.items()
    }
    return pd.DataFrame(filled, index=pd.RangeIndex(count), copy=False)


def positions(count: int) -> NDArray[np.int32]:
    """Return 0, 1, ... as ids are stored in tables."""
    return np.arange(count, dtype=np.int32)


def grid(n_first: int, n_second: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the positions of all pairs, second fastest."""
    return np.repeat(positions(n_first), n_second), np.tile(positions(n_second), n_first)


def _places(count: int) -> dict[str, Any]:
    return {"name": np.array(names(count), dtype=object), "city": "", "region": "", "lon": 0.0, "lat": 0.0}


def hospitals(count: int, **columns: ArrayLike) -> pd.DataFrame:
    """Return hospitals that may only treat by hosting, unless `columns` say otherwise."""
    defaults = {
        "treats_today": False,
        "becomes_centre": True,
        "treatment_capacity": np.nan,
        "min_treated": 0.0,
        "is_openable": False,
    }
    return rows({**_places(count), **defaults, **columns}, count)


def sites(hospital: NDArray[np.int32]) -> pd.DataFrame:
    """Return candidate sites at the given hospitals; -1 makes a central plant."""
    return rows(
        {
            **_places(len(hospital)),
            "hospital": hospital,
            "is_central": hospital < 0,
            "status": "candidate",
            "may_close": True,
            "existing": np.int32(-1),
        },
        len(hospital),
    )


def options(capacity: NDArray[np.float64], fixed_cost: NDArray[np.float64]) -> pd.DataFrame:
    """Return one option for each site, with its capacity and yearly cost."""
    count = len(capacity)
    return rows(
        {
            "site": positions(count),
            "configuration": np.int32(0),
            "platforms": np.int32(1),
            "capacity": capacity,
            "min_starts": 0.0,
            "area_m2": 0.0,
            "fte": 0.0,
            "capex": 0.0,
            "capex_manufacturer": 0.0,
            "fixed_opex:manufacturer": fixed_cost,
        },
        count,
    )


def lanes(hospital: NDArray[np.int32], site: NDArray[np.int32], link: ArrayLike, unit_cost: ArrayLike) -> pd.DataFrame:
    """Return lanes with the cost of one unit; `link` is a position in the links."""
    count = len(hospital)
    return rows(
        {
            "hospital": hospital,
            "site": site,
            "product": np.int32(0),
            "km": 0.0,
            "hours": 0.0,
            "link": np.broadcast_to(np.asarray(link, dtype=np.int32), count).copy(),
            "courier:manufacturer": np.broadcast_to(np.asarray(unit_cost, dtype=float), count).copy(),
        },
        count,
    )


def trips(
    area: NDArray[np.int32],
    hospital: NDArray[np.int32],
    unit_cost: NDArray[Any],
    distance: NDArray[Any],
    uptake: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Return trips with the cost of one unit of demand; the distance stands for kilometres and minutes alike."""
    return rows(
        {
            "area": area,
            "hospital": hospital,
            "product": np.int32(0),
            "km": distance,
            "minutes": distance,
            "uptake": uptake,
            "travel:patient": unit_cost,
        },
        len(area),
    )


def network(
    name: str,
    tables: Mapping[str, pd.DataFrame],
    n_areas: int,
    limits: Limits,
    links: Sequence[str] = ("at",),
    scenario_weights: Sequence[float] = (1.0,),
) -> Network:
    """Return the network of an instance.

    Parameters
    ----------
    name : str
        Of the instance.
    tables : mapping of str to DataFrame
        ``demands`` (area, slice, patients), ``trips``, ``lanes``, ``hospitals``, ``sites``, ``options``.
    n_areas : int
        Number of customers.
    limits : Limits
        Rules.
    links : sequence of str
        Link class of each position used in the lanes.
    scenario_weights : sequence of float
        Weight of each scenario.

    Returns
    -------
    Network
        One product, one period, everybody served, and one making row for each link of a site.
    """
    n_sites, n_scenarios = len(tables["sites"]), len(scenario_weights)
    made = tables["lanes"][["site", "link"]].drop_duplicates().sort_values(["site", "link"])
    makings: dict[str, ArrayLike] = {
        "site": made["site"].to_numpy(),
        "configuration": np.int32(0),
        "link": made["link"].to_numpy(),
        "product": np.int32(0),
        "slots": 1.0,
        "starts": 1.0,
        "infused": 1.0,
        "infused_oos": 0.0,
        "lost_quality": 0.0,
        "lost_delay": 0.0,
        "vein_to_vein_d": 0.0,
        "making:manufacturer": 0.0,
    }
    areas = {key: value for key, value in _places(n_areas).items() if key != "city"}
    return Network(
        name=name,
        currency="units",
        price_year=0,
        distance_unit="km",
        ids=Ids(names(n_areas), names(len(tables["hospitals"])), names(n_sites), scenarios=names(n_scenarios)),
        slices=rows(
            {
                "period": np.int32(0),
                "scenario": positions(n_scenarios),
                "weight": np.array(scenario_weights, dtype=float),
            },
            n_scenarios,
        ),
        periods=rows({"weight": 1.0}, 1),
        areas=rows({**areas, "group": "", "population": 0.0}, n_areas),
        configurations=rows(_CONFIGURATION, 1),
        links=rows({"link_class": np.array(links, dtype=object), "hours": 0.0, "shipping": "fresh"}, len(links)),
        unmet=rows(
            {"area": positions(n_areas), "product": np.int32(0), "can_stay": False, "lost_unmet:lost": 0.0}, n_areas
        ),
        demands=tables["demands"].assign(product=np.int32(0))[["area", "product", "slice", "patients"]],
        makings=rows(makings, len(made)),
        trips=tables["trips"],
        lanes=tables["lanes"],
        hospitals=tables["hospitals"],
        sites=tables["sites"],
        options=tables["options"],
        limits=limits,
        shared_costs=rows({"name": np.array([], dtype=object)}, 0),
        shared_members=rows({"shared_cost": positions(0), "site": positions(0), "mode": np.array([], dtype=object)}, 0),
    )
