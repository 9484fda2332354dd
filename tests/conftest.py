"""What all tests share; this file also puts `helpers` within reach of every folder of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import DATA

from siting.study.read import read_study

if TYPE_CHECKING:
    from siting.study.study import Study


@pytest.fixture(scope="session")
def tiny() -> Study:
    """Return the study whose optimum its README works out by hand."""
    return read_study(DATA / "tiny")
