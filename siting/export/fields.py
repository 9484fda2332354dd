"""Every column of every result table, declared once: type, unit and meaning.

The declaration types the files (also empty ones), formats the workbook, fills the data dictionary and describes the
columns inside the GeoPackage. A column that a plan has and that is not declared here is written as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from siting.plan.plan import Plan

Kind = Literal["text", "integer", "number", "boolean"]
DTYPES: dict[Kind, Any] = {"text": "str", "integer": "Int64", "number": "float64", "boolean": "bool"}


@dataclass(frozen=True)
class Field:
    """One column of a result table.

    Attributes
    ----------
    name : str
        Column name; ``{distance}`` stands for the study's distance unit.
    kind : {"text", "integer", "number", "boolean"}
        What it holds; ids are text.
    description : str
        One sentence.
    unit : str
        Unit; ``{distance}`` and ``{money}`` stand for the study's units; empty for text and counts.
    """

    name: str
    kind: Kind
    description: str
    unit: str = ""


def _text(name: str, description: str) -> Field:
    return Field(name, "text", description)


def _number(name: str, unit: str, description: str) -> Field:
    return Field(name, "number", description, unit)


def _flag(name: str, description: str) -> Field:
    return Field(name, "boolean", description)


_POINT = (
    _number("lon", "degrees", "Longitude, WGS 84."),
    _number("lat", "degrees", "Latitude, WGS 84."),
)
_SITE = (
    _text("site_id", "Hospital or central plant."),
    _text("name", "Name."),
    _text("city", "City."),
    _text("region", "Region of the site."),
)
_SLICE = (
    _text("product", "Product."),
    _text("period", "Planning period."),
    _text("scenario", "Scenario."),
)
_DISTANCE = _number("distance_{distance}", "{distance}", "One-way road distance.")

FIELDS: dict[str, tuple[Field, ...]] = {
    "openings": (
        *_SITE,
        _text("period", "Planning period."),
        _flag("is_central", "Whether it is a central plant and not a hospital."),
        _text("status_in", "Status the study gave it: candidate, existing or required."),
        _text("mode", "Who runs the unit."),
        _text("platform", "Manufacturing platform."),
        _text("service_class", "Promised wait it is run at, where the study has several."),
        _text("use", "Exclusive or shared use, where the study has several."),
        Field("platforms", "integer", "Number of platforms."),
        _number("capacity_starts_per_year", "starts/year", "Starts with an acceptable wait; empty means no limit."),
        _number("starts_per_year", "starts/year", "Expected starts."),
        _number("utilization", "share", "Starts over capacity, 0 to 1."),
        _number("patients_made", "patients/year", "Patients whose cells are made here."),
        _number("patients_infused", "patients/year", "Patients infused with cells made here."),
        _number("patients_treated_here", "patients/year", "Patients collected at this hospital."),
        _flag("is_new_centre", "Whether the hospital starts to treat patients with this plan."),
        _number("fte", "fte", "Full-time people of the unit, where the study has a staff table."),
        _number("capex", "{money}", "One-off investment, whole."),
        _number("cost_per_year", "{money}/year", "Yearly cost, with the price of patients lost by delay and quality."),
        _number("host_income_per_year", "{money}/year", "What the hospital is paid for running the unit."),
        _number("host_cost_per_year", "{money}/year", "What the hospital pays for the unit, starting to treat apart."),
        _number("vein_to_vein_d", "d", "Mean days from collection to infusion of the cells made here."),
        *_POINT,
    ),
    "candidates": (
        *_SITE,
        _text("status_in", "Status the study gave it: candidate, existing, required or banned."),
        _flag("is_central", "Whether it is a central plant and not a hospital."),
        _flag("is_candidate", "Whether the study lets it host a unit, or it is a plant."),
        _flag("is_open", "Whether the plan uses it in any period."),
        _flag("treats_today", "Whether it gives the therapy to patients today."),
        _number("beds", "beds", "Beds; empty where unknown."),
        *_POINT,
    ),
    "areas": (
        _text("area_id", "Area."),
        _text("name", "Name."),
        _text("region", "Region of the area."),
        _text("group", "Group for fairness figures."),
        _number("population", "people", "People who live there."),
        _number("demand", "patients/year", "Patients who would be referred if care were next door."),
        _number("referred", "patients/year", "Patients referred to a hospital."),
        _number("treated", "patients/year", "Patients collected."),
        _number("unmet", "patients/year", "Patients referred nowhere."),
        _number("lost_distance", "patients/year", "Patients lost because the trip is long."),
        _number("lost_quality", "patients/year", "Patients lost to batches that failed."),
        _number("lost_delay", "patients/year", "Patients lost while they waited."),
        _number("infused", "patients/year", "Patients infused."),
        _number("distance_{distance}", "{distance}", "Mean one-way road distance of referred patients."),
        _number("minutes", "min", "Mean one-way travel time of referred patients."),
        _number("vein_to_vein_d", "d", "Mean days from collection to infusion."),
        _text("main_hospital", "Hospital that most of its patients go to."),
        *_POINT,
    ),
    "trips": (
        _text("area_id", "Area that the patients come from."),
        _text("hospital_id", "Hospital they are referred to."),
        *_SLICE,
        _number("referred", "patients/year", "Patients referred."),
        _number("treated", "patients/year", "Patients collected."),
        _DISTANCE,
        _number("minutes", "min", "One-way travel time."),
        _text("source", "Where distance and minutes are from: matrix, osrm, valhalla, osm or great-circle."),
        _number("cost_per_year", "{money}/year", "Travel cost, with the price of patients lost by distance."),
    ),
    "lanes": (
        _text("hospital_id", "Hospital that sends cells."),
        _text("site_id", "Unit or central plant that makes the dose."),
        *_SLICE,
        _number("patients", "patients/year", "Patients whose cells go this way."),
        _DISTANCE,
        _number("hours", "h", "One-way hours from door to door."),
        _text("source", "Where distance and hours are from, as for trips."),
        _text("link_class", "at, close, far or central."),
        _text("shipping", "How cells travel: fresh or cryo (frozen)."),
        _number("cost_per_year", "{money}/year", "Courier cost."),
    ),
    "clock": (
        _text("region", "Region of the patients' areas; empty for all patients."),
        _number("patients_infused", "patients/year", "Patients infused."),
        _number("vein_to_vein_d_mean", "d", "Mean days from collection to infusion of infused patients."),
        _number("vein_to_vein_d_p10", "d", "Days that one patient in ten does not exceed."),
        _number("vein_to_vein_d_p50", "d", "Days that half of the patients do not exceed."),
        _number("vein_to_vein_d_p90", "d", "Days that nine patients in ten do not exceed."),
        _number("share_within_14_d", "share", "Share of infused patients within 14 days."),
        _number("share_within_21_d", "share", "Share of infused patients within 21 days."),
        _number("share_within_28_d", "share", "Share of infused patients within 28 days."),
        _number("transit_d", "d", "Mean days of both shipments, in steps of courier.step_h."),
        _number("wait_d", "d", "Mean days of waiting for a slot, as promised."),
        _number("process_d", "d", "Mean days from start to harvest."),
        _number("release_d", "d", "Mean days of quality control and release."),
        _number("scheduling_d", "d", "Days of bed and slot scheduling."),
        _number("restart_d", "d", "Mean days that second starts add."),
    ),
    "groups": (
        _text("by", "What the row is about: all patients, a group or a region of areas."),
        _text("name", "Group or region; empty for all."),
        _number("demand", "patients/year", "Patients who would be referred if care were next door."),
        _number("treatable", "patients/year", "Those of them who would be collected if all went where uptake is best."),
        _number("treated_share", "share", "Share of the treatable who are collected; min_treated_share is about it."),
        _number("infused_share", "share", "Share of the demand that is infused."),
        _number("unserved_share", "share", "Share of the demand that is referred nowhere."),
        _number("minutes_mean", "min", "Mean one-way trip of referred patients."),
        _number("minutes_p90", "min", "One-way trip that nine referred patients in ten do not exceed."),
        _number("minutes_worst", "min", "Longest one-way trip."),
    ),
    "costs": (
        _text("component", "Cost component."),
        _text("payer", "Who pays; negative amounts are received."),
        _number("amount_per_year", "{money}/year", "Amount."),
        _number("weight", "ratio", "Weight of the payer in the objective."),
        _number("weighted", "{money}/year", "Amount times weight."),
    ),
    "rules": (
        _text("rule_id", "Rule or regime of the study."),
        _text("kind", "Kind of rule; regime for a row of regimes."),
        _text("mode", "Mode it is about; empty or * means all."),
        Field("trips_removed", "integer", "Trips, by product, that it forbids."),
        Field("lanes_removed", "integer", "Lanes, by product, that it forbids, to its mode if it names one."),
        Field("units_removed", "integer", "Units (site and configuration) that it forbids."),
        _text("removed", "The first of these, by id."),
        _number("patients", "patients/year", "Patients who, or whose cells, pass a nearer place that it forbids."),
        Field("spokes", "integer", "Spokes of a hub in the last period."),
        Field("span", "integer", "Most spokes of a hub."),
        _number("months", "months", "Months to the first unit of a regime."),
        _number("cost_per_year", "{money}/year", "What a regime costs."),
        _flag("binds", "Whether it took rows away, the hub is full, or the regime is paid."),
        _text("note", "Where it stands."),
    ),
    "assumptions": (
        _text("where", "File of the table, or study.toml."),
        _text("id", "Rows concerned; empty for settings."),
        _text("column", "Parameter."),
        _text("value", "Value used."),
        _text("unit", "Unit."),
        _text("source", "Source, or the word assumption."),
        _flag("is_assumption", "Whether nobody has published the value."),
    ),
}
_CATCHMENT = (
    _text("name", "Name."),
    _text("city", "City."),
    Field("areas", "integer", "Areas in it."),
    _number("population", "people", "People who live in its areas."),
    _number("demand", "patients/year", "Patients of its areas who would be referred if care were next door."),
    _number("referred", "patients/year", "Patients of its areas who are referred, wherever they go."),
    _number("treated", "patients/year", "Patients of its areas who are collected, wherever they go."),
    _number("unmet", "patients/year", "Patients of its areas who are referred nowhere."),
    _number("share_here", "share", "Share of these patients who, or whose cells, go where most go."),
    _number("distance_{distance}", "{distance}", "Mean one-way road distance of its areas' referred patients."),
    _number("minutes", "min", "Mean one-way travel time of its areas' referred patients."),
)
LAYER_FIELDS: dict[str, tuple[Field, ...]] = {
    "desire_lines": (
        _text("kind", "patients: from area to hospital; cells: from hospital to unit."),
        _text("from_id", "Area or hospital where the line begins."),
        _text("from_name", "Its name."),
        _text("to_id", "Hospital, unit or plant where it ends."),
        _text("to_name", "Its name."),
        _number("patients", "patients/year", "Patients referred, or whose cells travel, in a mean year."),
        _DISTANCE,
        _number("minutes", "min", "One-way travel time; for cells from door to door."),
        _number("cost_per_year", "{money}/year", "Travel or courier cost of a mean year, with lost patients' price."),
    ),
    "catchments_hospital": (_text("site_id", "Hospital that most patients of each area are referred to."), *_CATCHMENT),
    "catchments_unit": (_text("site_id", "Unit or plant that makes most cells of each area's patients."), *_CATCHMENT),
    "borders": (_text("layer", "Layer of the study's outlines."),),
}
"""Columns of the layers that are drawn from the tables, and of no table of their own."""
GEOMETRY_TYPES = {
    "openings": "Point", "candidates": "Point", "areas": "Point", "trips": "LineString", "lanes": "LineString",
}  # fmt: skip
"""The spatial tables, in the order of the GeoPackage's layers."""


def fields_of(plan: Plan, table: str) -> tuple[Field, ...]:
    """Return the declared columns of a table with the units of the study filled in.

    Parameters
    ----------
    plan : Plan
        Gives the distance unit, currency and price year.
    table : str
        A key of `FIELDS` or `LAYER_FIELDS`.

    Returns
    -------
    tuple of Field
    """
    network = plan.network
    units = {"distance": network.distance_unit, "money": f"{network.currency} {network.price_year}"}
    return tuple(
        Field(field.name.format(**units), field.kind, field.description, field.unit.format(**units))
        for field in (FIELDS | LAYER_FIELDS)[table]
    )


def typed(plan: Plan, table: str) -> pd.DataFrame:
    """Return a result table with every declared column in its declared type, so that empty tables have types too.

    Parameters
    ----------
    plan : Plan
        The plan; its attribute of the table's name is read, never changed.
    table : str
        A key of `FIELDS`.

    Returns
    -------
    DataFrame or GeoDataFrame
        Declared columns first, in the declared order; integers as "Int64", which has room for missing values. Infinite
        numbers (no limit) are missing, as few formats can hold them.

    Raises
    ------
    ValueError
        A declared column holds something else, such as text in a number.
    """
    return as_declared(getattr(plan, table), fields_of(plan, table))


def as_declared(rows: pd.DataFrame, fields: tuple[Field, ...]) -> pd.DataFrame:
    """Return rows with the declared columns first and in their declared types; see `typed`.

    Raises
    ------
    ValueError
        A declared column holds something else, such as text in a number.
    """
    columns = {field.name: field.kind for field in fields if field.name in rows}
    others = [column for column in rows.columns if column not in columns]
    result = rows[[*columns, *others]].reset_index(drop=True)
    for name, kind in columns.items():
        values = result[name].where(result[name].notna(), "") if kind == "text" else result[name]
        values = values.astype(DTYPES[kind])
        result[name] = values.replace([np.inf, -np.inf], np.nan) if kind == "number" else values
    return result


def flat(plan: Plan, table: str) -> pd.DataFrame:
    """Return `typed` without geometry, for files that have none."""
    rows = typed(plan, table)
    if isinstance(rows, gpd.GeoDataFrame):
        rows = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    return rows


def kind_of(values: pd.Series) -> Kind:
    """Return the declared type that values of a column have; whatever is no truth value and no number is text."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_float_dtype(values) else "text"
