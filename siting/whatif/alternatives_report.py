"""The alternatives as tables, a GeoPackage layer and a page with a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.export.map.page import write_map
from siting.export.palette import CLASS_COLOURS
from siting.export.styles import point_style
from siting.study.folders import new_folder
from siting.whatif.alternatives import percent
from siting.whatif.page import heading, html_table, page, paragraph
from siting.whatif.site_map import map_svg, write_layer
from siting.words import listed, money

if TYPE_CHECKING:
    from siting.whatif.alternatives import Alternatives

_PLANS = ["", "cost a year", "over the bound", "units", "sites other than in the nearest plan above"]
_SITES = ["hospital", "id", "city", "region", "share of plans", "class"]
MEANING = {
    "core": "core: in every near-optimal plan (proven)",
    "swing": "swing: in some (larger: in more of those listed)",
    "never": "never: in none (proven)",
}


def alternatives_page(found: Alternatives) -> str:
    """Return the page: words, map, plans, hospitals."""
    best, currency = found.plans[0], found.plans[0].network.currency
    rows = found.sites
    looks = [
        (CLASS_COLOURS[row["class"]], 4.0 + 8.0 * row["share"],
         f"{row['name']} [{row['site_id']}]: {_class(row)}, in {row['share']:.0%} of the plans")
        for row in rows.drop(columns="geometry").to_dict("records")
    ]  # fmt: skip
    plans = [
        [f"plan {row.plan}", money(row.cost, currency), f"{row.over_bound:.2%}", str(row.units), str(row.differs_by)]
        for row in found.table.itertuples()
    ]
    sites = [
        [row["name"], row["site_id"], row["city"], row["region"], f"{row['share']:.0%}", _class(row)]
        for row in rows.drop(columns="geometry").to_dict("records")
    ]
    parts = [paragraph(line) for line in found.summary().splitlines() if line]
    legend = {MEANING[name]: colour for name, colour in CLASS_COLOURS.items()}
    parts += [heading("Map"), map_svg(best, rows, looks, legend)]
    parts += [heading("Plans"), html_table(_PLANS, plans)]
    parts += [heading("Hospitals"), html_table(_SITES, sites, kind="words")]
    return page(f"{best.name}: plans within {percent(found.within)} of the best possible", parts)


def write_alternatives(found: Alternatives, folder: str | Path) -> Path:
    """Write alternatives.html, map.html, summary.txt, plans.csv, sites.csv and alternatives.gpkg (layer stability).

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        (draft / "alternatives.html").write_text(alternatives_page(found), encoding="utf-8")
        write_map(found.plans[0], draft / "map.html", classes=found.sites)
        (draft / "summary.txt").write_text(found.summary(), encoding="utf-8")
        found.table.to_csv(draft / "plans.csv", index=False)
        found.sites.drop(columns="geometry").to_csv(draft / "sites.csv", index=False)
        words = f"Share of {len(found.plans)} plans within {percent(found.within)} of the proven bound, and class."
        style = point_style("class", CLASS_COLOURS, '2 + 4 * coalesce("share", 0)')
        write_layer(found.sites, draft / "alternatives.gpkg", "stability", words, style)
    return Path(folder)


def read_classes(folder: str | Path) -> pd.DataFrame:
    """Read the classes of hospitals back from an output folder of the alternatives.

    Parameters
    ----------
    folder : str or Path
        What `write_alternatives` wrote; its sites.csv is read.

    Returns
    -------
    DataFrame
        ``site_id, class, is_proven, share``.

    Raises
    ------
    StudyError
        No such file, or one without these columns or with other classes.
    """
    path, names = Path(folder) / "sites.csv", ["site_id", "class", "is_proven", "share"]
    remedy = "name a folder that siting alternatives --out wrote"
    if not path.is_file():
        raise StudyError([Problem(str(path), "does not exist", remedy)])
    rows = pd.read_csv(path, dtype={"site_id": str}, keep_default_na=False)
    if not set(names) <= set(rows) or not rows["class"].isin(list(CLASS_COLOURS)).all():
        raise StudyError([Problem(str(path), f"lacks a column of {listed(names)}, or has other classes", remedy)])
    return rows[names]


def _class(row: dict[str, object]) -> str:
    return f"{row['class']}{'' if row['is_proven'] else ' (not proven)'}"
