"""The build script gives the committed files again, byte for byte."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
BUILD = DATA / "build"
PACKAGES = Path(os.environ.get("SITING_PACKAGES", BUILD / "packages"))


def pinned_files() -> list[str]:
    """Return the names of the archives that the build reads."""
    spec = importlib.util.spec_from_file_location("data_build_sources", BUILD / "sources.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return [package.file for package in module.PACKAGES]


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
