"""Layers that answer a question asked of several plans: what their columns mean, for every GeoPackage that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.export.fields import Field
from siting.export.layers import Layer

if TYPE_CHECKING:
    import geopandas as gpd

_PLACE = (
    Field("lon", "number", "Longitude, WGS 84.", "degrees"),
    Field("lat", "number", "Latitude, WGS 84.", "degrees"),
)
_NAMED = (Field("name", "text", "Name."), Field("region", "text", "Region."))
_PLAN = Field("plan", "text", "Later plan; the reference is the other one.")


def _before_and_after(column: str, what: str, unit: str) -> tuple[Field, ...]:
    return (
        Field(f"{column}_before", "number", f"{what} with the reference.", unit),
        Field(f"{column}_after", "number", f"{what} with the later plan.", unit),
        Field(f"{column}_change", "number", f"{what}: later plan less reference.", unit),
    )


ANSWERS: dict[str, tuple[str, tuple[Field, ...]]] = {
    "area_changes": (
        "Areas before and after",
        (
            _PLAN,
            Field("area_id", "text", "Area."),
            *_NAMED,
            Field("group", "text", "Group for fairness figures."),
            Field("patients", "number", "Patients of the area.", "patients/year"),
            *_before_and_after("minutes", "Mean one-way trip", "min"),
            Field(
                "travel", "text", "What becomes of the trip: shorter, longer, same, gained, lost or none (unserved)."
            ),
            *_before_and_after("vein_to_vein_d", "Mean time from collection to infusion", "d"),
            Field("waiting", "text", "What becomes of the time from vein to vein, as for travel."),
            *_before_and_after("infused_share", "Share of the demand infused", "share"),
            *_PLACE,
        ),
    ),
    "site_changes": (
        "Sites before and after",
        (
            _PLAN,
            Field("site_id", "text", "Hospital or central plant."),
            *_NAMED,
            Field("city", "text", "City."),
            Field("is_central", "boolean", "Whether it is a central plant and not a hospital."),
            Field("change", "text", "added, dropped, changed or kept."),
            Field("before", "text", "What runs there with the reference; empty for nothing."),
            Field("after", "text", "What runs there with the later plan; empty for nothing."),
            Field("starts_before", "number", "Starts with the reference.", "starts/year"),
            Field("starts_after", "number", "Starts with the later plan.", "starts/year"),
            *_PLACE,
        ),
    ),
    "stability": (
        "Hospitals by stability",
        (
            Field("site_id", "text", "Hospital."),
            *_NAMED,
            Field("city", "text", "City."),
            Field("is_open", "boolean", "Whether the best plan known runs a unit there."),
            Field("share", "number", "Share of the near-optimal plans listed that run a unit there, 0 to 1.", "share"),
            Field("class", "text", "core: in every near-optimal plan; swing: in some; never: in none."),
            Field("is_proven", "boolean", "Whether the class is proven."),
            *_PLACE,
        ),
    ),
    "places": (
        "Places for new candidates",
        (
            Field("site_id", "text", "Imagined hospital."),
            Field("area_id", "text", "Area in whose middle it stands."),
            *_NAMED,
            Field("estimate", "number", "Saving by the prices of demand, by which places are ordered.", "money/year"),
            Field("saving", "number", "Saving found by solving again with the place.", "money/year"),
            Field("saving_at_most", "number", "Most that the gaps leave open.", "money/year"),
            Field("is_open", "boolean", "Whether the plan found runs a unit there."),
            Field("mode", "text", "Mode of the unit."),
            Field("platform", "text", "Platform of the unit."),
            Field("platforms", "integer", "Platforms of the unit."),
            Field("patients", "number", "Patients whose cells are made there.", "patients/year"),
            *_PLACE,
        ),
    ),
}
"""Title and columns of each layer; "money" is the study's currency."""


def answer_layer(rows: gpd.GeoDataFrame, name: str, description: str, style: str, kind: str = "Point") -> Layer:
    """Return a layer of `ANSWERS` from its rows.

    Parameters
    ----------
    rows : GeoDataFrame
        With the layer's columns, EPSG:4326.
    name : str
        A key of `ANSWERS`.
    description : str
        What it shows, with its proof.
    style : str
        QML, as `siting.export.styles` makes it.
    kind : str
        Geometry type.
    """
    title, fields = ANSWERS[name]
    return Layer(name, title, description, kind, fields, style, lambda: (rows, ""), is_added=True)
