"""Times from an OpenStreetMap extract, on a map small enough to be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.errors import TravelError
from siting.roads.osm import Osm

if TYPE_CHECKING:
    from pathlib import Path

DEGREE_KM = 111.3195
"""One degree of longitude on the equator of WGS 84: 6,378.137 km x pi / 180."""
STEP_KM = DEGREE_KM * 0.01


def osm(folder: Path, ways: str, nodes: int = 6) -> Osm:
    """Write nodes at lon 0, 0.01, 0.02, ... on the equator and some ways, and read them."""
    places = "".join(f'<node id="{n}" lat="0" lon="{(n - 1) * 0.01:g}" version="1"/>' for n in range(1, nodes + 1))
    text = ""
    for number, way in enumerate(ways.split(";"), start=1):
        refs, _, tags = way.strip().partition(" ")
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs.split("-"))
        inner += "".join('<tag k="{}" v="{}"/>'.format(*tag.split("=")) for tag in tags.split(","))
        text += f'<way id="{number}" version="1">{inner}</way>'
    file = folder / "map.osm"
    file.write_text(f'<?xml version="1.0"?><osm version="0.6">{places}{text}</osm>')
    return Osm(file, "")


def points(*numbers: int) -> np.ndarray:
    """Return the places of nodes."""
    return np.array([[(number - 1) * 0.01, 0.0] for number in numbers])


def test_times_follow_from_length_and_speed(tmp_path: Path) -> None:
    """1.113 km at 65 km/h (primary), then 1.113 km at 0.8 x 50 km/h (signposted): 1.0276 + 1.6698 min."""
    minutes, km = osm(tmp_path, "1-2 highway=primary; 2-3 highway=residential,maxspeed=50").table(
        points(1), points(3, 2)
    )
    assert km[0] == pytest.approx([2 * STEP_KM, STEP_KM], rel=1e-4)
    assert minutes[0] == pytest.approx([STEP_KM / 65 * 60 + STEP_KM / 40 * 60, STEP_KM / 65 * 60], rel=1e-4)


def test_the_fastest_way_is_taken_and_its_length_told(tmp_path: Path) -> None:
    """From 1 to 3: 2.226 km on a 10 km/h street, or by the motorway to 4 and back: 4 x 1.113 km at 90 km/h."""
    ways = "1-3 highway=living_street; 1-4 highway=motorway,oneway=no; 4-3 highway=motorway,oneway=no"
    minutes, km = osm(tmp_path, ways).table(points(1), points(3))
    assert km[0, 0] == pytest.approx(4 * STEP_KM, rel=1e-4)
    assert minutes[0, 0] == pytest.approx(4 * STEP_KM / 90 * 60, rel=1e-4)


def test_one_way_streets_are_driven_one_way(tmp_path: Path) -> None:
    """1 to 3 is two steps; back, a loop over 4: the motorway may be driven forward only, oneway=-1 backward only."""
    ways = "1-2-3 highway=motorway; 4-3 highway=primary,oneway=-1; 4-1 highway=primary,oneway=yes"
    _, km = osm(tmp_path, ways).table(points(1, 3), points(3, 1))
    assert km == pytest.approx(np.array([[2.0, 0.0], [0.0, 1.0 + 3.0]]) * STEP_KM, rel=1e-4, abs=1e-9)


def test_roads_that_cars_may_not_use_are_no_roads(tmp_path: Path) -> None:
    """A footway, a private road and one closed to motor vehicles do not shorten the trip by the living street."""
    ways = (
        "1-3 highway=footway; 1-3 highway=primary,access=private; 1-3 highway=primary,motor_vehicle=no; "
        "1-2-3 highway=living_street,maxspeed=walk"
    )
    minutes, _ = osm(tmp_path, ways).table(points(1), points(3))
    assert minutes[0, 0] == pytest.approx(2 * STEP_KM / 10 * 60, rel=1e-4)


def test_access_of_the_nearer_kind_comes_first_and_miles_are_read(tmp_path: Path) -> None:
    """motor_vehicle=yes opens a road with access=no; 25 mph are 40.23 km/h, driven at 0.8 of that."""
    road = osm(tmp_path, "1-2 highway=tertiary,access=no,motor_vehicle=yes,maxspeed=25 mph")
    assert road.table(points(1), points(2))[0][0, 0] == pytest.approx(STEP_KM / (0.8 * 25 * 1.609344) * 60, rel=1e-4)


def test_places_meet_the_part_of_the_network_that_hangs_together(tmp_path: Path) -> None:
    """A place beside a road without connection is put on the main network, two steps away."""
    road = osm(tmp_path, "1-2-3 highway=primary; 5-6 highway=primary")
    assert road.snap(points(5))[0].tolist() == [0.02, 0.0]


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    """Junk, and a map without roads, are said to be so."""
    file = tmp_path / "junk.osm.pbf"
    file.write_bytes(b"no map at all")
    with pytest.raises(TravelError, match="cannot be read"):
        Osm(file, "")
    with pytest.raises(TravelError, match="holds no road for cars"):
        osm(tmp_path, "1-2 highway=footway")
