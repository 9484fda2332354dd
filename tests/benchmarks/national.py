"""Gap against time of the decomposition at national scale, as Markdown; and how time and memory grow.

    python tests/benchmarks/national.py [--only us single two zip1500 zip3700] [--out FOLDER] [--seconds S]
    python tests/benchmarks/national.py --growth [--out FOLDER]

us        the study that ships: counties and about 750 hospitals, both legs
single    counties of the lower 48 states x open acute and children's hospitals with 200 or more beds; cells are made
          where patients are treated; 300 miles
two       the same with couriers within 300 miles
zip1500   ZIP areas in place of counties, one leg
zip3700   ZIP areas x hospitals with 25 or more beds, one leg

All but `us` are made here from tables in the folder SITING_DATA (by default ../shared/data beside the project). Every
run is `siting.optimize` and `siting.export` in a process of its own, so that peak memory is true. FOLDER keeps the
result of each run, and its gaps as they come (<run>.csv); a run that has a result is not done again. Figures depend on
the machine and its load, which is printed.
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

from growth_chart import chart
from national_study import PROJECT, SOURCE, Size, write_study

CASES: dict[str, tuple[Size | None, float, str]] = {
    "us": (None, 900.0, "1 % in 120 s, 0.5 % in 900 s"),
    "single": (Size("county", 200), 900.0, "1 % in 120 s, 0.5 % in 900 s"),
    "two": (Size("county", 200, courier=300), 900.0, "2 % in 300 s, 1 % in 900 s"),
    "zip1500": (Size("zip", 200), 600.0, "1 % in 600 s, 4 GiB"),
    "zip3700": (Size("zip", 25), 1200.0, "2 % in 1,200 s, 8 GiB"),
}
"""Study, seconds, and the target."""
GROWTH = {
    **{f"areas-{n}": Size("zip", 200, most_areas=n) for n in (1000, 2000, 4000, 8000, 16000, 32000)},
    **{f"sites-{n}": Size("zip", 25, most_areas=8000, most_hospitals=n) for n in (250, 500, 1000, 2000, 3600)},
}
STEPS = 100
"""Steps of the multipliers that the growth curves time."""
MARKS = (30, 60, 120, 180, 300, 600, 900, 1200)
GAP = 0.001


def run_case(name: str, seconds: float, folder: Path) -> dict[str, object]:
    """Optimize and export one study; write gaps as they come."""
    from siting import export, optimize, read_study

    size = CASES[name][0]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as made, (folder / f"{name}.csv").open("w", encoding="utf-8") as trace:
        where = PROJECT / "data" / "us"
        if size is not None:
            where = Path(made)
            write_study(where, size)
        study = read_study(where)
        study = study.replace({"solve.strategy": "decompose", "solve.time_limit": seconds, "solve.gap": GAP})
        gaps: list[tuple[float, float | None]] = []
        trace.write("seconds,bound,objective,gap,phase\n")

        def heard(p: object) -> None:
            gaps.append((p.seconds, p.gap))
            trace.write(f"{p.seconds:.1f},{p.bound},{p.objective},{p.gap},{p.phase}\n")
            trace.flush()

        plan = optimize(study, progress=heard)
        solved = time.perf_counter()
        export(plan, Path(made) / "out")
        ended = time.perf_counter()
    gaps.append((plan.runtime_s, plan.gap))
    rows = {table: len(getattr(plan.network, table)) for table in ("areas", "sites", "trips", "lanes", "options")}
    return rows | {"bound": plan.bound, "objective": plan.objective, "gaps": gaps, "export_s": ended - solved,
                   "around_s": solved - began - plan.runtime_s}  # fmt: skip


def run_growth(name: str) -> dict[str, object]:
    """Time hops 1 and 2 and some steps of the bound for one size."""
    from siting import build_network, read_study
    from siting.solve.decompose.ascent import ascend, start_prices
    from siting.solve.decompose.layout import lay_out
    from siting.solve.decompose.relaxation import Relaxation

    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), GROWTH[name])
        began = time.process_time()
        network = build_network(read_study(Path(folder)))
        built = time.process_time()
    relaxation = Relaxation(lay_out(network))
    prices = start_prices(relaxation)
    relaxation.price(prices)
    ready = time.process_time()
    ascend(relaxation, prices, lambda: None, 3600.0, STEPS)
    return {"areas": len(network.areas), "sites": len(network.sites), "trips": len(network.trips),
            "build_s": built - began, "steps_s": time.process_time() - ready}  # fmt: skip


def table(runs: dict[str, dict]) -> str:
    """Return gaps at fixed times as a Markdown table."""
    marks = " | ".join(f"{mark:,} s" for mark in MARKS)
    lines = [f"| study | trips | lanes | {marks} | bound | plan | around | peak | load | target |",
             "|---" * (len(MARKS) + 9) + "|"]  # fmt: skip
    for name, run in runs.items():
        cells = [f"{name}: {run['areas']:,} x {run['sites']:,}", f"{run['trips']:,}", f"{run['lanes']:,}"]
        end = run["gaps"][-1][0]
        for mark in MARKS:
            known = [gap for when, gap in run["gaps"] if when <= mark and gap is not None]
            cells.append(f"{known[-1]:.2%}" if known and mark <= end + mark * 0.5 else "-")
        cells += [f"{run['bound'] / 1e6:,.1f} M", f"{run['objective'] / 1e6:,.1f} M"]
        cells += [f"{run['around_s'] + run['export_s']:.0f} s", f"{run['peak_gib']:.1f} GiB", f"{run['load']:.1f}"]
        lines.append("| " + " | ".join([*cells, CASES[name][2]]) + " |")
    return "\n".join(lines)


def growth_table(runs: dict[str, dict]) -> str:
    """Return the figures behind the growth curves as a Markdown table."""
    lines = [f"| areas | sites | trips | hops 1 and 2 | {STEPS} steps of the bound | peak |", "|---" * 6 + "|"]
    for run in runs.values():
        lines.append(f"| {run['areas']:,} | {run['sites']:,} | {run['trips']:,} | {run['build_s']:.1f} s | "
                     f"{run['steps_s']:.1f} s | {run['peak_gib']:.2f} GiB |")  # fmt: skip
    return "\n".join(lines)


def measured(names: list[str], folder: Path, seconds: float | None) -> dict[str, dict]:
    """Return the results of some runs, each done in a process of its own unless its result is there."""
    found = {}
    for name in names:
        result = folder / f"{name}.json"
        if not result.exists():
            limit = seconds or (CASES[name][1] if name in CASES else 0.0)
            command = [sys.executable, __file__, "--child", name, "--seconds", str(limit), "--out", str(folder)]
            if subprocess.run(command, check=False).returncode != 0:
                print(f"{name}: failed", file=sys.stderr)
                continue
        found[name] = json.loads(result.read_text(encoding="utf-8"))
    return found


def child(name: str, seconds: float, folder: Path) -> None:
    """Do one run and keep its result."""
    run = run_case(name, seconds, folder) if name in CASES else run_growth(name)
    run["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    run["load"] = os.getloadavg()[0]
    half = folder / f"{name}.json.part"
    half.write_text(json.dumps(run), encoding="utf-8")
    half.rename(folder / f"{name}.json")


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=tuple(CASES), default=list(CASES))
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--out", type=Path, default=Path("national"))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.child:
        child(asked.child, asked.seconds, asked.out)
        return
    if not SOURCE.is_dir():
        print(f"No tables at {SOURCE}; set SITING_DATA. Only the study that ships is run.", file=sys.stderr)
        asked.only, asked.growth = ["us"], False
    if asked.growth:
        runs = measured(list(GROWTH), asked.out, None)
        (asked.out / "growth.svg").write_text(chart(runs, STEPS), encoding="utf-8")
        print(growth_table(runs))
    else:
        print(table(measured(asked.only, asked.out, asked.seconds)))


if __name__ == "__main__":
    main()
