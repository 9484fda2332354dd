"""Published instances side by side: siting against general solvers, as Markdown.

    python tests/benchmarks/sidebyside.py [--limit 60] [--out out/sidebyside.md]

A process for each solve; results are written one by one, and a later run solves only what is not there. What siting
solved with other code is solved again. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measuring import print_answer
from side import report
from side.cases import CORE, EXTRA, FOLDER, MORE, Case, every_group, load_cases
from side.entrants import ENTRANTS, version_of
from side.runs import Book, Terms, solve


def main() -> int:
    """Solve what is not solved yet and print the tables; 1 if something cannot be true."""
    asked = _arguments()
    if asked.child:
        child(json.loads(asked.child))
        return 0
    if not FOLDER.is_dir():
        sys.exit(f"no published instances at {FOLDER}; set SITING_BENCH to their folder")
    cases = _chosen(asked)
    terms = Terms(asked.limit, asked.gap, asked.threads, asked.margin, asked.memory)
    book = Book(asked.results)
    load = os.getloadavg()[0]
    if not asked.report_only:
        try:
            measure(cases, asked.solver, terms, book, asked.fresh)
        except KeyboardInterrupt:
            print("Stopped; the same command goes on from here.", file=sys.stderr)
    found = {
        (case.key, solver): report.Result(case, record, terms)
        for case in cases
        for solver in asked.solver
        if (record := book.find(case.key, solver, terms))
    }
    text = document(cases, found, asked.solver, terms, load)
    print(text)
    if asked.out:
        _write(asked.out, text + "\n")
        _write(asked.out.with_suffix(".csv"), report.as_csv(cases, found))
    return 1 if report.alarms(cases, found) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    families = list(dict.fromkeys(group[0] for group in (*CORE, *EXTRA, *MORE)))
    add = parser.add_argument
    add("--limit", type=float, default=60.0, help="seconds for each solve (default 60)")
    add("--gap", type=float, default=1e-6, help="relative gap asked of all (default 1e-6)")
    add("--threads", type=int, default=2, help="threads for each solver that can use them (default 2)")
    add(
        "--family",
        nargs="+",
        choices=families,
        help="only these; the last five are not part of an ordinary run, and the last three need --every",
    )
    add("--instance", nargs="+", help="only these")
    add("--every", action="store_true", help="all published instances of these kinds, not about 36 of them")
    add("--solver", nargs="+", choices=list(ENTRANTS), default=list(ENTRANTS), help="only these")
    add("--fresh", action="store_true", help="solve again what is there")
    add("--report-only", action="store_true", help="solve nothing, print what is there")
    add("--results", type=Path, default=Path("out/sidebyside.jsonl"), help="file of results (JSON lines)")
    add("--out", type=Path, help="also write the tables there, and a CSV beside them")
    add("--margin", type=float, default=300.0, help="seconds beyond the limit before a process is killed (default 300)")
    add("--memory", type=float, default=10.0, help="GiB of resident memory before a process is killed (default 10)")
    add("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _chosen(asked: argparse.Namespace) -> list[Case]:
    some = (*CORE, *EXTRA) if asked.family or asked.instance else CORE
    cases = load_cases(groups=every_group() if asked.every else some)
    kept = [
        case
        for case in cases
        if case.family in (asked.family or [case.family]) and case.instance in (asked.instance or [case.instance])
    ]
    if not kept:
        sys.exit(f"no such instance; there are {', '.join(case.instance for case in cases)}")
    return kept


def child(ask: dict[str, Any]) -> None:
    """Answer one question, as a line of JSON; or write its whole model to a file."""
    from side.solvers import SOLVERS, Question, write_mps

    question = Question(**ask["question"])
    if "mps" in ask:
        write_mps(question, ask["mps"])
    else:
        print_answer(asdict(SOLVERS[ask["solver"]](question)))


def measure(cases: list[Case], solvers: list[str], terms: Terms, book: Book, fresh: bool) -> None:
    """Solve each case by each solver; the solvers take turns, so that the load of the machine hits all alike."""
    versions = {solver: version_of(solver) for solver in solvers}
    todo = [
        (case, solver)
        for case in cases
        for solver in solvers
        if versions[solver] and case.problem in ENTRANTS[solver].problems
    ]
    for count, (case, solver) in enumerate(todo, 1):
        if fresh or not book.has(case.key, solver, terms, versions[solver]):
            began = time.strftime("%Y-%m-%d %H:%M")
            found = solve(case, solver, terms)
            book.add({
                "key": case.key, "solver": solver, "version": versions[solver], "limit": terms.limit,
                "gap": terms.gap, "threads": terms.threads, "when": began, **found,
            })  # fmt: skip
            cell = report.Result(case, book.records[-1], terms).cell
            print(f"{count}/{len(todo)} {case.key} {ENTRANTS[solver].title}: {cell}", file=sys.stderr, flush=True)


def document(
    cases: list[Case], found: dict[tuple[str, str], report.Result], solvers: list[str], terms: Terms, load: float
) -> str:
    """Return the Markdown.

    Parameters
    ----------
    cases, found, solvers, terms
        What was asked and what is known.
    load : float
        Of the machine when this run began.
    """
    versions = {solver: version_of(solver) for solver in solvers}
    wrong = report.alarms(cases, found)
    parts = [
        "### Side by side",
        _machine(found, load),
        f"Asked of all: relative gap {terms.gap:g}, {terms.limit:g} s, {terms.threads} threads.",
        *(["**SOMETHING CANNOT BE TRUE:**\n\n" + "\n".join(f"- **{line}**" for line in wrong)] if wrong else []),
        "Seconds to the proof; else the gap proven at the limit, and the solution against the known value. "
        f"'killed': {terms.margin:g} s over the limit; 'memory': more than {terms.memory_gib:g} GiB.",
        report.instances(cases, found, solvers),
    ]
    if "siting" in solvers and len(solvers) > 1:
        parts += [
            "Ratios are time of the other over time of siting; above 1 siting is faster. The mean ratio is geometric, "
            f"of (t + {report.SHIFT_S:g} s). A solve that did not reach the gap counts as {terms.limit:g} s on either "
            "side, however far it was from it, so these ratios are not the whole story where the limit is met. Each "
            "pair is compared on the instances on which both ran; 'failed' counts for nothing.",
            report.ratios(cases, found, solvers),
        ]
    parts += ["Peak memory, the largest of each family, MiB:", report.memory(cases, found, solvers)]
    parts += ["Where each solver applies:", report.entrants(solvers, versions)]
    return "\n\n".join([*parts, *_compiling(found), *_outdated(found, versions)])


def _machine(found: dict[tuple[str, str], report.Result], load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    loads = [one.record["load"] for one in found.values()]
    during = f"; {min(loads):.1f} to {max(loads):.1f} before the {len(loads)} solves shown" if loads else ""
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, Python {platform.python_version()}; load "
        f"{load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end{during}. {time.strftime('%Y-%m-%d')}."
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _compiling(found: dict[tuple[str, str], report.Result]) -> list[str]:
    first = [one for one in found.values() if one.record.get("with_compiling_s")]
    if not first:
        return []
    most = max(one.record["with_compiling_s"] - one.record["seconds"] for one in first)
    return [
        f"numba compiled during {len(first)} of the solves, which were made again; that took at most {most:.0f} s once "
        "and is kept on disk. The table shows the second run."
    ]


def _outdated(found: dict[tuple[str, str], report.Result], versions: dict[str, str | None]) -> list[str]:
    """Return a warning where a result is not of the version that the table names."""
    count = sum(one.record["version"] != versions[solver] for (_, solver), one in found.items())
    return (
        [f"**{count} of the {len(found)} results are of another version than the one named above.**"] if count else []
    )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(file.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


if __name__ == "__main__":
    sys.exit(main())
