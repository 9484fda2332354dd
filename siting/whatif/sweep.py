"""A sweep: the same study solved at every point of a grid or a sample, in one tidy table.

Every run has one thread. The run in the middle is made first and from nothing; its plan and prices are kept and give
all others their start. A run that ends by its gap, not by the clock, therefore does not depend on where it runs, on
which neighbours are done, or on whether the sweep was killed and resumed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import StudyError
from siting.export.manifest import manifest
from siting.optimize import options_of
from siting.solve.start import start_of
from siting.study.read import changed_study
from siting.whatif.cluster import refuse_absent
from siting.whatif.points import Dimension, dimensions, points
from siting.whatif.runs import Case, RunOptions, run_all, run_each
from siting.whatif.store import GIVES, Store, fingerprint, key_of
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.solve.start import Start
    from siting.study.study import Study
    from siting.whatif.points import Point
    from siting.whatif.runs import Result

BY_NAME = {"units_by_mode": "units", "platforms_by_platform": "platforms"}
"""Key figures that are counts by name, and how the columns of the table begin that show them."""
_LAST = ("runtime_s", "start", "error", "key")
"""Columns at the end of the table."""


@dataclass(frozen=True)
class SweepOptions(RunOptions):
    """How a sweep is made; the rest as in `RunOptions`.

    Attributes
    ----------
    threads : int
        Of each solve; 1, so that results are the same everywhere.
    sample : int
        Points of a space-filling sample instead of the grid; 0 takes the grid.
    sampler : str
        "sobol" (scrambled Sobol') or "latin" (Latin hypercube), both of `scipy.stats.qmc`.
    seed : int
        Of the sample.
    warm_start : bool
        Whether runs begin with the plan and prices of the run in the middle; nothing that is proven rests on them.
    progress : callable, optional
        Told how many runs are done, and of how many.
    """

    threads: int | None = 1
    sample: int = 0
    sampler: str = "sobol"
    seed: int = 0
    warm_start: bool = True
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True)
class Sweep:
    """The runs of a sweep.

    Attributes
    ----------
    study : Study
        What was varied.
    dimensions : tuple of Dimension
        What was varied in it.
    points, records : tuple
        Values by run, and what came of it.
    notes : tuple of str
        What was read back from an earlier sweep, and what was left aside.
    """

    study: Study
    dimensions: tuple[Dimension, ...]
    points: tuple[Point, ...]
    records: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row for each run.

        Columns: ``run``; one for each thing varied, under its name; ``status`` ("optimal", "feasible", "infeasible",
        "contradiction", "no plan", "failed"), ``objective, bound, gap``, the key figures of the plan
        (`siting.Plan.kpis`), ``units_<mode>``, ``platforms_<platform>``, ``runtime_s``, ``start`` (what became of the
        start from another run: "taken", "left aside", or empty), ``error`` (why there is no plan), ``key`` (the file of
        the run).
        """
        rows = [
            {"run": number, **dict(zip(self.labels, point, strict=True)), **_row(record)}
            for number, (point, record) in enumerate(zip(self.points, self.records, strict=True), start=1)
        ]
        frame = pd.DataFrame(rows)
        for label in self.labels:
            kinds = {isinstance(value, int | float) and not isinstance(value, bool) for value in frame[label]}
            if len(kinds) > 1:
                frame[label] = frame[label].astype(str)
        used = [f"units_{mode}" for mode in self.study.tables["modes"]["id"]]
        frame = frame.assign(**{name: float("nan") for name in used if name not in frame})
        counts = [name for name in frame if name.startswith(tuple(f"{start}_" for start in BY_NAME.values()))]
        frame[counts] = frame[counts].where(frame["objective"].isna(), frame[counts].fillna(0))
        last = [*_LAST]
        return frame[[*(name for name in frame if name not in {*counts, *last}), *counts, *last]]

    @property
    def labels(self) -> list[str]:
        """What was varied."""
        return [dimension.label for dimension in self.dimensions]

    @property
    def is_proven(self) -> bool:
        """Whether every run ended with a proven plan or a proof that there is none."""
        return all(record["status"] in {"optimal", "infeasible", "contradiction"} for record in self.records)

    def record(self) -> dict[str, Any]:
        """Return the table as it is written as JSON; what is unknown is null."""
        return {
            "study": self.study.name,
            "is_proven": self.is_proven,
            "changes": list(self.study.changes),
            "varied": self.labels,
            "runs": json.loads(self.runs.to_json(orient="records")),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        """Return the sweep for a notebook: how it ended, chart and runs."""
        from siting.whatif.sweep_report import sweep_fragment

        return sweep_fragment(self)

    def summary(self) -> str:
        """Return what the runs have in common and how they differ, as Markdown."""
        from siting.whatif.sweep_report import sweep_text

        return sweep_text(self)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    figures = dict(record["kpis"])
    counts = {
        f"{start}_{key}": number
        for name, start in BY_NAME.items()
        for key, number in (figures.pop(name, None) or {}).items()
    }
    facts = {name: record[name] for name in ("status", "objective", "bound", "gap")}
    return {**facts, **figures, **counts, **{name: record[name] for name in _LAST}}


def record_of(plan: Plan) -> dict[str, Any]:
    """Return what a sweep keeps of a plan: proof, key figures, time."""
    about = manifest(plan)
    kept = {name: about[name] for name in ("status", "objective", "bound", "gap", "kpis", "runtime_s", "strategy")}
    return {**kept, "start": plan.solution.start}


def record_and_start(plan: Plan) -> tuple[dict[str, Any], Start]:
    """Return what a sweep keeps of the plan that gives others their start."""
    return record_of(plan), start_of(plan.network, plan.solution)


def sweep(
    study: Study,
    vary: Mapping[str, Any] | Sequence[str],
    options: SweepOptions | None = None,
    folder: str | Path | None = None,
) -> Sweep:
    """Solve a study at every point of a grid or a sample.

    Parameters
    ----------
    study : Study
        What is varied.
    vary : mapping or sequence of str
        Such as ``{"limits.sites.max": [4, 6, 8], "demand.scale": "0.8:1.2:0.1", "scenario": ["base", "a+b"]}`` or the
        texts of ``--vary``; see `siting.whatif.points.dimensions`. Scenarios are made first, then the others in order.
    options : SweepOptions, optional
        Time limit, gap, solves side by side or on a cluster, sample.
    folder : str or Path, optional
        Where every result is kept as it comes. Results that are there already, of the same study, changes, options and
        versions, are not computed again.

    Returns
    -------
    Sweep
        ``runs`` is the table; a run without a plan is a row with the reason.

    Raises
    ------
    StudyError
        Listing all values of a wrong name, kind, unit or size, before any run starts; a folder that holds something
        else; a Dask cluster that does not answer.
    """
    options = options or SweepOptions()
    dims = sorted(dimensions(vary), key=lambda dim: dim.key != "scenario")
    if options.dask:
        refuse_absent(options.dask)
    places = points(study, dims, options.sample, options.sampler, options.seed)
    store, base = Store(folder), fingerprint(study)
    solved = {**options_of(study, options.time_limit, options.gap).record(), "threads": options.threads,
              "warm_start": options.warm_start}  # fmt: skip
    changes = [
        [change for dim, value in zip(dims, place, strict=True) for change in dim.changes(study, value)]
        for place in places
    ]
    keys = [key_of(base, each, solved) for each in changes]
    notes = _notes(store, keys, base)
    store.begin({"study": study.name, "fingerprint": base, "varied": [dim.label for dim in dims], "options": solved})
    made = dict(zip(keys, changes, strict=True))
    waiting = {key: made[key] for key in _from_the_middle(keys) if store.get(key) is None}
    failed = _run(_begun(study, waiting, store), store, options, key_of(base, [], solved), len(set(keys)))
    records = tuple({**(store.get(key) or failed[key]), "key": key} for key in keys)
    return Sweep(study, tuple(dims), tuple(places), records, notes)


def _notes(store: Store, keys: list[str], base: str) -> tuple[str, ...]:
    done, others = sum(store.get(key) is not None for key in set(keys)), store.others(keys)
    notes = []
    if store.earlier and store.earlier.get("fingerprint") != base:
        notes.append("The study has changed since this folder was last used.")
    if done:
        notes.append(f"{count(done, 'run')} of {len(set(keys)):,} read back, not repeated.")
    if others:
        notes.append(f"{count(others, 'result')} of another study, other values or options left aside.")
    return tuple(notes)


def _begun(study: Study, waiting: dict[str, list[Any]], store: Store) -> list[Case]:
    """Return the runs that are not done; a study that contradicts itself is a result at once."""
    cases = []
    for key, changes in waiting.items():
        try:
            cases.append(Case((key,), changed_study(study, changes)))
        except StudyError as error:
            store.put(key, _without_plan("contradiction", str(error.problems[0])))
    return cases


def _run(cases: list[Case], store: Store, options: SweepOptions, kind: str, total: int) -> dict[str, dict[str, Any]]:
    """Make runs and keep each; return those that failed by a fault, which are not kept."""
    failed: dict[str, dict[str, Any]] = {}
    done = total - len(cases)
    _tell(options, done, total)
    for key, record in _records(cases, store, options, kind):
        if record["status"] == "failed":
            failed[key] = record
        else:
            store.put(key, record)
        done += 1
        _tell(options, done, total)
    return failed


def _records(cases: list[Case], store: Store, options: SweepOptions, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the key and record of every run, first of those that are made to find a start for the others.

    The start that a folder keeps is taken where it is of the same study and options (`kind`), so that a resumed sweep
    goes on as it began. Otherwise the first case that has a plan gives it.
    """
    start = store.start(kind) if options.warm_start else None
    waiting = cases
    while options.warm_start and start is None and len(waiting) > 1:
        first, *waiting = waiting
        [begun] = run_all([first], options, record_and_start)
        found, start = (None, None) if begun.found is None else begun.found
        record = _recorded(begun, found)
        if start is not None:
            record[GIVES] = {"kind": kind, "start": start.record()}
        yield first.name[0], record
    for result in run_each([replace(case, start=start) for case in waiting], options, record_of):
        yield result.name[0], _recorded(result, result.found)


def _from_the_middle(keys: Sequence[str]) -> list[str]:
    """Return the runs in the order in which they are made: the middle one first, then those around it.

    It goes by all runs, done or not, so that it is the same when a sweep is resumed.
    """
    distinct = list(dict.fromkeys(keys))
    return sorted(distinct, key=lambda key: abs(distinct.index(key) - len(distinct) // 2))


def _tell(options: SweepOptions, done: int, total: int) -> None:
    if options.progress is not None:
        options.progress(done, total)


def _recorded(result: Result[Any], found: dict[str, Any] | None) -> dict[str, Any]:
    return _without_plan(result.kind, result.failure) if found is None else {**found, "error": ""}


def _without_plan(status: str, error: str) -> dict[str, Any]:
    unknown = dict.fromkeys(("objective", "bound", "gap", "runtime_s", "strategy"))
    return {"status": status, **unknown, "kpis": {}, "start": "", "error": error}
