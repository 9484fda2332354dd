"""Gap against time of the decomposition at national scale, as Markdown.

    python tests/benchmarks/decompose.py [--seconds 900] [--only us single two]

us      the study that ships: 3,124 counties, 755 hospitals, both legs
single  3,089 counties of the lower 48 states, 1,556 open acute and children's hospitals with 200 or more beds, cells
        made where patients are treated, 300 miles
two     the same hospitals and counties, couriers within 300 miles

The last two are made here from the tables of counties (population-weighted centroids) and hospitals (HIFLD 2022) in the
folder of the variable SITING_DATA, by default ../shared/data/us beside the project. Each runs in a process of its own,
so that peak memory is true; figures depend on the machine and its load, which is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from siting.network.build import build_network
from siting.plan.check import recount
from siting.solve import SolveOptions, solve
from siting.study.read import read_study

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = Path(os.environ.get("SITING_DATA", PROJECT.parent / "shared" / "data")) / "us"
KEPT = ("modes.csv", "platforms.csv", "products.csv", "central_plants.csv")
OUTSIDE = ("AK", "HI", "PR", "VI", "GU", "AS", "MP", "PW")
KINDS = ("GENERAL ACUTE CARE", "CHILDREN")
MARKS = (30, 60, 120, 180, 300, 600, 900)
SETTINGS = """\
[study]
name = "Lower 48 states, {name}"
currency = "USD"
price_year = 2025
distance_unit = "mi"
[travel]
max_distance = 300
[courier]
max_distance = {courier}
[limits]
allow_unserved = true
allow_unreachable = true
"""
COURIER = {"single": 0, "two": 300}


def write_study(folder: Path, name: str) -> None:
    """Write the study of counties and hospitals of the lower 48 states."""
    for table in KEPT:
        (folder / table).write_text((PROJECT / "data" / "us" / table).read_text(encoding="utf-8"), encoding="utf-8")
    counties = pd.read_csv(SOURCE / "demand_county.csv", dtype={"county_fips": str})
    counties = counties[~counties["state"].isin(OUTSIDE)].dropna(subset=["lat_popw", "lon_popw"])
    areas = {"id": "county_fips", "name": "county", "lon": "lon_popw", "lat": "lat_popw",
             "population": "population_2020_delphi", "region": "state"}  # fmt: skip
    pd.DataFrame({new: counties[old] for new, old in areas.items()}).to_csv(folder / "areas.csv", index=False)
    places = pd.read_csv(SOURCE / "hospitals_hifld_2022.csv", dtype={"hifld_id": str})
    chosen = (places["status"] == "OPEN") & (places["beds"] >= 200) & places["type"].isin(KINDS)
    places = places[chosen & ~places["state"].isin(OUTSIDE)]
    centres = pd.read_csv(SOURCE / "cart_centres_seed_unverified.csv", dtype={"hifld_id": str})["hifld_id"]
    columns = {
        "id": "hifld_id",
        "name": "name",
        "city": "city",
        "region": "state",
        "lon": "lon",
        "lat": "lat",
        "beds": "beds",
    }
    hospitals = pd.DataFrame({new: places[old] for new, old in columns.items()})
    hospitals["treats_today"] = places["hifld_id"].isin(centres).map({True: "true", False: "false"})
    hospitals.to_csv(folder / "hospitals.csv", index=False)
    (folder / "study.toml").write_text(SETTINGS.format(name=name, courier=COURIER[name]), encoding="utf-8")


def measure(name: str, seconds: float) -> None:
    """Solve one study and print its trace as one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        where = PROJECT / "data" / "us"
        if name in COURIER:
            where = Path(folder)
            write_study(where, name)
        began = time.perf_counter()
        network = build_network(read_study(where))
    read_s = time.perf_counter() - began
    trace: list[tuple[float, float | None, float | None, float | None]] = []
    options = SolveOptions(
        time_limit=seconds, gap=0.001, strategy="decompose",
        progress=lambda p: trace.append((p.seconds, p.bound, p.objective, p.gap)),
    )  # fmt: skip
    found = solve(network, options)
    trace.append((found.runtime_s, found.bound, found.objective, found.gap))
    print(json.dumps({
        "name": name, "areas": len(network.areas), "sites": len(network.sites), "trips": len(network.trips),
        "lanes": len(network.lanes), "options": len(network.options), "read_s": read_s, "trace": trace,
        "checked": recount(network, found) == [],
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "load": os.getloadavg()[0],
    }))  # fmt: skip


def table(runs: list[dict[str, object]], seconds: float) -> str:
    """Return gaps at fixed times as a Markdown table."""
    marks = [mark for mark in MARKS if mark <= seconds] or [int(seconds)]
    lines = [
        "| study | trips | lanes | options | read | "
        + " | ".join(f"{m} s" for m in marks)
        + " | bound | plan | peak | load |",
        "|---" * (len(marks) + 9) + "|",
    ]
    for run in runs:
        gaps = []
        for mark in marks:
            known = [gap for when, _, _, gap in run["trace"] if when <= mark + 2.0 and gap is not None]
            gaps.append(f"{known[-1]:.2%}" if known else "-")
        _, bound, cost, _ = run["trace"][-1]
        name = f"{run['name']}: {run['areas']:,} x {run['sites']:,}" + ("" if run["checked"] else " RECOUNT FAILS")
        figures = [f"{run[key]:,}" for key in ("trips", "lanes", "options")] + [f"{run['read_s']:.0f} s", *gaps]
        figures += [f"{bound / 1e6:,.1f} M", f"{cost / 1e6:,.1f} M", f"{run['peak_gib']:.1f} GiB", f"{run['load']:.1f}"]
        lines.append(f"| {name} | " + " | ".join(figures) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run the studies, each in its own process, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--only", nargs="+", choices=("us", *COURIER), default=["us", *COURIER])
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure, asked.seconds)
        return
    if not SOURCE.is_dir():
        asked.only = [name for name in asked.only if name == "us"]
        print(f"No tables at {SOURCE}; set SITING_DATA. Only the study that ships is run.", file=sys.stderr)
    runs = []
    for name in asked.only:
        command = [sys.executable, __file__, "--measure", name, "--seconds", str(asked.seconds)]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        runs.append(json.loads(line))
    print(table(runs, asked.seconds))


if __name__ == "__main__":
    main()
