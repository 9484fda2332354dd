"""Paths by today's centres: which are kept, what they are worth, and that they tighten the bound."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import DATA, random_files, write_study

from siting.network.build import build_network
from siting.solve import SolveOptions, solve
from siting.study.read import read_study

pytest.importorskip("numba")

from siting.solve.decompose.ascent import ascend, start_prices
from siting.solve.decompose.layout import lay_out
from siting.solve.decompose.paths import find_paths, standard_making
from siting.solve.decompose.pricing import next_edge
from siting.solve.decompose.relaxation import Relaxation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from siting.solve.decompose.layout import Layout

paths = sys.modules["siting.solve.decompose.paths"]


def all_paths(layout: Layout, flows: NDArray[np.bool_]) -> list[tuple[int, int, float, float, int]]:
    """Return ``place, demand, cost, arriving, group`` of every path of some flows, by plain loops."""
    found = []
    places = np.repeat(np.arange(len(layout.cell_start) - 1), np.diff(layout.cell_start))
    for cell in np.flatnonzero(flows[layout.cell_flow]):
        flow = layout.cell_flow[cell]
        weight = layout.slice_weight[layout.flows["slice"].to_numpy()[flow]]
        for trip in np.flatnonzero(layout.trip_flow == flow):
            arriving = layout.trip_arriving[trip]
            cost = layout.trip_cost[trip] + arriving * weight * layout.cell_cost[cell]
            found.append((places[cell], layout.trip_demand[trip], cost, arriving, layout.cell_group[cell]))
    return found


def test_hull_by_hand() -> None:
    """From (0, 0) over (1, 4), (2, 5) and (4, 8) the hull goes by (1, 4) and (4, 8), as 5 lies below 4 + 4/3."""
    size, saving = np.array([2.0, 4.0, 1.0]), np.array([5.0, 8.0, 4.0])
    assert next_edge(size, saving, 3, (0.0, 0.0), 0.0) == (2, 4.0)
    assert next_edge(size, saving, 3, (1.0, 4.0), 0.0) == (1, pytest.approx(4 / 3))
    assert next_edge(size, saving, 3, (1.0, 4.0), 1.4)[0] == -1
    assert next_edge(size, saving, 3, (4.0, 8.0), 0.0)[0] == -1


@pytest.mark.parametrize("seed", range(8))
def test_standard_making_asks_no_more_than_any_link(tmp_path: Path, seed: int) -> None:
    """In every configuration a patient by a link costs and takes at least what the standard says."""
    layout = lay_out(build_network(write_study(tmp_path / "study", random_files(seed))))
    standard = standard_making(layout)
    site = np.repeat(np.arange(len(layout.site_start) - 1), np.diff(layout.site_start))
    for group, product in enumerate(layout.group_product):
        can = np.isfinite(layout.making_slots[:, group])
        ratio, extra = standard.ratio[site[can], group], standard.extra[site[can], group]
        assert (ratio * standard.slots[can, product] <= layout.making_slots[can, group] * (1 + 1e-12)).all()
        least = extra + ratio * standard.cost[can, product]
        assert (least <= layout.making_cost[can, group] + 1e-9 * np.abs(least)).all()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_left_away_is_of_no_use(tmp_path: Path, seed: int) -> None:
    """At any price of serving and of a slot the best of the paths kept saves as much as the best of all."""
    layout = lay_out(build_network(write_study(tmp_path / "study", random_files(seed))))
    standard, draw = standard_making(layout), np.random.default_rng(seed)
    found = find_paths(layout, standard)
    slices = len(layout.slice_weight)
    block_site = np.repeat(np.arange(len(layout.site_start) - 1), np.diff(layout.site_start))
    listed = all_paths(layout, found.flows)
    kept_place = np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))
    checked = 0
    for place, demand, cost, arriving, group in listed:
        if not np.isfinite(layout.unserved_cost[demand]):
            continue
        product, weight = layout.demand_product[demand], layout.slice_weight[place % slices]
        price = layout.unserved_cost[demand] * draw.uniform(0.0, 1.0)
        slot = draw.uniform(0.0, 2.0) * weight * np.nanmax(np.where(np.isfinite(standard.cost), standard.cost, np.nan))
        for block in np.flatnonzero((block_site == place // slices) & np.isfinite(layout.making_slots[:, group])):
            each = weight * layout.making_cost[block, group] + slot * layout.making_slots[block, group]
            saving = price - cost - arriving * each
            mine = (kept_place == place) & (found.demand == demand)
            unit = weight * standard.cost[block, product] + slot * standard.slots[block, product]
            best = (price - found.cost[mine] - found.size[mine] * unit).max(initial=0.0)
            assert best >= saving - 1e-6 * abs(price)
            checked += 1
    if not listed:
        pytest.skip("this study has no centre that sends cells away")
    assert checked > 0


def test_paths_tighten_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Texas the bound by paths ends above that of one price for each centre, and below what a plan costs."""
    network = build_network(read_study(DATA / "texas"))
    plan = solve(network, SolveOptions(time_limit=120.0, gap=0.02, threads=1, strategy="direct"))
    layout, ends = lay_out(network), []
    for most in (paths.MOST_PATHS, 0):
        monkeypatch.setattr(paths, "MOST_PATHS", most)
        relaxation = Relaxation(layout)
        ends.append(ascend(relaxation, start_prices(relaxation), lambda: plan.objective, 60.0, 400).answer.bound)
    assert ends[1] < ends[0] <= plan.objective
