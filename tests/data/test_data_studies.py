"""The embedded studies pass every rule for studies."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.study.read import read_study

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize(
    ("study", "areas", "hospitals"), [("tiny", 4, 3), ("texas", 254, 73), ("us", 3_124, 755), ("uk", 7_199, 125)]
)
def test_embedded_study_is_valid(study: str, areas: int, hospitals: int) -> None:
    """Each study reads without a problem and holds the rows that its README counts."""
    tables = read_study(DATA / study).tables
    assert len(tables["areas"]) == areas
    assert len(tables["hospitals"]) == hospitals
    assert tables["areas"]["id"].map(type).eq(str).all()


def test_us_takes_large_hospitals_and_centres_only() -> None:
    """Every hospital of the study us treats today or has 200 known beds or more."""
    hospitals = read_study(DATA / "us").tables["hospitals"]
    assert (hospitals["treats_today"].astype(bool) | (hospitals["beds"].astype(float) >= 200)).all()
    assert int(hospitals["treats_today"].sum()) == 150
