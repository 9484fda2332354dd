"""Matrices from files: long, wide either way, other units and names, ids that do not match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import TravelError
from siting.roads.times import travel_times
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from siting.roads.sources import TravelOptions
    from siting.study.study import Study

    Ask = Callable[..., TravelOptions]

AREAS = ("fontvieille", "monaco-ville", "condamine", "monte-carlo", "larvotto")
HOSPITALS = ("grace", "harbour", "east")
MINUTES = {(area, hospital): 10.0 + 3 * a + h for a, area in enumerate(AREAS) for h, hospital in enumerate(HOSPITALS)}
"""fontvieille 10, 11, 12; monaco-ville 13, 14, 15; ..."""


def long(minutes: dict[tuple[str, str], float], header: str = "area,hospital,minutes") -> str:
    """Return a matrix with a row for each pair."""
    return "\n".join([header, *(f"{area},{hospital},{value:g}" for (area, hospital), value in minutes.items())]) + "\n"


def wide(down: tuple[str, ...], across: tuple[str, ...], factor: float = 1.0) -> str:
    """Return a matrix with a row for each place of one side."""
    rows = [",".join([one, *(f"{factor * (MINUTES.get((one, other)) or MINUTES[other, one]):g}" for other in across)])
            for one in down]  # fmt: skip
    return "\n".join([",".join(["LSOA", *across]), *rows]) + "\n"


def found(study: Study, options: TravelOptions) -> dict[tuple[str, str], float]:
    """Return the minutes of the trips that are made of a matrix."""
    rows = travel_times(study, options).tables[0].rows
    assert set(rows["source"]) == {"matrix"}
    return {(row.area, row.hospital): row.minutes for row in rows.itertuples()}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (long(MINUTES), {}),
        (long(MINUTES, "code,unit,time"), {"columns": {"area": "code", "hospital": "unit", "minutes": "time"}}),
        (long({pair: value * 60 for pair, value in MINUTES.items()}), {"unit": "s"}),
        (wide(AREAS, HOSPITALS), {}),
        (wide(HOSPITALS, AREAS), {}),
        (wide((*AREAS,), (*reversed(HOSPITALS),), factor=1 / 60).replace("LSOA", ""), {"unit": "h"}),
    ],
)
def test_every_layout_gives_the_same_trips(
    monaco: Study, ask: Ask, tmp_path: Path, text: str, changes: dict[str, object]
) -> None:
    """Long, wide, hospitals down or across, hours or seconds: the minutes are those of the pattern."""
    file = tmp_path / "matrix.csv"
    file.write_text(text)
    assert found(monaco, ask("matrix", tables=("trips",), matrix=file, **changes)) == pytest.approx(MINUTES, abs=0.01)


def test_ids_that_do_not_match_are_listed_with_the_nearest_spelling(monaco: Study, ask: Ask, tmp_path: Path) -> None:
    """A misspelt area and a hospital that is not there are both named; --allow-lost goes on without them."""
    file = tmp_path / "matrix.csv"
    text = wide(AREAS, HOSPITALS[:2]).replace("monte-carlo", "Monte Carlo 1")
    file.write_text(text + "elsewhere,1,2\n")
    options = ask("matrix", tables=("trips",), matrix=file)
    with pytest.raises(TravelError) as caught:
        travel_times(monaco, options)
    areas, hospitals = caught.value.problems
    assert "lacks 1 of the study's areas" in areas.what
    assert areas.rows == ('monte-carlo, did you mean "Monte Carlo 1"?',)
    assert areas.remedy.startswith("correct the ids (not in the study: Monte Carlo 1, elsewhere), or --allow-lost")
    assert hospitals.rows == ("east",)
    trips = travel_times(monaco, ask("matrix", tables=("trips",), matrix=file, allow_lost=True)).tables[0]
    assert len(trips.rows) == 4 * 2
    assert sorted(trips.lost["id"]) == ["east", "monte-carlo"]
    assert trips.counts["end_lost"] == 7
    assert "2 ids of the file are none of the study's areas" in trips.summary()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (long(MINUTES).replace("larvotto,east,24", "larvotto,east,-24"), "minutes is '-24'"),
        (long(MINUTES).replace("larvotto,east,24", "larvotto,east,soon"), "minutes is 'soon'"),
        (long(MINUTES) + "larvotto,east,24\n", "pairs are given twice (larvotto / east)"),
        ("a,b,c\n1,2,3\n", "is neither long (columns area, hospital, minutes) nor wide"),
        (long({pair: value / 1000 for pair, value in MINUTES.items()}), "faster than 200 km/h (7)"),
    ],
)
def test_a_bad_matrix_is_refused(monaco: Study, ask: Ask, tmp_path: Path, text: str, words: str) -> None:
    """Numbers that are none, pairs given twice, another layout, other units: a message with the rows."""
    file = tmp_path / "matrix.csv"
    file.write_text(text)
    with pytest.raises(TravelError, match=re.escape(words)):
        travel_times(monaco, ask("matrix", tables=("trips",), matrix=file))


def test_an_empty_cell_is_no_way(monaco: Study, ask: Ask, tmp_path: Path) -> None:
    """A cell without a number is no zero."""
    file = tmp_path / "matrix.csv"
    file.write_text(long(MINUTES).replace("larvotto,east,24", "larvotto,east,"))
    trips = travel_times(monaco, ask("matrix", tables=("trips",), matrix=file)).tables[0]
    assert len(trips.rows) == 14
    assert trips.counts["no_way"] == 1


def test_lanes_come_from_a_matrix_in_hours(monaco: Study, ask: Ask, tmp_path: Path) -> None:
    """Lanes are hospital to hospital, both ways, in hours: 90 minutes are 1.5."""
    file = tmp_path / "matrix.csv"
    file.write_text("from,grace,harbour,east\ngrace,0,90,90\nharbour,90,0,30\neast,90,30,0\n")
    options = ask("matrix", tables=("lanes",), matrix=file)
    lanes = travel_times(monaco, options).tables[0].rows.set_index(["hospital", "site"])["hours"]
    assert len(lanes) == 6
    assert lanes["grace", "east"] == 1.5


def test_the_command_writes_what_the_study_reads(monaco: Study, tmp_path: Path) -> None:
    """`siting travel --from matrix` makes trips.csv, its record and its places; the study then says matrix."""
    file = tmp_path / "matrix.csv"
    file.write_text(wide(AREAS, HOSPITALS))
    done = CliRunner().invoke(app, ["travel", str(monaco.folder), "--from", "matrix", "--matrix", str(file), "--json"])
    assert done.exit_code == 0, done.output
    assert '"answered": 15' in done.stdout
    made = {path.name for path in monaco.folder.glob("trips*")}
    assert made == {"trips.csv", "trips.travel.json", "trips.places.csv"}
    trips = read_study(monaco.folder, {"travel.source": "matrix"}).tables["trips"]
    assert trips.set_index(["area", "hospital"])["minutes"].to_dict() == MINUTES


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "osrmm"], 'there is no "osrmm" -> did you mean "osrm"?'),
        ([], 'there is no ""'),
        (["--from", "osrm"], "no server is named"),
        (["--from", "osm"], "no extract is named"),
        (["--from", "osm", "--extract", "nowhere.osm.pbf"], "there is no such extract"),
        (["--from", "matrix"], "no matrix file is named"),
        (["--from", "matrix", "--table", "trips", "--table", "lanes"], "a matrix is one table"),
        (["--from", "matrix", "--unit", "minutes"], 'there is no "minutes"'),
        (["--from", "osrm", "--table", "trip"], 'did you mean "trips"?'),
    ],
)
def test_a_command_that_is_not_whole_is_refused(monaco: Study, words: list[str], message: str) -> None:
    """What is missing or misspelt is named, with exit code 2, and nothing is written."""
    done = CliRunner().invoke(app, ["travel", str(monaco.folder), *words])
    assert done.exit_code == 2
    assert message in done.stderr
    assert not list(monaco.folder.glob("trips*"))


def test_an_embedded_study_is_left_as_it_is() -> None:
    """The studies that come with siting are not written into."""
    done = CliRunner().invoke(app, ["travel", "texas", "--from", "osrm", "--server", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    assert "comes with siting and is left as it is -> --out FOLDER" in done.stderr
