"""Minutes from the great circle, by detour and speed or by a named calibration, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.network.build import build_network
from siting.network.calibration import CALIBRATIONS, StraightLine

if TYPE_CHECKING:
    from siting.study.study import Study


@pytest.mark.parametrize(
    ("name", "km", "minutes"),
    [
        ("none", 64.0, 10.0 + 64.0 * 1.25 / 80.0 * 60.0),
        ("uk", 5.0, 7.4 + 1.49 * 5.0),
        ("uk", 30.0, 18.9 + 0.75 * 30.0),
        ("uk", 150.0, 22.8 + 0.73 * 150.0),
        ("uk", 700.0, 23.1 + 0.724 * 600.0 + 100.0 * 1.25 / 80.0 * 60.0),
        ("us-mid-atlantic", 20.0, 2.9 + 1.30 * 20.0),
        ("us-mid-atlantic", 140.0, 2.9 + 130.0 + 40.0 * 1.25 / 80.0 * 60.0),
    ],
)
def test_minutes_are_those_of_the_band(name: str, km: float, minutes: float) -> None:
    """The figure of datasets' fits holds in each band; past the last one the study's own pace goes on."""
    assert StraightLine(1.25, 80.0, 10.0, name).minutes(np.array([km]))[0] == pytest.approx(minutes)


@pytest.mark.parametrize("name", ["none", *CALIBRATIONS])
def test_a_longer_trip_never_takes_less_and_reach_is_the_way_back(name: str) -> None:
    """Bands meet without a dip, and the reach of a time is the longest trip that takes no more."""
    line = StraightLine(1.25, 80.0, 10.0, name)
    km = np.arange(0.0, 1000.0, 0.5)
    minutes = line.minutes(km)
    assert (np.diff(minutes) >= 0.0).all()
    for limit in (12.0, 38.0, 90.0, 400.0):
        reach = line.reach_km(limit)
        assert line.minutes(np.array([reach]))[0] <= limit + 1e-6 or reach == 0.0
        assert line.minutes(np.array([reach + 0.1]))[0] > limit


def test_trips_and_lanes_say_where_they_are_from(tiny: Study) -> None:
    """A matrix is a matrix; with great-circle it is left aside, and a calibration is named in each row."""
    network = build_network(tiny)
    assert set(network.trips["source"]) == {"matrix"}
    assert set(network.lanes["source"]) == {"matrix", "same hospital", "central_plants"}
    straight = build_network(
        tiny.replace({"travel.source": "great-circle", "travel.calibration": "uk", "courier.source": "great-circle"})
    )
    assert set(straight.trips["source"]) == {"great-circle:uk"}
    assert set(straight.lanes["source"]) == {"great-circle", "same hospital", "central_plants"}
