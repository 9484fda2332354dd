"""The build script gives the committed files again, byte for byte."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
BUILD = DATA / "build"
PACKAGES = Path(os.environ.get("SITING_PACKAGES", BUILD / "packages"))


def pinned_files(packages: str = "PACKAGES") -> list[str]:
    """Return the names of the archives that a build reads."""
    spec = importlib.util.spec_from_file_location("data_build_sources", BUILD / "sources.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return [package.file for package in getattr(module, packages)]


def test_build_gives_the_committed_files(tmp_path: Path) -> None:
    """Running the build from the pinned packages writes exactly the committed tables and outlines."""
    missing = [name for name in pinned_files() if not (PACKAGES / name).exists()]
    if missing:
        pytest.skip(f"packages not downloaded (data/build/build_us.py does it): {', '.join(missing)}")
    command = [sys.executable, str(BUILD / "build_us.py"), "--packages", str(PACKAGES), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    built = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(built) == 18
    different = [str(path) for path in built if (tmp_path / path).read_bytes() != (DATA / path).read_bytes()]
    assert different == []


def test_uk_build_gives_the_committed_tables(tmp_path: Path) -> None:
    """The build of uk writes the committed texts byte for byte; Parquet files hold the same rows."""
    missing = [name for name in pinned_files("UK_PACKAGES") if not (PACKAGES / name).exists()]
    if missing:
        pytest.skip(f"packages not downloaded (data/build/build_uk.py does it): {', '.join(missing)}")
    command = [sys.executable, str(BUILD / "build_uk.py"), "--packages", str(PACKAGES), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    built = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(built) == 14
    for path in built:
        if path.suffix == ".parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / path), pd.read_parquet(DATA / path))
        else:
            assert (tmp_path / path).read_bytes() == (DATA / path).read_bytes(), path
