"""What lies between two plans as layers of a GIS and of a map page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.export.answers import answer_layer
from siting.export.geo import write_layers
from siting.export.manifest import plain
from siting.export.map.page import rendered
from siting.export.map.shapes import SCALE, home, packed_lines, packed_polygons, simplified, wrap
from siting.export.palette import breaks
from siting.export.shapes import WGS84, area_shapes, border_layers
from siting.export.styles import class_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from siting.plan.plan import Plan

BETTER = ("#dbe9f3", "#a9cce3", "#6aa7cf", "#2a78b0")
WORSE = ("#fde3d0", "#f8bf90", "#e88b3f", "#b94e06")
"""Blue for what gets better, orange for what gets worse, darker for more: told apart by colour-blind readers."""
SAME_COLOUR, GAINED_COLOUR, LOST_COLOUR, NOT_SERVED_COLOUR = "#f2f2ee", "#004c6d", "#6b1f00", "#bdb7ac"
AREA_COLOURS = {"shorter": BETTER[2], "longer": WORSE[2], "same": SAME_COLOUR, "gained": GAINED_COLOUR,
                "lost": LOST_COLOUR, "none": NOT_SERVED_COLOUR}  # fmt: skip
"""By what becomes of the trip."""
SITE_COLOURS = {"added": "#009e73", "dropped": "#d55e00", "changed": "#7b4ea3", "kept": "#66717d"}
MEASURES = (
    ("minutes", "travel", "Change of the mean trip (minutes)", "min", 1.0),
    ("vein_to_vein_d", "waiting", "Change of the time from vein to vein (days)", "d", 1.0),
    ("infused_share", "", "Change of the share infused (percentage points)", "pp", -100.0),
)
"""Column, column of its words, label, unit, and factor of the change so that more is worse."""
LAYERS = {
    "area_changes": "Areas before and after: mean trip, days from vein to vein, share infused.",
    "site_changes": "Sites that are added, dropped, changed or kept.",
}


@dataclass(frozen=True)
class Difference:
    """The changes between a first plan and later ones.

    Attributes
    ----------
    first : Plan
        The reference; its study gives polygons and borders.
    names : sequence of str
        Names of the plans, the reference first.
    areas, sites : GeoDataFrame
        As `siting.whatif.compare.PlanComparison` has them, one row for each area, or site, and later plan.
    words : mapping of str to sequence of str
        What changed, by name of the later plan.
    proofs : mapping of str to str
        How good each plan is, by name.
    """

    first: Plan
    names: Sequence[str]
    areas: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    words: Mapping[str, Sequence[str]]
    proofs: Mapping[str, str]


def write_difference_layers(difference: Difference, path: Path) -> None:
    """Write a GeoPackage 1.3 with the layers ``area_changes`` (polygons where known) and ``site_changes``, styled.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    shapes, areas, kind = area_shapes(difference.first), difference.areas, "Point"
    if shapes is not None:
        kind = "MultiPolygon"
        polygons = shapes.reindex(areas["area_id"]).to_numpy()
        areas = gpd.GeoDataFrame(areas.drop(columns="geometry"), geometry=polygons, crs=WGS84)
    proofs = " ".join(f"{name}: {words}." for name, words in difference.proofs.items())
    tables = (("area_changes", areas, kind, "travel", AREA_COLOURS),
              ("site_changes", difference.sites, "Point", "change", SITE_COLOURS))  # fmt: skip
    write_layers(
        [
            answer_layer(rows, name, f"{LAYERS[name]} {proofs}", class_style(column, colours, geometry), geometry)
            for name, rows, geometry, column, colours in tables
        ],
        path,
    )


def difference_page(difference: Difference) -> str:
    """Return the difference map as one HTML file that needs no network; later plans are chosen from a list."""
    first, names = difference.first, list(difference.names)
    return rendered(
        "difference",
        _data(difference),
        title=f"{' and '.join(names[1:])} against {names[0]}" if len(names) == 2 else f"Plans against {names[0]}",
        study=first.name,
        is_proven=all(words.startswith("Proven") for words in difference.proofs.values()),
        proofs=[f"{name}: {words}." for name, words in difference.proofs.items()],
        money=f"{first.network.currency}, prices of {first.network.price_year}",
    )


def _data(difference: Difference) -> dict[str, Any]:
    first, later = difference.first, list(difference.names)[1:]
    shapes = area_shapes(first)
    one = pd.DataFrame(difference.areas[difference.areas["plan"] == later[0]])
    centre = float(one["lon"].median())
    lon = wrap(one["lon"].to_numpy(float), centre)
    sites = difference.sites[~difference.sites["is_central"]]
    every_lon = np.concatenate([lon, wrap(sites["lon"].to_numpy(float), centre)])
    every_lat = np.concatenate([one["lat"].to_numpy(float), sites["lat"].to_numpy(float)])
    weight = np.concatenate([one["patients"].to_numpy(float), np.zeros(len(sites))])
    return plain(
        {
            "scale": SCALE,
            "home": home(every_lon, every_lat, weight, shapes),
            "first": difference.names[0],
            "measures": [_measure(difference.areas, *measure) for measure in MEASURES],
            "colours": {"better": BETTER, "worse": WORSE, "same": SAME_COLOUR, "gained": GAINED_COLOUR,
                        "lost": LOST_COLOUR, "none": NOT_SERVED_COLOUR},
            "sites": SITE_COLOURS,
            "areas": {"name": one["name"].tolist(), "region": one["region"].tolist(), "group": one["group"].tolist(),
                      "lon": lon, "lat": one["lat"].tolist(),
                      "shape": [None] * len(one) if shapes is None else packed_polygons(simplified(shapes), centre)},
            "borders": [line for layer in border_layers(first).values() for line in packed_lines(layer, centre)],
            "plans": [_pair(difference, name, centre) for name in later],
        }
    )  # fmt: skip


def _measure(
    areas: pd.DataFrame, column: str, words: str, label: str, unit: str, factor: float
) -> dict[str, str | float | list[float]]:
    change = np.abs(areas[f"{column}_change"].to_numpy(float) * factor)
    moved = change[np.isfinite(change) & (change > 1e-9)]
    limits = breaks(moved, len(BETTER))
    return {"key": column, "words": words, "label": label, "unit": unit, "factor": factor, "limits": limits}


def _pair(difference: Difference, name: str, centre: float) -> dict[str, Any]:
    areas = pd.DataFrame(difference.areas[difference.areas["plan"] == name]).drop(columns="geometry")
    sites = pd.DataFrame(difference.sites[difference.sites["plan"] == name]).drop(columns="geometry")
    sites = sites[~(sites["is_central"] & (sites["change"] == "kept"))]
    wanted = ["patients", "travel", "waiting",
              *(f"{column}_{when}" for column, *_ in MEASURES for when in ("before", "after", "change"))]  # fmt: skip
    sites["lon"] = wrap(sites["lon"].to_numpy(float), centre)
    return {
        "name": name,
        "words": list(difference.words[name]),
        "areas": areas[wanted].round(4).to_dict("list"),
        "sites": sites.drop(columns=["plan", "site_id"]).round(4).to_dict("list"),
    }
