"""Run benchmarks and print their tables as Markdown: ``python tests/benchmarks/run.py [NAME ...] [--repeat N]``.

Each measurement runs in a process of its own, so that its peak memory is its own. This process stays small on purpose:
on Linux a child starts with the peak of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pyomo_cost
import texas
import us_network

if TYPE_CHECKING:
    from types import ModuleType

BENCHMARKS: dict[str, ModuleType] = {"us": us_network, "texas": texas, "pyomo": pyomo_cost}
"""A benchmark has MEASURES, functions that return figures by name, and ``report``, which makes a table of them."""


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description="Print benchmarks of siting as Markdown tables.")
    parser.add_argument("names", nargs="*", help=f"which ones, all by default: {', '.join(BENCHMARKS)}")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each measurement; medians are printed")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        name, measure = given.child.split(":")
        print(json.dumps(BENCHMARKS[name].MEASURES[measure]()))
        return
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    for name in given.names or BENCHMARKS:
        print(_section(name, given.repeat), flush=True)


def _section(name: str, repeat: int) -> str:
    """Return heading, table and the state of the machine; the measurements take turns, so that load hits all alike."""
    benchmark, before = BENCHMARKS[name], os.getloadavg()[0]
    runs: dict[str, list[dict[str, float]]] = {measure: [] for measure in benchmark.MEASURES}
    for _ in range(repeat):
        for measure, found in runs.items():
            found.append(_in_a_process(f"{name}:{measure}"))
    medians = {
        measure: {figure: median(one[figure] for one in found) for figure in found[0]}
        for measure, found in runs.items()
    }
    heading = (benchmark.__doc__ or "").splitlines()[0].rstrip(".")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = (
        f"Medians of {repeat}; {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after."
    )
    return f"### {heading}\n\n{benchmark.report(medians)}\n\n{machine}\n"


def _in_a_process(child: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--child", child]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
