"""The QGIS project: what it says as XML, and what QGIS makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from siting.export.export import export, export_formats
from siting.export.layers import plan_layers, read_layers
from siting.export.project import project_text
from tests.export.fake_plan import EVIL, fake_plan

if TYPE_CHECKING:
    from types import SimpleNamespace

SCRIPT = Path(__file__).with_name("open_in_qgis.py")


def _root(plan: SimpleNamespace) -> ET.Element:
    return ET.fromstring(project_text(plan, plan_layers(plan), "./x.gpkg"))


def test_layers_are_found_beside_the_project(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A .qgz comes with its GeoPackage and names it by a relative path, so that both can be moved together."""
    export(plan, tmp_path / "board.qgz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board.gpkg", "board.qgz"]
    with zipfile.ZipFile(tmp_path / "board.qgz") as archive:
        root = ET.fromstring(archive.read("board.qgs"))
    sources = [one.text for one in root.iter("datasource")]
    assert len(sources) == 9
    assert all(text.startswith("./board.gpkg|layername=") for text in sources)


def test_groups_order_and_page(plan: SimpleNamespace) -> None:
    """Units lie on top and areas at the bottom; the page has title, map, legend, scale bar, status and attribution."""
    root = _root(plan)
    groups = [one.get("name") for one in root.findall("layer-tree-group/layer-tree-group")]
    assert groups == ["Plan", "Flows", "Catchments", "Areas"]
    order = [one.get("id") for one in root.findall("layerorder/layer")]
    assert (order[0], order[-1]) == ("siting_openings", "siting_areas")
    items = {one.get("id"): one for one in root.findall("Layouts/Layout/LayoutItem")}
    assert set(items) == {"Map", "Title", "Figures", "Legend", "Scale bar", "Status", "Attribution"}
    assert items["Title"].get("labelText") == "Squares & circles"
    assert "Not proven optimal: at most 2.80 %" in items["Status"].get("labelText")
    assert "Assumed, not published: 1 of 1 parameter." in items["Status"].get("labelText")


def test_projection_and_extent_follow_the_areas(plan: SimpleNamespace) -> None:
    """Squares in Texas are drawn in Conus Albers; a plant at the coast 2,000 km away does not shrink the map."""
    root = _root(plan)
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:5070"
    extent = root.find("Layouts/Layout/LayoutItem/Extent")
    width = float(extent.get("xmax")) - float(extent.get("xmin"))
    # Three degrees of longitude and latitude are some 290 and 333 km.
    assert 333_000 < width < 600_000


def test_roads_are_attributed(plan: SimpleNamespace) -> None:
    """Minutes from OpenStreetMap roads bring their attribution onto the page."""
    assert "OpenStreetMap" not in project_text(plan, plan_layers(plan), "./x.gpkg")
    plan.trips["source"] = "osrm"
    assert "OpenStreetMap contributors" in project_text(plan, plan_layers(plan), "./x.gpkg")


def test_words_of_the_study_are_escaped(plan: SimpleNamespace) -> None:
    """A study called by markup stays a title."""
    plan.network.name = EVIL
    assert _root(plan).findtext("title") == EVIL


def test_added_areas_take_the_place_of_the_plans(plan: SimpleNamespace) -> None:
    """Points that were added lie on top of all; areas lie under units and flows, and those of the plan are off."""
    layers = {layer.name: layer for layer in plan_layers(plan)}
    added = [
        replace(layers[name], name=new, is_added=True) for name, new in (("areas", "changes"), ("openings", "new"))
    ]
    root = ET.fromstring(project_text(plan, plan_layers(plan, added), "./x.gpkg"))
    order = [one.get("id") for one in root.findall("layerorder/layer")]
    assert (order[0], *order[-2:]) == ("siting_new", "siting_changes", "siting_areas")
    shown = {one.get("id"): one.get("checked") for one in root.findall("layer-tree-group//layer-tree-layer")}
    assert (shown["siting_changes"], shown["siting_areas"]) == ("Qt::Checked", "Qt::Unchecked")


def _python_with_qgis() -> str:
    for python in dict.fromkeys(filter(None, ("/usr/bin/python3", shutil.which("python3")))):
        found = Path(python).exists() and subprocess.run(
            [python, "-c", "import qgis.core"], capture_output=True, check=False
        )
        if found and found.returncode == 0:
            return python
    pytest.skip("QGIS for Python (Debian's python3-qgis) is not installed")


def test_qgis_opens_and_prints_it(plan: SimpleNamespace, tmp_path: Path) -> None:
    """QGIS finds every layer valid with all its rows, also one that was added, and draws the page in colours."""
    python = _python_with_qgis()
    export(fake_plan(), tmp_path / "other.gpkg")
    added = [one for one in read_layers(tmp_path / "other.gpkg") if one.name == "candidates"]
    export_formats(plan, tmp_path / "gis", ["qgz"], added=[replace(added[0], name="stability", title="Stability")])
    project, picture = tmp_path / "gis" / "network.qgz", tmp_path / "page.png"
    tmp_path.chmod(0o700)
    home = str(tmp_path)
    run = subprocess.run(
        [python, str(SCRIPT), str(project), str(picture)], capture_output=True, text=True, timeout=120, check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": home, "HOME": home, "PATH": "/usr/bin"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout.splitlines()[-1])
    assert seen["is_read"]
    assert seen["crs"] == "EPSG:5070"
    assert seen["groups"] == ["Added", "Plan", "Flows", "Catchments", "Areas"]
    assert all(layer["is_valid"] and layer["crs"] == "EPSG:4326" for layer in seen["layers"].values())
    assert seen["layers"]["areas"]["rows"] == 9
    assert seen["layers"]["stability"]["rows"] == 6
    assert seen["layers"]["openings"]["renderer"] == "categorizedSymbol"
    assert seen["layers"]["areas"]["renderer"] == "graduatedSymbol"
    assert seen["scale_units"] == "mi"
    assert seen["drawn"] == 0
    # White, black and grey text, the blue of mode owned (0, 114, 178) and the ramp of the areas.
    assert [0, 114, 178] in seen["colours"]
    assert len(seen["colours"]) > 20
