"""Layers that answer questions asked of several plans: columns described with units, styles, a spatial index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest

import siting
from siting.export.answers import ANSWERS, answer_layer
from siting.export.fields import kind_of
from siting.export.geo import write_layers
from siting.export.layers import read_layers
from siting.export.styles import class_style

if TYPE_CHECKING:
    from pathlib import Path

    from siting.study.study import Study

VALUES = {"text": "x", "number": 1.5, "integer": 2, "boolean": True}


def asked(path: Path, question: str) -> list[tuple[str, ...]]:
    """Ask the SQLite file behind a GeoPackage."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


@pytest.mark.parametrize("name", ANSWERS)
def test_columns_are_described(name: str, tmp_path: Path) -> None:
    """Each declared column is in the file, in its type, with words and unit; read back, the layer says the same."""
    title, fields = ANSWERS[name]
    columns = {field.name: [VALUES[field.kind]] for field in fields}
    rows = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([1.0], [2.0]), crs="EPSG:4326")
    layer = answer_layer(rows, name, "Words.", class_style(fields[0].name, {"x": "#123456"}, "Point"))
    write_layers([layer], tmp_path / "x.gpkg")
    found = dict(asked(tmp_path / "x.gpkg", "SELECT column_name, description FROM gpkg_data_columns"))
    assert found == {
        field.name: field.description + (f" Unit: {field.unit}." if field.unit else "") for field in fields
    }
    assert asked(
        tmp_path / "x.gpkg", "SELECT identifier, description FROM gpkg_contents WHERE data_type = 'features'"
    ) == [(title, "Words.")]
    [back] = read_layers(tmp_path / "x.gpkg")
    assert [(field.name, field.kind) for field in back.fields] == [(field.name, field.kind) for field in fields]
    assert "#123456" not in back.style
    assert "18,52,86" in back.style
    assert {column: kind_of(back.read()[0][column]) for column in columns} == {f.name: f.kind for f in fields}


def test_difference_has_the_declared_columns(tiny: Study, tmp_path: Path) -> None:
    """What siting compare writes holds these columns and no others, a spatial index and a style for each layer."""
    plans = [siting.optimize(tiny.replace({"limits.sites.max": most}), gap=0.0) for most in (0, 3)]
    path = siting.compare(*plans, names=["none", "three"]).write(tmp_path / "out") / "difference.gpkg"
    for name in ("area_changes", "site_changes"):
        columns = [row[1] for row in asked(path, f"PRAGMA table_info({name})")]
        assert columns[2:] == [field.name for field in ANSWERS[name][1]]
        assert asked(path, f"SELECT count(*) FROM rtree_{name}_geom") > [(0,)]
    styles = dict(asked(path, "SELECT f_table_name, styleQML FROM layer_styles"))
    assert 'attr="travel"' in styles["area_changes"]
    assert 'attr="change"' in styles["site_changes"]


def test_searches_have_the_declared_columns(tiny: Study) -> None:
    """The tables behind the layers stability and places have these columns and no others."""
    found = siting.alternatives(tiny, 0.02, 2).sites
    assert set(pd.DataFrame(found).columns) - {"geometry"} == {field.name for field in ANSWERS["stability"][1]}
    places = siting.greenfield(tiny, 1).table
    assert set(pd.DataFrame(places).columns) - {"geometry"} == {field.name for field in ANSWERS["places"][1]}
