"""`siting data` lists published tables; `siting data fetch` says why it wrote nothing."""

from __future__ import annotations

import json


def test_data_lists_where_tables_are_from(run):
    """Every table stands there with its licence and how to get it."""
    result = run("data")
    assert result.exit_code == 0
    for text in ("hifld (hospitals)", "licence   public domain", "siting data fetch gisco --out FILE", "lacks"):
        assert text in result.stdout


def test_data_as_json(run):
    """Programs get the same by name."""
    listed = json.loads(run("data", "--json").stdout)
    assert listed["census-county"]["id"] == "last 2 of STATE, zeros in front + last 3 of COUNTY, zeros in front"


def test_fetch_without_an_answer_is_bad_input(run, left_behind):
    """Exit code 2, a message on stderr, nothing on disk."""
    result = run("data", "fetch", "gisco", "--out", "eu.csv", "--url", "http://127.0.0.1:9/eu.csv", "--timeout", "2")
    assert result.exit_code == 2
    assert "nothing was downloaded" in result.stderr
    assert left_behind() == []
