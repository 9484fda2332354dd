"""Suggested places as a table, a GeoPackage layer and a page with a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.export.styles import point_style
from siting.study.folders import new_folder
from siting.whatif.page import heading, html_table, page, paragraph
from siting.whatif.site_map import map_svg, write_layer
from siting.words import money

if TYPE_CHECKING:
    from siting.whatif.greenfield import Greenfield

WORTH, NOT_WORTH = "#1b6f5c", "#8d99a5"
LABELS = {"a new candidate here saves money": WORTH, "tried: saves nothing that was found": NOT_WORTH}


def greenfield_page(found: Greenfield) -> str:
    """Return the page: words, map, table."""
    currency, rows = found.plan.network.currency, found.table.drop(columns="geometry").to_dict("records")
    most = max((row["saving"] for row in rows), default=0.0) or 1.0
    looks = [
        (WORTH if row["saving"] > 0.5 else NOT_WORTH, 5.0 + 8.0 * (row["saving"] / most) ** 0.5,
         f"near {row['name']}: saves {money(row['saving'], currency)} a year")
        for row in rows
    ]  # fmt: skip
    table = [
        [row["name"], row["region"], f"{row['lat']:.3f}, {row['lon']:.3f}", money(row["saving"], currency),
         money(row["saving_at_most"], currency),
         f"{row['mode']} {row['platforms']} x {row['platform']}" if row["is_open"] else "-",
         f"{row['patients']:,.0f}"]
        for row in rows
    ]  # fmt: skip
    head = ["near", "region", "latitude, longitude", "saves a year", "at most", "unit", "patients made"]
    parts = [paragraph(line.strip()) for line in found.summary().splitlines()]
    parts += [
        heading("Map"),
        map_svg(found.plan, found.table, looks, LABELS),
        heading("Places"),
        html_table(head, table),
    ]
    return page(f"{found.plan.name}: where a new candidate would be worth most", parts)


def write_greenfield(found: Greenfield, folder: str | Path) -> Path:
    """Write greenfield.html, summary.txt, places.csv and greenfield.gpkg (layer places) into a new folder.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        (draft / "greenfield.html").write_text(greenfield_page(found), encoding="utf-8")
        (draft / "summary.txt").write_text(found.summary(), encoding="utf-8")
        found.table.drop(columns="geometry").to_csv(draft / "places.csv", index=False)
        words = "Places for candidates that the study does not list, with the saving of a re-solve."
        style = point_style("is_open", {"true": WORTH, "false": NOT_WORTH}, "4")
        write_layer(found.table, draft / "greenfield.gpkg", "places", words, style)
    return Path(folder)
