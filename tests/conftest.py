"""The hand-worked study data/tiny, and a way to write variants of it that show only their difference."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.study.study import Study

TINY = Path(__file__).parents[1] / "data" / "tiny"


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Study]:
    """Read data/tiny with cells changed: table = {id: {column: value}}; an id that is not there becomes a row."""

    def read(settings: dict[str, Any] | None = None, /, **tables: dict[str, dict[str, Any]]) -> Study:
        folder = tmp_path / f"tiny-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(TINY, folder)
        for table, edits in tables.items():
            file = folder / f"{table}.csv"
            rows = pd.read_csv(file, dtype=str, index_col="id") if file.exists() else pd.DataFrame()
            for row, cells in edits.items():
                for column, value in cells.items():
                    rows.loc[row, column] = str(value)
            rows.rename_axis("id").to_csv(file)
        return read_study(folder, settings or {})

    return read
