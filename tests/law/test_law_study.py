"""Broken rules and regimes: one clear line each."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.errors import StudyError
from siting.study.law import places

BROKEN_RULES = {
    "unknown kind": ("r,forbid,A,H1,,,,\n", "kind is 'forbid' (r)", "forbid_trip"),
    "unknown area": ("r,forbid_trip,Z,H1,,,,\n", 'origin names "Z", which is no id in areas (r)', ""),
    "unknown region": ("r,forbid_trip,region:Wets,H1,,,,\n", 'origin names "Wets", which is no region', '"West"'),
    "region without its word": ("r,forbid_trip,not West,H1,,,,\n", 'origin names "West", which is a region', "region:"),
    "unknown hospital": ("r,forbid_trip,A,H9,,,,\n", 'destination names "H9", which is no id in hospitals', "H1"),
    "plant as host": ("r,forbid_site,,plant,,,,\n", 'destination names "plant", which is no id in hospitals', ""),
    "unknown product": ("r,forbid_trip,A,H1,cat,,,\n", "product names ids that are not in products.csv (cat)", "cart"),
    "unknown mode": ("r,forbid_site,,H1,,own,,\n", "mode names ids that are not in modes.csv (own)", "owned"),
    "mode of a trip": (
        "r,forbid_trip,A,H1,,owned,,\n",
        "mode means nothing in a rule of kind forbid_trip (r)",
        "empty",
    ),
    "span without hub": ("r,forbid_lane,H1,H2,,,3,\n", "span means nothing in a rule of kind forbid_lane (r)", "empty"),
    "hub without span": ("r,hub,H1,,,,,\n", "span is empty in a rule of kind hub (r)", "say"),
    "hub without hospital": ("r,hub,,H2,,,2,\n", "origin is empty in a rule of kind hub (r)", "say"),
    "two hubs in a row": ("r,hub,H1;H2,,,,2,\n", "origin names 2 hospitals, a hub is one (r)", "one row"),
    "sites unnamed": ("r,forbid_site,,,,,,\n", "destination is empty in a rule of kind forbid_site (r)", "say"),
    "everything": ("r,forbid_trip,,,,,,\n", "so it forbids everything (r)", "name places"),
    "duplicate": ("r,forbid_site,,H1,,,,\nr,forbid_site,,H2,,,,\n", "duplicate id (r)", "one row"),
}


@pytest.mark.parametrize("case", BROKEN_RULES)
def test_broken_rules(case: str, lawful) -> None:
    """One problem that names file, rule, value and remedy."""
    rules, what, remedy = BROKEN_RULES[case]
    with pytest.raises(StudyError) as caught:
        lawful(rules)
    [problem] = caught.value.problems
    assert problem.where == "rules.csv"
    assert what in str(problem)
    assert remedy in problem.remedy


BROKEN_REGIMES = {
    "region without a regime": (
        "W,West,*,,,1,0,0\n",
        "no regime covers these regions and modes by tech_transfer (regulation.pathway) (East / owned, East / fran",
        'regions = "*"',
    ),
    "mode without a regime": ("a,*,owned,,,1,0,0\n", "(West / franchise, East / franchise)", "add rows"),
    "other pathway only": ("a,*,*,new_product,,1,0,0\n", "by tech_transfer", "add rows"),
    "two regimes": ("a,*,*,,,1,0,0\nb,*,*,,,1,0,0\n", "two regimes cover West / owned (a, b)", "keep one"),
    "unknown region": ("a,*;Wset,*,,,1,0,0\n", 'regions names "Wset", which is no region of the study (a)', '"West"'),
    "unknown mode": ("a,*,*,,,1,0,0\nb,*,own,,,1,0,0\n", 'mode is "own", which is no mode (b)', '"owned"'),
    "negative cost": ("a,*,*,,,-1,0,0\n", "activation_cost is -1, below 0", "One-off"),
}


@pytest.mark.parametrize("case", BROKEN_REGIMES)
def test_broken_regimes(case: str, lawful) -> None:
    """The message says which region and mode, and what to write."""
    regimes, what, remedy = BROKEN_REGIMES[case]
    with pytest.raises(StudyError) as caught:
        lawful(regimes=regimes)
    problem = caught.value.problems[0]
    assert problem.where == "regimes.csv"
    assert what in str(problem)
    assert remedy in problem.remedy


def test_hub_must_host(lawful) -> None:
    """A hub that may not host a unit could have no spokes."""
    hospitals = "id,region,lon,lat,treats_today,can_host\nH1,West,10,50,true,false\nH2,East,11,50,true,true\n"
    hospitals += "H3,East,10.5,50.3,false,true\n"
    with pytest.raises(StudyError, match="H1 is the hub and may not host a unit"):
        lawful("r,hub,H1,,,,2,\n", hospitals_csv=hospitals)


def test_same_region_needs_regions(lawful) -> None:
    """Hospitals without a region are named, not treated as one region."""
    hospitals = "id,region,lon,lat,treats_today\nH1,West,10,50,true\nH2,,11,50,true\nH3,East,10.5,50.3,false\n"
    with pytest.raises(StudyError, match="hospitals without a region: H2"):
        lawful("r,same_region_only,,,,,,\n", hospitals_csv=hospitals)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", "abc"), ("*", "abc"), ("a;c", "ac"), ("region:N", "ab"), ("not b", "ac"), ("region:N;not a", "b"),
        ("not region:N", "c"), ("region:S; a", "ac"), ("*;not *", ""),
    ],
)  # fmt: skip
def test_places(text: str, meant: str) -> None:
    """Ids, regions, all, and what is left out."""
    rows = pd.DataFrame({"id": ["a", "b", "c"], "region": ["N", "N", "S"]})
    assert "".join(rows["id"][places(text, rows)]) == meant
