"""Outlines read from a study folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from shapely.geometry import box

from siting.errors import StudyError
from siting.study.outlines import read_outlines

if TYPE_CHECKING:
    from pathlib import Path

# One square, 1 degree wide, in TopoJSON: a single arc of absolute positions, no quantization.
TOPOLOGY = {
    "type": "Topology",
    "arcs": [[[-100, 30], [-99, 30], [-99, 31], [-100, 31], [-100, 30]]],
    "objects": {
        "counties": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "id": "01001", "properties": {"name": "Autauga"}, "arcs": [[0]]}]},
        "states": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "id": "01", "properties": {"name": "Alabama"}, "arcs": [[0]]}]},
    },
}  # fmt: skip


def _square(crs: str | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=crs)


def test_topojson_layers(tmp_path: Path) -> None:
    """Both layers keep their names and text ids, and get the CRS that TopoJSON does not say."""
    (tmp_path / "outlines.json").write_text(json.dumps(TOPOLOGY))
    layers = read_outlines(tmp_path)
    assert set(layers) == {"counties", "states"}
    assert layers["counties"]["id"].tolist() == ["01001"]
    assert layers["counties"].crs.to_epsg() == 4326
    assert layers["counties"].total_bounds == pytest.approx([-100, 30, -99, 31])


def test_geojson_is_named_by_its_file(tmp_path: Path) -> None:
    """outlines_districts.geojson becomes the layer districts."""
    _square("EPSG:4326").to_file(tmp_path / "outlines_districts.geojson", driver="GeoJSON")
    assert set(read_outlines(tmp_path)) == {"districts"}


def test_geopackage_is_turned_into_degrees(tmp_path: Path) -> None:
    """A layer in metres arrives in longitude and latitude."""
    _square("EPSG:4326").to_crs("EPSG:3857").to_file(tmp_path / "outlines.gpkg", layer="x", driver="GPKG")
    assert read_outlines(tmp_path)["x"].total_bounds == pytest.approx([0, 0, 1, 1], abs=1e-9)


def test_folder_without_outlines(tmp_path: Path) -> None:
    """No file, no layers; other files are left alone."""
    (tmp_path / "areas.csv").write_text("id")
    (tmp_path / "outlines.txt").write_text("source: somewhere")
    assert read_outlines(tmp_path) == {}


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_all_problems_at_once(tmp_path: Path) -> None:
    """A file that is no map and a layer without CRS are both in the one error."""
    (tmp_path / "outlines_broken.json").write_text("{}")
    _square(None).to_file(tmp_path / "outlines.gpkg", layer="x", driver="GPKG")
    with pytest.raises(StudyError) as caught:
        read_outlines(tmp_path)
    texts = [str(problem) for problem in caught.value.problems]
    assert len(texts) == 2
    assert texts[0].startswith("outlines.gpkg: layer x has no CRS")
    assert texts[1].startswith("outlines_broken.json: cannot be read")


def test_same_layer_twice_is_refused(tmp_path: Path) -> None:
    """Two layers of one name would hide one another."""
    (tmp_path / "outlines.json").write_text(json.dumps(TOPOLOGY))
    _square("EPSG:4326").to_file(tmp_path / "outlines_states.geojson", driver="GeoJSON")
    with pytest.raises(StudyError, match="layer states exists in another file too"):
        read_outlines(tmp_path)
