"""Flows of patients and cells summed up for maps: one row for each pair of ends, in a mean year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.export.fields import flat
from siting.export.shapes import WGS84

if TYPE_CHECKING:
    from siting.plan.plan import Plan

SLICE = ["period", "scenario"]


def weighted(plan: Plan, table: str, amounts: list[str]) -> pd.DataFrame:
    """Return ``trips`` or ``lanes`` with amounts times the weight of their period and scenario in a mean year."""
    network = plan.network
    slices = network.slices
    weight = pd.DataFrame(
        {
            "period": [network.ids.periods[row] for row in slices["period"]],
            "scenario": [network.ids.scenarios[row] for row in slices["scenario"]],
            "share": slices["weight"].to_numpy(dtype=float) / slices["weight"].sum(),
        }
    )
    rows = flat(plan, table).merge(weight, on=SLICE, how="left", validate="many_to_one")
    rows[amounts] = rows[amounts].mul(rows["share"], axis=0)
    return rows.drop(columns="share")


def pair_flows(plan: Plan, table: str, ends: list[str], amounts: list[str]) -> pd.DataFrame:
    """Return one row for each pair of ends: amounts as weighted means over slices, other columns of the first row."""
    rows = weighted(plan, table, amounts)
    others = [name for name in rows.columns if name not in {*ends, *amounts}]
    how = dict.fromkeys(amounts, "sum") | dict.fromkeys(others, "first")
    return rows.groupby(ends, as_index=False, sort=True).agg(how)


def makers(plan: Plan) -> pd.DataFrame:
    """Return by area who makes the cells of its patients: ``area_id, site_id, treated`` (patients/year).

    The cells of one hospital mix on their way, so an area's cells go where those of its hospital and product go, by
    period and scenario.
    """
    key = ["hospital_id", "product", *SLICE]
    lanes = flat(plan, "lanes")
    lanes["share"] = lanes["patients"] / lanes.groupby(key)["patients"].transform("sum")
    rows = weighted(plan, "trips", ["treated"]).merge(lanes[[*key, "site_id", "share"]], on=key)
    rows["treated"] *= rows["share"]
    return rows.groupby(["area_id", "site_id"], as_index=False)["treated"].sum()


def desire_lines(plan: Plan) -> tuple[gpd.GeoDataFrame, str]:
    """Return straight lines with volumes, largest last so that they are drawn on top, and what is not drawn.

    Parameters
    ----------
    plan : Plan
        The plan; products are summed, periods and scenarios weighted.

    Returns
    -------
    tuple of GeoDataFrame and str
        Columns as `siting.export.fields.LAYER_FIELDS` declares them, EPSG:4326; and a sentence, empty if all is drawn.
    """
    areas, sites = plan.areas.set_index("area_id"), plan.candidates.set_index("site_id")
    distance = f"distance_{plan.network.distance_unit}"
    trips = pair_flows(plan, "trips", ["area_id", "hospital_id"], ["referred", "cost_per_year"])
    lanes = pair_flows(plan, "lanes", ["hospital_id", "site_id"], ["patients", "cost_per_year"])
    parts = []
    for kind, flows, start, end, names in (
        ("patients", trips.rename(columns={"referred": "patients"}), "area_id", "hospital_id", (areas, sites)),
        ("cells", lanes.assign(minutes=lanes["hours"] * 60.0), "hospital_id", "site_id", (sites, sites)),
    ):
        begin, finish = names[0].loc[flows[start]], names[1].loc[flows[end]]
        ends = np.stack([rows[["lon", "lat"]].to_numpy(float) for rows in (begin, finish)], axis=1)
        rows = flows[["patients", distance, "minutes", "cost_per_year"]].assign(
            kind=kind, from_id=flows[start], from_name=begin["name"].to_numpy(),
            to_id=flows[end], to_name=finish["name"].to_numpy(),
        )  # fmt: skip
        parts.append(gpd.GeoDataFrame(rows, geometry=shapely.linestrings(ends), crs=WGS84))
    rows = pd.concat(parts, ignore_index=True).sort_values("patients", kind="stable")
    drawn = shapely.length(rows.geometry.to_numpy()) > 0
    stay = float(rows.loc[~drawn, "patients"].sum())
    note = f"Flows within one place are not drawn: {stay:,.1f} patients a year." if stay else ""
    return rows[drawn].reset_index(drop=True), note
