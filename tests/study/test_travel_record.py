"""Tables that `siting travel` wrote are held against the study of today."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from helpers import DATA

from siting.errors import StudyError
from siting.study.read import read_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return tiny as if its trips came from OSRM: asked for up to 200 km, with the places of today."""
    folder = tmp_path / "tiny"
    shutil.copytree(DATA / "tiny", folder)
    trips = pd.read_csv(folder / "trips.csv")
    trips.assign(source="osrm").to_csv(folder / "trips.csv", index=False)
    (folder / "trips.travel.json").write_text(json.dumps({"radius_km": 200.0}))
    places = [pd.read_csv(folder / f"{name}.csv").assign(table=name) for name in ("areas", "hospitals")]
    pd.concat(places)[["table", "id", "lon", "lat"]].to_csv(folder / "trips.places.csv", index=False)
    return folder


LIMITED: dict[str, Any] = {"travel.max_distance": 150.0}


def test_a_table_that_fits_is_read(folder: Path) -> None:
    """Limits within what was asked for, the same places: no complaint."""
    study = read_study(folder, LIMITED | {"travel.source": "osrm"})
    assert set(study.tables["trips"]["source"]) == {"osrm"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"travel.max_distance": 250.0}, "up to 200 km apart, but the study's limits now reach up to 250 km"),
        ({}, "the study's limits now reach without limit"),
        ({"travel.max_min": 120.0}, "reach up to 260 km"),  # 2 h at 130 km/h
    ],
)
def test_wider_limits_need_new_tables(folder: Path, settings: dict[str, Any], words: str) -> None:
    """Pairs that were never asked for must not be taken for pairs that cannot be travelled."""
    with pytest.raises(StudyError, match=words):
        read_study(folder, settings)
    with pytest.raises(StudyError, match=words):
        read_study(folder, LIMITED).replace({"travel.max_distance": "none"} | settings)


def test_new_and_moved_places_are_named(folder: Path) -> None:
    """A hospital that was added and an area that was moved by 0.1 degrees both need new times."""
    with (folder / "hospitals.csv").open("a") as file:
        file.write("H4,New,Here,East,11.0,50.1,100,false\n")
    areas = (folder / "areas.csv").read_text().replace("Westborough,9.9,", "Westborough,9.8,")
    (folder / "areas.csv").write_text(areas)
    with pytest.raises(StudyError) as caught:
        read_study(folder, LIMITED)
    said = {problem.what: problem.rows for problem in caught.value.problems}
    assert said == {
        "1 of the areas have moved since the table was made": ("A",),
        "1 of the hospitals were not there when the table was made": ("H4",),
    }
    read_study(folder, {"travel.source": "great-circle"})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"travel.source": "valhalla"}, "the rows of trips are from: osrm -> siting travel STUDY --from valhalla"),
        ({"courier.source": "osrm"}, "the rows of lanes are from: matrix"),
    ],
)
def test_the_source_that_is_named_must_be_the_one(folder: Path, settings: dict[str, Any], words: str) -> None:
    """A study that says where its minutes are from does not run on others."""
    with pytest.raises(StudyError, match=words):
        read_study(folder, LIMITED | settings)


def test_a_named_source_without_a_table_says_what_to_run(folder: Path) -> None:
    """Nothing falls back on the great circle when a study says osrm; the remedy is the command."""
    (folder / "trips.csv").unlink()
    with pytest.raises(StudyError, match='"osrm" but there is no table trips -> siting travel STUDY --from osrm'):
        read_study(folder, {"travel.source": "osrm"})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"radius_km": "far"}'])
def test_a_damaged_record_is_refused(folder: Path, text: str) -> None:
    """A record that is none is a problem with a remedy, not a crash."""
    (folder / "trips.travel.json").write_text(text)
    with pytest.raises(StudyError, match=r"trips\.travel\.json: is no record of trips\.csv"):
        read_study(folder, LIMITED)


def test_the_snapshot_keeps_the_records(folder: Path, tmp_path: Path) -> None:
    """What a study writes can be held against its record again."""
    copy = read_study(folder, LIMITED).write(tmp_path / "copy")
    assert (copy / "trips.travel.json").read_text() == (folder / "trips.travel.json").read_text()
    with pytest.raises(StudyError, match="now reach up to 250 km"):
        read_study(copy, {"travel.max_distance": 250.0})
