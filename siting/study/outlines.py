"""Outlines of counties, states and the like, for maps; no part of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".json", ".geojson", ".gpkg")
WGS84 = "EPSG:4326"


def read_outlines(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """Read every ``outlines*`` file (TopoJSON, GeoJSON, GeoPackage) of a study folder.

    Parameters
    ----------
    folder : Path
        The study folder.

    Returns
    -------
    dict of str to GeoDataFrame
        Layers by name, EPSG:4326; empty if there is no such file. Layers of a TopoJSON or GeoPackage keep their names;
        a GeoJSON file is called by its own name without "outlines".

    Raises
    ------
    StudyError
        A file cannot be read, a GeoPackage layer has no CRS, or two layers have one name; all such problems at once.
    """
    layers: dict[str, gpd.GeoDataFrame] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("outlines*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            found = _read(path)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            problems.append(Problem(path.name, f"cannot be read: {error}", "export it again as GeoPackage"))
            continue
        for name, layer in found.items():
            if layer.crs is None:
                problems.append(Problem(path.name, f"layer {name} has no CRS", "set one, such as EPSG:4326"))
            elif name in layers:
                problems.append(Problem(path.name, f"layer {name} exists in another file too", "rename one"))
            else:
                layers[name] = layer.to_crs(WGS84)
    if problems:
        raise StudyError(problems)
    return layers


def _read(path: Path) -> dict[str, gpd.GeoDataFrame]:
    spatial = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    layers = {name: gpd.read_file(path, layer=name) for name in spatial}
    if pyogrio.read_info(path, layer=spatial[0])["driver"] == "TopoJSON":
        # TopoJSON has no CRS member; like GeoJSON it holds longitude and latitude in WGS 84.
        return {name: layer.set_crs(WGS84, allow_override=True) for name, layer in layers.items()}
    if path.suffix.lower() != ".gpkg":
        return {path.stem.removeprefix("outlines").strip("-_. ") or path.stem: layers[spatial[0]]}
    return layers
