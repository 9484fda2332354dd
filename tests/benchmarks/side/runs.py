"""A process for each solve, watched, and a line of JSON for each result; only the standard library is used here.

This process stays small on purpose: on Linux a child starts with the peak of its parent.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from side.cases import FOLDER
from side.entrants import PACKAGE

if TYPE_CHECKING:
    from side.cases import Case

SCRIPT = Path(__file__).resolve().parents[1] / "sidebyside.py"
POLL_S = 0.1


@dataclass(frozen=True)
class Terms:
    """What all solvers are asked alike, and when a process is stopped from outside.

    Attributes
    ----------
    limit : float
        Seconds for the solver.
    gap : float
        Relative gap asked for.
    threads : int
        For each solver that can use them.
    margin : float
        Seconds beyond the limit, for reading, modelling and stopping, after which the process is killed.
    memory_gib : float
        Resident memory above which the process is killed.
    """

    limit: float
    gap: float
    threads: int
    margin: float
    memory_gib: float

    def same(self, record: dict[str, Any]) -> bool:
        """Return whether a result was asked for on these terms."""
        return all(record[name] == getattr(self, name) for name in ("limit", "gap", "threads"))


def solve(case: Case, solver: str, terms: Terms) -> dict[str, Any]:
    """Solve a case and return the record.

    A run of siting in which numba compiled is made again with the compiled code; both times are kept.

    Parameters
    ----------
    case : Case
        What to solve.
    solver : str
        A name of `side.entrants.ENTRANTS`.
    terms : Terms
        Limits.

    Returns
    -------
    dict
        ``status`` is answered, killed, memory or failed; figures are None where there are none.
    """
    question = {
        "file": str(FOLDER / case.file),
        "options": case.options,
        "limit": terms.limit,
        "gap": terms.gap,
        "threads": terms.threads,
    }
    compiled = _compiled()
    record = watched(SCRIPT, {"solver": solver, "question": question}, terms)
    if solver == "siting" and record["status"] == "answered" and _compiled() != compiled:
        again = watched(SCRIPT, {"solver": solver, "question": question}, terms)
        record = {**again, "with_compiling_s": record["seconds"]}
    return record


def _compiled() -> set[tuple[str, int]]:
    """Return the index files of numba's cache; one that is new or changed means that something was compiled."""
    return {(str(file), file.stat().st_mtime_ns) for file in PACKAGE.rglob("*.nbi")}


def watched(script: Path, ask: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Run ``script --child ask`` in a process of its own and return the line of JSON it printed, with what it took.

    Parameters
    ----------
    script : Path
        Prints its answer as the last line that begins with a brace.
    ask : dict
        Passed on as JSON.
    terms : Terms
        When to stop the process.

    Returns
    -------
    dict
        The answer, and ``status``, ``wall_s``, ``cpu_s``, ``peak_mib``, ``load`` (before) and ``note``.
    """
    load, began = os.getloadavg()[0], time.perf_counter()
    empty = {"objective": None, "bound": None, "seconds": None, "uncounted": None, "note": ""}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, str(script), "--child", json.dumps(ask)]
        child = subprocess.Popen(command, stdout=out, stderr=errors, start_new_session=True)
        try:
            stopped, code, spent = _wait(child, began, terms)
        except BaseException:
            _kill(child)
            child.wait()
            raise
        found = _last_line(out)
        words = _last_words(errors)
    status = stopped or ("answered" if code == 0 and found else "failed")
    record = {**empty, **spent, "wall_s": time.perf_counter() - began, "load": load, "status": status}
    if status == "answered":
        return {**record, **found}
    reason = {"killed": f"overran the limit by {terms.margin:g} s", "memory": f"over {terms.memory_gib:g} GiB"}
    return {**record, "note": reason.get(status, words)}


def _wait(child: subprocess.Popen[bytes], began: float, terms: Terms) -> tuple[str, int, dict[str, float]]:
    """Return why the child was stopped (nothing if it ended), its exit code, its peak memory and processor seconds."""
    stopped, highest = "", 0.0
    unit = 2**20 if sys.platform == "darwin" else 2**10
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            peak = max(highest, usage.ru_maxrss / unit)
            return stopped, child.returncode, {"peak_mib": peak, "cpu_s": usage.ru_utime + usage.ru_stime}
        resident = _resident_mib(child.pid)
        highest = max(highest, resident)
        if not stopped and resident > terms.memory_gib * 1024:
            stopped = "memory"
        elif not stopped and time.perf_counter() - began > terms.limit + terms.margin:
            stopped = "killed"
        if stopped:
            _kill(child)
        time.sleep(POLL_S)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child and what it started; both are in a session of their own."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _resident_mib(pid: int) -> float:
    """Return the memory a process holds now; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _last_line(out: IO[str]) -> dict[str, Any]:
    out.seek(0)
    lines = [line for line in out if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def _last_words(errors: IO[str]) -> str:
    errors.seek(0)
    lines = errors.read().strip().splitlines()
    return lines[-1][:200] if lines else "ended without an answer"


class Book:
    """Results in a file of JSON lines; each is written as it comes, and the last one of a kind counts.

    Parameters
    ----------
    file : Path
        Made with the first result.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        # A run killed while it wrote leaves a last line that is cut off.
        self.records = [json.loads(line) for line in lines if line.endswith("}")]

    def add(self, record: dict[str, Any]) -> None:
        """Write a result."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # The line break comes first, so that a line cut off stays alone.
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write("\n" + json.dumps(record))
        self.records.append(record)

    def find(self, key: str, solver: str, terms: Terms) -> dict[str, Any] | None:
        """Return the last result of a solver on a case on these terms."""
        for record in reversed(self.records):
            if record["key"] == key and record["solver"] == solver and terms.same(record):
                return record
        return None

    def has(self, key: str, solver: str, terms: Terms, version: str | None) -> bool:
        """Return whether that result is of this version and no failure, so that it need not be solved again."""
        record = self.find(key, solver, terms)
        return record is not None and record["version"] == version and record["status"] != "failed"
