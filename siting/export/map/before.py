"""The network before the plan, where no solved one is given: nearest hospital of today, makers of today.

Every patient goes to the hospital with the shortest trip among those that treat today, within the study's travel limit;
the cells go to whoever brings them back soonest among central plants and units that exist. Capacity and prices are not
counted, so this is no plan: it says how far people travel and wait where everybody uses what is nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.plan.tables import in_unit

if TYPE_CHECKING:
    import pandas as pd

    from siting.network.network import Network

NOTE = (
    "Before: patients go to the nearest hospital that treats today, within the travel limit; their cells are made by "
    "the central plant or existing unit that returns them soonest. Capacity is not counted."
)


def nearest_today(network: Network) -> pd.DataFrame:
    """Return where the patients of each area and product would go today; areas out of reach have no row.

    Parameters
    ----------
    network : Network
        Its trips, lanes and makings are read.

    Returns
    -------
    DataFrame
        ``area, hospital, site, configuration`` (positions), ``referred, treated, infused`` (patients of a mean year),
        ``distance`` (in the study's unit), ``minutes``, ``lane_distance, hours, link_class, vein_to_vein_d``. Empty
        where nobody makes cells today, or no hospital treats.
    """
    treats = network.hospitals["treats_today"].to_numpy(dtype=bool)
    trips = network.trips[treats[network.trips["hospital"].to_numpy()]]
    trips = trips.assign(distance=in_unit(trips["km"], network))[
        ["area", "hospital", "product", "distance", "minutes", "uptake"]
    ]
    ways = trips.merge(_soonest_makers(network), on=["hospital", "product"])
    ways = ways.sort_values(["minutes", "hospital"], kind="stable").drop_duplicates(["area", "product"])
    rows = _mean_year(network).merge(ways, on=["area", "product"])
    rows["treated"] = rows["referred"] * rows["uptake"]
    rows["infused"] = rows["treated"] * rows["infused"]
    return rows.drop(columns=["product", "uptake"])


def _soonest_makers(network: Network) -> pd.DataFrame:
    """Return for each hospital and product of today's makers the one with the fewest days from vein to vein."""
    options = network.options
    is_central = network.configurations["is_central"].to_numpy(dtype=bool)[options["configuration"]]
    makers = options.loc[is_central | options["is_existing"], ["site", "configuration"]].drop_duplicates()
    made = network.makings[["site", "configuration", "link", "product", "infused", "vein_to_vein_d"]]
    made = made.merge(makers, on=["site", "configuration"])
    lanes = network.lanes.assign(
        lane_distance=in_unit(network.lanes["km"], network),
        link_class=network.links["link_class"].to_numpy()[network.lanes["link"]],
    )[["hospital", "site", "product", "link", "lane_distance", "hours", "link_class"]]
    ways = lanes.merge(made, on=["site", "link", "product"]).drop(columns="link")
    return ways.sort_values(["vein_to_vein_d", "hours"], kind="stable").drop_duplicates(["hospital", "product"])


def _mean_year(network: Network) -> pd.DataFrame:
    """Return ``area, product, referred``: the patients of a mean year."""
    weight = network.slices["weight"].to_numpy(dtype=float)
    demands = network.demands
    patients = demands["patients"] * (weight / weight.sum())[demands["slice"].to_numpy()]
    sums = demands.assign(referred=patients).groupby(["area", "product"])["referred"].sum()
    return sums[sums > 0].reset_index()
