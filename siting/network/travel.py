"""Trips: which hospitals the patients of an area can go to, how long it takes, what it costs, who gives up.

Time of a trip without a matrix = fixed minutes + great circle x detour / speed, or a calibration
(`siting.network.calibration`). Uptake = exp(-decay x miles beyond
the free distance) (Chung et al., Blood Adv 2025;9:4727). Cost of a treated patient = round trips x (driving + time) +
lodging where the trip is longer than the lodging threshold; round trips = those of the treatment + those of follow-up
that are not made near home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.calibration import GREAT_CIRCLE, StraightLine
from siting.network.distance import HALF_EARTH_KM, geodesic_km, pairs_within
from siting.network.places import codes, ids_of
from siting.study.units import KM_PER_MILE, KM_PER_UNIT

if TYPE_CHECKING:
    from siting.study.config import TravelSection
    from siting.study.study import Study


def km_per_unit(study: Study) -> float:
    """Return the kilometres of one of the study's distance units."""
    return KM_PER_UNIT[study.config.study.distance_unit]


def trip_table(study: Study, treats: pd.Series) -> pd.DataFrame:
    """Return ``area, hospital, km, minutes, source`` of every trip allowed, sorted by area then hospital.

    Parameters
    ----------
    study : Study
        Its travel section or its trips table says how far people go.
    treats : Series of bool, by hospital position
        Hospitals that treat today or could start to.
    """
    section = study.config.travel
    is_given = "trips" in study.tables and section.source != GREAT_CIRCLE
    rows = _from_matrix(study) if is_given else _from_geometry(study)
    rows["source"] = rows["source"].astype("category")
    most_km = (section.max_distance or np.inf) * km_per_unit(study)
    kept = (rows["km"] <= most_km) & (rows["minutes"] <= (section.max_min or np.inf))
    kept &= treats.to_numpy()[rows["hospital"]]
    return rows[kept].sort_values(["area", "hospital"], ignore_index=True)


def _from_matrix(study: Study) -> pd.DataFrame:
    matrix, areas, hospitals = (study.tables[name] for name in ("trips", "areas", "hospitals"))
    area, hospital = (
        codes(matrix["area"], ids_of(study, "areas")),
        codes(matrix["hospital"], ids_of(study, "hospitals")),
    )
    known = (area >= 0) & (hospital >= 0)
    matrix, area, hospital = matrix[known], area[known], hospital[known]
    ends = [rows[axis].to_numpy(float) for rows in (areas, hospitals) for axis in ("lon", "lat")]
    straight = geodesic_km(ends[0][area], ends[1][area], ends[2][hospital], ends[3][hospital])
    km = matrix["km"].astype(float).fillna(pd.Series(straight * study.config.travel.detour, index=matrix.index))
    return pd.DataFrame(
        {
            "area": area,
            "hospital": hospital,
            "km": km.to_numpy(),
            "minutes": matrix["minutes"].to_numpy(float),
            "source": matrix["source"].to_numpy(object),
        }
    )


def _from_geometry(study: Study) -> pd.DataFrame:
    section, line = study.config.travel, StraightLine.of_trips(study.config.travel)
    by_time = HALF_EARTH_KM if section.max_min is None else line.reach_km(section.max_min)
    by_distance = (section.max_distance or np.inf) * km_per_unit(study) / section.detour
    radius = min(by_time, by_distance)
    points = [study.tables[name][["lon", "lat"]].to_numpy(float) for name in ("areas", "hospitals")]
    area, hospital, straight = pairs_within(points[0], points[1], radius)
    return pd.DataFrame(
        {
            "area": area.astype(np.int32),
            "hospital": hospital.astype(np.int32),
            "km": straight * section.detour,
            "minutes": line.minutes(straight),
            "source": line.source,
        }
    )


def uptake(km: np.ndarray, study: Study) -> np.ndarray:
    """Return the share of referred patients who still come from a distance."""
    section = study.config.travel
    free_km = section.uptake_free_distance * km_per_unit(study)
    return np.exp(-section.uptake_decay_per_mi * np.maximum(km - free_km, 0.0) / KM_PER_MILE)


def travel_cost(trips: pd.DataFrame, section: TravelSection, km_of_unit: float) -> np.ndarray:
    """Return the travel cost of one treated patient with companions, in money."""
    driving = section.cost_per_distance * trips["km"].to_numpy() / km_of_unit
    time = section.hour_value * section.persons * trips["minutes"].to_numpy() / 60.0
    lodging = (
        section.lodging_nights * section.lodging_per_night * (trips["minutes"].to_numpy() > section.lodging_after_min)
    )
    round_trips = section.round_trips + section.follow_up_trips * (1.0 - section.follow_up_local_share)
    return round_trips * 2.0 * (driving + time) + lodging


def price_trips(trips: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the trips of every product with uptake and ledger columns, all for one referred patient."""
    share = uptake(trips["km"].to_numpy(), study)
    base = trips.assign(uptake=share)
    base["travel:patient"] = share * travel_cost(trips, study.config.travel, km_per_unit(study))
    prices = study.tables["products"]["lost_patient_price"].to_numpy(float)
    parts = [
        base.assign(**{"product": np.int32(product), "lost_distance:lost": (1.0 - share) * price})
        for product, price in enumerate(prices)
    ]
    return pd.concat(parts, ignore_index=True)
