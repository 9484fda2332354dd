"""The local search: plans that add up, never cost less than the optimum, and survive being stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import DATA, RULES, random_files, write_study
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from siting.errors import InfeasibleError, NoPlanError, StudyError
from siting.network.build import build_network
from siting.plan.check import recount
from siting.solve import SolveOptions, solve
from siting.study.read import read_study

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.network import Network
    from siting.solve.options import Progress

pytest.importorskip("numba")

from siting.solve.decompose import ascent, decompose, ground, improve
from siting.solve.decompose.fixing import possible
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.relaxation import Relaxation
from siting.solve.decompose.search import LocalSearch

SPLIT = SolveOptions(gap=0.0, threads=1, strategy="decompose", time_limit=300.0)
EXACT = replace(SPLIT, strategy="direct")


@pytest.fixture(scope="module")
def texas() -> Network:
    """Return the network of the study of Texas."""
    return build_network(read_study(DATA / "texas"))


@pytest.fixture
def search_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no network be small enough to go to HiGHS at once."""
    monkeypatch.setattr(decompose, "FEW_OPTIONS", 0)
    monkeypatch.setattr(improve, "MOST_STEPS", 1)


def searched(network: Network, steps: int) -> LocalSearch:
    """Return a local search that has made some steps at prices after a short ascent."""
    relaxation = Relaxation(lay_out(network))
    found = ascent.ascend(relaxation, ascent.start_prices(relaxation), lambda: None, 60.0, 100)
    everything = np.ones(len(relaxation.layout.option_row), dtype=bool)
    local = LocalSearch(relaxation.layout, everything, seed=0)
    local.start(found.prices.serve)
    local.walk(found.prices.serve, steps, 1.0)
    return local


def test_plan_adds_up(texas: Network) -> None:
    """Cost and flows by row of the network are those of the search: nobody is lost on the way, no unit is overfull."""
    local = searched(texas, 200)
    plan, weight = local.plan(), texas.slices["weight"].to_numpy()
    flows = {"trips": plan.referred, "lanes": plan.shipped, "makings": plan.made, "unmet": plan.unmet}
    cost = sum(float(texas.cost(table) @ rows @ weight) for table, rows in flows.items())
    opened = plan.open_options[plan.open_options >= 0]
    cost += float(texas.cost("options")[opened].sum() * texas.periods["weight"][0])
    paid = np.isin(texas.shared_members["site"], texas.options["site"].to_numpy()[opened])
    shared = texas.cost("shared_costs")[texas.shared_members["shared_cost"][paid].unique()].sum()
    cost += float(shared * texas.periods["weight"][0])
    assert cost == pytest.approx(local.cost, rel=1e-9)
    assert plan.referred.sum() + plan.unmet.sum() == pytest.approx(texas.demands["patients"].sum())
    assert plan.made.sum() == pytest.approx(plan.shipped.sum())
    slots = np.bincount(texas.makings["site"], texas.makings["slots"] * plan.made[:, 0], len(texas.sites))
    site = texas.options["site"].to_numpy()[opened]
    assert (slots[site] <= texas.options["capacity"].to_numpy()[opened] * (1 + 1e-6)).all()
    least = ground.LEAST_SHARE * texas.options["min_starts"].to_numpy()[opened]
    assert (slots[site] >= least * (1 - 1e-6)).all()
    assert slots[np.setdiff1d(np.arange(len(slots)), site)].sum() == 0.0


def test_steps_only_better_the_best_plan(texas: Network) -> None:
    """The best plan never gets dearer, and the bound of the relaxation stays below it."""
    local = searched(texas, 0)
    relaxation = Relaxation(local.layout)
    prices = ascent.start_prices(relaxation)
    costs = [local.cost]
    for _ in range(5):
        local.walk(prices.serve, 50, 1.0)
        costs.append(local.cost)
    assert costs == sorted(costs, reverse=True)
    assert relaxation.price(prices).bound <= costs[-1]


def gate(folder: Path) -> Network:
    """Return a network of two cities 200 km apart, where one unit is cheapest if both treat; to treat is to host.

    150 patients in each city. A unit of one machine makes 12 starts, one of twelve 600.
    """
    return build_network(write_study(folder, random_files(0) | {
        "areas.csv": "id,lon,lat,population\nA0,10,50,6000000\nA1,12.8,50,6000000\n",
        "hospitals.csv": (
            "id,region,lon,lat,treats_today,becomes_centre\nH0,R0,10,50,false,true\nH1,R1,12.8,50,false,true\n"
        ),
        "products.csv": "id,incidence_per_100k,eligible_share,lost_patient_price\none,12.5,0.2,400000\n",
        "platforms.csv": (
            "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,making_cost_per_start,"
            "first_start_success\nbox,8,100000,100000,100000,150000,40000,1\n"
        ),
        "capacities.csv": "platform,count,starts_per_year\nbox,1,12\nbox,12,600\n",
        "modes.csv": (
            "id,capex_host_share,fixed_opex_factor,success_change,min_starts_per_year,oversight_per_year,fee_per_start\n"
            "owned,0,1,0,5,0,0\n"
        ),
        "central_plants.csv": None,
        "study.toml": "[travel]\nmax_distance = 250.0\n[courier]\nmax_distance = 300.0\n",
    }))  # fmt: skip


def test_a_small_unit_lets_its_hospital_treat(tmp_path: Path) -> None:
    """The best plan has a small unit whose hospital treats many more, their cells made in the other city; it is found.

    12 starts of the 150 patients there fit the small unit. Lots make the search's plan up to 1 % dearer.
    """
    network = gate(tmp_path / "study")
    best = solve(network, EXACT)
    away = network.lanes["hospital"].to_numpy() != network.sites["hospital"].to_numpy()[network.lanes["site"]]
    assert best.treating.all()
    assert best.shipped[away].sum() > 100.0
    local = searched(network, 20)
    assert best.objective * (1 - 1e-9) <= local.cost <= best.objective * 1.01


def test_a_plan_is_taken_up(tmp_path: Path) -> None:
    """A plan cut into lots has its units, and costs what it did up to the 1 % that lots bring."""
    network = gate(tmp_path / "study")
    best = solve(network, EXACT)
    local = searched(network, 0)
    local.take_up(best)
    assert local.cost == pytest.approx(best.objective, rel=0.01)
    assert (local.plan().open_options == best.open_options).all()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), rule=st.integers(0, len(RULES) - 1), slack=st.floats(0.0, 0.1))
def test_fixing_never_removes_the_optimum(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rule: int, slack: float
) -> None:
    """With a plan up to 10 % above the optimum, what reduced costs leave still holds a plan as good as the best."""
    folder = tmp_path_factory.mktemp("fixing") / "study"
    try:
        network = build_network(write_study(folder, random_files(seed)).replace(RULES[rule]))
        best = solve(network, EXACT)
    except (StudyError, InfeasibleError):
        assume(False)
    relaxation = Relaxation(lay_out(network))
    found = ascent.ascend(relaxation, ascent.start_prices(relaxation), lambda: best.objective, 60.0, 60)
    worse = best.objective + slack * abs(best.objective)
    nothing = np.full_like(best.open_options, -1)  # so that the plan's own rows do not save it
    kept = possible(relaxation.layout, found.answer, replace(best, objective=worse, open_options=nothing))
    assert kept.options[best.open_options[best.open_options >= 0]].all()
    assert kept.trips[(best.referred > 1e-9).any(axis=1)].all()
    assert kept.lanes[(best.shipped > 1e-9).any(axis=1)].all()


@pytest.mark.usefixtures("search_always")
def test_work_limit_ends_at_the_same_plan_with_any_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round, whatever the number of threads: same plan, same bound, and the record says why it ended."""
    monkeypatch.setattr(decompose, "MANY_OPTIONS", 0)
    network = build_network(write_study(tmp_path / "study", random_files(3)))
    options = replace(SPLIT, work_limit=1)
    one, two = solve(network, options), solve(network, replace(options, threads=2))
    assert (one.objective, one.bound, one.stopped_by) == (two.objective, two.bound, "work limit")
    assert np.array_equal(one.referred, two.referred)
    assert np.array_equal(one.open_options, two.open_options)
    assert recount(network, one) == []


@pytest.mark.usefixtures("search_always")
@pytest.mark.parametrize("phase", ["bounding", "searching"])
def test_interrupt_while_bounding_or_searching(tmp_path: Path, phase: str) -> None:
    """Ctrl-C leaves a checked plan with its gap, or says that there is none yet."""
    network, pressed = build_network(write_study(tmp_path / "study", random_files(3))), []

    def press(progress: Progress) -> None:
        if progress.phase == phase and not pressed:
            pressed.append(progress)
            raise KeyboardInterrupt

    try:
        found = solve(network, replace(SPLIT, progress=press))
    except NoPlanError:
        assert phase == "bounding"
        return
    assert recount(network, found) == []
    assert found.bound is not None
    assert found.bound <= found.objective
    if pressed:
        assert found.stopped_by == "interrupt"
        assert pressed[0].sites_left is None or pressed[0].sites_left > 0


def run_command(folder: Path, study: Path) -> subprocess.Popen[str]:
    """Start the command in a process of its own and wait until it has shown a plan."""
    words = ["--gap", "0", "--time-limit", "120", "--set", "solve.strategy=decompose"]
    main = "from siting.cli import main; main()"
    command = [sys.executable, "-c", main, "optimize", str(study), "--out", str(folder), *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, bufsize=1)
    assert process.stderr is not None
    for line in process.stderr:
        if "best" in line and "best  none" not in line and "best none" not in line:
            break
    return process


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_run_leaves_no_output(tmp_path: Path) -> None:
    """A run that is killed leaves no folder that could be taken for a result."""
    process = run_command(tmp_path / "out", DATA / "texas")
    process.kill()
    process.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_a_checked_plan_and_exit_code_3(tmp_path: Path) -> None:
    """Ctrl-C after the first plan writes that plan, and the exit code says that it is not proven."""
    process = run_command(tmp_path / "out", DATA / "texas")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 3
    assert (tmp_path / "out" / "run.json").is_file()
