"""The decomposition against brute force by HiGHS: bounds never above the optimum, plans never below it."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import DATA, RULES, edited, random_files, write_study

from siting.errors import InfeasibleError, SolveError
from siting.network.build import build_network
from siting.plan.check import recount
from siting.plan.plan import Plan
from siting.solve import SolveOptions, solve
from siting.solve.solve import strategy_of
from siting.study.read import read_study

if TYPE_CHECKING:
    from typing import Any

    from siting.network.network import Network
    from siting.solve.options import Progress
    from siting.study.study import Study

pytest.importorskip("numba")

from siting.solve.decompose import ascent, decompose
from siting.solve.decompose.fixing import possible
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.pricing import use_threads
from siting.solve.decompose.relaxation import Prices, Relaxation

EXACT = SolveOptions(time_limit=600.0, gap=0.0, threads=1, strategy="direct")
SPLIT = replace(EXACT, strategy="decompose")
SEVERAL = {
    "products.csv": (
        "id,incidence_per_100k,eligible_share,lost_patient_price\none,100,0.12,300000\ntwo,100,0.06,300000\n"
    ),
    "periods.csv": "id,years,demand_factor\nearly,2,0.5\nlate,3,1.1\n",
    "scenarios.csv": "id,probability,demand_factor\nlow,0.7,0.8\nhigh,0.3,1.2\n",
}


def both(network: Network) -> tuple[float, float]:
    """Solve directly and by decomposition to a gap of zero, recount the plan, and return both optima."""
    exact, found = solve(network, EXACT), solve(network, SPLIT)
    assert recount(network, found) == []
    assert found.bound is not None
    assert found.bound <= exact.objective * (1 + 1e-6)
    assert found.objective >= exact.objective * (1 - 1e-6)
    return exact.objective, found.objective


def random_prices(relaxation: Relaxation, draw: np.random.Generator) -> Prices:
    """Return prices of the right size and no sense."""
    start = ascent.start_prices(relaxation)
    serve = np.minimum(start.serve * draw.uniform(0, 2, len(start.serve)), relaxation.layout.unserved_cost)
    return Prices(serve, start.collect * draw.uniform(-0.5, 2, start.collect.shape))


@pytest.mark.parametrize("is_searched", [False, True], ids=["closed", "searched"])
@pytest.mark.parametrize("seed", range(len(RULES)))
def test_same_optimum_as_direct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, is_searched: bool) -> None:
    """With any rule, also those that the bound leaves out, both strategies end at the same cost, or at none."""
    if is_searched:
        monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    network = build_network(write_study(tmp_path / "study", random_files(seed)).replace(RULES[seed]))
    try:
        exact, found = both(network)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solve(network, SPLIT)
        return
    assert found == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("is_searched", [False, True], ids=["closed", "searched"])
def test_two_products_periods_and_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_searched: bool) -> None:
    """The three indices together, with units that may only grow: the same optimum both ways."""
    if is_searched:
        monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    study = write_study(tmp_path / "study", SEVERAL).replace({"limits.min_starts_at_new_centre": 0.0})
    exact, found = both(build_network(study))
    assert found == pytest.approx(exact, rel=1e-6)


SWITCHES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "ramp-up": ({"periods.csv": SEVERAL["periods.csv"]}, {"ramp_up": 0.5}),
    "milestones": ({}, {"milestone_starts": 30.0, "milestone_payment": 20_000.0}),
    "hubs": ({"rules.csv": "id,kind,origin,destination,product,mode,span,note\nhub,hub,H1,H3,,franchise,1,\n"}, {}),
}
"""Files, and columns of the mode franchise, that switch a rule on which the bound does not count on."""


@pytest.mark.parametrize("name", SWITCHES)
def test_rules_of_design_that_the_bound_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Plans keep ramp-up, milestones and hubs, and end at the optimum of the whole model."""
    monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    files, mode = SWITCHES[name]
    study = edited(write_study(tmp_path / "study", files), "modes", {"franchise": mode})
    exact, found = both(build_network(study))
    assert found == pytest.approx(exact, rel=1e-6)


def test_milestones_that_are_earned_are_not_left_out(tmp_path: Path) -> None:
    """In the eyes of a host a milestone is income, and a bound without it would be too high."""
    mode = {"franchise": {"milestone_starts": 30.0, "milestone_payment": 20_000.0}}
    study = edited(write_study(tmp_path / "study", {}), "modes", mode).replace({"perspective.name": "host"})
    network = build_network(study)
    assert (network.cost("milestones") < 0.0).any()
    with pytest.raises(SolveError, match="milestones"):
        solve(network, SPLIT)


@pytest.mark.parametrize("seed", range(12))
def test_any_prices_give_a_bound(tmp_path: Path, seed: int) -> None:
    """At prices drawn at random the relaxation stays below the optimum, and rules no option of the best plan out."""
    network = build_network(write_study(tmp_path / "study", random_files(seed)).replace(RULES[seed]))
    try:
        best = solve(network, EXACT)
    except InfeasibleError:
        pytest.skip("this study has no plan")
    relaxation, draw = Relaxation(lay_out(network)), np.random.default_rng(seed)
    used = best.open_options[best.open_options >= 0]
    for _ in range(20):
        answer = relaxation.price(random_prices(relaxation, draw))
        assert answer.bound <= best.objective + 1e-6 * abs(best.objective)
        no_use = answer.extra.min(axis=0) > best.objective - answer.bound + 1e-6 * abs(best.objective)
        assert not np.isin(used, relaxation.layout.option_row[no_use]).any()


def test_relaxation_answers_with_a_supergradient(tmp_path: Path) -> None:
    """The bound is concave in the prices: a step along the answer's slope overestimates it, for any two prices."""
    network = build_network(write_study(tmp_path / "study", random_files(3)))
    relaxation, draw = Relaxation(lay_out(network)), np.random.default_rng(0)
    for _ in range(20):
        here, there = random_prices(relaxation, draw), random_prices(relaxation, draw)
        answer = relaxation.price(here)
        tangent = answer.bound + answer.serve @ (there.serve - here.serve)
        tangent += (answer.collect * (there.collect - here.collect)).sum()
        assert relaxation.price(there).bound <= tangent + 1e-6 * abs(tangent)


def test_fixing_keeps_a_plan_as_good(tmp_path: Path) -> None:
    """The optimum of a study survives all that reduced costs rule out with a plan 1 % above it."""
    network = build_network(write_study(tmp_path / "study", random_files(1)))
    best = solve(network, EXACT)
    relaxation = Relaxation(lay_out(network))
    found = ascent.ascend(relaxation, ascent.start_prices(relaxation), lambda: best.objective, 60.0, 300)
    kept = possible(relaxation.layout, found.answer, replace(best, objective=best.objective * 1.01))
    assert not kept.options.all()
    assert kept.options[best.open_options[best.open_options >= 0]].all()
    smaller = decompose.restrict(network, kept)
    assert solve(smaller.network, EXACT).objective == pytest.approx(best.objective, rel=1e-6)


@pytest.fixture(scope="module")
def texas() -> Network:
    """Return the network of the study of Texas."""
    return build_network(read_study(DATA / "texas"))


def test_texas_is_the_same_with_any_number_of_threads(texas: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that ends by work or gap finds the same plan and bound with one thread and with two."""
    monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    options = SolveOptions(time_limit=300.0, gap=0.015, threads=1, strategy="decompose")
    one, two = solve(texas, options), solve(texas, replace(options, threads=2))
    assert (one.objective, one.bound) == (two.objective, two.bound)
    assert np.array_equal(one.referred, two.referred)
    assert (one.status, one.strategy) == ("optimal", "decompose")
    assert recount(texas, one) == []
    direct = solve(texas, SolveOptions(time_limit=300.0, gap=0.02, threads=1, strategy="direct"))
    assert direct.bound <= one.objective
    assert one.bound <= direct.objective


def test_texas_has_the_same_bound_with_any_number_of_threads(texas: Network) -> None:
    """Every step of the ascent is the same to the last bit with one thread and with two."""
    relaxation, found = Relaxation(lay_out(texas)), []
    for threads in (1, 2):
        use_threads(threads)
        found.append(ascent.ascend(relaxation, ascent.start_prices(relaxation), lambda: None, 60.0, 40))
    assert found[0].answer.bound == found[1].answer.bound
    assert np.array_equal(found[0].prices.serve, found[1].prices.serve)
    assert np.array_equal(found[0].prices.collect, found[1].prices.collect)


def test_interrupt_leaves_a_checked_plan(texas: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while plans are searched leaves the best one with its gap, and says why it stopped."""
    monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)

    def press(progress: Progress) -> None:
        if progress.phase == "searching" and progress.objective is not None:
            raise KeyboardInterrupt

    found = solve(texas, replace(SPLIT, progress=press, time_limit=300.0))
    assert (found.status, found.stopped_by) == ("feasible", "interrupt")
    assert 0.0 < found.gap < 1.0
    assert recount(texas, found) == []


def test_rules_left_out_of_the_bound_are_named(tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget is kept by the plan; the relaxation's bound does not count on it and the last stage's does."""
    network = build_network(tiny.replace({"limits.budget": 1e9, "limits.sites.max": 3}))
    closed = solve(network, SPLIT)
    assert closed.left_out == ()
    monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    monkeypatch.setattr(decompose, "MANY_OPTIONS", 0)
    found = solve(network, replace(SPLIT, work_limit=1))
    assert found.features == ("budget", "counts")
    assert found.left_out == ("budget",)
    text = Plan(network, found, tiny).summary()
    assert "decompose" in text
    assert "budget" in text


def test_auto_goes_by_size_and_by_numba(tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small networks are solved whole, large ones decomposed; without numba none is, and asking for it is an error."""
    network = build_network(tiny)
    assert strategy_of(network, SolveOptions()) == "direct"
    module = import_module("siting.solve.solve")
    monkeypatch.setattr(module, "LARGE", 1)
    assert strategy_of(network, SolveOptions()) == "decompose"
    assert strategy_of(network, SolveOptions(strategy="direct")) == "direct"
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert strategy_of(network, SolveOptions()) == "direct"
    with pytest.raises(SolveError, match="needs numba"):
        solve(network, SPLIT)


KNOWN = [
    # OR-Library capacitated location (Beasley), split and single source; Holmberg and others 1999.
    ("orlib-cap", "orlib_cap/cap41.txt", {}, 1040444.375),
    ("orlib-cap", "orlib_cap/cap63.txt", {}, 1014062.050),
    ("orlib-cap", "orlib_cap/cap94.txt", {}, 946051.325),
    ("orlib-cap", "orlib_cap/cap71.txt", {"ufl": True}, 932615.750),
    ("orlib-pmed", "orlib_pmed/pmed1.txt.gz", {}, 5819),
    ("holmberg", "sscflp_holmberg/p1", {"single_source": True}, 8848),
]


@pytest.mark.parametrize(("layout", "file", "words", "optimum"), KNOWN, ids=[file for _, file, *_ in KNOWN])
def test_known_optimum(layout: str, file: str, words: dict[str, Any], optimum: float) -> None:
    """Published optima lie between bound and plan, and are reached."""
    from siting.bench.formats import read_instance
    from siting.bench.instance import BenchOptions
    from siting.bench.network import to_network

    folder = Path(os.environ.get("SITING_BENCH", Path(__file__).resolve().parents[3] / "shared" / "bench"))
    if not folder.is_dir():
        pytest.skip(f"no published instances at {folder}; set SITING_BENCH to their folder")
    found = solve(to_network(read_instance(folder / file, BenchOptions(layout, **words))), SPLIT)
    assert found.objective == pytest.approx(optimum, rel=1e-6)
    assert found.bound <= optimum * (1 + 1e-6)
