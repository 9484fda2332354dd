"""Published optima, found and proven by the engine that solves studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from siting.bench.instance import BenchOptions
from siting.bench.run import run

if TYPE_CHECKING:
    from pathlib import Path

# The warehouse location problem of Van Hentenryck, The OPL Optimization Programming Language (MIT Press, 1999), which
# is problem 034 of CSPLib: capacity (stores) and fixed cost of Bonn, Bordeaux, London, Paris and Rome; then for each
# of ten stores its demand of one and the cost of supply from each warehouse.
WAREHOUSES = """\
5 10
1 30
4 30
2 30
1 30
3 30
1 20 24 11 25 30
1 28 27 82 83 74
1 74 97 71 96 70
1  2 55 73 69 61
1 46 96 59 83  4
1 42 22 29 67 59
1  1  5 73 59 56
1 10 73 13 43 96
1 93 35 63 85 46
1 47 65 55 71 95
"""

SINGLE = {"single_source": True}
P_CENTER = {"p_center": True}
KNOWN = [
    # OR-Library p-median (Beasley 1985) and vertex p-center (Pullan 2008).
    ("orlib-pmed", "orlib_pmed/pmed1.txt.gz", {}, 5819),
    ("orlib-pmed", "orlib_pmed/pmed2.txt.gz", {}, 4093),
    ("orlib-pmed", "orlib_pmed/pmed3.txt.gz", {}, 4250),
    ("orlib-pmed", "orlib_pmed/pmed4.txt.gz", {}, 3034),
    ("orlib-pmed", "orlib_pmed/pmed5.txt.gz", {}, 1355),
    ("orlib-pmed", "orlib_pmed/pmed16.txt.gz", {}, 8162),
    ("orlib-pmed", "orlib_pmed/pmed26.txt.gz", {}, 9917),
    ("orlib-pmed", "orlib_pmed/pmed35.txt.gz", {}, 10400),
    ("orlib-pmed", "orlib_pmed/pmed2.txt.gz", P_CENTER, 98),
    ("orlib-pmed", "orlib_pmed/pmed3.txt.gz", P_CENTER, 93),
    ("orlib-pmed", "orlib_pmed/pmed4.txt.gz", P_CENTER, 74),
    ("orlib-pmed", "orlib_pmed/pmed5.txt.gz", P_CENTER, 48),
    # OR-Library capacitated location: demand may be split, may not, and without capacities.
    ("orlib-cap", "orlib_cap/cap41.txt", {}, 1040444.375),
    ("orlib-cap", "orlib_cap/cap44.txt", {}, 1235500.450),
    ("orlib-cap", "orlib_cap/cap51.txt", {}, 1025208.225),
    ("orlib-cap", "orlib_cap/cap63.txt", {}, 1014062.050),
    ("orlib-cap", "orlib_cap/cap74.txt", {}, 1034976.975),
    ("orlib-cap", "orlib_cap/cap81.txt", {}, 838499.288),
    ("orlib-cap", "orlib_cap/cap94.txt", {}, 946051.325),
    ("orlib-cap", "orlib_cap/capa.txt.gz", {"capacity": 8000.0}, 19240822.449),
    ("orlib-cap", "orlib_cap/cap61.txt", SINGLE, 932615.75),
    ("orlib-cap", "orlib_cap/cap63.txt", SINGLE, 1014099.61),
    ("orlib-cap", "orlib_cap/cap64.txt", SINGLE, 1053197.44),
    ("orlib-cap", "orlib_cap/cap94.txt", SINGLE, 950608.42),
    ("orlib-cap", "orlib_cap/cap71.txt", {"ufl": True}, 932615.750),
    ("orlib-cap", "orlib_cap/cap104.txt", {"ufl": True}, 928941.750),
    # Single source: Holmberg and others 1999, Delmaire and others 1999, Osman and Christofides 1994.
    ("holmberg", "sscflp_holmberg/p1", SINGLE, 8848),
    ("holmberg", "sscflp_holmberg/p9", SINGLE, 8462),
    ("holmberg", "sscflp_holmberg/p24", SINGLE, 10273),
    ("delmaire", "sscflp_delmaire_diaz_fernandez/p1", SINGLE, 2014),
    ("delmaire", "sscflp_delmaire_diaz_fernandez/p6", SINGLE, 2269),
    ("cpmp", "cpmp_literature/group1/cpmp01.txt", {}, 713),
    # Uncapacitated: OR-Library, Kratica's M, UflLib (Bilde-Krarup D1.1, the gap of its relaxation is 5 %; kmedian).
    ("orlib-cap", "orlib_cap/capa.txt.gz", {"ufl": True}, 17156454.478),
    ("kratica", "ufl_kratica_M/Kcapmo1.txt.xz", {}, 1156.909),
    ("ufllib", "ufl_ufllib_costs_only/kmedian-500-10.gz", {}, 798577),
    ("ufllib", "ufl_ufllib_costs_only/BildeKrarup-Dq-1-D1.1.gz", {}, 14190),
]


@pytest.mark.parametrize(
    ("layout", "file", "options", "optimum"),
    KNOWN,
    ids=[f"{file.rsplit('/', 1)[-1]}{'-'.join(['', *options])}" for _, file, options, _ in KNOWN],
)
def test_known_optimum(bench: Path, layout: str, file: str, options: dict[str, Any], optimum: float) -> None:
    """A published instance is solved to its published optimum, with a proof."""
    result = run(bench / file, BenchOptions(layout, **options))
    assert result.status == "optimal"
    # 1e-6 covers the rounding of the published figures, and of the solver.
    assert result.objective == pytest.approx(optimum, rel=1e-6)
    assert result.bound is not None
    assert result.bound <= result.objective


def test_optimum_lies_between_bound_and_plan(bench: Path) -> None:
    """Kratica's MO1, stopped at 5 %: the published optimum 1156.909 is not below the bound nor above the plan."""
    result = run(bench / "ufl_kratica_M/Kcapmo1.txt.xz", BenchOptions("kratica", gap=0.05))
    assert (result.status, result.problem) == ("optimal", "UFL")
    assert result.bound is not None
    assert result.bound * (1 - 1e-6) <= 1156.909 <= result.objective * (1 + 1e-6)
    assert result.objective <= 1156.909 / (1 - 0.05)


@pytest.mark.parametrize("single_source", [False, True])
def test_warehouse_location_of_csplib_034(tmp_path: Path, single_source: bool) -> None:
    """CSPLib 034 has optimum 383; stores of demand one and whole capacities make splitting worthless."""
    file = tmp_path / "warehouses.txt"
    file.write_text(WAREHOUSES)
    result = run(file, BenchOptions("orlib-cap", single_source=single_source))
    assert (result.status, result.problem) == ("optimal", "SSCFLP" if single_source else "CFLP")
    assert result.objective == pytest.approx(383, rel=1e-6)


def test_splitting_is_never_dearer(bench: Path) -> None:
    """The published split optimum of cap64 is 0.7 % below the single-source one; the switch makes the difference."""
    split = run(bench / "orlib_cap/cap64.txt", BenchOptions("orlib-cap"))
    assert split.objective == pytest.approx(1045650.250, rel=1e-6)
    assert split.objective < 1053197.44
