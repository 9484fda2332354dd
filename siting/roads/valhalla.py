"""Valhalla over HTTP: /locate and /sources_to_targets, as documented in Valhalla's API (locate, matrix)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import Problem, TravelError
from siting.network.distance import geodesic_km
from siting.roads.client import BadAnswerError, RefusedError
from siting.roads.engine import matrix_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.roads.client import Client

    Floats = NDArray[np.float64]

TABLE_SIZE = 100
"""Places in one request: 50 x 50 is what service_limits.auto.max_matrix_location_pairs = 2,500 allows."""
CAR_COSTINGS = ("auto", "taxi", "bus", "truck")
_NO_WAY = {170, 171, 442}
"""Error codes for whole requests: unconnected regions, no road near a location, no path."""
_TOO_FAR, _TOO_MANY = 154, 150


class Valhalla:
    """A Valhalla server; see `siting.roads.engine.Engine`."""

    name = "valhalla"

    def __init__(self, client: Client, costing: str, table_size: int = TABLE_SIZE) -> None:
        self._client, self._costing, self.table_size = client, costing, table_size
        self.is_for_cars = costing in CAR_COSTINGS

    def snap(self, points: Floats) -> Floats:
        """Return the road points of places."""
        parts = []
        for start in range(0, len(points), self.table_size):
            asked = points[start : start + self.table_size]
            body = {"locations": _places(asked), "costing": self._costing, "verbose": False}
            parts.append(self._ask("/locate", body, partial(_ends, asked=asked)))
        return np.concatenate(parts) if parts else np.zeros((0, 2))

    def table(self, origins: Floats, targets: Floats) -> tuple[Floats, Floats]:
        """Return minutes and km. A refusal for one bad pair is narrowed down by asking halves."""
        body = {
            "sources": _places(origins), "targets": _places(targets), "costing": self._costing,
            "units": "kilometers", "verbose": False,
        }  # fmt: skip
        shape = (len(origins), len(targets))
        try:
            minutes, km = self._ask("/sources_to_targets", body, lambda answer: _legs(answer, shape))
        except _NoWayError:
            if shape == (1, 1):
                return np.full(shape, np.nan), np.full(shape, np.nan)
            axis = 0 if shape[0] >= shape[1] else 1
            halves = np.array_split(origins if axis == 0 else targets, 2)
            parts = [self.table(half, targets) if axis == 0 else self.table(origins, half) for half in halves]
            minutes, km = (np.concatenate([part[k] for part in parts], axis=axis) for k in (0, 1))
        return minutes, km

    def facts(self) -> dict[str, Any]:
        """Return server, costing and requests."""
        client = self._client
        return {
            "server": client.name, "profile": self._costing, "requests": client.asked,
            "answers_kept_from_before": client.remembered, "oldest_answer": client.oldest,
        }  # fmt: skip

    def _ask(self, path: str, body: dict[str, Any], read: Callable[[Any], Any]) -> Any:
        try:
            return self._client.ask(path, body, read)
        except RefusedError as error:
            code = error.body.get("error_code")
            if code in _NO_WAY:
                raise _NoWayError from None
            remedies: dict[object, str] = {
                _TOO_FAR: "raise service_limits.auto.max_matrix_distance of the server, or lower travel.max_distance",
                _TOO_MANY: "lower --table-size",
            }
            what = f"refused the request: {code} {error.body.get('error', '')}".rstrip()
            remedy = remedies.get(code, "check --server and --profile")
            raise TravelError([Problem(self._client.name, what, remedy)]) from None


class _NoWayError(Exception):
    pass


def _places(points: Floats) -> list[dict[str, float]]:
    return [{"lon": round(float(lon), 6), "lat": round(float(lat), 6)} for lon, lat in points]


def _legs(answer: Any, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Read both forms of the answer: tables of durations and distances, or (verbose) cells with time and distance."""
    found = answer.get("sources_to_targets") if isinstance(answer, dict) else None
    if isinstance(found, list):
        try:
            found = {
                name: [[cell[key] for cell in row] for row in found]
                for name, key in (("durations", "time"), ("distances", "distance"))
            }
        except (KeyError, TypeError):
            found = None
    if not isinstance(found, dict):
        message = "it has no sources_to_targets"
        raise BadAnswerError(message)
    seconds = matrix_of(found.get("durations"), shape, "durations")
    return seconds / 60.0, matrix_of(found.get("distances"), shape, "distances")


def _ends(answer: Any, asked: Floats) -> Floats:
    if not isinstance(answer, list) or len(answer) != len(asked):
        message = f"it does not say where the {len(asked)} places meet the road"
        raise BadAnswerError(message)
    return np.array([_nearest(place, point) for place, point in zip(answer, asked, strict=True)])


def _nearest(place: Any, point: Floats) -> Floats:
    try:
        edges = np.array(
            [(edge["correlated_lon"], edge["correlated_lat"]) for edge in place["edges"] or ()], dtype=float
        )
    except (KeyError, TypeError, ValueError):
        message = "a place has no edges"
        raise BadAnswerError(message) from None
    if not len(edges):
        return np.full(2, np.nan)
    here = np.broadcast_to(point, edges.shape)
    km = geodesic_km(here[:, 0], here[:, 1], edges[:, 0], edges[:, 1])
    return np.asarray(edges[np.argmin(km)], dtype=float)
