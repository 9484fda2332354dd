"""The folder of a sweep: one small file a run, written when the run is done, found again by what the run depends on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.solve.start import Start
from siting.study.folders import refuse_full
from siting.whatif.cluster import versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from siting.study.changes import Change
    from siting.study.study import Study

SWEEP_FILE, RUNS = "sweep.json", "runs"
GIVES = "gives"
"""What the result of one run holds beside its own: the start of the others, and for which kind of runs."""
_NO_RESULT = {"tables", "sources", "ranges", "scenario", "study"}
"""Sections that decide no figure themselves: what the files hold is in the tables, what scenarios do in the changes."""
_SHOWN = ("currency", "price_year", "distance_unit", "unknown", "min_beds")


def fingerprint(study: Study) -> str:
    """Return a hash of all that decides what a study's plans come to: settings and tables, not names and sources."""
    settings = study.config.model_dump(exclude=_NO_RESULT)
    settings["study"] = {name: getattr(study.config.study, name) for name in _SHOWN}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, frame in sorted(study.tables.items()):
        figures = frame[[column for column in frame.columns if not str(column).endswith("_source")]]
        digest.update(f"{name}\n{figures.to_csv(index=False)}".encode())
    return digest.hexdigest()


def key_of(base: str, changes: Sequence[Change], options: Mapping[str, Any]) -> str:
    """Return the name of a run: a hash of study, changes, solve options and the versions of the solver's packages."""
    content = [base, [(change.path, change.where, change.operator, change.value) for change in changes], options]
    return hashlib.sha256(json.dumps([*content, versions()], sort_keys=True, default=str).encode()).hexdigest()[:20]


class Store:
    """Results by key, in a folder, or in memory without one."""

    def __init__(self, folder: str | Path | None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._records: dict[str, dict[str, Any]] = {}
        self.earlier: dict[str, Any] = {}
        if self._folder is None:
            return
        self.earlier = _json(self._folder / SWEEP_FILE) or {}
        if not self.earlier:
            refuse_full(self._folder)
        self._records = {
            path.stem: record for path in sorted(self._folder.glob(f"{RUNS}/*.json")) if (record := _json(path))
        }

    def begin(self, about: Mapping[str, Any]) -> None:
        """Write what the sweep is about, from when on the folder can be resumed."""
        if self._folder is not None:
            (self._folder / RUNS).mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / SWEEP_FILE, _text(about))

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the result of a run that is done; None if it is not."""
        return self._records.get(key)

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep the result of a run for good."""
        self._records[key] = record
        if self._folder is not None:
            write_whole(self._folder / RUNS / f"{key}.json", _text(record))

    def start(self, kind: str) -> Start | None:
        """Return the start that runs of a kind (the same study and options) begin with, if it is known."""
        given = (record.get(GIVES, {}) for record in self._records.values())
        return next((Start.of_record(gives["start"]) for gives in given if gives.get("kind") == kind), None)

    def others(self, keys: Sequence[str]) -> int:
        """Return how many results there are of other runs than these."""
        return len(set(self._records) - set(keys))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under another name and rename it, so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _json(path: Path) -> dict[str, Any] | None:
    """Return what a file holds; None where it is absent or no JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
