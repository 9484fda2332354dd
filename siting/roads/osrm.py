"""OSRM over HTTP: the table service, as documented in the OSRM HTTP API v1 (/table/v1/{profile}/{coordinates}).

A server holds one profile and ignores the one in the address, so a wrong one shows in the speeds only.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import Problem, TravelError
from siting.roads.client import BadAnswerError, RefusedError
from siting.roads.engine import matrix_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from siting.roads.client import Client

    Floats = NDArray[np.float64]

TABLE_SIZE = 100
"""Places in one request; osrm-routed refuses tables of more than 100 x 100 cells unless --max-table-size says so."""
CAR_PROFILES = ("driving", "car")


class Osrm:
    """An OSRM server; see `siting.roads.engine.Engine`."""

    name = "osrm"

    def __init__(self, client: Client, profile: str, table_size: int = TABLE_SIZE) -> None:
        self._client, self._profile, self.table_size = client, profile, table_size
        self.is_for_cars = profile in CAR_PROFILES

    def snap(self, points: Floats) -> Floats:
        """Return the road points of places: the waypoints of tables with one origin."""
        found = np.full((len(points), 2), np.nan)
        for start in range(0, len(points), self.table_size):
            places = list(range(start, min(start + self.table_size, len(points))))
            while places:
                try:
                    found[places] = self._ends(points[places])
                except _NoRoadError as error:
                    places.pop(min(error.place, len(places) - 1))
                else:
                    break
        return found

    def _ends(self, points: Floats) -> Floats:
        asked = points if len(points) > 1 else points.repeat(2, axis=0)  # a table has two places at least
        ends: Floats = self._ask(asked, "sources=0&annotations=duration", partial(_ends, count=len(asked)))
        return ends[: len(points)]

    def table(self, origins: Floats, targets: Floats) -> tuple[Floats, Floats]:
        """Return minutes and km; both ends must have been snapped."""
        n, m = len(origins), len(targets)
        ends = ";".join(map(str, range(n))), ";".join(map(str, range(n, n + m)))
        query = f"sources={ends[0]}&destinations={ends[1]}&annotations=duration,distance"

        def read(answer: Any) -> tuple[Floats, Floats]:
            _check_code(answer)
            seconds = matrix_of(answer.get("durations"), (n, m), "durations")
            metres = matrix_of(answer.get("distances"), (n, m), "distances")
            return seconds / 60.0, metres / 1000.0

        minutes, km = self._ask(np.concatenate([origins, targets]), query, read)
        return minutes, km

    def facts(self) -> dict[str, Any]:
        """Return server, profile and requests."""
        client = self._client
        return {
            "server": client.name, "profile": self._profile, "requests": client.asked,
            "answers_kept_from_before": client.remembered, "oldest_answer": client.oldest,
        }  # fmt: skip

    def _ask(self, points: Floats, query: str, read: Callable[[Any], Any]) -> Any:
        places = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)
        try:
            return self._client.ask(f"/table/v1/{self._profile}/{places}?{query}", None, read)
        except RefusedError as error:
            raise self._refusal(error.body) from None

    def _refusal(self, body: dict[str, Any]) -> Exception:
        code, message = str(body.get("code", "")), str(body.get("message", ""))
        number = re.search(r"coordinate (\d+)", message)
        if code == "NoSegment" and number:
            return _NoRoadError(int(number[1]))
        remedy = "lower --table-size" if code == "TooBig" else "check --server and --profile"
        return TravelError([Problem(self._client.name, f"refused the request: {code} {message}".rstrip(), remedy)])


class _NoRoadError(Exception):
    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _check_code(answer: Any) -> None:
    if not isinstance(answer, dict) or answer.get("code") != "Ok":
        found = answer.get("code") if isinstance(answer, dict) else answer
        message = f'its code is not "Ok" but {str(found)[:60]!r}'
        raise BadAnswerError(message)


def _ends(answer: Any, count: int) -> Floats:
    _check_code(answer)
    try:
        ends = np.array([end["location"] for end in answer["destinations"]], dtype=float)
    except (KeyError, TypeError, ValueError):
        ends = np.zeros((0, 2))
    if ends.shape != (count, 2):
        message = f"it does not say where the {count} places meet the road"
        raise BadAnswerError(message)
    return ends
