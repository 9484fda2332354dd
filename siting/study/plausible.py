"""Hold places against the outlines of a study: in the sea, abroad, or with lon and lat exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

OFF_DEG = 0.1
"""A place this far (about 10 km) from all outlines is off them: outlines are drawn in few points, without islets."""
_MANY = 0.5
"""Share of the places that must be put right by an exchange before an exchange is the likely cause."""
_CHECKED = ("areas", "hospitals")


def off_outlines(
    tables: Mapping[str, pd.DataFrame], outlines: Mapping[str, gpd.GeoDataFrame], files: Mapping[str, str]
) -> tuple[list[Problem], list[str]]:
    """Say which places lie off the outlines of a study.

    Parameters
    ----------
    tables : mapping of table to DataFrame
        ``id, lon, lat`` (WGS 84) of areas and hospitals.
    outlines : mapping of layer to GeoDataFrame
        EPSG:4326; the polygonal layer with the fewest shapes counts. Nothing is said where there is none.
    files : mapping of table to str
        Names for the messages.

    Returns
    -------
    problems : list of Problem
        Tables most of whose places are on the outlines only once lon and lat change places.
    notes : list of str
        Places off the outlines: in the sea, or abroad. They stay in the study.
    """
    layers = [layer for layer in outlines.values() if layer.geom_type.isin(["Polygon", "MultiPolygon"]).all()]
    if not layers:
        return [], []
    shapes = min(layers, key=len).geometry.to_numpy()
    problems, notes = [], []
    for name in _CHECKED:
        if name not in tables:
            continue
        places, ids = tables[name][["lon", "lat"]].to_numpy(float), tables[name]["id"]
        off = ~_is_on(places, shapes)
        if not off.any():
            continue
        if _is_on(places[:, ::-1], shapes).sum() > max(_MANY * len(places), (~off).sum()):
            what = f"{int(off.sum()):,} of {len(off):,} places are on the outlines only once lon and lat change places"
            remedy = "lon is east-west, lat is north-south: map them the other way round, or mend the axes of the file"
            problems.append(Problem(files[name], what, remedy, tuple(ids[off])))
            continue
        named = ", ".join(ids[off][:5]) + (", ..." if off.sum() > 5 else "")
        noun = count(int(off.sum()), "place") + (" lies" if off.sum() == 1 else " lie")
        notes.append(f"{files[name]}: {noun} off the outlines of the study, in the sea or abroad ({named}).")
    return problems, notes


def _is_on(places: NDArray[np.float64], shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    import shapely

    points, tree = shapely.points(places), shapely.STRtree(shapes)
    found = np.zeros(len(places), dtype=bool)
    found[tree.query(points, predicate="intersects")[0]] = True
    far = np.flatnonzero(~found)
    found[far[tree.query(points[far], predicate="dwithin", distance=OFF_DEG)[0]]] = True
    return found
