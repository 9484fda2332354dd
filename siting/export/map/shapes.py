"""Coordinates for the page: wrapped around one meridian, simplified to a budget, packed as differences of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

SCALE = 10_000
"""Packed units in a degree: 4 decimals, about 10 m."""
MOST_VERTICES = 150_000
FIRST_TOLERANCE = 0.005
"""Degrees; doubled until the outlines fit the budget of vertices."""
WIDE_STUDY_DEGREES = 50.0
ROOM = 0.05
"""Share of the span added at each side of a wide study, for who lives beyond the middle 98 %."""


def wrap(lon: NDArray[np.float64], centre: float) -> NDArray[np.float64]:
    """Move longitudes by whole turns to within 180 degrees of a central one, so that Alaska stays beside Canada."""
    return lon - 360.0 * np.round((lon - centre) / 360.0)


def simplified(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return polygons with at most `MOST_VERTICES` vertices or so; neighbours keep their common borders."""
    tolerance = FIRST_TOLERANCE
    known = shapes.dropna()
    result = known
    while shapely.get_num_coordinates(result.to_numpy()).sum() > MOST_VERTICES and tolerance < 1:
        result = known.simplify_coverage(tolerance)
        tolerance *= 2
    return result.reindex(shapes.index)


def packed_polygons(shapes: gpd.GeoSeries, centre: float) -> list[list[list[list[int]]] | None]:
    """Return for every geometry its polygons, each a list of rings, outer ring first; None where there is none.

    A ring is ``[x0, y0, dx1, dy1, ...]`` in 1/`SCALE` degrees, without its closing vertex.
    """
    return [None if shape is None or shape.is_empty else _polygons(shape, centre) for shape in shapes.to_numpy()]


def _polygons(shape: shapely.Geometry, centre: float) -> list[list[list[int]]]:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [[_packed(ring, centre)[:-2] for ring in (part.exterior, *part.interiors)] for part in polygons]


def packed_lines(shapes: gpd.GeoSeries, centre: float) -> list[list[int]]:
    """Return the borders of polygons, or lines themselves, packed like rings; each common border once."""
    geometries = shapes.dropna()
    if geometries.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        geometries = simplified(geometries).boundary
    merged = shapely.line_merge(shapely.union_all(geometries.to_numpy()))
    return [_packed(line, centre) for line in shapely.get_parts(merged)]


def _packed(line: shapely.Geometry, centre: float) -> list[int]:
    points = shapely.get_coordinates(line)
    points[:, 0] -= 360.0 * np.round((points[:, 0].mean() - centre) / 360.0)
    steps = np.diff(np.round(points * SCALE).astype(np.int64), axis=0, prepend=0)
    moved = steps.any(axis=1)
    moved[[0, -1]] = True
    result: list[int] = steps[moved].ravel().tolist()
    return result


def home(
    lon: NDArray[np.float64], lat: NDArray[np.float64], weight: NDArray[np.float64], shapes: gpd.GeoSeries | None
) -> list[list[float]]:
    """Return the first view as ``[[south, west], [north, east]]`` degrees.

    Parameters
    ----------
    lon, lat : ndarray
        Wrapped coordinates of areas and units.
    weight : ndarray
        Patients at each point; 0 for units.
    shapes : GeoSeries or None
        Polygons of the areas, EPSG:4326.

    Returns
    -------
    list of list of float
        All points and polygons; in a study wider than `WIDE_STUDY_DEGREES` only the middle 98 % of the weight by
        longitude and by latitude, with `ROOM` around, so that far islands do not shrink the rest.
    """
    if np.ptp(lon) > WIDE_STUDY_DEGREES:
        (west, east), (south, north) = (_roomy(*_quantiles(values, weight)) for values in (lon, lat))
        return [[south, west], [north, east]]
    corners = np.array([[lon.min(), lat.min(), lon.max(), lat.max()]])
    if shapes is not None:
        of_shapes = shapes.total_bounds
        of_shapes[[0, 2]] = wrap(of_shapes[[0, 2]], float(np.median(lon)))
        corners = np.vstack([corners, of_shapes])
    west, south = corners[:, :2].min(axis=0).tolist()
    east, north = corners[:, 2:].max(axis=0).tolist()
    return [[south, west], [north, east]]


def _roomy(low: float, high: float) -> tuple[float, float]:
    return low - ROOM * (high - low), high + ROOM * (high - low)


def _quantiles(values: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / max(weight.sum(), 1e-12)
    low, high = np.searchsorted(share, [0.01, 0.99])
    return float(values[order][low]), float(values[order][min(high, values.size - 1)])
