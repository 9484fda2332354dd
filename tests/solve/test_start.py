"""Solves that begin with what a neighbouring one found: the same optimum and a valid bound, whatever the start is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from helpers import random_files, write_study

from siting.network.build import build_network
from siting.solve import SolveOptions, direct, solve
from siting.solve.decompose import decompose
from siting.solve.start import LEFT_ASIDE, TAKEN, Start, multipliers_of, start_of

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.network import Network
    from siting.study.study import Study

EXACT = SolveOptions(gap=0.0, threads=1)
DECOMPOSED = SolveOptions(gap=0.0, threads=1, strategy="decompose")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small models count as large ones, and let decompositions not close them at once."""
    monkeypatch.setattr(direct, "LEAST_BINARIES", 0)
    monkeypatch.setattr(decompose, "FEW_OPTIONS", -1)


@pytest.fixture
def neighbours(tmp_path: Path) -> tuple[Network, Network]:
    """Return a random network and the same with a fifth more patients."""
    study = write_study(tmp_path / "study", random_files(7))
    return build_network(study), build_network(study.replace({"demand.scale": 1.2}))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("options", [EXACT, DECOMPOSED], ids=["direct", "decompose"])
def test_a_neighbour_gives_a_start_and_changes_nothing_that_is_proven(
    neighbours: tuple[Network, Network], options: SolveOptions
) -> None:
    """From the neighbour's units and prices the optimum is that of HiGHS from nothing, and no bound is above it."""
    one, other = neighbours
    best = solve(other, EXACT).objective
    start = start_of(one, solve(one, options))
    begun = solve(other, SolveOptions(**{**vars(options), "start": start}))
    assert begun.start == TAKEN
    assert begun.objective == pytest.approx(best, rel=1e-6)
    assert begun.bound is not None
    assert begun.bound <= best * (1 + 1e-6)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("strategy", ["direct", "decompose"])
def test_a_wrong_start_is_left_aside(tiny: Study, strategy: str) -> None:
    """Units at a hospital that does not exist, where two are asked for, and prices of nobody change no optimum."""
    network = build_network(tiny.replace({"limits.sites.min": 2}))
    wrong = Start({"Nowhere": ("owned/A", 3)}, {("X", "base", "base", "base"): 1e9}, {})
    found = solve(network, SolveOptions(gap=0.0, threads=1, strategy=strategy, start=wrong))
    assert found.objective == pytest.approx(solve(network, EXACT).objective)
    assert found.start == LEFT_ASIDE


@pytest.mark.usefixtures("large")
def test_a_start_with_too_many_units_is_repaired(tiny: Study) -> None:
    """Of units at all three hospitals at most one may stay; the best is the worked optimum of tiny, 1,609 k$."""
    everywhere = Start({site: ("owned/A", 1) for site in ("H1", "H2", "H3")})
    network = build_network(tiny.replace({"limits.sites.max": 1}))
    found = solve(network, SolveOptions(gap=0.0, threads=1, start=everywhere))
    assert (found.start, found.status) == (TAKEN, "optimal")
    assert found.objective == pytest.approx(1_609_000.0)


def test_prices_go_by_patient_and_by_id(neighbours: tuple[Network, Network]) -> None:
    """A demand row with a fifth more patients has a fifth more to pay; prices of the cells stay; JSON keeps both."""
    one, other = neighbours
    start = start_of(one, solve(one, DECOMPOSED))
    again = Start.of_record(json.loads(json.dumps(start.record())))
    assert again == start
    before, after = multipliers_of(start, one), multipliers_of(again, other)
    assert before is not None
    assert after is not None
    assert after[0] == pytest.approx(1.2 * before[0])
    assert after[1] == pytest.approx(before[1])
    assert multipliers_of(Start({}), one) is None


def test_a_solve_without_a_start_says_nothing_of_one(tiny: Study) -> None:
    """No start, no word; a small model does not need the one it is given."""
    network = build_network(tiny)
    found = solve(network, EXACT)
    assert found.start == ""
    assert solve(network, SolveOptions(gap=0.0, start=start_of(network, found))).start == LEFT_ASIDE
