"""Travel times from an OpenStreetMap extract on disk, without a server; for small regions.

Every node of a drivable way is a node of the graph; the trip is the fastest path between the road nodes nearest to both
ends. Speeds are those of the OSRM car profile (profiles/car.lua, OSRM 26.10.0): by highway class, or 0.8 of a
signposted limit. Turns, lights, gates and traffic cost nothing, and turn restrictions are not looked at, so trips in
towns come out shorter than a routing server's. Ferries are not taken.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from siting.errors import Problem, TravelError
from siting.network.distance import geodesic_km, on_sphere
from siting.study.units import KM_PER_MILE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SPEED_KMH = {
    "motorway": 90.0, "motorway_link": 45.0, "trunk": 85.0, "trunk_link": 40.0, "primary": 65.0, "primary_link": 30.0,
    "secondary": 55.0, "secondary_link": 25.0, "tertiary": 40.0, "tertiary_link": 20.0, "unclassified": 25.0,
    "residential": 25.0, "living_street": 10.0, "service": 15.0,
}  # fmt: skip
"""Speed by highway class: speeds.highway of the OSRM car profile."""
LIMIT_SHARE = 0.8
"""Speed over a signposted limit: speed_reduction of the OSRM car profile."""
CLOSED = {
    "no", "agricultural", "forestry", "emergency", "psv", "taxi", "minibus", "bus", "foot", "restricted", "military",
    "official", "customers", "private", "delivery", "destination", "permit", "residents",
}  # fmt: skip
"""Access values that close a way: access_tag_blacklist of the OSRM car profile."""
_ACCESS = ("motorcar", "motor_vehicle", "vehicle", "access")
_TARGETS_AT_ONCE = 32


class Osm:
    """The drivable roads of an extract; see `siting.roads.engine.Engine`.

    Parameters
    ----------
    path : Path
        An .osm.pbf (or .osm) file.

    Raises
    ------
    TravelError
        If the library for such files is missing, the file cannot be read, or it holds no drivable road.
    """

    name = "osm"
    is_for_cars = True
    table_size = 1_000_000

    def __init__(self, path: Path, sha256: str) -> None:
        self._path, self._sha256 = path, sha256
        points, start, end, speed = _read(path)
        self._size = len(points)
        km = geodesic_km(points[start, 0], points[start, 1], points[end, 0], points[end, 1])
        # Two places on one node are no time apart; a sparse graph drops such edges, so the shortest ones get a moment.
        minutes = np.maximum(km / speed * 60.0, 1e-9)
        order = np.lexsort((minutes, end * self._size + start))
        key = (end * self._size + start)[order]
        first = np.r_[True, key[1:] != key[:-1]]
        self._key, self._km = key[first], km[order][first]
        # Backwards: from each target to all origins, because hospitals are fewer than areas.
        self._backward = csr_matrix(
            (minutes[order][first], (self._key // self._size, self._key % self._size)), shape=(self._size, self._size)
        )
        _, part = connected_components(self._backward, directed=True, connection="strong")
        self._main = np.flatnonzero(part == np.bincount(part).argmax())
        self._points = points
        self._tree = cKDTree(on_sphere(points[self._main]))

    def snap(self, points: Floats) -> Floats:
        """Return the nearest nodes of the largest part of the network in which every node reaches every other."""
        return self._points[self._nodes(points)]

    def table(self, origins: Floats, targets: Floats) -> tuple[Floats, Floats]:
        """Return minutes and km of the fastest paths."""
        starts, ends = self._nodes(origins), self._nodes(targets)
        minutes, km = np.full((len(starts), len(ends)), np.nan), np.full((len(starts), len(ends)), np.nan)
        for at in range(0, len(ends), _TARGETS_AT_ONCE):
            chunk = ends[at : at + _TARGETS_AT_ONCE]
            times, before = dijkstra(self._backward, indices=chunk, return_predecessors=True)
            for row in range(len(chunk)):
                minutes[:, at + row] = times[row, starts]
                km[:, at + row] = self._length(before[row])[starts]
        return minutes, km

    def facts(self) -> dict[str, Any]:
        """Return the extract and the size of its road network."""
        return {
            "extract": self._path.name,
            "sha256": self._sha256,
            "nodes": self._size,
        }

    def _nodes(self, points: Floats) -> Ints:
        return np.asarray(self._main[self._tree.query(on_sphere(points))[1]], dtype=np.int64)

    def _length(self, before: NDArray[np.int32]) -> Floats:
        """Return the km of the path from each node to the root of a tree, by doubling the steps taken at once."""
        node = np.arange(self._size)
        inner = before >= 0
        parent = np.where(inner, before, node)
        km = np.zeros(self._size)
        edge = np.searchsorted(self._key, parent[inner] * self._size + node[inner])
        km[inner] = self._km[edge]
        while (parent != parent[parent]).any():
            km += km[parent]
            parent = parent[parent]
        return km


def _read(path: Path) -> tuple[Floats, Ints, Ints, Floats]:
    """Return the places of nodes, and start, end and speed (km/h) of every directed piece of road."""
    try:
        import osmium
    except ImportError:
        remedy = "pip install 'siting[osm]'"
        raise TravelError([Problem(path.name, "reading extracts needs the package osmium", remedy)]) from None
    if not path.is_file():
        raise TravelError([Problem(str(path), "there is no such extract", "give a file .osm.pbf with --extract")])
    nodes: dict[int, int] = {}
    places: list[tuple[float, float]] = []
    pieces: list[tuple[int, int, float]] = []
    try:
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway")):
            if not way.is_way():
                continue
            speed, forward, backward = _drivable(way.tags)
            refs = [(node.ref, node.lon, node.lat) for node in way.nodes if speed and node.location.valid()]
            for ref, lon, lat in refs:
                if ref not in nodes:
                    nodes[ref] = len(places)
                    places.append((lon, lat))
            steps = [nodes[ref] for ref, _, _ in refs]
            for one, other in pairwise(steps):
                pieces += [(one, other, speed)] * forward + [(other, one, speed)] * backward
    except RuntimeError as error:
        raise TravelError([Problem(path.name, f"cannot be read: {error}", "an .osm.pbf file is needed")]) from None
    if not pieces:
        raise TravelError([Problem(path.name, "holds no road for cars", "take an extract of the study's region")])
    start, end, speeds = zip(*pieces, strict=True)
    return np.array(places), np.array(start, dtype=np.int64), np.array(end, dtype=np.int64), np.array(speeds)


def _drivable(tags: Any) -> tuple[float, bool, bool]:
    """Return speed and whether the way may be driven forward and backward; 0 if it is no road for cars."""
    speed = SPEED_KMH.get(tags.get("highway", ""), 0.0)
    access = next((tags[key] for key in _ACCESS if key in tags), "yes")
    if not speed or access in CLOSED or tags.get("area") == "yes":
        return 0.0, False, False
    speed = _limit(tags.get("maxspeed", "")) * LIMIT_SHARE or speed
    oneway = tags.get("oneway", "")
    if oneway == "-1":
        return speed, False, True
    implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
    is_oneway = oneway in {"yes", "1", "true"} or (implied and oneway != "no")
    return speed, True, not is_oneway


def _limit(text: str) -> float:
    """Return a signposted limit in km/h; 0 where there is none or it is in words."""
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph|km/h)?", text.strip())
    return float(number[1]) * (KM_PER_MILE if number[2] == "mph" else 1.0) if number else 0.0
