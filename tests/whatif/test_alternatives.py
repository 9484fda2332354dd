"""Near-optimal plans and classes against full enumeration, on tiny and on random studies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyogrio
import pytest
from helpers import DATA, Flows, Oracle, random_files, whole_network, write_study

from siting.errors import NoPlanError, StudyError
from siting.whatif.alternatives import Alternatives, alternatives, tolerance
from siting.whatif.alternatives_report import read_classes, write_alternatives
from siting.whatif.runs import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

EXACT = RunOptions(gap=0.0)


@pytest.fixture(scope="module")
def near(tiny_study: Study) -> Alternatives:
    """Plans of tiny within 6 % of the optimum, 1,609 k$: up to 1,705.5."""
    return alternatives(tiny_study, 0.06, 20, EXACT)


def enumerated(study: Study) -> dict[frozenset[str], float]:
    """Return the least cost of every set of sites, by trying every design."""
    network = whole_network(study)
    oracle, flows, best = Oracle(network), Flows(network, 0, "total_cost"), {}
    central = network.sites["is_central"].to_numpy(bool)
    for design in oracle.designs():
        if oracle._allowed(design, last=True):
            cost = oracle._fixed_cost(design) + flows.least(design)
            opened = frozenset(network.ids.sites[j] for j in np.flatnonzero(np.array(design) >= 0) if not central[j])
            best[opened] = min(best.get(opened, np.inf), cost)
    return best


def test_all_sets_of_sites_within_the_cap_are_found(near: Alternatives) -> None:
    """The README works out H3 1,609, H2 + H3 1,656, H1 + H3 1,658 and H1 1,693; the next, H2, costs 1,713."""
    found = dict(zip(near.table["sites"], near.table["cost"], strict=True))
    assert found == pytest.approx({"H3": 1_609_000, "H2;H3": 1_656_000, "H1;H3": 1_658_000, "H1": 1_693_000}, abs=1.0)
    assert near.is_complete


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_plans_and_classes_agree_with_enumeration(tmp_path: Path, seed: int) -> None:
    """On random studies every set of sites under the cap is found at its least cost, and every class is right."""
    study = write_study(tmp_path / "study", random_files(seed))
    known = enumerated(study)
    found = alternatives(study, 0.05, 50, EXACT)
    within = {sites: cost for sites, cost in known.items() if cost <= found.cap}
    assert found.is_complete
    assert {frozenset(filter(None, sites.split(";"))) for sites in found.table["sites"]} == set(within)
    for sites, cost in zip(found.table["sites"], found.table["cost"], strict=True):
        assert cost == pytest.approx(within[frozenset(filter(None, sites.split(";")))], rel=1e-3)
    for site, (kind, is_proven) in found.classes.items():
        inside = [site in sites for sites in within]
        assert kind == ("core" if all(inside) else "swing" if any(inside) else "never")
        assert is_proven


@pytest.mark.parametrize("seed", [0, 3])
def test_a_search_that_begins_nearby_ends_with_the_same_classes(tmp_path: Path, monkeypatch, seed: int) -> None:
    """Neighbourhoods find plans and prove nothing: what they leave open is settled by the whole model."""
    study = write_study(tmp_path / "study", random_files(seed))
    whole = alternatives(study, 0.05, 50, EXACT)
    monkeypatch.setattr("siting.whatif.near_plans.MANY_SITES", 0)
    monkeypatch.setattr("siting.whatif.near_plans.CLOSED", 1)
    assert alternatives(study, 0.05, 50, EXACT).classes == whole.classes


def test_shares_count_the_plans(near: Alternatives) -> None:
    """H3 is in three of the four plans, H1 in two, H2 in one."""
    shares = dict(zip(near.sites["site_id"], near.sites["share"], strict=True))
    assert shares == pytest.approx({"H3": 0.75, "H1": 0.5, "H2": 0.25})


def test_a_narrow_tolerance_leaves_core_and_never(tiny_study: Study) -> None:
    """Within 2 % (1,641) only H3 by itself remains."""
    found = alternatives(tiny_study, 0.02, 20, EXACT)
    assert found.classes == {"H1": ("never", True), "H2": ("never", True), "H3": ("core", True)}
    assert len(found.plans) == 1


def test_the_second_plan_is_the_farthest(near: Alternatives) -> None:
    """H1 alone differs from H3 alone at two sites, the other two plans at one."""
    assert near.table["differs_by"].tolist()[:2] == [0, 2]


def test_every_plan_keeps_the_cap_and_is_recounted(near: Alternatives) -> None:
    """Costs are the recounted ones, and the bound of each is that of the study."""
    for plan in near.plans:
        plan.check()
        assert plan.objective <= near.cap
        assert plan.bound == pytest.approx(near.bound)


@pytest.mark.parametrize(("within", "number"), [(0.0, 5), (-0.1, 5), (1.5, 5), (0.02, 0)])
def test_senseless_questions_are_refused(tiny_study: Study, within: float, number: int) -> None:
    """Tolerance and number are checked before anything is solved."""
    with pytest.raises(StudyError):
        alternatives(tiny_study, within, number)


def test_other_objectives_are_refused(tiny_study: Study) -> None:
    """The tolerance is about money."""
    with pytest.raises(StudyError, match="about money"):
        alternatives(tiny_study.replace({"objective.kind": "mean_travel"}))


def test_a_plan_that_is_not_proven_near_has_no_alternatives(tiny_study: Study, monkeypatch) -> None:
    """Without a bound near enough nothing can be promised."""
    from dataclasses import replace

    from siting.whatif import alternatives as module
    from siting.whatif.runs import Result

    real = module.run_all

    def loose(cases, options, read):
        [result] = real(cases, options, read)
        plan = result.found
        worse = replace(plan, solution=replace(plan.solution, bound=1_000_000.0, gap=0.38))
        return [Result(result.name, worse)]

    monkeypatch.setattr(module, "run_all", loose)
    with pytest.raises(NoPlanError, match="not proven to be within 2 %"):
        alternatives(tiny_study)


@pytest.mark.parametrize(("text", "value"), [("2%", 0.02), (" 0.5 % ".strip(), 0.005), ("0.02", 0.02)])
def test_tolerances_are_read(text: str, value: float) -> None:
    """Per cent or a share."""
    assert tolerance(text) == pytest.approx(value)


def test_layer_and_page_are_written(near: Alternatives, tmp_path: Path) -> None:
    """A layer of points with share and class, its style, a page without scripts."""
    folder = write_alternatives(near, tmp_path / "out")
    rows = pyogrio.read_dataframe(folder / "alternatives.gpkg", layer="stability")
    assert dict(zip(rows["site_id"], rows["class"], strict=True)) == dict.fromkeys(("H1", "H2", "H3"), "swing")
    assert "layer_styles" in pyogrio.list_layers(folder / "alternatives.gpkg")[:, 0]
    text = (folder / "alternatives.html").read_text(encoding="utf-8")
    assert "<svg" in text
    assert "<script" not in text
    assert '"class":["swing","swing","swing"' in (folder / "map.html").read_text(encoding="utf-8")
    assert read_classes(folder).equals(pd.DataFrame(near.sites)[["site_id", "class", "is_proven", "share"]])


def test_a_notebook_shows_the_hospitals_of_the_plans(near: Alternatives) -> None:
    """The first sentence as title, and H1, H2 and H3, each of them in some plan."""
    shown = near._repr_html_()
    assert "<strong>Tiny: 4 plans within 6 % of the proven bound" in shown
    assert all(f">{site}</td>" in shown for site in ("H1", "H2", "H3"))
    assert "<script" not in shown


def test_the_command_prints_and_refuses(run) -> None:
    """`--within 2%` in words and JSON; a word that is no share is bad input."""
    answer = run("alternatives", DATA / "tiny", "--within", "2%", "--json")
    assert answer.exit_code == 0
    assert [row["class"] for row in json.loads(answer.stdout)["sites"]] == ["core", "never", "never"]
    assert run("alternatives", DATA / "tiny", "--within", "much").exit_code == 2
