"""Readers of published layouts: what they understand, and what they refuse."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from siting.bench.formats import read_instance
from siting.bench.instance import BenchOptions, Instance
from siting.bench.network import to_network
from siting.bench.tscflp import TwoStage
from siting.errors import StudyError

if TYPE_CHECKING:
    from pathlib import Path

# Two facilities (capacity 10 and 20, fixed cost 3 and 4), three customers (demand 5, 6 and 7), costs 1 to 6 of the
# whole demand, in every layout that can say so.
CAP = "2 3\n10 3\n20 4\n5\n1 2\n6\n3 4\n7\n5 6\n"
HOLMBERG = "2 3\n10 3\n20 4\n5 6 7\n1 3 5\n2 4 6\n"
DELMAIRE = "3 2\n1 2\n3 4\n5 6\n5 6 7\n3 4\n10 20\n"
TBED1 = "2 3\n5 6 7\n10 20\n3 4\n0.2 0.5 1\n1 2 3\n"
UFLLIB = "type=table\nn=3\nm=2\np=1\n\nclients = {c0, c1, c2}\nfacilities = {f0}\ntable = {\n{1,3,5},\n{2,4,40000.0}}\n"
TSPLIB = "NAME : x\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 1e0 2\n3 3 4\nEOF\n"
TSCFLP = "1 2 3\n5 6 7\n30 9\n1 2\n10 3\n20 4\n1 3 5\n2 4 6\n"
COST = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def read(folder: Path, text: str | bytes, layout: str, file: str = "instance.txt", **options: Any) -> Any:
    """Write the text to a file and read it back as an instance."""
    path = folder / file
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_instance(path, BenchOptions(layout, **options))


@pytest.mark.parametrize(("layout", "text"), [("orlib-cap", CAP), ("holmberg", HOLMBERG), ("delmaire", DELMAIRE)])
def test_layouts_of_capacitated_location(tmp_path: Path, layout: str, text: str) -> None:
    """The same instance is read from each layout that states costs of the whole demand."""
    instance = read(tmp_path, text, layout)
    assert isinstance(instance, Instance)
    np.testing.assert_array_equal(instance.cost, COST)
    np.testing.assert_array_equal(instance.demand, [5, 6, 7])
    np.testing.assert_array_equal(instance.capacity, [10, 20])
    np.testing.assert_array_equal(instance.fixed_cost, [3, 4])
    assert (instance.name, instance.problem) == ("instance", "CFLP")


def test_tbed1_multiplies_unit_costs(tmp_path: Path) -> None:
    """TBED1 states the cost of one unit: 0.2, 0.5, 1 and 1, 2, 3 times the demands 5, 6, 7."""
    instance = read(tmp_path, TBED1, "tbed1")
    np.testing.assert_allclose(instance.cost, [[1, 5], [3, 12], [7, 21]])
    np.testing.assert_array_equal(instance.capacity, [10, 20])


def test_kratica_ignores_capacity_and_demand(tmp_path: Path) -> None:
    """In Kratica's files the cap layout is uncapacitated, with one unit of demand."""
    instance = read(tmp_path, CAP, "kratica")
    assert instance.problem == "UFL"
    np.testing.assert_array_equal(instance.demand, [1, 1, 1])
    np.testing.assert_array_equal(instance.cost, COST)


def test_capacity_word(tmp_path: Path) -> None:
    """The word capacity takes the value given, may be left open without capacities, and is an error otherwise."""
    text = CAP.replace("10 3", "capacity 3").replace("20 4", "capacity 4")
    np.testing.assert_array_equal(read(tmp_path, text, "orlib-cap", capacity=9.0).capacity, [9, 9])
    assert read(tmp_path, text, "orlib-cap", ufl=True).problem == "UFL"
    with pytest.raises(StudyError, match="--capacity"):
        read(tmp_path, text, "orlib-cap")
    with pytest.raises(StudyError, match="states its own capacities"):
        read(tmp_path, CAP, "orlib-cap", capacity=9.0)


def test_pmed_takes_the_last_of_equal_edges_and_shortest_paths(tmp_path: Path) -> None:
    """Edge 1-2 is read as 3 (the last, whichever way round), so 1-3 by way of 2 is 7, below its own edge of 9."""
    instance = read(tmp_path, "3 4 1\n1 2 8\n2 3 4\n1 3 9\n2 1 3\n", "orlib-pmed")
    np.testing.assert_array_equal(instance.cost, [[0, 3, 7], [3, 0, 4], [7, 4, 0]])
    assert (instance.p, instance.problem) == (1, "p-median")


@pytest.mark.parametrize(("name", "opening"), [("kmedian-3-10", 1732), ("BildeKrarup-Dq-2-D2.1", 2000), ("E5.3", 5000),
                                               ("GapA-1", 3000), ("FPP11-1FPP_11S", 3000)])  # fmt: skip
def test_ufllib_opening_cost_by_name(tmp_path: Path, name: str, opening: float) -> None:
    """Opening costs follow the file's name; round(10000 sqrt(3) / 10) = 1732."""
    instance = read(tmp_path, UFLLIB, "ufllib", name)
    np.testing.assert_array_equal(instance.fixed_cost, [opening, opening])
    np.testing.assert_array_equal(instance.cost[:2], COST[:2])
    assert np.isinf(instance.cost[2, 1]) == name.startswith(("Gap", "FPP"))


def test_ufllib_as_p_median(tmp_path: Path) -> None:
    """With p the opening cost is no longer needed, whatever the name."""
    instance = read(tmp_path, UFLLIB, "ufllib", "Galvao-1", p=2)
    assert (instance.problem, instance.fixed_cost.sum()) == ("p-median", 0)
    with pytest.raises(StudyError, match="no opening cost"):
        read(tmp_path, UFLLIB, "ufllib", "Galvao-1")


def test_tsplib_rounds_by_problem(tmp_path: Path) -> None:
    """sqrt(5) = 2.24, sqrt(8) = 2.83 and 5: rounded down for the p-median, to the nearest for the p-center."""
    median, center = (read(tmp_path, TSPLIB, "tsplib", "x.tsp", p=1, p_center=flag) for flag in (False, True))
    np.testing.assert_array_equal(median.cost, [[0, 2, 5], [2, 0, 2], [5, 2, 0]])
    np.testing.assert_array_equal(center.cost, [[0, 2, 5], [2, 0, 3], [5, 3, 0]])
    assert (median.problem, center.problem) == ("p-median", "p-center")


def test_birch_is_euclidean_and_tolerates_its_surplus(tmp_path: Path) -> None:
    """A header on two lines and two numbers too many, as some copies have."""
    instance = read(tmp_path, "3\n2\n0 0\n1 2\n3 4\n7 7\n", "birch", p=1)
    np.testing.assert_allclose(instance.cost[0], [0, 5**0.5, 5])


@pytest.mark.parametrize(("name", "distance"), [("cpmp01.txt", 2), ("SJC1.dat", 5**0.5)])
def test_cpmp_rounds_by_name(tmp_path: Path, name: str, distance: float) -> None:
    """Osman and Christofides' files round down; each customer is undivided, its demand weighs on capacity only."""
    instance = read(tmp_path, "2 1\n0 0 9 4\n1 2 9 5\n", "cpmp", name)
    assert instance.cost[0, 1] == pytest.approx(distance)
    assert (instance.p, instance.is_single_source, instance.problem) == (1, True, "CPMP")
    np.testing.assert_array_equal(instance.demand, [4, 5])


def test_tscflp(tmp_path: Path) -> None:
    """One plant, two satellites, three customers."""
    instance = read(tmp_path, TSCFLP, "tscflp")
    assert isinstance(instance, TwoStage)
    np.testing.assert_array_equal(instance.satellite_to_customer, [[1, 3, 5], [2, 4, 6]])
    np.testing.assert_array_equal(instance.satellite_capacity, [10, 20])
    np.testing.assert_array_equal(instance.plant_to_satellite, [[1, 2]])


@pytest.mark.parametrize(
    "pack", [gzip.compress, lzma.compress, bz2.compress, lambda data: b"\xef\xbb\xbf" + data + b"\x1a\0"]
)
def test_packed_and_padded_files(tmp_path: Path, pack: Any) -> None:
    """Compressed files, and a byte-order mark, Ctrl-Z and NUL around the text, read as the plain file does."""
    np.testing.assert_array_equal(read(tmp_path, pack(HOLMBERG.encode()), "holmberg").cost, COST)


def test_member_of_an_archive(tmp_path: Path) -> None:
    """A member of a tar archive is named after a colon; a wrong name is refused."""
    archive = tmp_path / "set.tar.xz"
    with tarfile.open(archive, "w:xz") as files:
        entry = tarfile.TarInfo("folder/p1")
        entry.size = len(HOLMBERG)
        files.addfile(entry, io.BytesIO(HOLMBERG.encode()))
    instance = read_instance(f"{archive}:folder/p1", BenchOptions("holmberg"))
    assert isinstance(instance, Instance)
    assert instance.name == "p1"
    with pytest.raises(StudyError, match="cannot be read"):
        read_instance(f"{archive}:p2", BenchOptions("holmberg"))


MALFORMED = [
    ("orlib-cap", CAP[:-4], {}, "too few numbers: customer 3"),
    ("orlib-cap", CAP + "8\n", {}, "1 numbers too many"),
    ("orlib-cap", CAP.replace("20 4", "20 x4"), {}, "line 3: 'x4' is not a number"),
    ("orlib-cap", CAP.replace("20 4", "20 nan"), {}, "not a finite number"),
    ("orlib-cap", CAP.replace("10 3", "-10 3"), {}, "capacity is negative at facility"),
    ("orlib-cap", CAP.replace("20 4", "2 4"), {}, "total capacity 12 is below total demand 18"),
    ("orlib-cap", CAP, {"p": 3}, "p is 3, but there are 2 facilities"),
    ("orlib-cap", CAP, {"p": 0}, "p is 0"),
    ("orlib-cap", "2 4\n10 3\n20 4\n5 6 7 1\n1 3 5 1\n2 4 6 1\n", {}, "does not start a line"),
    ("orlib-cap", "2.5 3\n", {}, "number of facilities is 2.5"),
    ("orlib-cap", "", {}, "too few numbers"),
    ("holmberg", HOLMBERG + "0 " * 18, {}, "18 numbers too many"),
    ("delmaire", HOLMBERG, {}, "numbers"),
    ("delmaire", DELMAIRE.replace("3 4\n10", "-3 4\n10"), {}, "fixed cost is negative"),
    ("tbed1", TBED1.replace("5 6 7", "5 -6 7"), {}, "demand is negative at customer"),
    ("tbed1", TBED1.replace("0.2", "-0.2"), {}, "cost is negative in the row of customer"),
    ("orlib-pmed", "3 1 1\n1 4 5\n", {}, "whole number from 1 to 3"),
    ("orlib-pmed", "3 1 1\n1 2 -5\n", {}, "negative length"),
    ("orlib-pmed", "3 1 9\n1 2 5\n", {}, "p is 9"),
    ("ufllib", UFLLIB.replace("m=2", "m=4"), {"p": 1}, "2 rows of costs, but m=4"),
    ("ufllib", UFLLIB.replace("{1,3,5}", "{1,3}"), {"p": 1}, "row of facility 1"),
    ("ufllib", UFLLIB.replace("{1,3,5}", "{1,3,5,7}"), {"p": 1}, "too many"),
    ("ufllib", UFLLIB.replace("n=3", ""), {"p": 1}, "no line 'n='"),
    ("tsplib", TSPLIB, {}, "does not state p"),
    ("tsplib", TSPLIB.replace("3 3 4\n", ""), {"p": 1}, "the 3 points of DIMENSION"),
    ("tsplib", TSPLIB.replace("3 3 4", "2 3 4"), {"p": 1}, "gives a node twice"),
    ("tsplib", TSPLIB.replace("EUC_2D", "GEO"), {"p": 1}, "EDGE_WEIGHT_TYPE is GEO"),
    ("tsplib", CAP, {"p": 1}, "NODE_COORD_SECTION"),
    ("birch", "3 2\n0 0\n1 2\n3\n", {"p": 1}, "the coordinates"),
    ("tscflp", TSCFLP.replace("30 9", "10 9"), {}, "plants pass 10, less than the demand of 18"),
    ("tscflp", TSCFLP.replace("30 9", "30 -9"), {}, "of a plant is negative"),
    ("no-such", CAP, {}, "'no-such' is unknown"),
    ("birch", CAP, {"p": 1, "single_source": True}, "--single-source means nothing for birch"),
]


@pytest.mark.parametrize(("layout", "text", "options", "message"), MALFORMED)
def test_malformed_files_are_refused(
    tmp_path: Path, layout: str, text: str, options: dict[str, Any], message: str
) -> None:
    """Each way to be wrong has its message."""
    with pytest.raises(StudyError, match=message.replace("(", r"\(")):
        read(tmp_path, text, layout, **options)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Several wrong numbers are listed together, with the file, the facility or customer, and a remedy."""
    text = CAP.replace("10 3", "-10 3").replace("20 4", "20 -4")
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text, "orlib-cap", p=5)
    problems = caught.value.problems
    assert [problem.rows for problem in problems] == [("1",), ("2",), (), ()]
    assert all(problem.where.endswith("instance.txt") and problem.remedy for problem in problems)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    """A file that is not there, or no text, is a problem of the study and not a traceback."""
    with pytest.raises(StudyError, match="cannot be read"):
        read_instance(tmp_path / "absent", BenchOptions("orlib-cap"))
    with pytest.raises(StudyError, match="cannot be read"):
        read(tmp_path, b"\x1f\x8b broken", "orlib-cap")
    with pytest.raises(StudyError, match="cannot be read"):
        read(tmp_path, b"\xff\xfe\x00", "orlib-cap")


def test_network_prices_the_whole_assignment(tmp_path: Path) -> None:
    """A referred patient costs the share of the whole: demand x price is the file's cost, also without any demand."""
    network = to_network(read(tmp_path, CAP.replace("\n5\n", "\n0\n"), "orlib-cap", single_source=True))
    patients = network.demands["patients"].to_numpy()[network.trips["area"]]
    np.testing.assert_allclose(patients * network.cost("trips"), COST.ravel())
    # The customer without demand is referred like any other and uses no capacity.
    np.testing.assert_array_equal(patients * network.trips["uptake"], [0, 0, 6, 6, 7, 7])
    np.testing.assert_array_equal(network.cost("options"), [3, 4])
    assert network.limits.single_source_areas


def test_network_leaves_out_what_is_not_allowed(tmp_path: Path) -> None:
    """A pair that a Gap or FPP file forbids has no trip."""
    network = to_network(read(tmp_path, UFLLIB, "ufllib", "GapA-1"))
    assert len(network.trips) == 5
    assert network.limits.sites == (None, None)
