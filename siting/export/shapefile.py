"""Shapefiles, with every limit of theirs written down beside them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio

from siting.export.convert import Change, converted, short_names
from siting.plan.proof import proof

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

    from siting.export.layers import Layer
    from siting.plan.plan import Plan

NAME_WIDTH, TEXT_BYTES = 10, 254
"""Longest column name and longest text of the dBASE table."""
SHORT = {
    "capacity_starts_per_year": "cap_starts", "starts_per_year": "starts", "utilization": "utilizatn",
    "patients_made": "pat_made", "patients_infused": "pat_infus", "patients_treated_here": "pat_treat",
    "is_new_centre": "new_centre", "is_candidate": "is_candid", "treats_today": "treats_now",
    "service_class": "serv_class", "cost_per_year": "cost_year", "host_income_per_year": "host_incom",
    "host_cost_per_year": "host_cost", "vein_to_vein_d": "vein2vein", "population": "populat",
    "lost_distance": "lost_dist", "lost_quality": "lost_qual", "main_hospital": "main_hosp", "hospital_id": "hosp_id",
    "distance_mi": "dist_mi", "distance_km": "dist_km",
}  # fmt: skip
"""Names for columns that are too long; others are cut."""
LONG_TEXTS = "long_texts.csv"
LIMITS = f"""These are Shapefiles. What they cannot hold, and what was done about it:

- Column names have at most {NAME_WIDTH} characters: fields.csv gives the full name, unit and meaning of each.
- Texts have at most {TEXT_BYTES} bytes: longer ones are cut, and {LONG_TEXTS} holds them whole, by row from 0.
- There is no yes and no: 1 is yes and 0 is no.
- There are no dates with a time: they are text (ISO 8601).
- A file has at most 2 GB and 255 columns, and no styles. The GeoPackage has none of these limits.

Coordinates are longitude and latitude, WGS 84 (EPSG:4326). Texts are UTF-8.
"""


def write_shapefiles(plan: Plan, layers: Sequence[Layer], folder: Path) -> list[Change]:
    """Write each layer as a Shapefile into a new folder, with README.txt and fields.csv.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    layers : sequence of Layer
        Layers to write.
    folder : Path
        Folder to make.

    Returns
    -------
    list of Change
        Columns that are held under another name or as another type.
    """
    folder.mkdir()
    changes: list[Change] = []
    cut: list[dict[str, object]] = []
    for layer in layers:
        rows, _ = layer.read()
        active = rows.geometry.name
        names = short_names([name for name in rows.columns if name != active], NAME_WIDTH, SHORT)
        rows, changed = converted(rows.rename(columns=names), layer.name, (), NAME_WIDTH)
        changes += _said(layer, names, changed)
        cut += _cut(rows, layer.name)
        kind = layer.kind.removeprefix("Multi") if layer.kind.endswith(("Polygon", "LineString")) else layer.kind
        file = folder / f"{layer.name}.shp"
        pyogrio.write_dataframe(rows, file, driver="ESRI Shapefile", geometry_type=kind, encoding="UTF-8")
    if cut:
        pd.DataFrame(cut).to_csv(folder / LONG_TEXTS, index=False, encoding="utf-8", lineterminator="\n")
    (folder / "README.txt").write_text(f"{plan.network.name}\n{proof(plan)}.\n\n{LIMITS}", encoding="utf-8")
    return changes


def _said(layer: Layer, names: dict[str, str], changed: list[Change]) -> list[Change]:
    """Return changes of name and of type as one change for each column."""
    types = {change.name: change.what for change in changed}
    return [
        Change(layer.name, str(column), name, types.get(name, "renamed"))
        for column, name in names.items()
        if name != column or name in types
    ]


def _cut(rows: gpd.GeoDataFrame, layer: str) -> list[dict[str, object]]:
    """Cut texts that are too long, in place, and return them whole."""
    whole: list[dict[str, object]] = []
    for name in rows.columns[rows.dtypes == "str"]:
        texts = rows[name].fillna("")
        long = texts[texts.str.encode("utf-8").str.len() > TEXT_BYTES]
        whole += [{"layer": layer, "row": row, "column": name, "text": text} for row, text in long.items()]
        short = [text.encode("utf-8")[:TEXT_BYTES].decode("utf-8", "ignore") for text in long]
        rows.loc[long.index, name] = short
    return whole


def zipped(folder: Path, path: Path) -> None:
    """Pack a folder into a new zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
