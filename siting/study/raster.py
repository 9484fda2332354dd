"""People of zones from a population raster: a cell belongs to the zone that holds its centre.

The sums are exact for rasters of counts. Rasters of densities (people per km2) give nonsense and cannot be told apart
by their values: that the cells count people is for the analyst to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class ZonalSums:
    """By zone: ``people``, ``cells``, and ``lon, lat`` (WGS 84) of the centre of its people, NaN without people.

    ``outside`` is the number of people in cells of no zone.
    """

    frame: pd.DataFrame
    outside: float


def zonal_sums(zones: gpd.GeoSeries, path: Path) -> ZonalSums:
    """Sum a raster of people over zones.

    Parameters
    ----------
    zones : GeoSeries
        Polygons in any coordinate reference system; None where a zone has none. Where two overlap, a cell counts for
        the later one.
    path : Path
        A raster with one band that GDAL reads; cells without data count as nobody.

    Raises
    ------
    StudyError
        If rasterio is not installed; if the raster cannot be read, names no coordinate reference system or holds
        negative numbers; if zones hold no centre of a cell, because the cells are too large or the zone is elsewhere.
    """
    try:
        import rasterio
    except ImportError:
        remedy = 'pip install "siting[raster]"'
        raise StudyError([Problem(path.name, "reading rasters needs rasterio", remedy)]) from None
    if not path.is_file():
        raise StudyError([Problem(path.name, "the population raster is missing", f"it should be {path}")])
    try:
        with rasterio.open(path) as raster:
            return _sums(zones, raster, path.name)
    except rasterio.errors.RasterioError as error:
        raise StudyError([Problem(path.name, f"cannot be read as a raster: {error}", "use a GeoTIFF")]) from error


def _sums(zones: gpd.GeoSeries, raster: Any, name: str) -> ZonalSums:
    if raster.crs is None:
        raise StudyError([Problem(name, "the raster names no coordinate reference system", "set one with gdal_edit")])
    drawn = zones.to_crs(raster.crs.to_wkt())
    size = len(zones) + 1
    totals = {part: np.zeros(size) for part in ("people", "cells", "x", "y")}
    for window in _strips(raster):
        people = raster.read(1, window=window, masked=True).astype("float64").filled(0.0)
        people = np.where(np.isnan(people), 0.0, people)
        if (people < 0).any():
            what = f"the raster holds {people.min():g}: people cannot be negative"
            raise StudyError([Problem(name, what, "declare the value for no data: gdal_edit -a_nodata")])
        transform = _transform(raster, window)
        _add(totals, people, _zone_of_cells(drawn, people.shape, transform), transform)
    return _result(totals, zones, raster, name)


def _strips(raster: Any) -> list[Any]:
    """Cut a raster into strips of rows of about four million cells, so that a continent fits into memory."""
    from rasterio.windows import Window

    rows = max(1, 4_000_000 // raster.width)
    return [Window(0, start, raster.width, min(rows, raster.height - start)) for start in range(0, raster.height, rows)]


def _transform(raster: Any, window: Any) -> Any:
    """Return the affine transform of a strip: that of the raster, some rows further down."""
    from rasterio import Affine

    whole, down = raster.transform, window.row_off
    return Affine(whole.a, whole.b, whole.c + whole.b * down, whole.d, whole.e, whole.f + whole.e * down)


def _zone_of_cells(drawn: gpd.GeoSeries, size: tuple[int, ...], transform: Any) -> NDArray[np.int32]:
    """Return 1 + position of the zone of every cell, 0 outside all zones."""
    from rasterio.features import rasterize

    numbered = enumerate(drawn, start=1)
    shapes = [(shape, number) for number, shape in numbered if shape is not None and not shape.is_empty]
    if not shapes:
        return np.zeros(size, dtype=np.int32)
    found: NDArray[np.int32] = rasterize(shapes, out_shape=size, transform=transform, fill=0, dtype="int32")
    return found


def _add(
    totals: dict[str, NDArray[np.float64]], people: NDArray[np.float64], zone: NDArray[np.int32], transform: Any
) -> None:
    rows, columns = np.indices(people.shape) + 0.5
    x, y = transform.a * columns + transform.b * rows + transform.c, transform.d * columns + transform.e * rows + (
        transform.f)  # fmt: skip
    size = len(totals["people"])
    for part, values in (("people", people), ("cells", np.ones(people.shape)), ("x", people * x), ("y", people * y)):
        totals[part] += np.bincount(zone.ravel(), weights=values.ravel(), minlength=size)


def _result(totals: dict[str, NDArray[np.float64]], zones: gpd.GeoSeries, raster: Any, name: str) -> ZonalSums:
    from pyproj import Transformer

    without = (totals["cells"][1:] == 0) & zones.notna().to_numpy()
    if without.any():
        rows = tuple(str(row) for row in zones.index[without])
        what = f"{int(without.sum()):,} of {len(zones):,} zones hold no centre of a cell (rows of the table of zones)"
        remedy = "take a raster of smaller cells that covers all zones, or larger zones"
        raise StudyError([Problem(name, what, remedy, rows)])
    people = totals["people"][1:]
    x, y = (np.divide(totals[axis][1:], people, out=np.full(len(people), np.nan), where=people > 0)
            for axis in ("x", "y"))  # fmt: skip
    lon, lat = Transformer.from_crs(raster.crs.to_wkt(), WGS84, always_xy=True).transform(x, y)
    frame = pd.DataFrame({"people": people, "cells": totals["cells"][1:], "lon": lon, "lat": lat}, index=zones.index)
    frame = frame.where(np.isfinite(frame), np.nan)
    return ZonalSums(frame, float(totals["people"][0]))
