"""What a study gives back: snapshot, sources, description, schema and templates."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from siting.errors import StudyError
from siting.study.assumptions import assumptions
from siting.study.columns import TABLES
from siting.study.config import StudyConfig
from siting.study.describe import describe, describe_data
from siting.study.document import schema_json, schema_text
from siting.study.read import read_study
from siting.study.settings import leaves
from siting.study.snapshot import to_toml
from siting.study.templates import write_templates

SETTINGS = """
[study]
name = "Söme \\"name\\""
distance_unit = "mi"
[travel]
detour = 1.3
speed_kmh = 70.0
[limits]
regions = { "North" = { max = 1 } }
[courier]
max_distance = "none"
[sources]
"travel.detour" = "measured on 20 trips"
"""


def test_snapshot_reads_back_the_same(make_study, tmp_path):
    """A snapshot gives the same settings, tables, sources and assumptions."""
    study = read_study(make_study({"study.toml": SETTINGS}))
    again = read_study(study.write(tmp_path / "out" / "study"))
    assert again.config.model_dump(exclude={"sources"}) == study.config.model_dump(exclude={"sources"})
    for name, frame in study.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], frame)
    pd.testing.assert_frame_equal(assumptions(again), assumptions(study))


def test_snapshot_keeps_polygons(make_study, tmp_path):
    """Areas read from polygons keep them, and the very same points, in the snapshot."""
    folder = make_study({"areas.csv": None})
    frame = gpd.GeoDataFrame({"id": ["01"], "population": [5]}, geometry=[box(-98, 30, -97, 31.5)], crs="EPSG:4326")
    frame.to_file(folder / "areas.gpkg", driver="GPKG")
    study = read_study(folder)
    again = read_study(study.write(tmp_path / "copy"))
    pd.testing.assert_frame_equal(again.tables["areas"], study.tables["areas"])
    assert again.geometry["areas"].geom_equals(study.geometry["areas"]).all()


def test_snapshot_leaves_a_full_folder_alone(make_study):
    """Nothing is written into a folder that holds something."""
    folder = make_study()
    with pytest.raises(StudyError, match="not an empty folder"):
        read_study(folder).write(folder)


def test_toml_is_read_back():
    """Texts with quotes, control characters and astral letters, dotted names and numbers survive TOML."""
    import tomllib

    nested = {
        "a": {"text": 'q"\\\n\x7f\U0001f3e5', "b": {"New York": {"max": 3}}, "list": ["x"], "n": 1e-9, "is": True}
    }
    assert tomllib.loads(to_toml(nested)) == nested


def test_sources_are_told_apart(make_study):
    """A stated source stands; a value without one is given in the study; a default has its declared source."""
    edits = {
        "study.toml": SETTINGS,
        "modes.csv": "id,capex_host_share,capex_host_share_source\nowned,0,contract\nfranchise,0.5,\nleased,,\n",
    }
    study = read_study(make_study(edits))
    modes = study.tables["modes"]
    assert modes["capex_host_share_source"].tolist() == ["contract", "given in the study", "assumption"]
    listed = assumptions(study).set_index(["column", "id"])
    assert listed.loc[("travel.detour", ""), "source"] == "measured on 20 trips"
    assert listed.loc[("travel.speed_kmh", ""), "source"] == "given in the study"
    assert listed.loc[("travel.cost_per_distance", ""), ["unit", "is_assumption"]].tolist() == ["USD/mi", True]
    assert listed.loc[("capex_host_share", "owned"), ["value", "is_assumption"]].tolist() == [0.0, False]
    assert listed.loc[("capex_host_share", "leased"), "is_assumption"]
    assert listed.loc[("demand_factor", "all"), "where"] == "areas.csv"
    assert "max_vein_to_vein_d" not in listed.index.get_level_values("column")


def test_many_values_are_shown_as_a_range(make_study):
    """A column with many values takes one row for each source."""
    rows = "".join(f"a{number},-97,31,10,{1 + number / 100}\n" for number in range(30))
    study = read_study(make_study({"areas.csv": "id,lon,lat,population,demand_factor\n" + rows}))
    listed = assumptions(study)
    assert listed.loc[listed["column"] == "demand_factor", "value"].tolist() == ["1 to 1.29"]


def test_every_default_has_a_source_or_no_effect():
    """Every number that a table or a setting takes by default says where it is from."""
    silent = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.kind == "number" and isinstance(column.default, float | int) and not column.source
    ]
    assert silent == []
    unsourced = {
        leaf.key for leaf in leaves(StudyConfig()) if isinstance(leaf.value, float) and not leaf.extra("source")
    }
    choices = {"study.min_beds", "courier.max_distance", "solve.time_limit", "solve.gap"}
    assert unsourced == choices


def test_description_shows_extremes_and_unknowns(make_study):
    """The check prints each number's range with its rows, what is unknown, what is ignored, and row counts."""
    edits = {"hospitals.csv": "id,lon,lat,beds,phone\nH1,-97.1,31.1,300,1\nH2,-98.1,30.1,,2\n"}
    study = read_study(make_study(edits), {"tables.areas.where": "population > 1500"})
    text = describe(study)
    assert "areas: 1 rows of 2, areas.csv, places in EPSG:4326" in text
    assert "lat                         30.1 (H2) to 31.1 (H1) degrees" in text
    assert "beds                        300 beds; 1 unknown" in text
    assert "can_host                    2 True" in text
    assert "ignored columns: phone" in text
    data = json.loads(json.dumps(describe_data(study)))
    assert data["tables"]["hospitals"]["columns"]["lat"]["max_id"] == "H1"


def test_schema_names_every_column_and_setting():
    """The printed schema has every table, column and setting; one table can be asked for."""
    text = schema_text()
    assert all(column.name in text for table in TABLES.values() for column in table.columns)
    assert all(leaf.key in text for leaf in leaves(StudyConfig()))
    assert schema_text("areas").startswith("areas: required, one row for each id")
    with pytest.raises(StudyError, match='did you mean "areas"'):
        schema_text("aeras")


def test_json_schema_knows_the_tables():
    """The JSON schema is plain JSON, refuses unknown keys, and has "none" in place of null."""
    schema = schema_json()
    assert schema["properties"]["tables"]["propertyNames"]["enum"] == list(TABLES)
    assert schema["additionalProperties"] is False
    assert "null" not in json.dumps(schema)


def test_templates_run_and_list_every_column(tmp_path):
    """A fresh folder is a sound study, has all columns, and its comments show the true defaults."""
    folder = write_templates(tmp_path / "mine")
    study = read_study(folder)
    assert set(study.tables) == {"areas", "hospitals", "products", "platforms", "modes", "central_plants"}
    assert set(TABLES["hospitals"].names) <= set((folder / "hospitals.csv").read_text().partition("\n")[0].split(","))
    assert (folder / "study.toml").read_text().startswith("#:schema ./study.schema.json\n")
    assert json.loads((folder / "study.schema.json").read_text()) == schema_json()
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(re.sub(r"^# ([\w.]+ = )", r"\1", text, flags=re.MULTILINE))
    assert read_study(folder).config == study.config


def test_templates_leave_a_full_folder_alone(tmp_path):
    """An existing folder that holds something is refused; an empty one is used; nothing else is left behind."""
    (tmp_path / "mine").mkdir()
    write_templates(tmp_path / "mine")
    with pytest.raises(StudyError, match="not an empty folder"):
        write_templates(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)))
def test_row_order_changes_nothing(order, tmp_path_factory):
    """The rows of a table mean the same in any order."""
    folder = write_templates(tmp_path_factory.mktemp("order") / "study")
    before = read_study(folder).tables["hospitals"]
    path = folder / "hospitals.csv"
    pd.read_csv(path, dtype=str, keep_default_na=False).iloc[list(order)].to_csv(path, index=False)
    after = read_study(folder).tables["hospitals"]
    pd.testing.assert_frame_equal(
        after.sort_values("id", ignore_index=True), before.sort_values("id", ignore_index=True)
    )
