"""`siting export`: from an output folder to other formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from siting.export.export import export
from siting.optimize import optimize
from siting.study.read import read_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def out(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an output folder of the study that ``siting init`` makes."""
    return export(optimize(read_study(study)), tmp_path_factory.mktemp("out") / "plan")


def test_formats_are_written_into_a_folder(run, out: Path, left_behind) -> None:
    """What was converted is said on stderr and stands in fields.csv."""
    result = run("export", out, "--format", "kml,SHP", "--to", "gis")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "Wrote gis.\n"
    assert "openings.is_central: 1 for true and 0 for false" in result.stderr
    assert {"gis/network.kml", "gis/shapefile/openings.shp", "gis/fields.csv", "gis/README.txt"} <= set(left_behind())


def test_suffix_says_the_format(run, out: Path, left_behind) -> None:
    """One file, with JSON for programs."""
    result = run("export", out, "--to", "areas.fgb", "--layer", "areas", "--json")
    assert json.loads(result.stdout) == {"written": "areas.fgb", "formats": ["fgb"], "converted": []}
    assert left_behind() == ["areas.fgb"]


@pytest.mark.parametrize(("words", "said"), [
    (("--to", "x.tiff"), "suffix .tiff is of no format"),
    (("--to", "gis"), "names no format"),
    (("--to", "gis", "--format", "dwg"), "there is no such format (dwg)"),
    (("--to", "x.gpkg", "--format", "kml"), "is for folders"),
    (("--to", "x.fgb", "--layer", "rivers"), "there is no layer 'rivers'"),
    (("--to", "x.gpkg", "--add", "none.gpkg"), "none.gpkg: cannot be read"),
    (("--to", "/dev/null/x.gpkg"), "/dev/null is not a folder; choose another place"),
])  # fmt: skip
def test_bad_words_are_2_and_leave_nothing(run, out: Path, left_behind, words: tuple[str, ...], said: str) -> None:
    """A wrong suffix, format, layer, file or place is a message and exit code 2."""
    result = run("export", out, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert left_behind() == []


def test_optimize_wants_a_folder(run, study: Path, left_behind) -> None:
    """A file name after --out is refused before anything is solved, with the way to a file."""
    result = run("optimize", study, "--out", "plan.gpkg")
    assert result.exit_code == 2
    assert "siting export FOLDER --to plan.gpkg" in result.stderr
    assert left_behind() == []
