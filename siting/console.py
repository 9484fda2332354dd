"""What the command line prints beside results: progress on stderr, errors in words, exit codes."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from siting.errors import InfeasibleError, NoPlanError, OutputError, SitingError, StudyError, TravelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from siting.solve.options import Progress

OPTIMAL, OUR_FAULT, BAD_INPUT, NOT_PROVEN, INFEASIBLE, NO_PLAN = 0, 1, 2, 3, 4, 5
"""Exit codes."""
QUIET_S = 5.0
"""Without a terminal a line is written at most this often."""


class ProgressLine:
    """Bound, incumbent and gap on stderr: a line that renews itself on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._written = -QUIET_S
        self._is_terminal = sys.stderr.isatty()
        self._began = time.perf_counter()

    def __call__(self, progress: Progress) -> None:
        """Show how far the solve has come, once there is anything to show."""
        if progress.objective is None and progress.bound is None:
            return
        elapsed = time.perf_counter() - self._began
        if not self._is_terminal and elapsed - self._written < QUIET_S:
            return
        self._written = elapsed
        gap = "unknown" if progress.gap is None or progress.gap > 10 else f"{progress.gap:.2%}"
        line = f"{elapsed:6.0f} s  best {_figure(progress.objective)}  bound {_figure(progress.bound)}  gap {gap}"
        line += "" if progress.sites_left is None else f"  {progress.sites_left:,} sites left"
        sys.stderr.write(f"\r{line:<96}" if self._is_terminal else f"{line}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """End the renewed line."""
        if self._is_terminal and self._written >= 0:
            sys.stderr.write("\n")


class RunsBar:
    """How many runs are done and how long the rest will take, on stderr: a bar on a terminal, lines elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._began = self._written = time.perf_counter()
        self._first = 0

    def __enter__(self) -> RunsBar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, done: int, total: int) -> None:
        """Show how many of the runs are done; the first call says how many were done before."""
        if self._bar is None:
            self._begin(done, total)
        self._bar.update(self._task, completed=done)
        now = time.perf_counter()
        if not sys.stderr.isatty() and (now - self._written >= QUIET_S or done == total):
            self._written, made = now, done - self._first
            left = f", about {(now - self._began) / made * (total - done):,.0f} s left" if made and done < total else ""
            say(f"{done:,} of {total:,} runs{left}")

    def _begin(self, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*parts, console=Console(stderr=True), disable=not sys.stderr.isatty())
        self._task = self._bar.add_task("runs", total=total, completed=done)
        self._first = done
        self._bar.start()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()


def _figure(value: float | None) -> str:
    return "none yet" if value is None else f"{value:,.6g}"


def say(text: str) -> None:
    """Write a line to stderr, where everything goes that is not a result."""
    sys.stderr.write(f"{text}\n")


def show(result: Any, as_json: bool, text: str = "") -> None:
    """Write a result to stdout, as JSON where a program reads it."""
    sys.stdout.write(
        json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False) + "\n" if as_json else f"{text.rstrip()}\n"
    )


@contextmanager
def errors_in_words(as_json: bool = False) -> Iterator[None]:
    """Turn the errors that siting raises on purpose, and Ctrl-C, into a message and an exit code."""
    import typer

    try:
        yield
    except (StudyError, TravelError, OutputError, OSError) as error:
        _fail(error, as_json, "bad_input")
        raise typer.Exit(BAD_INPUT) from None
    except InfeasibleError as error:
        _fail(error, as_json, "infeasible")
        raise typer.Exit(INFEASIBLE) from None
    except NoPlanError as error:
        _fail(error, as_json, "no_plan")
        raise typer.Exit(NO_PLAN) from None
    except SitingError as error:
        _fail(error, as_json, "failed")
        raise typer.Exit(OUR_FAULT) from None
    except KeyboardInterrupt as error:
        _fail(NoPlanError("stopped by Ctrl-C; nothing was written"), as_json, "no_plan")
        raise typer.Exit(NO_PLAN) from error


@contextmanager
def out_folder(out: Path | None, as_json: bool, *pages: str, layer: str = "") -> Iterator[None]:
    """Refuse a folder that is in use before the work begins, and say at the end which pages and layer to open in it.

    Without a folder only errors are put in words (`errors_in_words`).
    """
    with errors_in_words(as_json):
        if out is not None:
            from siting.study.folders import refuse_full

            refuse_full(out)
        yield
        if out is not None:
            shown = " and ".join(str(out / page) for page in pages)
            say(f"Wrote {out}; open {shown} in a browser{f', {out / layer} in a GIS' if layer else ''}.")


def _fail(error: Exception, as_json: bool, status: str) -> None:
    problems = getattr(error, "problems", getattr(error, "diagnosis", ()))
    if as_json:
        rows = [{"where": p.where, "what": p.what, "remedy": p.remedy, "rows": list(p.rows)} for p in problems]
        show({"status": status, "message": str(error), "problems": rows}, as_json=True)
    say(f"error: {error}")
