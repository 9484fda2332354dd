"""Speed-up of a sweep: the same runs from nothing, with a start from the run in the middle, and by two processes.

    python tests/benchmarks/sweep.py [study] [runs]

prints a Markdown table with the load of the machine. Each way runs in a process of its own, so that nothing is warm for
the next; one process and two give the same objectives, or the script stops.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

ONE = """
import json, sys, time
import numpy as np
import siting
study, jobs, runs, warm = siting.read_study(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "start"
began = time.perf_counter()
scales = list(np.linspace(0.8, 1.2, runs).round(6))
found = siting.sweep(study, {"demand.scale": scales}, siting.SweepOptions(jobs=jobs, warm_start=warm))
seconds = time.perf_counter() - began
figures = {"seconds": seconds, "solving": found.runs["runtime_s"].sum(), "objectives": list(found.runs["objective"])}
print(json.dumps(figures))
"""


def measured(study: str, jobs: int, runs: int, way: str) -> dict[str, object]:
    """Sweep in a process of its own; return its figures and the load before it."""
    load = os.getloadavg()[0]
    words = [sys.executable, "-c", ONE, study, str(jobs), str(runs), way]
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    return {**json.loads(result.stdout), "load": load}


def main() -> None:
    """Measure and print."""
    study = sys.argv[1] if len(sys.argv) > 1 else "tiny"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rows = {(jobs, way): measured(study, jobs, runs, way) for jobs, way in ((1, "nothing"), (1, "start"), (2, "start"))}
    if rows[1, "start"]["objectives"] != rows[2, "start"]["objectives"]:
        sys.exit("the two ways disagree")
    print(f"{runs} runs of {study}, {os.cpu_count()} cores\n")
    print("| jobs | from | seconds | solving, summed | load before | speed-up |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for (jobs, way), row in rows.items():
        speed = rows[1, "nothing"]["seconds"] / row["seconds"]
        print(f"| {jobs} | {way} | {row['seconds']:.1f} | {row['solving']:.1f} | {row['load']:.1f} | {speed:.2f} |")


if __name__ == "__main__":
    main()
