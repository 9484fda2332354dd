"""The hand-worked study tiny and variants of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from siting.study.study import Study

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def tiny_study() -> Study:
    """Return the study that data/tiny/README.md works out by hand."""
    return read_study(DATA / "tiny")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command line in an empty folder; gives exit_code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
