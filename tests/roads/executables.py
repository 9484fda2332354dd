"""Fetch what the tests of road servers run: OSRM, Valhalla and an extract of Monaco, from wheels and a source package.

``python tests/roads/executables.py FOLDER`` downloads them with pip into FOLDER, unless they are there. The wheels are
built for a later Python; their executables need none. The extract is (c) OpenStreetMap contributors, ODbL.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

FOLDER = "SITING_ROAD_SERVERS"
"""Environment variable that names the folder for the tests."""
OSRM, VALHALLA = "osrm-bindings==26.10.0", "pyvalhalla==3.9.1"
EXTRACT = "monaco.osm.pbf"
_WHEEL = ["--only-binary=:all:", "--python-version", "3.12", "--platform", "manylinux_2_28_x86_64"]


def _download(package: str, folder: Path, options: list[str]) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--dest", str(folder), *options, package], check=True)
    name = package.partition("==")[0]
    ending = "*.whl" if options is _WHEEL else "*.tar.gz"
    return next(path for path in folder.glob(ending) if path.name.replace("_", "-").startswith(f"{name}-"))


def fetch(folder: Path) -> None:
    """Fill a folder with ``osrm/``, ``valhalla/``, ``pyvalhalla.libs/`` and the extract."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, home in ((OSRM, "osrm"), (VALHALLA, "valhalla")):
        if not (folder / home).is_dir():
            wheel = _download(package, folder, _WHEEL)
            with zipfile.ZipFile(wheel) as content:
                content.extractall(folder)
            wheel.unlink()
        for executable in (folder / home / "bin").iterdir():
            executable.chmod(0o755)
    shared = Path(os.environ.get("SITING_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    at_hand = shared / "osm" / EXTRACT
    if not (folder / EXTRACT).is_file() and at_hand.is_file():
        shutil.copyfile(at_hand, folder / EXTRACT)
    if not (folder / EXTRACT).is_file():
        source = _download(OSRM, folder, ["--no-binary", "osrm-bindings"])
        with tarfile.open(source) as content:
            member = next(name for name in content.getnames() if name.endswith(f"test/data/{EXTRACT}"))
            found = content.extractfile(member)
            assert found is not None
            (folder / EXTRACT).write_bytes(found.read())
        source.unlink()


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
