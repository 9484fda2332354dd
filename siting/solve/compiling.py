"""How long numba compiled during a solve: a minute or so the first time, nothing once it is kept on disk."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from numba.core.event import TimingListener, install_listener

from siting.solve.options import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from siting.solve.options import SolveOptions


class Compiling(TimingListener):
    """Adds up seconds, and tells the progress once that compiling has begun."""

    def __init__(self, options: SolveOptions) -> None:
        super().__init__()
        self.progress = options.progress

    def on_start(self, event: Any) -> None:
        """Begin to count."""
        if self.progress is not None:
            self.progress(Progress(0.0, None, None, None, "compiling, the first time only"))
            self.progress = None
        super().on_start(event)

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return float(self.duration) if self.done else 0.0


@contextmanager
def compiling(options: SolveOptions) -> Iterator[Compiling]:
    """Count what numba compiles inside."""
    counter = Compiling(options)
    with install_listener("numba:compile", counter):
        yield counter
