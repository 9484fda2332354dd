"""Clocks, peak memory and Markdown tables."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Stages:
    """Seconds of one stage after the other, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def end(self, name: str) -> None:
        """Put the time since the last end down to a stage."""
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now


def peak_mib() -> float:
    """Return the largest resident memory that this process has had, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; all columns but the first are right-aligned."""
    titles = list(header)
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def print_answer(figures: dict[str, object]) -> None:
    """Print figures as a line of JSON, with this process's own peak memory and processor seconds."""
    own = {"peak_mib": peak_mib(), "cpu_s": time.process_time()}
    print("\n" + json.dumps({**figures, **own}), flush=True)
