"""Places: from any coordinate reference system to WGS 84, with checks for the usual mix-ups.

Rules of thumb, each a sharp message rather than a wrong map: values in the thousands cannot be degrees; a metric
system whose values all fit into degrees was declared by mistake; |lat| > 90 with a fitting lon is a swap; a national
system is used in its own country, and a place that is there only with its axes exchanged is a swap; nobody lives below
60 degrees south or above 83 degrees north; 0, 0 is in the sea.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

WGS84 = "EPSG:4326"
_LEAST_LAT, _MOST_LAT = -60.0, 83.0
_USE_MARGIN = 10.0
"""Degrees beyond the area for which a projected system is made, before places are taken for somebody else's."""
_SWAP = "swap lon and lat (lon is east-west, lat is north-south)"


@dataclass
class Places:
    """Longitude and latitude (WGS 84) of every row; ``faults`` are problems with the rows they concern.

    ``repaired`` are rows whose polygon crossed itself or the like and was made valid.
    """

    lon: pd.Series
    lat: pd.Series
    crs: str
    polygons: gpd.GeoSeries | None = None
    faults: list[tuple[Problem, pd.Index]] = field(default_factory=list)
    repaired: pd.Index = field(default_factory=lambda: pd.Index([]))


def read_crs(text: str, where: str) -> CRS:
    """Return the coordinate reference system that a text names.

    Raises
    ------
    StudyError
        If there is no such system.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError:
        what = f"{text!r} is no coordinate reference system"
        raise StudyError([Problem(where, what, 'such as "EPSG:4326"')]) from None


def places_of_columns(lon: pd.Series, lat: pd.Series, crs_text: str | None, table: str) -> Places:
    """Turn the lon and lat columns of a table into WGS 84.

    Parameters
    ----------
    lon, lat : Series of float
        East and north coordinates in `crs_text` (WGS 84 if None); NaN where unknown.
    crs_text : str or None
        What study.toml declares.
    table : str
        For messages.
    """
    crs = read_crs(crs_text or WGS84, f"tables.{table}.crs")
    faults = _raw_faults(lon, lat, crs, table)
    if faults:
        return Places(lon, lat, _name(crs), faults=faults)
    faults = _use_faults(lon, lat, crs, table)
    if faults:
        return Places(lon, lat, _name(crs), faults=faults)
    if not _is_wgs84(crs):
        lon, lat = _to_wgs84(lon, lat, crs)
    return Places(lon, lat, _name(crs), faults=_place_faults(lon, lat, table))


def places_of_geometry(
    geometry: gpd.GeoSeries, crs_text: str | None, table: str, file: str, centroid: str = "representative_point"
) -> Places:
    """Turn a file's points or polygons into WGS 84.

    Parameters
    ----------
    geometry : GeoSeries
        Points, polygons or both; None or empty where a row has none, which is a fault.
    crs_text : str or None
        What study.toml declares.
    table, file : str
        For messages.
    centroid : {"representative_point", "centroid"}
        What stands for a polygon: a point inside it, or its centre of area in the file's own system (in an equal-area
        projection where that one is in degrees).

    Raises
    ------
    StudyError
        If the geometry has no coordinate reference system or not the declared one, or is neither points nor polygons.
    """
    crs = _geometry_crs(geometry, crs_text, table, file)
    kinds = set(geometry.dropna().geom_type)
    polygonal = bool(kinds & {"Polygon", "MultiPolygon"})
    if kinds - {"Point", "Polygon", "MultiPolygon"}:
        what = f"geometry is of type {', '.join(sorted(kinds - {'Point', 'Polygon', 'MultiPolygon'}))}"
        raise StudyError([Problem(file, what, "points or polygons are needed")])
    bounds = geometry.bounds
    east, north = (bounds.minx + bounds.maxx) / 2, (bounds.miny + bounds.maxy) / 2
    faults = _empty_faults(geometry, table) or _raw_faults(east, north, crs, table)
    faults = faults or _use_faults(east, north, crs, table)
    if faults:
        return Places(east, north, _name(crs), faults=faults)
    geometry = geometry.set_crs(crs, allow_override=True)
    broken = ~geometry.is_valid
    geometry = geometry.where(~broken, geometry.make_valid())
    flat = geometry.index[broken & (shapely.area(geometry.to_numpy()) == 0)]
    if len(flat):
        fault = (Problem(table, "the polygon has no area", "draw it again"), flat)
        return Places(east, north, _name(crs), faults=[fault])
    points = _points(geometry, centroid).to_crs(WGS84) if polygonal else geometry.to_crs(WGS84)
    lon, lat = (pd.Series(values, index=geometry.index, dtype=float) for values in (points.x, points.y))
    polygons = geometry.to_crs(WGS84) if polygonal else None
    return Places(lon, lat, _name(crs), polygons, _place_faults(lon, lat, table), geometry.index[broken])


def _points(geometry: gpd.GeoSeries, centroid: str) -> gpd.GeoSeries:
    if centroid != "centroid":
        return geometry.representative_point()
    if not geometry.crs.is_geographic:
        return geometry.centroid
    return geometry.to_crs("+proj=cea").centroid.to_crs(geometry.crs)


def _empty_faults(geometry: gpd.GeoSeries, table: str) -> list[tuple[Problem, pd.Index]]:
    empty = geometry.index[geometry.isna() | geometry.is_empty]
    what = "the row has no geometry, or an empty one"
    return [(Problem(table, what, "draw it, or leave the row out with where"), empty)] if len(empty) else []


def _geometry_crs(geometry: gpd.GeoSeries, declared: str | None, table: str, file: str) -> CRS:
    own = geometry.crs
    if own is not None and "undefined" in own.name.lower():
        own = None
    if declared is None:
        if own is None:
            remedy = f'declare it: [tables.{table}] crs = "EPSG:..."'
            raise StudyError([Problem(file, "the geometry names no coordinate reference system", remedy)])
        return own
    crs = read_crs(declared, f"tables.{table}.crs")
    if own is not None and not crs.equals(own, ignore_axis_order=True):
        what = f"the file is in {_name(own)} but tables.{table}.crs says {_name(crs)}"
        raise StudyError([Problem(file, what, "remove the setting, or mend the file")])
    return crs


def _name(crs: CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _is_wgs84(crs: CRS) -> bool:
    return crs.equals(WGS84, ignore_axis_order=True)


def _to_wgs84(east: pd.Series, north: pd.Series, crs: CRS) -> tuple[pd.Series, pd.Series]:
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(crs, WGS84, always_xy=True).transform(east.to_numpy(), north.to_numpy())
    return pd.Series(lon, index=east.index), pd.Series(lat, index=north.index)


def _raw_faults(east: pd.Series, north: pd.Series, crs: CRS, table: str) -> list[tuple[Problem, pd.Index]]:
    """Compare coordinates with the system they are declared in."""
    known = east.notna() & north.notna()
    east, north = east[known].abs(), north[known].abs()
    if east.empty:
        return []
    fits_degrees = (east <= 180) & (north <= 90)
    if not crs.is_geographic:
        if not fits_degrees.all():
            return []
        what = f"the coordinates look like degrees but {_name(crs)} counts in metres"
        return [(Problem(table, what, f"correct or remove tables.{table}.crs"), east.index)]
    too_far = (east > 1000) | (north > 1000)
    if too_far.mean() > 0.5:
        most = max(east.max(), north.max())
        what = f"the coordinates look like metres (up to {most:,.0f}) but are declared as degrees"
        remedy = f'declare their system: [tables.{table}] crs = "EPSG:..."'
        return [(Problem(table, what, remedy), east.index)]
    swapped = (north > 90) & (north <= 180) & (east <= 90)
    if swapped.any():
        return [(Problem(table, "lon and lat look swapped: lat is beyond 90 degrees", _SWAP), east.index[swapped])]
    return []


def _use_faults(east: pd.Series, north: pd.Series, crs: CRS, table: str) -> list[tuple[Problem, pd.Index]]:
    """Compare places with the area that a projected system is made for, as they are and with axes exchanged."""
    if crs.is_geographic or crs.area_of_use is None:
        return []
    known = east.notna() & north.notna()
    stray = known & ~_is_in_use(*_to_wgs84(east, north, crs), crs)
    if not stray.any():
        return []
    index = east.index[stray]
    if _is_in_use(*_to_wgs84(north, east, crs), crs)[stray].all():
        what = f"east and north look exchanged: places are where {_name(crs)} is used only the other way round"
        return [(Problem(table, what, "exchange the two columns, or the axes of the file"), index)]
    what = f"places are far from where {_name(crs)} is used ({crs.area_of_use.name})"
    return [(Problem(table, what, f"check tables.{table}.crs, and that the axes are east, north"), index)]


def _is_in_use(lon: pd.Series, lat: pd.Series, crs: CRS) -> pd.Series:
    area = crs.area_of_use
    if area is None:
        return pd.Series(True, index=lon.index)
    past_date_line = area.west > area.east
    low, high = (area.west, area.east + 360.0) if past_date_line else (area.west, area.east)
    turned = lon.where(~past_date_line | (lon >= 0), lon + 360.0)
    return turned.between(low - _USE_MARGIN, high + _USE_MARGIN) & lat.between(
        area.south - _USE_MARGIN, area.north + _USE_MARGIN
    )


def _place_faults(lon: pd.Series, lat: pd.Series, table: str) -> list[tuple[Problem, pd.Index]]:
    """Look for places on the globe where no patient lives and no hospital stands."""
    faults = []
    outside = np.isinf(lon) | np.isinf(lat)
    if outside.any():
        what = "coordinates lie outside the declared coordinate reference system"
        faults.append((Problem(table, what, f"check tables.{table}.crs"), lon.index[outside]))
    polar = ((lat < _LEAST_LAT) | (lat > _MOST_LAT)) & lat.between(-90, 90) & lon.between(-90, 90)
    if polar.any():
        what = f"nobody lives at lat {lat[polar].iloc[0]:g}, lon {lon[polar].iloc[0]:g}: lon and lat look swapped"
        faults.append((Problem(table, what, _SWAP), lon.index[polar]))
    null = (lon == 0) & (lat == 0)
    if null.any():
        faults.append((Problem(table, "lon 0, lat 0 is in the sea", "find the coordinates"), lon.index[null]))
    return faults
