"""Texas from tables to map, both legs, to a proven gap of 1 %: target about a minute, most of it in HiGHS."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measuring import Stages, peak_mib, table

GAP, TIME_LIMIT_S = 0.01, 300.0
STAGES = {
    "import": "import of siting",
    "read": "read and check the study",
    "network": "build the network",
    "solve": "build the model and solve",
    "plan": "recount and summary",
    "export": "write all outputs",
}


def end_to_end() -> dict[str, float]:
    """Do what ``siting optimize texas --out folder`` does, and time its parts."""
    stages = Stages()
    from siting import Plan, SolveOptions, build_network, export, read_study, solve

    in_highs = _clock_in_highs()
    stages.end("import")
    study = read_study("texas")
    stages.end("read")
    network = build_network(study)
    stages.end("network")
    solution = solve(network, SolveOptions(time_limit=TIME_LIMIT_S, gap=GAP))
    stages.end("solve")
    plan = Plan(network, solution, study)
    plan.check()
    plan.summary()
    stages.end("plan")
    with tempfile.TemporaryDirectory() as folder:
        export(plan, Path(folder) / "texas")
        stages.end("export")
    found = {"highs": sum(in_highs), "gap": plan.gap, "units": plan.kpis["units"], "peak": peak_mib()}
    return stages.seconds | found | {"objective": plan.objective}


def _clock_in_highs() -> list[float]:
    """Return a list that every run of HiGHS adds its seconds to."""
    import highspy

    seconds: list[float] = []
    run = highspy.Highs.run

    def timed(self: highspy.Highs) -> highspy.HighsStatus:
        began = time.perf_counter()
        try:
            return run(self)
        finally:
            seconds.append(time.perf_counter() - began)

    highspy.Highs.run = timed
    return seconds


MEASURES = {"end_to_end": end_to_end}


def report(medians: dict[str, dict[str, float]]) -> str:
    """Return the table."""
    found = medians["end_to_end"]
    total = sum(found[stage] for stage in STAGES)
    return table(
        ("figure", "found", "share"),
        [
            *((label, f"{found[stage]:.1f} s", f"{found[stage] / total:.0%}") for stage, label in STAGES.items()),
            ("**all**", f"**{total:.1f} s**", "100%"),
            ("- of this in HiGHS", f"{found['highs']:.1f} s", f"{found['highs'] / total:.0%}"),
            ("**proven gap**", f"**{found['gap']:.2%}**", ""),
            ("units", f"{found['units']:.0f}", ""),
            ("total cost a year", f"{found['objective'] / 1e6:,.1f} M", ""),
            ("peak memory, imports included", f"{found['peak']:,.0f} MiB", ""),
        ],
    )
