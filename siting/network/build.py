"""Hop 2: from a study to a network of sparse, priced rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.network.calibration import StraightLine
from siting.network.configurations import configuration_table
from siting.network.courier import lane_table, link_table, price_lanes
from siting.network.decided import with_decisions
from siting.network.demand import demand_table, period_table, slice_table
from siting.network.equity import longest_way, with_equity
from siting.network.impossible import unmade_products, unreached_waits
from siting.network.law import lawful_lanes, lawful_profile, lawful_trips
from siting.network.making import making_profile, making_table
from siting.network.modes import capacity_today, list_prices, milestone_table, mode_limits, mode_notes
from siting.network.network import Ids, Limits, Network, ledger
from siting.network.options import capacity_notes, option_table, plant_options
from siting.network.places import area_table, hospital_table, ids_of, may_host, site_table
from siting.network.prune import dominated_options
from siting.network.reach import unreached_problem
from siting.network.regimes import law_of, lawful_options, shared_tables, units_that_cannot_be
from siting.network.sufficiency import too_little_capacity
from siting.network.travel import km_per_unit, price_trips, trip_table
from siting.study.assumptions import assumptions
from siting.words import count

if TYPE_CHECKING:
    from siting.study.config import CountLimit
    from siting.study.openings import Decisions
    from siting.study.study import Study


def build_network(study: Study, decisions: Decisions | None = None) -> Network:
    """Turn a study into a network.

    Parameters
    ----------
    study : Study
        Validated tables and settings.
    decisions : dict, optional
        Units drawn by hand, from `siting.study.openings.read_openings`; the model then only prices them.

    Returns
    -------
    Network
        Trips within the travel limit, lanes within the courier limit, priced makings and options.

    Raises
    ------
    StudyError
        Areas that no hospital can be reached from (unless the study lets them stay), a lost patient cheaper than a
        treated one, products that nobody can make or ship, waits that no unit can promise, or other contradictions
        that only prices and distances show.
    """
    hospitals, sites, periods = hospital_table(study), site_table(study), period_table(study)
    hosts, notes = may_host(study)
    configurations, slices = configuration_table(study), slice_table(study, periods)
    options, option_notes = option_table(study, configurations, hosts)
    options = _joined([options, plant_options(study, configurations)]).reset_index(drop=True)
    options["capacity_today"] = capacity_today(options)
    options, barred_options = lawful_options(study, options, configurations)
    hosts = pd.Series(hosts.index.isin(options["site"]))
    treats = hospitals["treats_today"] | (hosts & hospitals["becomes_centre"])
    reach = lane_table(study, treats, hosts)
    lanes = price_lanes(reach, study)
    links, lanes["link"] = link_table(lanes, study.config.courier.step_h)
    lanes, links, barred_lanes = lawful_lanes(study, lanes.drop(columns=["link_class", "shipping"]), links)
    profile = lawful_profile(making_profile(study, configurations, links), links, configurations)
    demands, trips = demand_table(study, slices), price_trips(trip_table(study, treats), study)
    trips, barred_trips = lawful_trips(study, trips)
    shared_costs, shared_members = shared_tables(study, options, configurations)
    network = Network(
        name=study.config.study.name or study.folder.name,
        currency=study.config.study.currency,
        price_year=study.config.study.price_year,
        distance_unit=study.config.study.distance_unit,
        ids=_ids(study),
        slices=slices[["period", "scenario", "weight"]],
        periods=periods[["weight"]],
        areas=area_table(study),
        hospitals=hospitals,
        sites=sites,
        configurations=configurations,
        links=links,
        demands=demands,
        unmet=_unmet(study),
        trips=trips,
        lanes=lanes,
        makings=making_table(profile, options, lanes),
        options=options,
        milestones=milestone_table(study, configurations, options),
        list_prices=list_prices(study),
        margin_share=study.config.costs.margin_share,
        shared_costs=shared_costs,
        shared_members=shared_members,
        limits=_limits(study, trips, longest_way(profile)),
        law=law_of(study, options, configurations, trips=barred_trips, lanes=barred_lanes, options=barred_options),
        weights=study.config.perspective.weights(),
        notes=study.notes + notes + option_notes + capacity_notes(study) + mode_notes(study),
        assumptions=assumptions(study),
    )
    useful = _useful(network)
    problems = [*units_that_cannot_be(useful), *unreached_waits(study, configurations), *_price_of_loss(useful, study)]
    problems += unmade_products(study, network, reach) or _unreachable(useful, network, study)
    problems += too_little_capacity(useful)
    if problems:
        raise StudyError(problems)
    network = with_equity(_without_unreachable(useful), study.config.limits.equity)
    return _pruned(network, profile) if decisions is None else with_decisions(network, decisions)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    ledgers = ledger(rows)
    rows[ledgers] = rows[ledgers].fillna(0.0)
    return rows


def _ids(study: Study) -> Ids:
    hospitals = ids_of(study, "hospitals")
    return Ids(
        areas=ids_of(study, "areas"),
        hospitals=hospitals,
        sites=hospitals + ids_of(study, "central_plants"),
        products=ids_of(study, "products"),
        periods=ids_of(study, "periods") or ("base",),
        scenarios=ids_of(study, "scenarios") or ("base",),
    )


def _unmet(study: Study) -> pd.DataFrame:
    products = study.tables["products"]
    area, product = (axis.ravel() for axis in np.indices((len(study.tables["areas"]), len(products))))
    price = products["lost_patient_price"].to_numpy(float)[product]
    stays = study.config.limits.allow_unserved
    return pd.DataFrame({"area": area, "product": product, "can_stay": stays, "lost_unmet:lost": price})


def _limits(study: Study, trips: pd.DataFrame, uninfused_d: float) -> Limits:
    section, travel = study.config.limits, study.config.travel
    by_distance = np.inf
    if travel.max_distance is not None:
        straight = np.array([travel.max_distance * km_per_unit(study) / travel.detour])
        by_distance = float(StraightLine.of_trips(travel).minutes(straight)[0])
    longest = min(travel.max_min or np.inf, by_distance)
    return Limits(
        budget=section.budget,
        sites=_range(section.sites),
        min_starts=section.min_starts,
        regions={region: _range(limit) for region, limit in section.regions.items()},
        service_level=section.service_level,
        mean_travel_min=section.mean_travel_min,
        cost_per_year=section.cost_per_year,
        vein_to_vein_d=section.vein_to_vein_d,
        uninfused_d=uninfused_d,
        unserved_min=float(max(longest if np.isfinite(longest) else 0.0, trips["minutes"].max(), 0.0)),
        allow_unserved=section.allow_unserved,
        single_source_areas=study.config.sourcing.areas == "single",
        single_source_hospitals=study.config.sourcing.hospitals == "single",
        **mode_limits(study),
    )


def _range(limit: CountLimit) -> tuple[int | None, int | None]:
    return (limit.min, limit.max)


def _useful(network: Network) -> Network:
    """Drop lanes that nothing can be made on, and trips of products that their hospital cannot send anywhere."""
    made = pd.MultiIndex.from_frame(network.makings[["site", "link", "product"]].drop_duplicates())
    lanes = network.lanes[pd.MultiIndex.from_frame(network.lanes[["site", "link", "product"]]).isin(made)]
    sends = pd.MultiIndex.from_frame(lanes[["hospital", "product"]].drop_duplicates())
    trips = network.trips[pd.MultiIndex.from_frame(network.trips[["hospital", "product"]]).isin(sends)]
    needed = pd.MultiIndex.from_frame(network.demands[["area", "product"]].drop_duplicates())
    trips = trips[pd.MultiIndex.from_frame(trips[["area", "product"]]).isin(needed)]
    return network.replace(lanes=lanes.reset_index(drop=True), trips=trips.reset_index(drop=True))


def _stranded(network: Network) -> pd.DataFrame:
    """Return the rows ``area, product`` with patients and no trip."""
    needed = network.demands[["area", "product"]].drop_duplicates()
    served = pd.MultiIndex.from_frame(network.trips[["area", "product"]].drop_duplicates())
    return needed[~pd.MultiIndex.from_frame(needed).isin(served)]


def _unreachable(network: Network, whole: Network, study: Study) -> list[Problem]:
    """Report areas without a trip; `whole` still has the trips to hospitals that can send cells nowhere."""
    stranded = _stranded(network)
    if stranded.empty or study.config.limits.allow_unreachable:
        return []
    hospitals = whole.trips.loc[whole.trips["area"].isin(stranded["area"]), "hospital"]
    rules = network.law.barring(stranded["area"].to_numpy(), hospitals.to_numpy())
    by_law = f"; rules take trips or lanes away there: {', '.join(rules)}" if rules else ""
    if len(hospitals) and not rules:
        by_law = "; hospitals in reach can send cells nowhere: a longer courier or a central plant would do"
    return [unreached_problem(study, network, sorted(set(stranded["area"])), by_law)]


def _price_of_loss(network: Network, study: Study) -> list[Problem]:
    """Refuse a lost patient cheaper than the dearest way of treating one: it would pay to lose the dear ones."""
    making = (
        pd.Series(network.cost("makings"))
        - network.makings[["lost_quality:lost", "lost_delay:lost"]].sum(axis=1) * (network.weights["lost"])
    )
    dearest = making.groupby(network.makings["product"]).max()
    courier = pd.Series(network.cost("lanes")).groupby(network.lanes["product"]).max()
    limits, is_money = study.config.limits, study.config.objective.kind == "total_cost"
    free_to_lose = is_money and limits.allow_unserved and limits.service_level is None
    problems = []
    for product, row in study.tables["products"].reset_index(drop=True).iterrows():
        least = dearest.get(product, 0.0) + courier.get(product, 0.0)
        price = row["lost_patient_price"] * network.weights["lost"]
        if price < least and (price > 0.0 or free_to_lose):
            problems.append(
                Problem(
                    "products",
                    f"lost_patient_price of {row['id']} is {price:,.0f}, less than the {least:,.0f} that making and "
                    "shipping one patient can cost: the cheapest plan would lose patients to save money",
                    f"set it to {least:,.0f} or more",
                    (str(row["id"]),),
                )
            )
    return problems


def _without_unreachable(network: Network) -> Network:
    """Let patients of areas that no trip leaves stay unserved; the study allowed it."""
    stranded = pd.MultiIndex.from_frame(_stranded(network))
    stays = network.unmet["can_stay"] | pd.MultiIndex.from_frame(network.unmet[["area", "product"]]).isin(stranded)
    notes = network.notes
    if len(stranded):
        notes += (f"{count(len(stranded), 'area')} can reach no hospital and stay unserved.",)
    return network.replace(unmet=network.unmet.assign(can_stay=stays), notes=notes)


def _pruned(network: Network, profile: pd.DataFrame) -> Network:
    """Drop dominated options; kept whole over several periods, where a smaller unit may be the seed of a larger one."""
    if len(network.periods) > 1:
        return network
    return network.with_options(~dominated_options(network, profile))
