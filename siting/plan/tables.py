"""Result tables of a plan under the analyst's ids, ready for a GIS or a spreadsheet.

Distances are in the study's unit, in a column named for it (``distance_mi`` or ``distance_km``). Patients and money
are a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.model.features.host_break_even import host_accounts
from siting.plan.check import starts
from siting.plan.outcomes import SHARES, grouped_sum
from siting.study.units import KM_PER_UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.plan.outcomes import Outcomes

    Floats = NDArray[np.float64]

WGS84 = "EPSG:4326"
LEAST_FLOW = 1e-6
"""Flows below this many patients a year are rounding of the solver and are not listed."""


def distance_column(network: Network) -> str:
    """Return the name of distance columns: distance_mi or distance_km."""
    return f"distance_{network.distance_unit}"


def in_unit(km: Floats | pd.Series, network: Network) -> Floats:
    """Return distances in the study's unit."""
    return np.asarray(km, dtype=float) / KM_PER_UNIT[network.distance_unit]


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=WGS84)


def _lines(frame: pd.DataFrame, start: pd.DataFrame, end: pd.DataFrame) -> gpd.GeoDataFrame:
    ends = np.stack([rows[["lon", "lat"]].to_numpy(float) for rows in (start, end)], axis=1)
    return gpd.GeoDataFrame(frame, geometry=shapely.linestrings(ends), crs=WGS84)


def opening_table(outcomes: Outcomes) -> gpd.GeoDataFrame:
    """Return one row for each unit, and each central plant in use, of each period."""
    network, solution = outcomes.network, outcomes.solution
    used = starts(network, solution)
    parts = []
    for t, period in enumerate(network.ids.periods):
        slices = np.flatnonzero(network.slices["period"] == t)
        chance = outcomes.probability[slices]
        made = solution.made[:, slices] @ chance
        work = network.makings[["site"]].assign(patients=made, days=made * network.makings["vein_to_vein_d"],
                                                infused=made * network.makings["infused"],
                                                cost=made * network.cost("makings"))  # fmt: skip
        by_site = {c: grouped_sum(work, "site", len(network.sites), c) for c in ("patients", "days", "infused", "cost")}
        here = np.zeros(len(network.hospitals))
        np.add.at(here, network.trips["hospital"].to_numpy(), outcomes.collected[:, slices] @ chance)
        chosen = solution.open_options[t]
        earned, paid = host_accounts(network, solution, t)
        central = network.sites["is_central"].to_numpy(bool)
        listed = np.flatnonzero((chosen >= 0) & (~central | (by_site["patients"] > LEAST_FLOW)))
        options, sites = network.options.iloc[chosen[listed]], network.sites.iloc[listed]
        configuration = network.configurations.iloc[options["configuration"]]
        hospital = sites["hospital"].to_numpy()
        is_new = np.where(hospital >= 0, ~network.hospitals["treats_today"].to_numpy(bool)[hospital], False)
        is_new &= np.where(hospital >= 0, network.hospitals["becomes_centre"].to_numpy(bool)[hospital], False)
        patients = by_site["patients"][listed]
        made_starts = (used[:, slices] @ chance)[listed]
        capacity = options["capacity"].to_numpy(float)
        parts.append(
            pd.DataFrame(
                {
                    "site_id": [network.ids.sites[j] for j in listed],
                    "name": sites["name"].to_numpy(),
                    "city": sites["city"].to_numpy(),
                    "region": sites["region"].to_numpy(),
                    "period": period,
                    "is_central": central[listed],
                    "status_in": sites["status"].to_numpy(),
                    "mode": configuration["mode"].to_numpy(),
                    "platform": configuration["platform"].to_numpy(),
                    **_told_apart(configuration, network),
                    "platforms": options["platforms"].to_numpy(int),
                    "capacity_starts_per_year": np.where(np.isfinite(capacity), capacity, np.nan),
                    "starts_per_year": made_starts,
                    "utilization": np.where(np.isfinite(capacity), made_starts / capacity, np.nan),
                    "patients_made": patients,
                    "patients_infused": by_site["infused"][listed],
                    "patients_treated_here": np.where(hospital >= 0, here[hospital], 0.0),
                    "is_new_centre": is_new,
                    **({"fte": options["fte"].to_numpy(float)} if (network.options["fte"] > 0).any() else {}),
                    "capex": options["capex"].to_numpy(float),
                    "cost_per_year": network.cost("options")[chosen[listed]] + by_site["cost"][listed],
                    "host_income_per_year": earned[listed],
                    "host_cost_per_year": paid[listed],
                    "vein_to_vein_d": np.divide(
                        by_site["days"][listed], patients, out=np.full(len(listed), np.nan), where=patients > 0
                    ),
                    "lon": sites["lon"].to_numpy(float),
                    "lat": sites["lat"].to_numpy(float),
                }
            )
        )
    return _points(pd.concat(parts, ignore_index=True))


def _told_apart(configuration: pd.DataFrame, network: Network) -> dict[str, NDArray[np.object_]]:
    """Return service class and use of units, each where the study has several."""
    units = network.configurations[~network.configurations["is_central"]]
    names = (name for name in ("service_class", "use") if units[name].nunique() > 1)
    return {name: configuration[name].to_numpy(object) for name in names}


def candidate_table(outcomes: Outcomes) -> gpd.GeoDataFrame:
    """Return every site with what it was and whether the plan uses it."""
    network = outcomes.network
    sites = network.sites
    hospital = sites["hospital"].to_numpy()
    treats = np.where(hospital >= 0, network.hospitals["treats_today"].to_numpy(bool)[hospital], False)
    return _points(
        pd.DataFrame(
            {
                "site_id": network.ids.sites,
                "name": sites["name"],
                "city": sites["city"],
                "region": sites["region"],
                "status_in": sites["status"],
                "is_central": sites["is_central"].astype(bool),
                "is_candidate": np.isin(np.arange(len(sites)), network.options["site"].unique()),
                "is_open": (outcomes.solution.open_options >= 0).any(axis=0),
                "treats_today": treats,
                "beds": sites["beds"].astype(float),
                "lon": sites["lon"].astype(float),
                "lat": sites["lat"].astype(float),
            }
        )
    )


def area_table(outcomes: Outcomes) -> gpd.GeoDataFrame:
    """Return one row for each area: its patients in a mean year, what became of them, how far they went."""
    network, solution, weight = outcomes.network, outcomes.solution, outcomes.mean_year
    size, trips = len(network.areas), network.trips
    referred = solution.referred @ weight
    flows = trips[["area", "hospital"]].assign(
        referred=referred,
        treated=outcomes.collected @ weight,
        distance=referred * in_unit(trips["km"], network),
        minutes=referred * trips["minutes"],
        days=(outcomes.collected * outcomes.by_trip("vein_to_vein_d")) @ weight,
        **{name: (outcomes.collected * outcomes.by_trip(name)) @ weight for name in SHARES},
    )
    sums = {name: grouped_sum(flows, "area", size, name) for name in flows.columns[2:]}
    demand = network.demands.assign(patients=network.demands["patients"] * weight[network.demands["slice"]])
    main = flows[flows["referred"] > LEAST_FLOW].groupby(["area", "hospital"])["referred"].sum().reset_index()
    main = main.sort_values(["referred", "hospital"], ascending=[False, True]).drop_duplicates("area").set_index("area")
    names = np.array([*network.ids.hospitals, ""], dtype=object)

    def mean(name: str, over: str) -> Floats:
        return np.divide(sums[name], sums[over], out=np.full(size, np.nan), where=sums[over] > LEAST_FLOW)

    return _points(
        pd.DataFrame(
            {
                "area_id": network.ids.areas,
                "name": network.areas["name"],
                "region": network.areas["region"],
                "group": network.areas["group"],
                "population": network.areas["population"].astype(float),
                "demand": grouped_sum(demand, "area", size, "patients"),
                "referred": sums["referred"],
                "treated": sums["treated"],
                "unmet": grouped_sum(network.unmet.assign(left=solution.unmet @ weight), "area", size, "left"),
                "lost_distance": sums["referred"] - sums["treated"],
                "lost_quality": sums["lost_quality"],
                "lost_delay": sums["lost_delay"],
                "infused": sums["infused"],
                distance_column(network): mean("distance", "referred"),
                "minutes": mean("minutes", "referred"),
                "vein_to_vein_d": mean("days", "treated"),
                "main_hospital": names[main["hospital"].reindex(range(size)).fillna(-1).astype(int)],
                "lon": network.areas["lon"].astype(float),
                "lat": network.areas["lat"].astype(float),
            }
        )
    )


def _used(rows: pd.DataFrame, flow: Floats, network: Network) -> tuple[pd.DataFrame, Floats, NDArray[np.int64]]:
    """Return rows with flow repeated by slice, the flow, and the slice."""
    row, slice_ = np.nonzero(flow > LEAST_FLOW)
    kept = rows.iloc[row].reset_index(drop=True)
    kept["period"] = [network.ids.periods[t] for t in network.slices["period"].to_numpy()[slice_]]
    kept["scenario"] = [network.ids.scenarios[s] for s in network.slices["scenario"].to_numpy()[slice_]]
    return kept, flow[row, slice_], slice_


def trip_table(outcomes: Outcomes) -> gpd.GeoDataFrame:
    """Return the trips that patients take, as lines from area to hospital."""
    network = outcomes.network
    rows, patients, _ = _used(network.trips.assign(price=network.cost("trips")), outcomes.solution.referred, network)
    frame = pd.DataFrame(
        {
            "area_id": [network.ids.areas[a] for a in rows["area"]],
            "hospital_id": [network.ids.hospitals[h] for h in rows["hospital"]],
            "product": [network.ids.products[i] for i in rows["product"]],
            "period": rows["period"],
            "scenario": rows["scenario"],
            "referred": patients,
            "treated": patients * rows["uptake"],
            distance_column(network): in_unit(rows["km"], network),
            "minutes": rows["minutes"],
            "source": rows["source"].astype(str),
            "cost_per_year": patients * rows["price"],
        }
    )
    return _lines(frame, network.areas.iloc[rows["area"]], network.hospitals.iloc[rows["hospital"]])


def lane_table(outcomes: Outcomes) -> gpd.GeoDataFrame:
    """Return the lanes that cells take, as lines from hospital to site; lanes within one hospital have no length."""
    network = outcomes.network
    rows, patients, _ = _used(network.lanes.assign(price=network.cost("lanes")), outcomes.solution.shipped, network)
    frame = pd.DataFrame(
        {
            "hospital_id": [network.ids.hospitals[h] for h in rows["hospital"]],
            "site_id": [network.ids.sites[j] for j in rows["site"]],
            "product": [network.ids.products[i] for i in rows["product"]],
            "period": rows["period"],
            "scenario": rows["scenario"],
            "patients": patients,
            distance_column(network): in_unit(rows["km"], network),
            "hours": rows["hours"],
            "source": rows["source"].astype(str),
            "link_class": network.links["link_class"].to_numpy()[rows["link"]],
            "shipping": network.links["shipping"].to_numpy()[rows["link"]],
            "cost_per_year": patients * rows["price"],
        }
    )
    return _lines(frame, network.hospitals.iloc[rows["hospital"]], network.sites.iloc[rows["site"]])
