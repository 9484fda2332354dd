"""p-medians in the plane by nearest facilities: bounds and plans against brute force over all choices and distances."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.bench import plane
from siting.bench import rounds as limits
from siting.bench.formats import read_instance
from siting.bench.instance import BenchOptions, Instance
from siting.bench.points import Points, distances
from siting.bench.rounds import solve_points
from siting.bench.run import run
from siting.errors import StudyError
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LOCATE = SolveOptions(time_limit=30.0, gap=0.0, threads=1, strategy="location")
KINDS = ["exact", "rounded", "ties"]


def drawn(kind: str, seed: int, n: int = 13, p: int = 3) -> Points:
    """Return random points; of a small grid, where many distances are equal."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 20, (n, 2)) if kind != "ties" else rng.permutation(16)[:n, None] // [4, 1] % 4.0
    return Points(kind, places.astype(float), p, np.asarray if kind == "exact" else np.floor)


def optimum(instance: Points, most: NDArray[np.float64] | float = np.inf) -> float:
    """Return the least sum over all choices, where no customer pays more than `most`."""
    cost = np.minimum(distances(instance.points, instance.rounding).T, most)
    return min(float(cost[list(opened)].min(axis=0).sum()) for opened in combinations(range(len(cost)), instance.p))


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[NDArray[np.int64]]:
    """Begin with two facilities a customer; the counts of all rounds."""
    monkeypatch.setattr(limits, "NEAREST", 0.0)
    monkeypatch.setattr(limits, "FEWEST", 2)
    seen: list[NDArray[np.int64]] = []
    nearest = Points.nearest
    monkeypatch.setattr(Points, "nearest", lambda self, counts: seen.append(counts) or nearest(self, counts))
    return seen


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_few_nearest_suffice_for_the_optimum(kind: str, seed: int, rounds: list[NDArray[np.int64]]) -> None:
    """Counts double where customers stay, until the optimum over all distances is found and proven."""
    instance = drawn(kind, seed)
    found = solve_points(instance, LOCATE)
    assert (found.status, len(found.facilities)) == ("optimal", instance.p)
    assert found.objective == pytest.approx(optimum(instance))
    recounted = distances(instance.points, instance.rounding)[found.facilities].min(axis=0).sum()
    assert found.objective == pytest.approx(recounted)
    assert found.bound == pytest.approx(found.objective)
    for before, after in pairwise(rounds):
        assert ((after == before) | (after == np.minimum(2 * before, len(before)))).all()
        assert (after > before).any()


def test_counts_do_double(rounds: list[NDArray[np.int64]]) -> None:
    """One median of 13 points: two nearest points of each do not hold it, so there are several rounds."""
    instance = drawn("exact", 1, p=1)
    assert solve_points(instance, LOCATE).objective == pytest.approx(optimum(instance))
    assert len(rounds) > 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 5, 12, 13])
def test_customers_stay_for_the_first_distance_left_out(kind: str, count: int) -> None:
    """The narrowed problem costs what brute force says of min(distance, left out), never more than the whole."""
    instance = drawn(kind, 7)
    near = instance.nearest(np.full(13, count))
    ordered = np.sort(distances(instance.points, instance.rounding), axis=1)
    np.testing.assert_allclose(near.left_out, ordered[:, count] if count < 13 else np.inf)
    np.testing.assert_allclose(near.distance, ordered[:, :count].ravel())
    found = solve(near.network(), LOCATE)
    assert found.objective == pytest.approx(optimum(instance, near.left_out))
    assert found.bound is not None
    assert found.bound <= optimum(instance) + 1e-9


def test_staying_at_the_distance_itself_is_no_reason_to_go_on(rounds: list[NDArray[np.int64]]) -> None:
    """Corners of a square, one median: each has two neighbours at 1, one at floor(1.41) = 1; two nearest prove 3."""
    found = solve_points(Points("square", np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), 1, np.floor), LOCATE)
    assert (found.objective, found.bound, len(rounds)) == (3.0, 3.0, 1)


def test_pairs_are_limited(monkeypatch: pytest.MonkeyPatch, rounds: list[NDArray[np.int64]]) -> None:
    """Where doubling would take too many pairs, what is found and proven so far is the answer, and holds."""
    monkeypatch.setattr(limits, "MOST_PAIRS", 3 * 13)
    instance = drawn("exact", 1, p=1)
    found = solve_points(instance, LOCATE)
    assert (found.status, len(rounds)) == ("feasible", 1)
    assert found.bound == pytest.approx(optimum(instance, instance.nearest(rounds[0]).left_out))
    assert found.bound is not None
    assert found.bound <= optimum(instance) <= found.objective


def test_counts_may_differ() -> None:
    """Each customer has its own number of nearest points, itself first."""
    instance = drawn("exact", 3, n=5)
    near = instance.nearest(np.array([1, 3, 5, 3, 1]))
    order = np.argsort(distances(instance.points), axis=1)
    expected = [order[row, :count] for row, count in enumerate([1, 3, 5, 3, 1])]
    np.testing.assert_array_equal(near.facility, np.concatenate(expected))
    assert np.isinf(near.left_out).tolist() == [False, False, True, False, False]


def test_many_points_are_read_without_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From some size on a p-median is points, with the same optimum; a p-center is refused."""
    file = tmp_path / "x.txt"
    file.write_text("4 2\n0 0\n0 3\n4 0\n9 9\n")
    table = run(file, BenchOptions("birch", p=2))
    monkeypatch.setattr(plane, "MOST_IN_TABLE", 3)
    monkeypatch.setattr(plane, "MOST_IN_CENTER", 3)
    assert isinstance(read_instance(file, BenchOptions("birch", p=2)), Points)
    found = run(file, BenchOptions("birch", p=2))
    assert (found.problem, found.status) == (table.problem, "optimal") == ("p-median", "optimal")
    assert found.objective == pytest.approx(table.objective) == pytest.approx(7.0)  # 3 + 4 from (0, 0), and (9, 9)
    for options, words in (({"p": 5}, "p is 5"), ({"p": 0}, "p is 0"), ({"p": 1, "p_center": True}, "p-center")):
        with pytest.raises(StudyError, match=words):
            read_instance(file, BenchOptions("birch", **options))


def test_published_instance_of_10000_points(bench: Path) -> None:
    """BIRCH ds1x8, 10,000 points and 25 medians: the published optimum 12455.7 (one digit printed) is proven."""
    result = run(bench / "pmedian_birch/ds1x8.txt.xz", BenchOptions("birch", p=25, gap=1e-6, time_limit=120))
    assert result.status == "optimal"
    assert result.objective == pytest.approx(12455.7, abs=0.05)


def test_small_tables_stay_tables(tmp_path: Path) -> None:
    """A few points are a table of all distances, as other solvers need it."""
    file = tmp_path / "x.txt"
    file.write_text("3 2\n0 0\n1 2\n3 4\n")
    assert isinstance(read_instance(file, BenchOptions("birch", p=1)), Instance)
