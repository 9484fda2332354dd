"""What all tests share; this file also puts `helpers` within reach of every folder of tests."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from helpers import DATA
from hypothesis import settings

from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from siting.study.study import Study

# Drawn cases are the same in every run, so that a failure is due to a change; HYPOTHESIS_PROFILE=default draws anew.
settings.register_profile("same", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Started in the background by a shell, tests and all they start would be deaf to Ctrl-C, which some of them send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tiny() -> Study:
    """Return the study whose optimum its README works out by hand."""
    return read_study(DATA / "tiny")


@pytest.fixture
def tiny_with(tmp_path: Path) -> Callable[..., Study]:
    """Read data/tiny with cells changed: table = {id: {column: value}}; an id that is not there becomes a row."""

    def read(settings: dict[str, Any] | None = None, /, **tables: dict[str, dict[str, Any]]) -> Study:
        folder = tmp_path / f"tiny-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(DATA / "tiny", folder)
        for table, edits in tables.items():
            file = folder / f"{table}.csv"
            rows = pd.read_csv(file, dtype=str, index_col="id") if file.exists() else pd.DataFrame()
            for row, cells in edits.items():
                for column, value in cells.items():
                    rows.loc[row, column] = str(value)
            rows.rename_axis("id").to_csv(file)
        return read_study(folder, settings or {})

    return read
