"""A small plan made by hand, with the tables a real one has, so that exports are tested without a solver."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from tests.export.fake_network import network_tables

CRS = "EPSG:4326"
EVIL = '<img src=x onerror=alert(1)> & "Söhne" </script>'
"""A hospital name that a careless page would run."""


def fake_plan(**changes: Any) -> SimpleNamespace:
    """Return a plan of 9 square areas, 5 hospitals and a central plant; `changes` replace attributes."""
    sites = _sites()
    areas = _areas()
    plan = SimpleNamespace(
        network=_network(sites),
        study=None,
        solution=SimpleNamespace(
            objective_kind="total_cost", strategy="direct", stopped_by="time limit", merged_areas=0, compile_s=0.0
        ),
        status="feasible",
        objective=np.float64(12_345_678.9),
        bound=12_000_000.0,
        gap=(12_345_678.9 - 12_000_000.0) / 12_345_678.9,
        runtime_s=1.25,
        features=("budget", "service_level"),
        changes=("changed setting: limits.sites.max = 2",),
        strategy="decompose",
        left_out=("budget",),
        kpis={
            "units": np.int64(2), "units_by_mode": {"owned": 1, "franchise": 1}, "patients_infused": 65.16,
            "patients_demand": 99.0, "share_infused": 65.16 / 99, "distance_mi_mean": 68.0, "minutes_mean": 85.0,
            "vein_to_vein_d_mean": 18.0, "cost_without_lost_patients_per_year": 2.5e6, "cost_per_infused": 38_367.1,
            "cost_per_year": 4e6,
            "share_central": 1 / 3, "unknown": float("nan"),
        },
        options={"time_limit": 60.0, "gap": 0.01, "threads": 2},
        inputs={"areas.csv": "0" * 64},
        log="solver says hello\n",
        summary=lambda: "Two units open.",
        check=lambda: None,
        area_shapes=None,
        outlines={"counties": _squares(), "states": _squares().dissolve()},
        openings=_openings(sites),
        candidates=sites,
        areas=areas,
        trips=_trips(areas, sites),
        lanes=_lanes(sites),
        costs=pd.DataFrame(
            [("capex", "manufacturer", 2e6, 1.0, 2e6), ("travel", "patient", 5e5, 1.0, 5e5)],
            columns=["component", "payer", "amount_per_year", "weight", "weighted"],
        ),
        clock=pd.DataFrame(
            [("", 81.5, 18.0, 15.0, 15.0, 32.0, 0.0, 0.6, 0.6, 2.0, 7.0, 7.0, 1.5, 0.4, 0.1)],
            columns=["region", "patients_infused", "vein_to_vein_d_mean", "vein_to_vein_d_p10", "vein_to_vein_d_p50",
                     "vein_to_vein_d_p90", "share_within_14_d", "share_within_21_d", "share_within_28_d", "transit_d",
                     "wait_d", "process_d", "release_d", "scheduling_d", "restart_d"],
        ),
        groups=pd.DataFrame(
            [("all", "", 100.0, 98.0, 0.95, 0.8, 0.02, 40.0, 90.0, 120.0)],
            columns=["by", "name", "demand", "treatable", "treated_share", "infused_share", "unserved_share",
                     "minutes_mean", "minutes_p90", "minutes_worst"],
        ),
        rules=pd.DataFrame(
            [("payer", "forbid_trip", "", 2, 0, 0, "001 / 002", 3.5, None, None, None, None, True, "state law")],
            columns=["rule_id", "kind", "mode", "trips_removed", "lanes_removed", "units_removed", "removed",
                     "patients", "spokes", "span", "months", "cost_per_year", "binds", "note"],
        ),
        assumptions=pd.DataFrame(
            [("products.csv", "all", "eligible_share", 0.3, "share", "assumption", True)],
            columns=["where", "id", "column", "value", "unit", "source", "is_assumption"],
        ),
    )  # fmt: skip
    for name, value in changes.items():
        setattr(plan, name, value)
    return plan


def emptied(plan: SimpleNamespace) -> SimpleNamespace:
    """Return the plan with no units, trips or lanes: everybody is unserved."""
    for table in ("openings", "trips", "lanes"):
        setattr(plan, table, getattr(plan, table).iloc[:0].astype(object).set_geometry("geometry", crs=CRS))
    return plan


def _network(sites: gpd.GeoDataFrame) -> SimpleNamespace:
    return SimpleNamespace(
        name="Squares & circles",
        currency="USD",
        price_year=2025,
        distance_unit="mi",
        **network_tables(),
        notes=("1 site with unknown beds is allowed.",),
        ids=SimpleNamespace(
            areas=tuple(f"0{i}" for i in range(1, 10)), products=("base",),
            hospitals=tuple(sites["site_id"][:5]), sites=tuple(sites["site_id"]), periods=("base",),
            scenarios=("base",),
        ),
        slices=pd.DataFrame({"period": [0], "scenario": [0], "weight": [1.0]}),
        configurations=pd.DataFrame(
            {"id": ["owned/box", "franchise/box", "central"], "mode": ["owned", "franchise", "central"],
             "platform": ["box", "box", ""], "is_central": [False, False, True]}
        ),
    )  # fmt: skip


def _squares() -> gpd.GeoDataFrame:
    squares = [box(-100 + column, 30 + row, -99 + column, 31 + row) for row in range(3) for column in range(3)]
    return gpd.GeoDataFrame({"id": [f"0{i}" for i in range(1, 10)]}, geometry=squares, crs=CRS)


def _sites() -> gpd.GeoDataFrame:
    rows = [
        ("001", "Alpha General", "Alton", -99.4, 30.6, "candidate", False, True, True, 500.0),
        ("002", EVIL, "Baytown", -97.5, 32.5, "candidate", False, True, False, 300.0),
        ("003", "=1+1 Clinic", "Corvo", -98.5, 31.5, "candidate", False, False, True, np.nan),
        ("004", "Delta Hospital", "Dunn", -97.6, 30.3, "candidate", False, False, False, 210.0),
        ("005", "Echo Hospital", "Elm", -99.7, 32.8, "banned", False, False, False, 220.0),
        ("C1", "Eastern Plant", "Easton", -75.0, 40.0, "existing", True, True, False, np.nan),
    ]
    columns = ["site_id", "name", "city", "lon", "lat", "status_in", "is_central", "is_open", "treats_today", "beds"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(3, "region", "TX")
    table["is_candidate"] = table["status_in"] != "banned"
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=CRS)


def _openings(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = sites[sites["is_open"]].drop(columns=["is_open", "is_candidate", "treats_today", "beds"])
    return rows.assign(
        period="base", mode=["owned", "franchise", "central"], platform=["box", "box", ""],
        service_class=["fast", "slow", ""], use="", fte=[6.0, 3.0, 0.0], platforms=[3, 1, 0],
        capacity_starts_per_year=[60.0, 20.0, np.inf], starts_per_year=[48.0, 15.0, 30.0],
        utilization=[0.8, 0.75, np.nan], patients_made=[45.0, 15.0, 30.0], patients_infused=[42.0, 13.5, 26.0],
        patients_treated_here=[45.0, 15.0, 0.0], is_new_centre=[False, True, False], capex=[3e6, 1e6, 0.0],
        cost_per_year=[2.5e6, 1.0e6, 4.0e6], host_income_per_year=[0.0, 5e5, 0.0],
        host_cost_per_year=[0.0, 4e5, 0.0], vein_to_vein_d=[15.0, 15.0, 32.0],
    ).reset_index(drop=True)  # fmt: skip


def _areas() -> gpd.GeoDataFrame:
    squares = _squares()
    points = gpd.GeoSeries(
        [Point(shape.centroid) for shape in squares.geometry], crs=CRS
    )  # fmt: skip
    count = np.arange(1, 10, dtype=float)
    table = gpd.GeoDataFrame(
        {
            "area_id": squares["id"], "name": [f"County {i}" for i in range(1, 10)], "region": "TX", "group": "",
            "population": count * 1e5, "demand": count * 2.2, "referred": count * 2.0, "treated": count * 2.0,
            "unmet": count * 0.2, "lost_distance": 0.0, "lost_quality": count * 0.05, "lost_delay": count * 0.02,
            "infused": count * 1.81, "distance_mi": count * 12.0, "minutes": count * 15.0,
            "vein_to_vein_d": 18.0, "main_hospital": ["001"] * 5 + ["002"] * 3 + ["003"],
            "lon": points.x, "lat": points.y,
        },
        geometry=points, crs=CRS,
    )  # fmt: skip
    # The last area is unserved: it has no trip, so no mean of trips.
    table.loc[8, ["referred", "treated", "infused", "lost_quality", "lost_delay"]] = 0.0
    table.loc[8, "unmet"] = table.loc[8, "demand"]
    table.loc[8, ["distance_mi", "minutes", "vein_to_vein_d"]] = np.nan
    table.loc[8, "main_hospital"] = ""
    return table


def _lines(starts: gpd.GeoSeries, ends: gpd.GeoSeries) -> list[LineString]:
    return [LineString([start, end]) for start, end in zip(starts, ends, strict=True)]


def _trips(areas: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = areas[areas["referred"] > 0]
    ends = sites.set_index("site_id").geometry.loc[rows["main_hospital"]]
    return gpd.GeoDataFrame(
        {
            "area_id": rows["area_id"], "hospital_id": rows["main_hospital"], "product": "base", "period": "base",
            "scenario": "base", "referred": rows["referred"], "treated": rows["treated"],
            "distance_mi": rows["distance_mi"], "minutes": rows["minutes"], "source": "matrix",
            "cost_per_year": rows["referred"] * 900.0,
        },
        geometry=_lines(rows.geometry, ends), crs=CRS,
    )  # fmt: skip


def _lanes(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = pd.DataFrame(
        [("001", "001", 30.0, 0.0, 0.0, "at"), ("002", "002", 15.0, 0.0, 0.0, "at"),
         ("003", "001", 15.0, 82.0, 4.5, "close"), ("001", "C1", 30.0, 1500.0, 48.0, "central")],
        columns=["hospital_id", "site_id", "patients", "distance_mi", "hours", "link_class"],
    ).assign(product="base", period="base", scenario="base", shipping="fresh", cost_per_year=1000.0)  # fmt: skip
    rows["source"] = "matrix"
    points = sites.set_index("site_id").geometry
    lines = _lines(points.loc[rows["hospital_id"]], points.loc[rows["site_id"]])
    return gpd.GeoDataFrame(rows, geometry=lines, crs=CRS)
