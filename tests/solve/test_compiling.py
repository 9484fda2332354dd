"""The time that numba compiles is counted, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from siting.solve.options import SolveOptions

if TYPE_CHECKING:
    from siting.solve.options import Progress

pytest.importorskip("numba")

import numba

from siting.solve.compiling import compiling


def test_compiling_is_counted_and_told_once() -> None:
    """Two new functions are compiled for some time and told once; called again they take none."""
    told: list[Progress] = []

    @numba.njit
    def twice(x: float) -> float:
        return 2.0 * x

    @numba.njit
    def four_times(x: float) -> float:
        return twice(twice(x))

    with compiling(SolveOptions(progress=told.append)) as counter:
        assert four_times(1.0) == 4.0
        assert counter.seconds > 0.0
    assert [progress.phase for progress in told] == ["compiling, the first time only"]
    with compiling(SolveOptions(progress=told.append)) as counter:
        assert four_times(2.0) == 8.0
    assert counter.seconds == 0.0
    assert len(told) == 1
