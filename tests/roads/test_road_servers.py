"""Real OSRM and Valhalla servers with the roads of Monaco, on this machine."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from helpers import DATA
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError, TravelError
from siting.optimize import optimize
from siting.roads.times import travel_times
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from siting.roads.sources import TravelOptions
    from siting.study.study import Study

    Ask = Callable[..., TravelOptions]


def _get(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=10.0) as answer:
        return json.load(answer)


def _ends(study: Study, rows: pd.DataFrame) -> Any:
    """Yield each row with the lon, lat of area and hospital."""
    areas, hospitals = (study.tables[name].set_index("id")[["lon", "lat"]] for name in ("areas", "hospitals"))
    for row in rows.itertuples():
        yield row, areas.loc[row.area].tolist(), hospitals.loc[row.hospital].tolist()


def test_osrm_minutes_are_those_of_its_routes(monaco: Study, ask: Ask, osrm: str) -> None:
    """Each trip equals what the server's route service, which is another one, says of the two places."""
    trips = travel_times(monaco, ask("osrm", server=osrm)).tables[0]
    assert len(trips.rows) == 15
    for row, start, end in _ends(monaco, trips.rows):
        route = _get(f"{osrm}/route/v1/driving/{start[0]},{start[1]};{end[0]},{end[1]}?overview=false")["routes"][0]
        assert row.minutes == pytest.approx(route["duration"] / 60.0, abs=0.01)
        assert row.km == pytest.approx(route["distance"] / 1000.0, abs=0.01)


def test_valhalla_minutes_are_those_of_its_routes(monaco: Study, ask: Ask, valhalla: str) -> None:
    """Each trip equals what Valhalla's route action says; both answer in whole seconds."""
    trips = travel_times(monaco, ask("valhalla", server=valhalla)).tables[0]
    assert len(trips.rows) == 15
    for row, start, end in _ends(monaco, trips.rows):
        places = [{"lon": lon, "lat": lat} for lon, lat in (start, end)]
        found = _get(f"{valhalla}/route", {"locations": places, "costing": "auto"})["trip"]["summary"]
        assert row.minutes == pytest.approx(found["time"] / 60.0, abs=0.05)
        assert row.km == pytest.approx(found["length"], abs=0.02)


def test_small_tables_give_the_same_as_a_large_one(monaco: Study, ask: Ask, osrm: str) -> None:
    """How pairs are grouped into requests changes nothing."""
    large = travel_times(monaco, ask("osrm", server=osrm))
    small = travel_times(monaco, ask("osrm", server=osrm, table_size=3))
    for one, other in zip(large.tables, small.tables, strict=True):
        pd.testing.assert_frame_equal(one.rows, other.rows)


def test_an_extract_on_disk_agrees_with_osrm(monaco: Study, ask: Ask, osrm: str, extract: Path) -> None:
    """Without a server, trips of more than 1 km are within a quarter of OSRM's, which also counts turns."""
    asked = travel_times(monaco, ask("osrm", server=osrm)).tables[0].rows
    found = travel_times(monaco, ask("osm", extract=str(extract))).tables[0].rows
    both = asked.merge(found, on=["area", "hospital"], suffixes=("_osrm", "_osm"))
    far = both[both["km_osrm"] > 1.0]
    assert len(far) >= 10
    assert (far["minutes_osm"] / far["minutes_osrm"]).between(0.75, 1.25).all()


def test_a_server_for_walkers_is_recognised(monaco: Study, ask: Ask, osrm_on_foot: str) -> None:
    """OSRM answers "driving" with whatever it holds; the speeds give it away. Asked for on foot, it is believed."""
    with pytest.raises(TravelError, match="that of a walker"):
        travel_times(monaco, ask("osrm", server=osrm_on_foot))
    assert len(travel_times(monaco, ask("osrm", server=osrm_on_foot, profile="foot")).tables[0].rows) == 15


def test_a_server_of_another_region_is_recognised(ask: Ask, osrm: str) -> None:
    """Places in Germany are hundreds of km from the nearest road of Monaco."""
    study = read_study(DATA / "tiny", {"travel.source": "great-circle"})
    with pytest.raises(TravelError, match=r"4 of 4 areas are far from any road \(median \d+ km\).* another region"):
        travel_times(study, ask("osrm", server=osrm))


def test_many_areas_take_few_requests(monaco: Study, ask: Ask, osrm: str) -> None:
    """150 areas and 3 hospitals, 100 places a request: 2 + 1 find roads, 3 of 50 areas x 3 hospitals give times."""
    areas = monaco.tables["areas"]
    many = [areas.assign(id=areas["id"] + str(number), lat=areas["lat"] + number * 1e-6) for number in range(30)]
    pd.concat(many).to_csv(monaco.folder / "areas.csv", index=False)
    trips = travel_times(read_study(monaco.folder), ask("osrm", server=osrm, tables=("trips",))).tables[0]
    assert len(trips.rows) == 450
    assert trips.facts["requests"] == 6


def test_the_plan_travels_by_the_table(monaco: Study, ask: Ask, osrm: str, tmp_path: Path) -> None:
    """The command writes the tables; the plan's minutes are theirs, each row says osrm; wider limits are refused."""
    folder = monaco.folder
    words = ["travel", str(folder), "--from", "osrm", "--server", osrm, "--cache", str(tmp_path / "answers")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "trips: 15 trips from osrm" in done.stdout
    study = read_study(folder, {"travel.source": "osrm", "courier.source": "osrm"})
    plan = optimize(study, gap=0.0)
    table = pd.read_csv(folder / "trips.csv").set_index(["area", "hospital"])
    for row in plan.trips.itertuples():
        assert row.minutes == table.loc[(row.area_id, row.hospital_id), "minutes"]
        assert row.source == "osrm"
    assert set(plan.lanes["source"]) <= {"osrm", "same hospital", "central_plants"}
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "trips.csv: is there already" in again.stderr
    with pytest.raises(StudyError, match="study's limits now reach up to 60 km"):
        read_study(folder, {"travel.max_distance": 60.0})
