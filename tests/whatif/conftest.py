"""The hand-worked study tiny and variants of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from siting.study.read import read_study

if TYPE_CHECKING:
    from siting.study.study import Study

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def tiny_study() -> Study:
    """Return the study that data/tiny/README.md works out by hand."""
    return read_study(DATA / "tiny")
