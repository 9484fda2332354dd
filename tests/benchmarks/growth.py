"""Time and memory against areas and sites: siting against HiGHS given the whole model, as curves.

    python tests/benchmarks/growth.py [--limit 60] [--out out/growth.svg]

The studies are samples of the embedded study ``us``, both legs, all modes and platforms: the larger holds the smaller.
HiGHS gets the whole model as arrays, so that neither Pyomo nor the reading is charged to it; siting is timed from the
network to the plan, modelling included. A process for each solve; what is already in the file of results is not solved
again (--fresh does). Needs matplotlib (``pip install -e ".[bench]"``).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measuring import print_answer, table
from side.entrants import version_of
from side.runs import Book, Terms, watched

SOURCE = Path(__file__).resolve().parents[2] / "data" / "us"
SEED = 7
LEAST_BEDS = 200
"""The study's own rule."""
FEW_SITES, FEW_AREAS = 150, 800
AREAS = (200, 400, 800, 1600, 3124)
SITES = (50, 100, 150, 300, 600, 755)
"""All of the study's hospitals with 200 or more beds, and today's treatment centres, are 755."""
SIZES = tuple(dict.fromkeys([(areas, FEW_SITES) for areas in AREAS] + [(FEW_AREAS, sites) for sites in SITES]))
WAYS = {"siting": "siting", "highs": "HiGHS, whole model"}
COLOURS = {"siting": "#0b6e4f", "highs": "#c1440e"}


def write_sample(folder: Path, areas: int, sites: int) -> None:
    """Write the study ``us`` with so many areas and hospitals, always the first ones of the same shuffled lists.

    Parameters
    ----------
    folder : Path
        Where to.
    areas, sites : int
        Rows to keep. One treatment centre of today is always among the hospitals.
    """
    for file in SOURCE.iterdir():
        if file.suffix in {".csv", ".toml"} and file.stem not in {"areas", "hospitals"}:
            shutil.copy(file, folder / file.name)
    _write_rows(folder / "areas.csv", _shuffled(_rows("areas"))[:areas])
    hospitals = _shuffled([
        row for row in _rows("hospitals") if row["treats_today"] == "true" or float(row["beds"] or 0) >= LEAST_BEDS
    ])  # fmt: skip
    first = next(row for row in hospitals if row["treats_today"] == "true")
    hospitals.sort(key=lambda row: row is not first)
    _write_rows(folder / "hospitals.csv", hospitals[:sites])


def _rows(name: str) -> list[dict[str, str]]:
    with (SOURCE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _shuffled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    random.Random(SEED).shuffle(rows)
    return rows


def _write_rows(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def child(ask: dict[str, Any]) -> None:
    """Solve one sample one way and print what was found as a line of JSON; or write its whole model to a file."""
    if ask["solver"] == "highs" and "prepare" not in ask:
        print_answer(_by_highs(ask))
        return
    from siting.network.build import build_network
    from siting.study.read import read_study

    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder), ask["areas"], ask["sites"])
        network = build_network(read_study(folder))
    if "prepare" in ask:
        prepare(network, Path(ask["prepare"]))
    else:
        print_answer({**_sizes(network), **_by_siting(network, ask)})


def _by_siting(network: Any, ask: dict[str, Any]) -> dict[str, Any]:
    from siting.errors import NoPlanError
    from siting.solve import SolveOptions, solve

    began = time.perf_counter()
    try:
        found = solve(network, SolveOptions(time_limit=ask["limit"], gap=ask["gap"], threads=ask["threads"]))
    except NoPlanError:
        return {"objective": None, "bound": None, "seconds": time.perf_counter() - began}
    return {"objective": found.objective, "bound": found.bound, "seconds": time.perf_counter() - began}


def _by_highs(ask: dict[str, Any]) -> dict[str, Any]:
    """Solve with HiGHS what `prepare` wrote, in a process that has held nothing else."""
    from side.solvers import Question, highs_answer

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "whole.pickle"
        again = json.dumps({**ask, "prepare": str(file)})
        began = time.perf_counter()
        subprocess.run([sys.executable, __file__, "--child", again], check=True)
        whole, scale, sizes = pickle.loads(file.read_bytes())
    question = Question("", {}, ask["limit"], ask["gap"], ask["threads"])
    answer = asdict(highs_answer(whole, question, time.perf_counter() - began))
    money = {name: answer[name] and answer[name] * scale for name in ("objective", "bound")}
    return {**sizes, **answer, **money}


def prepare(network: Any, file: Path) -> None:
    """Write the whole model of a network as arrays."""
    import pyomo.environ as pyo
    from side.whole import Whole

    from siting.model.core import build_model
    from siting.model.objectives import OBJECTIVES
    from siting.solve.direct import no_collection
    from siting.solve.highs import compile_model

    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        arrays = compile_model(model)
    whole = Whole(arrays.matrix, arrays.cost, arrays.low, arrays.high, arrays.row_low, arrays.row_high,
                  arrays.is_integer, arrays.offset / arrays.scale)  # fmt: skip
    file.write_bytes(pickle.dumps((whole, arrays.scale, _sizes(network))))


def _sizes(network: Any) -> dict[str, int]:
    return {"trips": len(network.trips), "lanes": len(network.lanes), "options": len(network.options)}


def measure(terms: Terms, book: Book, fresh: bool) -> list[dict[str, Any]]:
    """Solve each size each way unless it is there, and return the records."""
    found = []
    for areas, sites in SIZES:
        for way in WAYS:
            key, version = f"us/{areas}x{sites}", version_of(way)
            if fresh or not book.has(key, way, terms, version):
                ask = {"solver": way, "areas": areas, "sites": sites, "limit": terms.limit, "gap": terms.gap,
                       "threads": terms.threads}  # fmt: skip
                book.add({**ask, "key": key, "version": version, **watched(Path(__file__).resolve(), ask, terms)})
                print(f"{key} {WAYS[way]}: {_cell(book.records[-1], terms)}", file=sys.stderr, flush=True)
            found.append(book.find(key, way, terms))
    return found


def _gap(record: dict[str, Any]) -> float | None:
    cost, bound = record["objective"], record["bound"]
    return None if cost is None or bound is None else max(0.0, cost - bound) / abs(cost)


def _is_solved(record: dict[str, Any], terms: Terms) -> bool:
    gap = _gap(record)
    return gap is not None and gap <= terms.gap * 1.01 + 1e-9


def _cell(record: dict[str, Any], terms: Terms) -> str:
    if record["status"] != "answered":
        return record["status"]
    gap = _gap(record)
    if _is_solved(record, terms):
        return f"{record['seconds']:.1f} s"
    return "no plan" if record["objective"] is None else f"gap {gap:.1%}" if gap is not None else "no bound"


def _alarm(record: dict[str, Any], both: dict[str, dict[str, Any]]) -> str:
    """Return a loud mark if the bound is above the plan of either way."""
    costs = [one["objective"] for one in both.values() if one["objective"] is not None]
    is_wrong = record["bound"] is not None and any(record["bound"] > cost * (1.0 + 1e-6) for cost in costs)
    return " **WRONG BOUND**" if is_wrong else ""


def summary(records: list[dict[str, Any]], terms: Terms) -> str:
    """Return the figures as a Markdown table."""
    rows = []
    for areas, sites in SIZES:
        both = {one["solver"]: one for one in records if (one["areas"], one["sites"]) == (areas, sites)}
        known = next((one for one in both.values() if "trips" in one), {})
        sizes = [f"{known[name]:,}" if name in known else "?" for name in ("trips", "lanes", "options")]
        cells = [_cell(both[way], terms) + _alarm(both[way], both) for way in WAYS] + [
            f"{both[way]['peak_mib']:,.0f}" for way in WAYS
        ]
        rows.append((f"{areas:,} x {sites}", *sizes, *cells))
    titles = [*WAYS.values(), *(f"{name}: peak MiB" for name in WAYS.values())]
    return table(("areas x sites", "trips", "lanes", "options", *titles), rows)


def draw(records: list[dict[str, Any]], terms: Terms, file: Path) -> None:
    """Draw seconds and memory against areas and against sites; hollow marks did not reach the gap.

    Parameters
    ----------
    records : list of dict
        As `measure` returns them.
    terms : Terms
        What was asked.
    file : Path
        SVG or PNG.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    figure, axes = plt.subplots(2, 2, figsize=(9, 6.5), layout="constrained", sharex="col", sharey="row")
    for column, (what, fixed) in enumerate((("areas", ("sites", FEW_SITES)), ("sites", ("areas", FEW_AREAS)))):
        for way, title in WAYS.items():
            line = sorted(
                (one for one in records if one["solver"] == way and one[fixed[0]] == fixed[1]),
                key=lambda one: one[what],
            )
            seconds = [one["seconds"] if _is_solved(one, terms) else terms.limit for one in line]
            for row, values in enumerate((seconds, [one["peak_mib"] for one in line])):
                axis, colour = axes[row, column], COLOURS[way]
                axis.plot([one[what] for one in line], values, color=colour, label=title)
                for place, (one, value) in enumerate(zip(line, values, strict=True)):
                    filled = colour if _is_solved(one, terms) else "white"
                    axis.plot(one[what], value, "o", color=colour, markerfacecolor=filled)
                    if row == 0 and not _is_solved(one, terms):
                        above = 5 if way == "siting" else -12 - 10 * (place % 2)
                        axis.annotate(_cell(one, terms), (one[what], value), xytext=(0, above),
                                      textcoords="offset points", fontsize=7, color=colour, ha="center")  # fmt: skip
                axis.set_xscale("log")
                axis.set_yscale("log")
                axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
                axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
                ticks = sorted({one[what] for one in line})
                axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
                axis.minorticks_off()
                axis.grid(alpha=0.3)
        axes[0, column].set_title(f"{fixed[1]:,} {fixed[0]}, more {what}", fontsize=10)
        axes[1, column].set_xlabel(what)
    axes[0, 0].set_ylabel(f"seconds to a gap of {terms.gap:.0%}, limit {terms.limit:g}")
    axes[1, 0].set_ylabel("peak memory, MiB")
    axes[0, 0].legend(fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150, metadata={"Date": None} if file.suffix == ".svg" else None)


def main() -> None:
    """Measure what is not measured yet, print the table and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--limit", type=float, default=60.0, help="seconds for each solve (default 60)")
    add("--gap", type=float, default=0.01, help="relative gap asked of both (default 0.01)")
    add("--threads", type=int, default=2, help="threads of both (default 2)")
    add("--fresh", action="store_true", help="solve again what is there")
    add("--results", type=Path, default=Path("out/growth.jsonl"), help="file of results (JSON lines)")
    add("--out", type=Path, default=Path("out/growth.svg"), help="the picture, SVG or PNG")
    add("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(json.loads(asked.child))
        return
    terms = Terms(asked.limit, asked.gap, asked.threads, margin=300.0, memory_gib=10.0)
    load = os.getloadavg()[0]
    records = measure(terms, Book(asked.results), asked.fresh)
    draw(records, terms, asked.out)
    print(summary(records, terms))
    after = os.getloadavg()[0]
    print(f"\n{os.cpu_count()} cores; load {load:.1f} at the start, {after:.1f} at the end. Drawn: {asked.out}")


if __name__ == "__main__":
    main()
