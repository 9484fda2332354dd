"""The catalogue of platforms: five machines, each value with its source."""

from __future__ import annotations

import pytest

from siting.network.configurations import configuration_table
from siting.study.columns import TABLES
from siting.study.read import read_study


@pytest.fixture(scope="module")
def catalogue():
    """Return the platforms table of the Texas study with all its rows."""
    return read_study("texas", {"tables.platforms.where": "none"}).tables["platforms"].set_index("id")


def test_every_value_has_a_source(catalogue):
    """Cell Shuttle, Cocoon, Prodigy, IRO and a generic unit; sources are given in the table, not left to defaults."""
    assert set(catalogue.index) == {"shuttle", "cocoon", "prodigy", "iro", "automated"}
    given = ["process_d", "slots", "max_count", "setup_cost", "capex_per_platform", "fixed_opex", "area_m2", "stack"]
    for column in given:
        assert TABLES["platforms"].column(column).is_parameter
        assert (catalogue[f"{column}_source"] != "").all()
        assert (catalogue[f"{column}_source"] != "given in the study").all()


def test_one_shuttle_makes_what_its_maker_plans(catalogue):
    """40,000 doses a year on 38 shuttles are 1,053 each; 16 slots x 365 days / 5.5 days = 1,062."""
    shuttle = catalogue.loc["shuttle"]
    most = shuttle["slots"] * 365 / (shuttle["process_d"] + shuttle["turnaround_d"])
    assert most == pytest.approx(40_000 / 38, rel=0.01)


def test_studies_leave_the_hub_out():
    """A hospital cannot host a shuttle in the studies that come along."""
    for name in ("texas", "us"):
        platforms = configuration_table(read_study(name))["platform"]
        assert "shuttle" not in set(platforms)
        assert len(set(platforms)) == 4 + 2
