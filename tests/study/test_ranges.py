"""Ranges of parameters and quoted batches of central plants: what is read, what is refused."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from siting.errors import StudyError
from siting.network.plants import plant_table
from siting.study.read import read_study

VECTOR = "vector_cost_per_start"
PRODUCT = f"id,incidence_per_100k,eligible_share,lost_patient_price,{VECTOR},{VECTOR}_low,{VECTOR}_high\n"
PLANT = "id,lon,lat,batch_cost,fixed_share,reference_batches_per_year,making_cost_per_start,fixed_cost_per_year\n"


def test_bounds_are_read_and_survive_a_snapshot(make_study, tmp_path):
    """Columns _low and _high become numbers beside their parameter; an empty one stays unknown."""
    rows = "box,8,1,1,5,1,1,2,\ncrate,8,1,1,5,1,1,,9\n"
    head = "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,making_cost_per_start,"
    study = read_study(make_study({"platforms.csv": f"{head}fixed_opex_low,fixed_opex_high\n{rows}"}))
    bounds = study.tables["platforms"][["fixed_opex_low", "fixed_opex_high"]]
    assert bounds.fillna(-1.0).to_numpy().tolist() == [[2.0, -1.0], [-1.0, 9.0]]
    again = read_study(study.write(tmp_path / "copy"))
    pd.testing.assert_frame_equal(again.tables["platforms"], study.tables["platforms"])


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("60000", "70000", "vector_cost_per_start_low is above vector_cost_per_start"),
        ("45000", "50000", "vector_cost_per_start_high is below vector_cost_per_start"),
        ("-5", "70000", "vector_cost_per_start_low is above vector_cost_per_start, or outside what"),
        ("45k", "70000", 'vector_cost_per_start_low is "45k", which is no number'),
    ],
)
def test_bounds_must_hold_the_value(make_study, low, high, words):
    """A bound on the wrong side, outside what the parameter may be, or without a number is one problem."""
    text = f"{PRODUCT}cart,10,0.5,400000,57500,{low},{high}\n"
    with pytest.raises(StudyError, match=re.escape(words)) as caught:
        read_study(make_study({"products.csv": text}))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"costs.headquarter" = { low = 1.0, high = 2.0 }', 'ranges."costs.headquarter" is no setting'),
        ('"platforms.name" = { low = 1.0, high = 2.0 }', 'ranges."platforms.name" is no setting and no column'),
        ('"costs.discount_rate" = { low = 0.1, high = 0.2 }', "runs from 0.1 to 0.2 and leaves out 0.08"),
        ('"platforms.fixed_opex" = { low = 1.0, high = 2.0 }', "runs from 1 to 2 and leaves out 500000"),
        ('"platforms.fixed_opex" = { low = 1.1, high = 2.0, times_base = true }', "leaves out 1"),
        ('"costs.discount_rate" = { low = 0.1 }', "ranges.costs.discount_rate has no"),
    ],
)
def test_ranges_must_name_a_parameter_and_hold_its_value(make_study, text, words):
    """A range in study.toml that names nothing, leaves out the value in use or has one end is refused."""
    with pytest.raises(StudyError, match=re.escape(words)):
        read_study(make_study({"study.toml": f"[ranges]\n{text}\n"}))


def test_ranges_survive_a_snapshot(make_study, tmp_path):
    """Ranges are written and read back."""
    text = '[ranges]\n"platforms.fixed_opex" = { low = 0.5, high = 2.0, times_base = true, source = "audit" }\n'
    study = read_study(make_study({"study.toml": text}))
    assert read_study(study.write(tmp_path / "copy")).config.ranges == study.config.ranges


def test_quoted_batch_is_split(make_study):
    """315,000 with 32.5 % fixed at 1,000 batches: 212,625 a start with its vector, 102.375 M a year, 1 M beside it."""
    study = read_study(make_study({"central_plants.csv": f"{PLANT}P,-97,32,315000,,1000,,1000000\n"}))
    plant = plant_table(study).iloc[0]
    assert plant["making_cost_per_start"] == pytest.approx(212_625.0)
    assert plant["has_vector_inside"]
    assert plant["fixed_cost_per_year"] == pytest.approx(103_375_000.0)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("P,-97,32,,,,,0", "neither making_cost_per_start nor batch_cost is given"),
        ("P,-97,32,315000,,,100000,0", "making_cost_per_start and batch_cost are both given"),
        ("P,-97,32,,,500,100000,0", "reference_batches_per_year is given without batch_cost"),
        ("P,-97,32,80000,,,,0", "less than the vector it contains (57,500)"),
        ("P,-97,32,315000,1.3,,,0", "fixed_share is 1.3, above 1"),
    ],
)
def test_quoted_batch_must_make_sense(make_study, row, words):
    """A plant has one cost of a start, given or following from a batch that covers its vector."""
    with pytest.raises(StudyError, match=re.escape(words)):
        read_study(make_study({"central_plants.csv": f"{PLANT}{row}\n"}))
