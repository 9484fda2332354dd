"""Settings: how they are written on the command line, changed and checked again."""

from __future__ import annotations

import numpy as np
import pytest

from siting.errors import StudyError
from siting.study import embedded
from siting.study.changes import parse_change
from siting.study.read import read_study


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("limits.sites.max=8", ("limits.sites.max", 8)),
        ("solve.gap = 0.05", ("solve.gap", 0.05)),
        ("limits.allow_unserved=false", ("limits.allow_unserved", False)),
        ("objective.kind=worst_travel", ("objective.kind", "worst_travel")),
        ('study.name="A = B"', ("study.name", "A = B")),
        ("tables.areas.missing=['x']", ("tables.areas.missing", ["x"])),
    ],
)
def test_parse_change(text, expected):
    """A value is read as TOML; a bare word is a text."""
    change = parse_change(text)
    assert (change.key, change.value) == expected


@pytest.mark.parametrize("text", ["limits.sites.max", "=3"])
def test_parse_change_refuses(text):
    """A setting needs a key and an equals sign."""
    with pytest.raises(StudyError, match="key = value"):
        parse_change(text)


def test_overrides_come_before_the_check(make_study):
    """An override mends a wrong value of the file."""
    folder = make_study({"study.toml": "[travel]\ndetour = 0.5\n"})
    assert read_study(folder, {"travel.detour": 1.5}).config.travel.detour == 1.5


def test_replace_changes_only_what_it_names(make_study):
    """A changed study has the new values, the old tables, and leaves the first study as it was."""
    study = read_study(make_study({"study.toml": "[limits]\nsites.min = 1\n[travel]\ndetour = 1.4\n"}))
    less = study.replace({"limits.sites.max": np.int64(2), 'limits.regions."North".max': 1, "travel.speed_kmh": 70})
    assert (less.config.limits.sites.min, less.config.limits.sites.max) == (1, 2)
    assert less.config.limits.regions["North"].max == 1
    assert (less.config.travel.detour, less.config.travel.speed_kmh) == (1.4, 70.0)
    assert less.tables["areas"] is study.tables["areas"]
    assert study.config.limits.sites.max is None


def test_replace_is_checked(make_study):
    """Unknown keys, wrong values and contradictions are refused, and not put down to study.toml."""
    study = read_study(make_study())
    with pytest.raises(
        StudyError, match=r'changed setting: limits.site is not a setting -> did you mean "limits.sites"'
    ):
        study.replace({"limits.site.max": 8})
    with pytest.raises(StudyError, match=r"changed setting: limits.sites.max = '8'"):
        study.replace({"limits.sites.max": "8"})
    with pytest.raises(StudyError, match="only 2 hospitals may host"):
        study.replace({"limits.sites.min": 3})


def test_replace_of_a_table_reads_again(make_study):
    """A change under tables reads the files again: another file, a filter, a constant."""
    folder = make_study({"more.csv": "id,lon,lat,population\nx,-97,31,5\n"})
    study = read_study(folder)
    assert study.replace({"tables.areas.file": "more.csv"}).tables["areas"]["id"].tolist() == ["x"]
    assert len(study.replace({"tables.hospitals.where": "beds > 200"}).tables["hospitals"]) == 1
    dear = study.replace({"tables.products.values.lost_patient_price": 1e6})
    assert dear.tables["products"]["lost_patient_price"].tolist() == [1e6]


def test_none_empties_a_setting(make_study):
    """The word none, in the file, on the command line or as None, says "no limit"."""
    study = read_study(make_study({"study.toml": '[courier]\nmax_distance = "none"\n'}))
    assert study.config.courier.max_distance is None
    assert study.config.courier.detour == 1.25
    limited = study.replace({"courier.max_distance": 100})
    assert limited.replace({"courier.max_distance": None}).config.courier.max_distance is None
    assert limited.replace(["courier.max_distance=none"]).config.courier.max_distance is None


def test_bare_name_finds_an_embedded_study(make_study, tmp_path, monkeypatch):
    """A bare name means an embedded study, unless there is a folder of that name."""
    home = make_study(name="embedded_example").parent
    monkeypatch.setattr(embedded, "_EMBEDDED", (home,))
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert embedded.find_study("embedded_example") == home / "embedded_example" / "study.toml"
    assert read_study("embedded_example").name == "Tiny"
    with pytest.raises(StudyError, match="studies that come with siting: embedded_example"):
        read_study("embedded_exmple")
    (other / "embedded_example").mkdir()
    with pytest.raises(StudyError, match=r"the folder has no study\.toml; it hides the study of that name"):
        read_study("embedded_example")


def test_study_may_be_named_by_its_settings_file(make_study):
    """The path of a TOML file is as good as that of its folder."""
    folder = make_study()
    (folder / "study.toml").rename(folder / "other.toml")
    study = read_study(folder / "other.toml")
    assert set(study.inputs) == {
        "other.toml",
        "areas.csv",
        "hospitals.csv",
        "products.csv",
        "platforms.csv",
        "modes.csv",
    }
    assert study.replace({"tables.areas.where": "population > 1500"}).tables["areas"]["id"].tolist() == ["01003"]
