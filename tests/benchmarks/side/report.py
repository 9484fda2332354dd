"""The tables of the side-by-side benchmark; only the standard library is used here."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from measuring import table

from side.entrants import ENTRANTS

if TYPE_CHECKING:
    from side.cases import Case
    from side.runs import Terms

SHIFT_S = 1.0
"""Of the shifted geometric mean: (t + shift) is averaged, so that hundredths of a second do not decide."""
ROUNDING = 1e-6
"""Relative slack of a bound above a published value."""
OVERRUN = 1.2
"""A solve without a proof that took longer than so many times the limit shows how long."""
NO_ANSWER = {"killed": "killed", "memory": "memory", "failed": "failed"}


@dataclass(frozen=True)
class Result:
    """One solver's record on one case, judged."""

    case: Case
    record: dict[str, Any]
    terms: Terms

    @property
    def objective(self) -> float | None:
        return self.record["objective"]

    @property
    def bound(self) -> float | None:
        return self.record["bound"]

    @property
    def gap(self) -> float | None:
        """Relative to the solution; None without a solution and a bound."""
        if self.objective is None or self.bound is None:
            return None
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)

    @property
    def is_solved(self) -> bool:
        """Whether the gap asked for is proven, to the last digit or so, whatever the solver calls it."""
        return self.gap is not None and self.gap <= self.terms.gap * 1.01 + 1e-9

    @property
    def seconds(self) -> float:
        """What counts in means and totals: the limit where the gap was not reached."""
        return self.record["seconds"] if self.is_solved else self.terms.limit

    @property
    def off(self) -> float | None:
        """How far the solution is above the published value, relative to it."""
        return None if self.objective is None else (self.objective - self.case.known) / max(abs(self.case.known), 1e-9)

    @property
    def value(self) -> str:
        """The solution against the published value, in words."""
        if self.off is None:
            return "no solution"
        if abs(self.objective - self.case.known) <= self.case.tolerance:
            return "optimal" if self.case.is_proven else "best known"
        return "better than known" if self.off < 0 and not self.case.is_proven else f"{self.off:+.2%}"

    @property
    def alarms(self) -> list[str]:
        """What cannot be true."""
        slack, found = self.case.tolerance, []
        if self.bound is not None and self.bound > self.case.known + slack + ROUNDING * abs(self.case.known):
            found.append(f"WRONG BOUND {self.bound:,.6g}, known {self.case.known:,.10g}")
        if self.objective is not None and self.case.is_proven and self.objective < self.case.known - slack:
            found.append(f"UNDERCUT {self.objective:,.10g}, optimum {self.case.known:,.10g}")
        if "BROKEN" in self.record["note"]:
            found.append(self.record["note"])
        return found

    @property
    def cell(self) -> str:
        """What the table shows: seconds, or what is known at the limit."""
        if self.record["status"] in NO_ANSWER:
            return NO_ANSWER[self.record["status"]]
        mark = "**!!** " if self.alarms else ""
        if self.is_solved:
            known = "" if self.value in ("optimal", "best known") else f" ({self.value})"
            return f"{mark}{self.record['seconds']:.1f}{known}"
        gap = "no solution" if self.objective is None else "no bound" if self.gap is None else f"gap {self.gap:.2%}"
        overrun = f", ran {self.record['seconds']:.0f} s" if self.record["seconds"] > OVERRUN * self.terms.limit else ""
        return f"{mark}{gap}" + ("" if self.objective is None else f", {self.value}") + overrun


def instances(cases: list[Case], found: dict[tuple[str, str], Result], solvers: list[str]) -> str:
    """Return the table with a row for each case.

    Parameters
    ----------
    cases : list of Case
        Rows.
    found : dict
        Result by key of the case and solver.
    solvers : list of str
        Columns.
    """
    rows = []
    for case in cases:
        cells = [_cell(case, solver, found) for solver in solvers]
        known = f"{case.known:,.10g}" + ("" if case.is_proven else " (best known)")
        rows.append((f"{case.instance} ({case.problem})", case.size, known, *cells, case.published))
    header = ("instance", "sites x customers", "known value", *(ENTRANTS[name].title for name in solvers))
    return table((*header, "published, authors' machines, s"), rows)


def _cell(case: Case, solver: str, found: dict[tuple[str, str], Result]) -> str:
    if case.problem not in ENTRANTS[solver].problems:
        return "n/a"
    result = found.get((case.key, solver))
    return result.cell if result else "not run"


def ratios(cases: list[Case], found: dict[tuple[str, str], Result], solvers: list[str]) -> str:
    """Return the table of families: solved, geometric mean of the ratios to siting, ratio of total times.

    Every pair of solvers is compared on the cases on which both ran; a failure says nothing about speed.
    """
    found = {key: one for key, one in found.items() if one.record["status"] != "failed"}
    others = [name for name in solvers if name != "siting"]
    families = list(dict.fromkeys(case.family for case in cases))
    rows = []
    for family in [*families, "all"]:
        chosen = [case for case in cases if family in (case.family, "all")]
        ours = [found[case.key, "siting"] for case in chosen if (case.key, "siting") in found]
        cells = [f"{sum(one.is_solved for one in ours)}/{len(ours)}, {sum(one.seconds for one in ours):,.0f} s"]
        cells += [_against(other, chosen, found) for other in others]
        rows.append((f"**{family}**" if family == "all" else family, *cells))
    titles = (f"{ENTRANTS[name].title}: solved, mean ratio, total ratio" for name in others)
    return table(("family", "siting: solved, total", *titles), rows)


def _against(other: str, cases: list[Case], found: dict[tuple[str, str], Result]) -> str:
    pairs = [
        (found[case.key, "siting"], found[case.key, other])
        for case in cases
        if (case.key, "siting") in found and (case.key, other) in found
    ]
    if not pairs:
        return "-"
    solved = sum(theirs.is_solved for _, theirs in pairs)
    mean = geometric_mean([(theirs.seconds + SHIFT_S) / (ours.seconds + SHIFT_S) for ours, theirs in pairs])
    total = sum(theirs.seconds for _, theirs in pairs) / max(sum(ours.seconds for ours, _ in pairs), 1e-9)
    return f"{solved}/{len(pairs)}, {mean:.2f}, {total:.2f}"


def geometric_mean(ratios_found: list[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return math.exp(math.fsum(math.log(ratio) for ratio in ratios_found) / len(ratios_found))


def memory(cases: list[Case], found: dict[tuple[str, str], Result], solvers: list[str]) -> str:
    """Return the largest peak memory of each solver in each family, in MiB."""
    rows = []
    for family in dict.fromkeys(case.family for case in cases):
        cells = []
        for solver in solvers:
            peaks = [
                found[case.key, solver].record["peak_mib"]
                for case in cases
                if case.family == family and (case.key, solver) in found
            ]
            cells.append(f"{max(peaks):,.0f}" if peaks else "-")
        rows.append((family, *cells))
    return table(("family", *(ENTRANTS[name].title for name in solvers)), rows)


def entrants(solvers: list[str], versions: dict[str, str | None]) -> str:
    """Return the table that says how each solver is run, and where it does not apply."""
    rows = [
        (
            ENTRANTS[name].title,
            f"{ENTRANTS[name].package} {versions[name]}" if versions[name] else "not installed",
            ENTRANTS[name].what,
            ", ".join(sorted(ENTRANTS[name].problems)),
            ENTRANTS[name].why_not or "-",
        )
        for name in solvers
    ]
    return table(("solver", "version", "how", "asked", "why not the rest"), rows)


def alarms(cases: list[Case], found: dict[tuple[str, str], Result]) -> list[str]:
    """Return all that cannot be true, also between solvers: a bound above another's solution."""
    lines = []
    for case in cases:
        results = {solver: result for (key, solver), result in found.items() if key == case.key}
        lines += [
            f"{case.key}: {ENTRANTS[solver].title}: {what}"
            for solver, result in results.items()
            for what in result.alarms
        ]
        bounds = {name: one.bound for name, one in results.items() if one.bound is not None}
        costs = {name: one.objective for name, one in results.items() if one.objective is not None}
        if bounds and costs:
            high, low = max(bounds, key=lambda name: bounds[name]), min(costs, key=lambda name: costs[name])
            if bounds[high] > costs[low] + 2 * ROUNDING * abs(costs[low]):
                lines.append(
                    f"{case.key}: CONTRADICTION: the bound {bounds[high]:,.10g} of {ENTRANTS[high].title} is above "
                    f"the solution {costs[low]:,.10g} of {ENTRANTS[low].title}"
                )
    return lines


FIGURES = ("status", "objective", "bound", "seconds", "uncounted", "wall_s", "cpu_s", "with_compiling_s", "peak_mib",
           "load")  # fmt: skip
COLUMNS = ("family", "instance", "problem", "size", "known", "is_proven", "solver", "version", "limit", "gap_asked",
           "threads", "is_solved", "gap", "off_known", "value", *FIGURES, "alarms", "note")  # fmt: skip


def as_csv(cases: list[Case], found: dict[tuple[str, str], Result]) -> str:
    """Return all results, with all figures, as CSV."""
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for case in cases:
        for (key, solver), one in found.items():
            if key != case.key:
                continue
            lines.writerow({
                "family": case.family, "instance": case.instance, "problem": case.problem, "size": case.size,
                "known": case.known, "is_proven": case.is_proven, "solver": solver,
                "version": one.record["version"], "limit": one.terms.limit, "gap_asked": one.terms.gap,
                "threads": one.terms.threads, "is_solved": one.is_solved, "gap": one.gap, "off_known": one.off,
                "value": one.value, **{name: one.record.get(name) for name in FIGURES},
                "alarms": "; ".join(one.alarms), "note": one.record["note"],
            })  # fmt: skip
    return text.getvalue()
