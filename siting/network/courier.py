"""Lanes: between which hospital and which site cells may travel, how long and at what price.

A lane is *at* (same hospital), *close* (up to ``courier.close_h``), *far*, or *central* (to a central plant). Its
hours, rounded up to ``courier.step_h``, and whether cells travel fresh or frozen make its link; everything about making
depends on the lane through its link only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.calibration import GREAT_CIRCLE, StraightLine
from siting.network.distance import HALF_EARTH_KM, geodesic_km, pairs_within
from siting.network.places import codes, ids_of
from siting.network.travel import km_per_unit

if TYPE_CHECKING:
    from siting.study.study import Study

SHIPMENTS = 2.0
"""Cells go to the unit and come back as a product."""
FRESH, CRYO = "fresh", "cryo"
"""How cells travel: fresh where they keep that long, else frozen."""
SAME_PLACE, PLANT_TABLE = "same hospital", "central_plants"
"""Sources of the hours of lanes that no road is looked at for."""


def lane_table(study: Study, treats: pd.Series, hosts: pd.Series) -> pd.DataFrame:
    """Return ``hospital, site, km, hours, source, link_class, price`` of every lane allowed (price of one shipment).

    Parameters
    ----------
    study : Study
        Its courier section or its lanes table says how far cells go.
    treats, hosts : Series of bool, by hospital position
        Hospitals that may treat, and hospitals that may host a unit.
    """
    section = study.config.courier
    both = np.flatnonzero(treats & hosts)
    same = pd.DataFrame({"hospital": both, "site": both, "km": 0.0, "hours": 0.0, "source": SAME_PLACE})
    same = same.assign(link_class="at", price=0.0)
    is_given = "lanes" in study.tables and section.source != GREAT_CIRCLE
    apart = _from_matrix(study) if is_given else _from_geometry(study)
    apart["hours"] += section.handling_h
    most_km = np.inf if section.max_distance is None else section.max_distance * km_per_unit(study)
    kept = (
        (apart["hospital"] != apart["site"]) & (apart["km"] <= most_km) & (apart["hours"] <= (section.max_h or np.inf))
    )
    kept &= treats.to_numpy()[apart["hospital"]] & hosts.to_numpy()[apart["site"]]
    apart = apart[kept].copy()
    apart["link_class"] = np.where(apart["hours"] <= section.close_h, "close", "far")
    apart["price"] = section.cost_per_shipment + section.cost_per_distance * apart["km"] / km_per_unit(study)
    parts = [part for part in (same, apart, _to_plants(study, treats)) if len(part)]
    rows = pd.concat(parts or [same], ignore_index=True).sort_values(["hospital", "site"], ignore_index=True)
    return rows.astype({"source": "category"})


def _from_matrix(study: Study) -> pd.DataFrame:
    matrix, hospitals = study.tables["lanes"], study.tables["hospitals"]
    ids = ids_of(study, "hospitals")
    sender, site = codes(matrix["hospital"], ids), codes(matrix["site"], ids)
    known = (sender >= 0) & (site >= 0)
    matrix, sender, site = matrix[known], sender[known], site[known]
    lon, lat = hospitals["lon"].to_numpy(float), hospitals["lat"].to_numpy(float)
    straight = geodesic_km(lon[sender], lat[sender], lon[site], lat[site])
    km = matrix["km"].astype(float).fillna(pd.Series(straight * study.config.courier.detour, index=matrix.index))
    return pd.DataFrame(
        {
            "hospital": sender,
            "site": site,
            "km": km.to_numpy(),
            "hours": matrix["hours"].to_numpy(float),
            "source": matrix["source"].to_numpy(object),
        }
    )


def _from_geometry(study: Study) -> pd.DataFrame:
    section, line = study.config.courier, StraightLine.of_lanes(study.config.courier)
    by_time = HALF_EARTH_KM if section.max_h is None else line.reach_km((section.max_h - section.handling_h) * 60.0)
    by_distance = np.inf if section.max_distance is None else section.max_distance * km_per_unit(study) / section.detour
    radius = min(by_time, by_distance)
    points = study.tables["hospitals"][["lon", "lat"]].to_numpy(float)
    sender, site, straight = pairs_within(points, points, radius)
    hours = line.minutes(straight) / 60.0
    return pd.DataFrame(
        {"hospital": sender, "site": site, "km": straight * section.detour, "hours": hours, "source": line.source}
    )


def _to_plants(study: Study, treats: pd.Series) -> pd.DataFrame:
    if "central_plants" not in study.tables:
        return pd.DataFrame()
    plants, hospitals = study.tables["central_plants"], study.tables["hospitals"]
    senders = np.flatnonzero(treats)
    sender, plant = np.repeat(senders, len(plants)), np.tile(np.arange(len(plants)), len(senders))
    lon, lat = hospitals["lon"].to_numpy(float), hospitals["lat"].to_numpy(float)
    return pd.DataFrame(
        {
            "hospital": sender,
            "site": len(hospitals) + plant,
            "km": geodesic_km(
                lon[sender], lat[sender], plants["lon"].to_numpy(float)[plant], plants["lat"].to_numpy(float)[plant]
            ),
            "hours": plants["transport_h"].to_numpy(float)[plant],
            "source": PLANT_TABLE,
            "link_class": "central",
            "price": plants["courier_cost_per_shipment"].to_numpy(float)[plant],
        }
    )


def link_table(lanes: pd.DataFrame, step_h: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the links ``link_class, hours, shipping`` and the link of every lane; hours are rounded up to the step."""
    stepped = np.where(
        lanes["link_class"].isin(["close", "far"]), np.ceil(lanes["hours"] / step_h - 1e-9) * step_h, lanes["hours"]
    )
    key = pd.DataFrame(
        {"link_class": lanes["link_class"].to_numpy(), "hours": stepped, "shipping": lanes["shipping"].to_numpy()}
    )
    links = key.drop_duplicates().sort_values(["hours", "link_class", "shipping"], ignore_index=True)
    number = pd.MultiIndex.from_frame(links).get_indexer(pd.MultiIndex.from_frame(key))
    return links, number.astype(np.int32)


def price_lanes(lanes: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the lanes of every product that survives the trip, with ledger columns for one patient collected.

    Parameters
    ----------
    lanes : DataFrame
        As `lane_table` returns them.
    study : Study
        Its products say how long cells keep, its courier section what freezing takes.

    Returns
    -------
    DataFrame
        ``hospital, site, product, km, hours, source, link_class, shipping``: cells travel fresh up to the product's
        fresh_window_h, else frozen unless it is fresh-only or that takes longer than its cryo_window_h.
    """
    section, products = study.config.courier, study.tables["products"].reset_index(drop=True)
    freezing = np.where(lanes["link_class"] == "central", 0.0, section.cryo_h)
    most = np.where(lanes["link_class"] == "central", np.inf, section.max_h or np.inf)
    parts = []
    for product, (_, row) in enumerate(products.iterrows()):
        is_fresh = lanes["hours"] <= row["fresh_window_h"]
        frozen_h = lanes["hours"] + freezing
        can_freeze = (not row["is_fresh_only"]) & ~(frozen_h > row["cryo_window_h"]) & (frozen_h <= most)
        kept = is_fresh | can_freeze
        shipped = lanes.assign(
            product=np.int32(product), hours=lanes["hours"].where(is_fresh, frozen_h),
            shipping=np.where(is_fresh, FRESH, CRYO),
        )  # fmt: skip
        parts.append(shipped[kept])
    rows = pd.concat(parts, ignore_index=True).astype({"hospital": np.int32, "site": np.int32})
    rows["courier:manufacturer"] = SHIPMENTS * rows.pop("price")
    cryo = SHIPMENTS * section.cryo_cost_per_shipment + section.cryo_storage_per_patient
    if cryo > 0.0:
        rows["cryo:manufacturer"] = np.where(rows["shipping"] == CRYO, cryo, 0.0)
    return rows
