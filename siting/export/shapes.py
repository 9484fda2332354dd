"""The polygons of the areas, and the borders that only orient the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.plan.plan import Plan

WGS84 = "EPSG:4326"


def area_shapes(plan: Plan) -> gpd.GeoSeries | None:
    """Return the polygons of the areas, from the study's own table or from an outline layer with the areas' ids.

    Parameters
    ----------
    plan : Plan
        ``area_shapes`` comes first; else the layer of ``outlines`` whose column ``id`` holds most of the area ids.

    Returns
    -------
    GeoSeries or None
        EPSG:4326, indexed by area id, in the order of ``plan.areas``; None (missing) where an area has no outline. None
        if fewer than half of the areas are found.
    """
    ids = plan.areas["area_id"].astype(str)
    if plan.area_shapes is not None:
        return plan.area_shapes.to_crs(WGS84).reindex(ids)
    layer = _layer_of_areas(plan)
    if layer is None:
        return None
    outlines = plan.outlines[layer]
    shapes = outlines.set_index(outlines["id"].astype(str)).geometry
    return shapes[~shapes.index.duplicated()].reindex(ids)


def _layer_of_areas(plan: Plan) -> str | None:
    ids = set(plan.areas["area_id"].astype(str))
    shares = {
        name: len(ids & set(layer["id"].astype(str))) / max(1, len(ids))
        for name, layer in plan.outlines.items()
        if "id" in layer and layer.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    }
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= 0.5 else None


def border_layers(plan: Plan) -> dict[str, gpd.GeoSeries]:
    """Return the outlines that only orient the reader: all layers but the one whose polygons are the areas."""
    used = _layer_of_areas(plan)
    return {name: layer.geometry for name, layer in plan.outlines.items() if name != used}
