"""Filters in study.toml compare what looks like numbers as numbers and the rest as text."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.study.where import rows_where

FRAME = pd.DataFrame(
    {
        "fips": ["01001", "48201", "48301"],
        "code": ["1", "2", "10"],
        "beds": ["200", "", "90"],
        "bed type": ["x", "y", "x"],
        "name": ["Children A", "B", "Children C"],
    }
)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("beds > 100", [0]),
        ("beds >= 90 and code > 2", [2]),
        ("code == '10'", [2]),
        ("code != '1'", [1, 2]),
        ("code in [2, 10]", [1, 2]),
        ("fips == '01001'", [0]),
        ("fips in ['48201', '48301']", [1, 2]),
        ("fips > '4'", [1, 2]),
        ("`bed type` == 'x'", [0, 2]),
        ("name.str.contains('Children')", [0, 2]),
        ("not beds > 100", [1, 2]),
        ("beds != -1 and code < 5", [0, 1]),
    ],
)
def test_rows_kept(expression, kept):
    """Each expression keeps these rows: "10" is above "2" as a number, an unknown number above nothing."""
    rows = rows_where(FRAME, expression, "hospitals")
    assert rows[rows].index.tolist() == kept
