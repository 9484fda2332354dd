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
    }"""
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


CHECKS = {"01_quickstart": _check_quickstart}
