"""Servers that are dead, slow, broken or lying, played by a stub: a clear error or the fallback, never a zero."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from siting.errors import TravelError
from siting.network.distance import geodesic_km
from siting.roads.cache import Answers
from siting.roads.client import Client, Manners, is_local, without_secrets
from siting.roads.plausible import condemned, doubts, too_slow
from siting.roads.times import travel_times
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Stub

    from siting.roads.sources import TravelOptions
    from siting.study.study import Study

    Ask = Callable[..., TravelOptions]

DETOUR, KMH = 1.3, 40.0


def osrm_answer(path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Answer as OSRM does, with every place on a road, roads 1.3 x great circle and 40 km/h."""
    places = np.array([pair.split(",") for pair in path.split("?")[0].rsplit("/", 1)[1].split(";")], dtype=float)
    query = dict(part.split("=") for part in path.split("?")[1].split("&"))
    everyone = ";".join(map(str, range(len(places))))
    rows = [int(place) for place in query["sources"].split(";")]
    columns = [int(place) for place in query.get("destinations", everyone).split(";")]
    one, other = np.repeat(places[rows], len(columns), axis=0), np.tile(places[columns], (len(rows), 1))
    km = DETOUR * geodesic_km(one[:, 0], one[:, 1], other[:, 0], other[:, 1]).reshape(len(rows), len(columns))
    ends = [{"location": place.tolist(), "distance": 0.0} for place in places]
    return 200, {
        "code": "Ok", "durations": (km / KMH * 3600.0).tolist(), "distances": (km * 1000.0).tolist(),
        "sources": [ends[row] for row in rows], "destinations": [ends[column] for column in columns],
    }  # fmt: skip


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[str, Any], tuple[int, Any]]:
    """Return a server that answers tables after a change; where places meet the road it answers as it should."""

    def answer(path: str, body: Any) -> tuple[int, Any]:
        status, content = osrm_answer(path)
        if "destinations=" in path:
            content = copy.deepcopy(content)
            change(content)
        return status, content

    return answer


def scaled(key: str, factor: float) -> Callable[[dict[str, Any]], None]:
    """Multiply a table of an answer."""
    return lambda content: content.update({key: (np.array(content[key]) * factor).tolist()})


def test_a_good_answer_becomes_both_tables(monaco: Study, ask: Ask, stub: Stub) -> None:
    """Minutes and km of the table are the server's: 1.3 x great circle at 40 km/h."""
    stub.answer = osrm_answer
    trips, lanes = travel_times(monaco, ask("osrm", server=stub.url)).tables
    assert len(trips.rows) == 15
    assert len(lanes.rows) == 6
    row = trips.rows.set_index(["area", "hospital"]).loc[("larvotto", "grace")]
    straight = geodesic_km(*np.array([[7.4340], [43.7465], [7.4141], [43.7333]]))[0]
    assert row["km"] == pytest.approx(1.3 * straight, abs=0.001)
    assert row["minutes"] == pytest.approx(1.3 * straight / 40.0 * 60.0, abs=0.01)
    assert set(trips.rows["source"]) == {"osrm"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda path, body: (200, b"<html>please log in</html>"), "the answer is no JSON: '<html>please log in"),
        (lambda path, body: (404, b"not found"), "HTTP status 404, and the answer is no JSON"),
        (lambda path, body: (200, b'{"code": "Ok", "durations": [[NaN]]}'), "no JSON"),
        (lambda path, body: (500, {"code": "Broken"}), "HTTP status 500 after 1 attempts"),
        (lambda path, body: (200, [1, 2]), "not to be trusted"),
        (lambda path, body: (200, {"code": "Ok"}), "does not say where the 5 places meet the road"),
        (lambda path, body: (400, {"code": "TooBig", "message": "Too many"}), "TooBig Too many -> lower --table-size"),
        (changed(lambda content: content.update(code="NoTable")), """code is not "Ok" but 'NoTable'"""),
        (changed(lambda content: content["durations"].pop()), "durations is not a table of 5 x 3 (4 rows found)"),
        (changed(lambda content: content["distances"][2].pop()), "distances is not a table of 5 x 3"),
        (changed(lambda content: content.pop("distances")), "distances is not a table of 5 x 3 (0 rows found)"),
        (changed(lambda content: content["durations"][0].__setitem__(0, "soon")), "something that is no number"),
        (changed(lambda content: content["durations"][0].__setitem__(0, -5)), "negative or infinite"),
        (changed(scaled("durations", 0.0)), "no time at all between distant places (7)"),
        (changed(scaled("durations", 0.1)), "faster than 200 km/h (7)"),
        (changed(scaled("durations", 60.0)), "slower than 1 km/h (7)"),
        (changed(scaled("distances", 0.5)), "road shorter than the great circle"),
        (changed(scaled("durations", 8.0)), "median speed of 5.0 km/h, that of a walker"),
        (changed(scaled("distances", 0.001)), "road shorter than the great circle"),
        (changed(lambda content: content.update(durations=[[None] * 3] * 5)), "not one of 15 pairs of table trips"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused(monaco: Study, ask: Ask, stub: Stub, answer: Any, words: str) -> None:
    """Junk, partial and impossible answers stop the run with a message, and the study stays as it was."""
    stub.answer = answer
    before = sorted(monaco.folder.iterdir())
    with pytest.raises(TravelError, match=re.escape(words)):
        travel_times(monaco, ask("osrm", server=stub.url, tables=("trips",)))
    assert sorted(monaco.folder.iterdir()) == before


def test_a_bad_answer_is_not_kept(monaco: Study, ask: Ask, stub: Stub) -> None:
    """Once the server is mended, the same command gets the good answer."""
    stub.answer = changed(lambda content: content["durations"].pop())
    with pytest.raises(TravelError):
        travel_times(monaco, ask("osrm", server=stub.url))
    stub.answer = osrm_answer
    assert len(travel_times(monaco, ask("osrm", server=stub.url)).tables[0].rows) == 15


def test_a_dead_server_is_named(monaco: Study, ask: Ask, stub: Stub) -> None:
    """A port that nobody listens at is said so, with the address."""
    stub.close()
    with pytest.raises(TravelError, match=re.escape(f"{stub.url}: cannot be reached")):
        travel_times(monaco, ask("osrm", server=stub.url))


@pytest.mark.parametrize("address", ["localhost:5000", "ftp://here", "http://", "http://host:port"])
def test_an_address_must_be_one(monaco: Study, ask: Ask, address: str) -> None:
    """What is no http address is refused before anything is asked."""
    with pytest.raises(TravelError, match="is no address of a server"):
        travel_times(monaco, ask("osrm", server=address))


def test_a_slow_server_is_given_up(monaco: Study, ask: Ask, stub: Stub) -> None:
    """A server that trickles its answer is given up at the deadline, though bytes keep coming."""
    stub.answer, stub.delay_s = osrm_answer, 0.15
    with pytest.raises(TravelError, match=r"no answer within 0\.2 s"):
        travel_times(monaco, ask("osrm", server=stub.url, manners=Manners(timeout_s=0.2, retries=0)))


def test_a_busy_server_is_asked_again(monaco: Study, ask: Ask, stub: Stub) -> None:
    """Status 503 is retried; the second attempt of each of the first two requests succeeds."""
    stub.answer = lambda path, body: osrm_answer(path) if len(stub.seen) > 2 else (503, b"busy")
    options = ask("osrm", server=stub.url, manners=Manners(timeout_s=5.0, retries=2))
    assert len(travel_times(monaco, options).tables[0].rows) == 15


def test_a_run_goes_on_where_it_stopped(monaco: Study, ask: Ask, stub: Stub) -> None:
    """After a failure in the middle, only what is missing is asked; after success, nothing."""
    stub.answer = lambda path, body: osrm_answer(path) if len(stub.seen) <= 4 else (500, b"")
    options = ask("osrm", server=stub.url, table_size=4)
    with pytest.raises(TravelError):
        travel_times(monaco, options)
    answered = {path for path, _ in stub.seen[:4]}
    stub.seen.clear()
    stub.answer = osrm_answer
    whole = travel_times(monaco, options)
    assert not answered & {path for path, _ in stub.seen}
    stub.seen.clear()
    again = travel_times(monaco, options)
    assert stub.seen == []
    assert again.tables[0].rows.equals(whole.tables[0].rows)
    travel_times(monaco, replace(options, is_fresh=True))
    assert len(stub.seen) > 4


def test_a_damaged_answer_on_disk_is_asked_for_again(monaco: Study, ask: Ask, stub: Stub, tmp_path: Path) -> None:
    """A file of an answer that was cut off counts for nothing."""
    stub.answer = osrm_answer
    options = ask("osrm", server=stub.url)
    travel_times(monaco, options)
    files = list((tmp_path / "answers").rglob("*.json"))
    for file in files:
        file.write_text(file.read_text()[:50])
    stub.seen.clear()
    travel_times(monaco, options)
    assert len(stub.seen) == len(files)


def test_pairs_without_a_way_are_counted_and_left_out(monaco: Study, ask: Ask, stub: Stub) -> None:
    """A null is no zero: the pair has no row, and the record says how many."""
    stub.answer = changed(lambda content: content["durations"][0].__setitem__(0, None))
    trips = travel_times(monaco, ask("osrm", server=stub.url, tables=("trips",))).tables[0]
    assert len(trips.rows) == 14
    assert trips.counts["no_way"] == 1
    assert "1 with no way on the road" in trips.summary()
    assert "1 pair left out" in trips.summary()


def test_the_great_circle_fills_in_where_it_was_asked_to(monaco: Study, ask: Ask, stub: Stub) -> None:
    """With --fill the pair gets 10 min + great circle x 1.25 / 80 km/h, and its row says great-circle."""
    stub.answer = changed(lambda content: content["durations"][0].__setitem__(0, None))
    trips = travel_times(monaco, ask("osrm", server=stub.url, tables=("trips",), is_filled=True)).tables[0]
    filled = trips.rows[trips.rows["source"] == "great-circle"]
    assert len(trips.rows) == 15
    assert len(filled) == 1
    assert filled["minutes"].iloc[0] == pytest.approx(10.0 + filled["km"].iloc[0] / 80.0 * 60.0, abs=0.01)


def test_a_lane_without_a_way_back_is_left_out(monaco: Study, ask: Ask, stub: Stub) -> None:
    """Cells must come back, so a lane that is open one way only is left out with its counterpart."""

    def close(content: dict[str, Any]) -> None:
        content["durations"][0][1] = None

    stub.answer = changed(close)
    lanes = travel_times(monaco, ask("osrm", server=stub.url, tables=("lanes",))).tables[0]
    assert len(lanes.rows) == 4
    assert (lanes.counts["no_way"], lanes.counts["one_way_only"]) == (1, 1)


def test_a_place_without_a_road_is_lost(monaco: Study, ask: Ask, stub: Stub) -> None:
    """OSRM refuses the whole request for one place without a road; that place is lost, the others are answered."""
    places = {"7.424600,43.731200"}

    def answer(path: str, body: Any) -> tuple[int, Any]:
        asked = path.split("?")[0].rsplit("/", 1)[1].split(";")
        bad = [number for number, place in enumerate(asked) if place in places]
        if bad:
            return 400, {"code": "NoSegment", "message": f"Could not find a matching segment for coordinate {bad[0]}"}
        return osrm_answer(path)

    stub.answer = answer
    trips = travel_times(monaco, ask("osrm", server=stub.url, tables=("trips",))).tables[0]
    assert trips.lost["id"].tolist() == ["monaco-ville"]
    assert trips.counts["end_lost"] == 3
    assert len(trips.rows) == 12
    assert "lost: 1 place: monaco-ville" in trips.summary()


def test_a_server_of_another_region_is_recognised(monaco: Study, ask: Ask, stub: Stub) -> None:
    """A server that puts every place on a road 600 km away holds another region."""

    def answer(path: str, body: Any) -> tuple[int, Any]:
        status, content = osrm_answer(path)
        for end in content["destinations"]:
            end["location"] = [13.4, 47.0]
        return status, content

    stub.answer = answer
    with pytest.raises(TravelError, match=r"5 of 5 areas are far from any road \(median 5\d\d km\): .* another region"):
        travel_times(monaco, ask("osrm", server=stub.url))


def test_only_pairs_within_the_limit_are_asked_for(monaco: Study, ask: Ask, stub: Stub) -> None:
    """With a limit of 1 km on the road, no pair further apart than a great circle of 1 km has a row."""
    stub.answer = osrm_answer
    near = read_study(monaco.folder, {"travel.max_distance": 1.0})
    trips = travel_times(near, ask("osrm", server=stub.url, tables=("trips",), table_size=2)).tables[0]
    asked = [path for path, _ in stub.seen if "destinations=" in path]
    assert len(asked) == len(trips.rows) == trips.counts["pairs_wanted"]
    assert (trips.rows["km"] < 1.3).all()
    assert trips.record()["radius_km"] == 1.0


def test_a_time_limit_bounds_the_pairs_too(monaco: Study, ask: Ask, stub: Stub) -> None:
    """Without a distance limit, 0.6 minutes at 130 km/h are 1.3 km."""
    stub.answer = osrm_answer
    near = read_study(monaco.folder, {"travel.max_distance": "none", "travel.max_min": 0.6})
    record = travel_times(near, ask("osrm", server=stub.url, tables=("trips",))).record()
    assert record["trips"]["radius_km"] == pytest.approx(1.3)
    assert "no trip is faster than 130 km/h" in record["trips"]["bound"]


def test_requests_keep_their_distance(stub: Stub, tmp_path: Path) -> None:
    """Three requests at 20 a second take at least a tenth of a second."""
    import time

    stub.answer = lambda path, body: (200, {"path": path})
    client = Client(stub.url, Answers(tmp_path), Manners(per_second=20.0))
    began = time.monotonic()
    for number in range(3):
        client.ask(f"/{number}", None, lambda answer: answer)
    assert time.monotonic() - began >= 0.1
    assert is_local("http://localhost:5000")
    assert is_local("http://[::1]:5000")
    assert not is_local("https://router.example.org")


def test_a_password_is_not_written_down(monaco: Study, ask: Ask, stub: Stub, tmp_path: Path) -> None:
    """User, password and query of an address stay out of record and messages."""
    stub.answer = osrm_answer
    address = stub.url.replace("http://", "http://me:secret@")
    times = travel_times(monaco, ask("osrm", server=address))
    assert times.record()["trips"]["server"] == stub.url
    written = times.write(tmp_path / "written")
    assert not any("secret" in file.read_text() for file in written.iterdir())
    assert without_secrets("https://me:secret@example.org/osrm/?key=1") == "https://example.org/osrm"


def test_a_few_doubtful_answers_are_left_out() -> None:
    """One impossible answer of 200 is no reason to condemn a source; three are."""
    minutes, km, straight = np.full(200, 60.0), np.full(200, 60.0), np.full(200, 50.0)
    minutes[0] = 0.0
    found = doubts(minutes, km, straight)
    assert found.is_implausible.nonzero()[0].tolist() == [0]
    assert condemned(found, 200, "server", ("a / b",)) == []
    minutes[1:3] = 1.0  # 3,600 km/h
    found = doubts(minutes, km, straight)
    assert found.reasons == {"no time at all between distant places": 1, "faster than 200 km/h": 2}
    assert "3 of 200 answers cannot be" in str(condemned(found, 200, "server", ("a / b", "a / c", "a / d"))[0])


def test_near_places_may_take_no_time() -> None:
    """Two places of one street, 0.3 km apart, may be no minute from each other, and a missing answer is no doubt."""
    found = doubts(np.array([0.0, np.nan]), np.array([0.25, np.nan]), np.array([0.3, 40.0]))
    assert not found.is_implausible.any()


def test_a_bicycle_is_told_from_a_car() -> None:
    """16 km/h over 20 km is a bicycle; 16 km/h over 3 km may be a car in a town."""
    assert "16.0 km/h, that of a bicycle" in str(too_slow(np.array([90.0]), np.array([24.0]), np.array([20.0]), "x")[0])
    assert too_slow(np.array([15.0]), np.array([4.0]), np.array([3.0]), "x") == []


def valhalla_answer(closed: set[tuple[float, float]], is_verbose: bool) -> Callable[[str, Any], tuple[int, Any]]:
    """Answer as Valhalla does: 30 km/h on the great circle; refuse requests with a target among `closed`."""

    def answer(path: str, body: Any) -> tuple[int, Any]:
        if path == "/locate":
            return 200, [
                {"edges": [{"correlated_lon": place["lon"], "correlated_lat": place["lat"]}]}
                for place in body["locations"]
            ]
        ends = [np.array([[place["lon"], place["lat"]] for place in body[side]]) for side in ("sources", "targets")]
        if any(tuple(place) in closed for place in ends[1].tolist()):
            return 400, {"error_code": 170, "error": "Locations are in unconnected regions"}
        km = np.array([[geodesic_km(*np.array([[a], [b], [c], [d]]))[0] for c, d in ends[1]] for a, b in ends[0]])
        seconds = km / 30.0 * 3600.0
        if is_verbose:
            cells = [
                [{"time": s, "distance": d} for s, d in zip(*row, strict=True)] for row in zip(seconds, km, strict=True)
            ]
            return 200, {"sources_to_targets": json.loads(json.dumps(cells))}
        return 200, {"sources_to_targets": {"durations": seconds.tolist(), "distances": km.tolist()}}

    return answer


@pytest.mark.parametrize("is_verbose", [False, True])
def test_valhalla_refuses_a_whole_table_for_one_place(monaco: Study, ask: Ask, stub: Stub, is_verbose: bool) -> None:
    """Both forms of the answer are read; the pairs to a hospital on another network are found out by halving."""
    stub.answer = valhalla_answer({(7.432, 43.745)}, is_verbose)
    trips = travel_times(monaco, ask("valhalla", server=stub.url, tables=("trips",))).tables[0]
    assert sorted(trips.rows["hospital"].unique()) == ["grace", "harbour"]
    assert trips.counts["no_way"] == 5
    pace = trips.rows["km"] / trips.rows["minutes"] * 60.0
    assert pace.to_numpy() == pytest.approx(30.0, rel=0.02)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, {"error_code": 154, "error": "Path distance exceeds"}), "raise service_limits.auto.max_matrix_distance"),
        ((400, {"error_code": 125, "error": "No costing"}), "125 No costing -> check --server and --profile"),
        ((200, {"sources_to_targets": 5}), "has no sources_to_targets"),
        ((200, {"sources_to_targets": [[{"time": 5}]]}), "has no sources_to_targets"),
        ((200, {"sources_to_targets": {"durations": [[1]], "distances": [[1]]}}), "durations is not a table of 5 x 3"),
    ],
)
def test_bad_answers_of_valhalla_are_refused(
    monaco: Study, ask: Ask, stub: Stub, answer: tuple[int, Any], words: str
) -> None:
    """Limits of the server are named with their remedy, junk is refused."""
    good = valhalla_answer(set(), is_verbose=False)
    stub.answer = lambda path, body: good(path, body) if path == "/locate" else answer
    with pytest.raises(TravelError, match=re.escape(words)):
        travel_times(monaco, ask("valhalla", server=stub.url))
