"""Where the published instances lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bench() -> Path:
    """Return the folder of published instances; skip where it is absent."""
    default = Path(__file__).resolve().parents[3] / "shared" / "bench"
    folder = Path(os.environ.get("SITING_BENCH", default))
    if not folder.is_dir():
        pytest.skip(f"no published instances at {folder}; set SITING_BENCH to their folder")
    return folder
