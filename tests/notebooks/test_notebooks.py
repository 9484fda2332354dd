"""Every notebook runs from its first cell to its last, in a folder of its own, and says what its text claims."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SECONDS_PER_CELL = 300
# What each notebook must have found, printed as JSON by a cell that the test adds at its end.
FACTS = {
    "01_quickstart": """{
        "status": plan.status, "gap": plan.gap, "units": plan.kpis["units"],
        "units_of_four": less.kpis["units"], "limit_is_kept": study.config.limits.sites.max is None,
        "drawn": sorted(drawn.openings.query("not is_central")["site_id"]),
        "bounds_agree": plan.bound <= less.objective and less.bound <= drawn.objective,
        "price_of_limit": [at_least, at_most],
        "map_is_whole": siting.explore(plan).page.rstrip().endswith("</html>"),
        "files": sorted(path.name for path in out.iterdir()),
    }""",
    "02_central_or_decentralized": """{
        "proven": green.is_proven and brown.is_proven, "models": list(table.index),
        "steps_add_up": float((steps.drop("total").sum() - steps.loc["total"]).abs().max()),
        "patients_add_up": float((patients.iloc[1:].sum() - patients.iloc[0]).abs().max()),
        "hybrid_excess": [float(table.loc["hybrid", "cost_per_year"] - table["cost_per_year"].min()),
                          float(table.loc["hybrid", "gap"] * table.loc["hybrid", "cost_per_year"])],
        "worth": worth["worth_of_switching_per_year"].tolist(),
        "worth_by_price": sweep["worth_of_switching_per_year"].tolist(), "central": sweep["share_central"].tolist(),
    }""",
    "03_franchise_or_owned": """{
        "status": plan.status, "sites": len(found.table) == plan.kpis["units"],
        "walk_away": found.table["walk_away_fee"].tolist(), "fee": today,
        "host_from": window["host_from_batches"].tolist(), "owned_from": window["cheaper_always_from_batches"].tolist(),
        "left_if_asked": kept["left to hosts, M$"].tolist(), "left_if_not": free["left to hosts, M$"].tolist(),
        "franchises": [kept["franchises"].tolist()[0], free["franchises"].tolist()[0]],
        "dearer": [dearer.objective, dearer.bound, plan.objective, plan.bound],
        "share_by_quality": by_quality["franchise share"].tolist(),
        "own_money": {payer: money[payer].idxmin() for payer in ("manufacturer", "host")},
        "everybody": everybody.to_dict(), "gap": float(splits.loc["health_system", "gap"]),
    }""",
    "04_the_clock": """{
        "parts": [float(clock.loc[parts, name].sum() - clock.loc[total, name]) for name in clock],
        "mean": clock.loc[total].tolist(), "floor": floor, "fastest": float(chosen.clock["vein_to_vein_d_p10"].iloc[0]),
        "lost": pair.loc["patients_lost_delay"].tolist(), "within_21": pair.loc["share_within_21_d"].tolist(),
        "verdicts": sorted(set(played.waits["verdict"])),
        "limited": [tight.kpis["vein_to_vein_d_p90"], at_least, at_most],
        "transit": radii["transit_d"].tolist(), "units": radii["units"].tolist(), "share_lost": share_lost.tolist(),
        "frozen": [shipped[name].get("cryo", 0.0) for name in kinds], "costs": costs.tolist(),
    }""",
    "05_budget_and_units": """{
        "limit": units.runs["limits.sites.max"].tolist(), "units": units.runs["units"].tolist(),
        "cost": units.runs["objective"].tolist(), "bound": units.runs["bound"].tolist(), "notes": list(again.notes),
        "budget_cost": table["objective"].tolist(), "budget_bound": table["bound"].tolist(),
        "owned": table["units_owned"].tolist(), "price": [at_least, at_most],
    }""",
    "06_franchise_share": """{
        "share": franchised(plan), "franchises_at_none": owned_only["units_franchise"],
        "cost": rows["objective"].tolist(), "bound": rows["bound"].tolist(), "price": [at_least, at_most],
        "modes_of_owned": sorted(set(owned.openings.query("not is_central")["mode"])),
        "cells": bool(grid.notna().all(axis=None)),
        "patients": float(gains.loc["travel", "patients"]), "counted": float(gains.loc["travel", kinds].sum()),
    }""",
    "07_demand_growth": """{
        "patients": rows["patients_demand"].tolist(), "machines": rows["platforms"].tolist(),
        "changes": len(changed.changes), "kept_sites": sorted(set(kept.openings.query("not is_central")["site_id"])),
        "base_sites": sorted(set(base.openings["site_id"])), "price": [at_least, at_most],
        "demand": by_scale["patients_demand"].tolist(), "periods": list(by_period.index),
        "machines_in_time": by_period["platforms"].tolist(), "gap": in_time.gap,
    }""",
    "08_fairness": """{
        "tail": front.table["cvar_travel"].tolist(), "cost": front.table["total_cost"].tolist(),
        "bound": front.table["bound"].tolist(), "asked": halfway,
        "kept": plans["worst-off halfway"].criteria["cvar_travel"],
        "groups": sorted(groups.index), "floored_groups": sorted(floored.index),
        "ranges": [[found.bound, found.objective] for found in plans.values()],
    }""",
    "09_near_optimal": """{
        "costs": near.table["cost"].tolist(), "cap": near.cap, "bound": near.bound,
        "sets": near.table["sites"].tolist(), "classes": sorted(set(near.sites["class"])),
        "share_of_core": near.sites.loc[near.sites["class"] == "core", "share"].tolist(),
        "share_of_never": near.sites.loc[near.sites["class"] == "never", "share"].tolist(),
        "is_open": why.is_open, "price": list(why.price),
    }""",
}


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a kernel that is the interpreter of the tests, whatever kernels the machine has."""
    home = tmp_path / "jupyter"
    spec = home / "kernels" / "of-the-tests"
    spec.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "tests", "language": "python"}))
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR"):
        monkeypatch.setenv(name, str(home))
    return spec.name


def _outputs(notebook: nbformat.NotebookNode) -> list[dict]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_without_outputs(path: Path) -> None:
    """What is committed is text and code; results are made by whoever runs it."""
    notebook = nbformat.read(path, as_version=4)
    assert _outputs(notebook) == []
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_finds_what_it_says(path: Path, kernel: str, tmp_path: Path) -> None:
    """No cell fails or warns, and the facts that the text speaks of hold."""
    work = tmp_path / "work"
    work.mkdir()
    notebook = nbformat.read(path, as_version=4)
    code = f"import json\nprint(json.dumps({FACTS[path.stem]}))"
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    client = NotebookClient(
        notebook, kernel_name=kernel, timeout=SECONDS_PER_CELL, resources={"metadata": {"path": str(work)}}
    )
    client.execute()
    outputs = _outputs(notebook)
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert list(work.iterdir()) == [], "a notebook leaves nothing in the folder it runs in"
    CHECKS[path.stem](outputs, json.loads(outputs[-1]["text"]))


def _check_quickstart(outputs: list[dict], facts: dict) -> None:
    assert facts["status"] == "optimal"
    assert facts["gap"] <= 0.02
    assert facts["units"] > 4 >= facts["units_of_four"] >= 1
    assert facts["limit_is_kept"], "replace must leave the first study as it was"
    assert facts["drawn"] == ["450044", "450076", "450213", "450713"]
    assert facts["bounds_agree"]
    at_least, at_most = facts["price_of_limit"]
    assert 0.0 <= at_least <= at_most
    assert facts["map_is_whole"]
    assert {"network.gpkg", "map.html", "run.json", "plan.xlsx", "study"} <= set(facts["files"])
    printed = "".join(output.get("text", "") for output in outputs)
    assert "Proven" in printed
    shown = [output["data"] for output in outputs if output.output_type in ("display_data", "execute_result")]
    assert any("<iframe" in data.get("text/html", "") for data in shown)


def _drawings(outputs: list[dict]) -> int:
    return sum("image/svg+xml" in output.get("data", {}) for output in outputs)


def _check_models(outputs: list[dict], facts: dict) -> None:
    assert facts["proven"]
    assert facts["models"] == ["centralized-1", "centralized-2", "point-of-care", "close-to", "hybrid"]
    assert facts["steps_add_up"] < 1e-6
    assert facts["patients_add_up"] < 1e-4
    excess, open_ = facts["hybrid_excess"]
    assert excess <= open_ * (1 + 1e-6), "hybrid may do whatever another model within its limits does"
    greenfield, brownfield = facts["worth"]
    assert greenfield > brownfield > 0, "a sunk fixed part lowers what switching is worth"
    assert facts["worth_by_price"] == sorted(facts["worth_by_price"], reverse=True)
    assert facts["central"][0] < 0.5 < facts["central"][-1]
    assert _drawings(outputs) == 2


def _check_modes(outputs: list[dict], facts: dict) -> None:
    assert facts["status"] == "optimal"
    assert facts["sites"]
    assert all(0 < fee < facts["fee"] for fee in facts["walk_away"])
    for volumes in (facts["host_from"], facts["owned_from"][1:]):
        assert volumes == sorted(volumes, reverse=True), "a higher fee moves both volumes down"
    assert min(facts["left_if_asked"]) >= -1e-6
    assert max(facts["left_if_not"]) < 0
    assert facts["franchises"][0] < facts["franchises"][1]
    value, bound, today, bound_today = facts["dearer"]
    assert max(bound, bound_today) <= min(value, today), "the fee is a transfer: each bound holds for the other plan"
    assert facts["share_by_quality"] == sorted(facts["share_by_quality"])
    assert facts["own_money"]["host"] == "host"
    everybody = facts["everybody"]
    assert everybody["health_system"] * (1 - facts["gap"]) <= min(everybody.values())
    assert _drawings(outputs) == 1


def _check_clock(outputs: list[dict], facts: dict) -> None:
    assert max(abs(rest) for rest in facts["parts"]) < 1e-9
    central, units = facts["mean"]
    assert central > units > facts["fastest"] >= facts["floor"] == 15.0, "7 process + 5 release + 3 scheduling"
    assert facts["lost"][0] > facts["lost"][1]
    assert facts["within_21"][0] < facts["within_21"][1]
    assert not {"missed", "overloaded"} & set(facts["verdicts"])
    slowest, at_least, at_most = facts["limited"]
    assert slowest <= 16.3
    assert at_least <= at_most
    assert facts["transit"][0] < facts["transit"][-1]
    assert facts["share_lost"][0] < facts["share_lost"][-1]
    assert facts["units"][0] > facts["units"][-1]
    assert facts["frozen"][0] == facts["frozen"][2] == 0.0 < facts["frozen"][1]
    assert facts["costs"][0] * 0.99 <= min(facts["costs"]), "a shorter window forbids or costs more, up to the gap"
    assert _drawings(outputs) == 1


def _holds_below(bounds: list[float], costs: list[float]) -> bool:
    """Say whether bounds under looser and looser rules hold for all plans under tighter ones."""
    return all(bound <= cost * (1 + 1e-9) for k, bound in enumerate(bounds) for cost in costs[: k + 1])


def _check_budget(outputs: list[dict], facts: dict) -> None:
    assert all(units <= limit for units, limit in zip(facts["units"], facts["limit"], strict=True))
    assert _holds_below(facts["bound"], facts["cost"])
    assert facts["notes"] == [f"{len(facts['limit'])} runs of {len(facts['limit'])} read back, not repeated."]
    assert _holds_below(facts["budget_bound"][::-1], facts["budget_cost"][::-1])
    assert facts["owned"][-1] == 0, "without money the manufacturer owns nothing"
    assert facts["price"][0] <= facts["price"][1]
    assert _drawings(outputs) == 1


def _check_share(outputs: list[dict], facts: dict) -> None:
    assert 0.0 <= facts["share"] <= 1.0
    assert facts["franchises_at_none"] == 0
    assert facts["modes_of_owned"] in ([], ["owned"])
    assert _holds_below(facts["bound"], facts["cost"])
    assert facts["price"][0] <= facts["price"][1]
    assert facts["cells"]
    assert abs(facts["patients"] - facts["counted"]) < 1e-6
    assert _drawings(outputs) == 1


def _check_growth(outputs: list[dict], facts: dict) -> None:
    base, fewer, more, south = facts["patients"]
    assert fewer == pytest.approx(0.6 * base)
    assert more == pytest.approx(1.5 * base)
    assert south > more
    assert facts["machines"][1] < facts["machines"][0] < facts["machines"][2]
    assert facts["changes"] >= 2  # the notebook cuts Texas down, which counts as changes too
    assert set(facts["kept_sites"]) <= set(facts["base_sites"])
    assert facts["price"][0] <= facts["price"][1]
    assert facts["demand"] == sorted(facts["demand"])
    assert facts["periods"] == ["now", "later"]
    assert facts["machines_in_time"] == sorted(facts["machines_in_time"])
    assert _drawings(outputs) == 1


def _check_fairness(outputs: list[dict], facts: dict) -> None:
    assert len(facts["cost"]) >= 2
    assert facts["tail"] == sorted(facts["tail"], reverse=True)
    assert facts["cost"] == sorted(facts["cost"])
    assert facts["kept"] <= facts["asked"] * (1 + 1e-6)
    assert facts["floored_groups"] == facts["groups"] != []
    bound, _ = facts["ranges"][0]
    assert all(bound <= cost for _, cost in facts["ranges"]), "a rule can only cost"
    printed = "".join(output.get("text", "") for output in outputs)
    assert "limits.equity.cvar_travel_min" in printed
    assert _drawings(outputs) == 1


def _check_near(outputs: list[dict], facts: dict) -> None:
    assert len(facts["costs"]) >= 2
    assert facts["cap"] == pytest.approx(1.02 * facts["bound"])
    assert all(facts["bound"] * (1 - 1e-9) <= cost <= facts["cap"] for cost in facts["costs"])
    assert len(set(facts["sets"])) == len(facts["sets"])
    assert all(share == 1.0 for share in facts["share_of_core"])
    assert all(share == 0.0 for share in facts["share_of_never"])
    assert not facts["is_open"]
    least, known, most = facts["price"]
    assert least <= known <= most
    shown = [output["data"] for output in outputs if output.output_type == "execute_result"]
    assert any("<svg" in data.get("text/html", "") for data in shown)


CHECKS = {
    "01_quickstart": _check_quickstart,
    "02_central_or_decentralized": _check_models,
    "03_franchise_or_owned": _check_modes,
    "04_the_clock": _check_clock,
    "05_budget_and_units": _check_budget,
    "06_franchise_share": _check_share,
    "07_demand_growth": _check_growth,
    "08_fairness": _check_fairness,
    "09_near_optimal": _check_near,
}
