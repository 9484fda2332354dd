"""Variants of the hand-worked study data/tiny that show only their difference."""

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

TINY = Path(__file__).parents[2] / "data" / "tiny"


@pytest.fixture
def variant(tmp_path: Path) -> Callable[..., Study]:
    """Read data/tiny with tables added (text), left out (None) or given columns (dict), and settings over its own."""

    def read(settings: dict[str, Any] | None = None, **tables: str | dict[str, Any] | None) -> Study:
        folder = tmp_path / f"variant{len(list(tmp_path.iterdir()))}"
        shutil.copytree(TINY, folder)
        for name, change in tables.items():
            file = folder / f"{name}.csv"
            if change is None:
                file.unlink()
            elif isinstance(change, str):
                file.write_text(change, encoding="utf-8")
            else:
                rows = pd.read_csv(file, dtype=str, keep_default_na=False)
                rows.assign(**change).to_csv(file, index=False)
        return read_study(folder, settings or {})

    return read
