"""The comparison of operating models as text, CSV and a page with charts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from siting.study.folders import new_folder
from siting.whatif.page import heading, html_table, page, paragraph, text_table
from siting.whatif.presets import REFERENCE
from siting.whatif.svg import waterfall
from siting.words import money, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from siting.whatif.models import Comparison

_LEAST_STEP = 0.5
"""Steps below this much money a dose in every model are not shown."""
_LEAST_BAR = 0.0005
"""Changes smaller than this share of the cost of a dose stand together as "other" in a chart."""
_ABOUT = {
    "greenfield": "Nothing is built: the fixed part of a central plant is paid only where the plan uses the plant.",
    "brownfield": "The central plants stand: their fixed part is paid by every plan, so a difference in cost is what "
    "switching is worth.",
}
_CAVEAT = (
    f"The price of lost patients is in no step and not in the cost of an infused dose; it is in the worth of leaving "
    f"{REFERENCE}. Remake: making and vector of starts beyond a patient's first. Idle: yearly cost of capacity that "
    "is not used."
)


def models_text(comparison: Comparison) -> str:
    """Return the comparison as Markdown: one table for each starting point, models side by side."""
    parts = [f"# {_title(comparison)}", _CAVEAT]
    for start, rows in comparison.table.groupby("start", sort=False):
        parts += [f"## {str(start).capitalize()}", _ABOUT[str(start)]]
        parts.append(text_table(["", *rows["model"]], _lines(comparison, rows)))
        parts += [f"{row.model}: no plan. {row.failure}" for row in rows.itertuples() if row.failure]
    return "\n\n".join(parts) + "\n"


def models_page(comparison: Comparison) -> str:
    """Return the comparison as a page: tables, and a bridge from `REFERENCE` to each other model."""
    parts = [paragraph(_CAVEAT, "note")]
    for start, rows in comparison.table.groupby("start", sort=False):
        parts += [heading(str(start).capitalize()), paragraph(_ABOUT[str(start)])]
        lines = _lines(comparison, rows)
        parts.append(html_table(["", *rows["model"]], lines, ("cost of an infused dose", "patients infused")))
        parts += [paragraph(f"{row.model}: no plan. {row.failure}") for row in rows.itertuples() if row.failure]
        parts.append(f'<div class="charts">{"".join(_charts(comparison, str(start)))}</div>')
    return page(_title(comparison), parts)


def write_models(comparison: Comparison, folder: str | Path) -> Path:
    """Write models.csv, bridges.csv, models.md, models.html and one SVG for each bridge into a new folder.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        comparison.table.to_csv(draft / "models.csv", index=False)
        comparison.bridges.to_csv(draft / "bridges.csv", index=False)
        (draft / "models.md").write_text(models_text(comparison), encoding="utf-8")
        (draft / "models.html").write_text(models_page(comparison), encoding="utf-8")
        for start, model, _ in comparison.each_bridge():
            drawn = bridge_chart(comparison, start, model)
            (draft / f"bridge-{start}-{model}.svg").write_text(drawn, encoding="utf-8")
    return Path(folder)


def bridge_chart(comparison: Comparison, start: str, model: str) -> str:
    """Return the bridge from `REFERENCE` to a model as SVG, in thousands of the currency for one infused dose."""
    rows = next(rows for s, m, rows in comparison.each_bridge() if (s, m) == (start, model))
    totals = rows[["reference", "value"]].sum() / 1000.0
    least = _LEAST_BAR * totals.max()
    changes = [(str(row.step), row.change / 1000.0) for row in rows.itertuples()]
    steps = [(name, change) for name, change in changes if abs(change) >= least]
    rest = sum(change for _, change in changes) - sum(change for _, change in steps)
    steps += [("other", rest)] if abs(rest) >= least else []
    unit = f"thousand {comparison.study.config.study.currency} for one infused dose"
    title = f"{start}: from {REFERENCE} to {model}"
    return waterfall(title, (REFERENCE, totals["reference"]), steps, (model, totals["value"]), unit)


def _charts(comparison: Comparison, start: str) -> Iterator[str]:
    for begun, model, _ in comparison.each_bridge():
        if begun == start:
            yield bridge_chart(comparison, start, model)


def _title(comparison: Comparison) -> str:
    return f"{comparison.study.name}: central plants against units at hospitals"


def _lines(comparison: Comparison, rows: pd.DataFrame) -> list[list[str]]:
    """Return the lines of a table, figures by model."""
    study, currency = comparison.study.config.study, comparison.study.config.study.currency

    def cash(value: float) -> str:
        return money(value, currency)

    def plain(value: float) -> str:
        return f"{value:,.1f}"

    def whole(value: float) -> str:
        return f"{value:,.0f}"

    figures: list[tuple[str, str, Callable[[float], str]]] = [
        ("cost of an infused dose", "cost_per_infused", cash),
        *((f"- {name.removeprefix('step_').replace('_', ' ')}", name, cash) for name in _steps_shown(rows)),
        ("price with the manufacturer's margin", "implied_price", cash),
        ("cost a year, lost patients priced", "cost_per_year", cash),
        (f"worth a year of leaving {REFERENCE}", "worth_of_switching_per_year", cash),
        ("of this not proven", "switching_unproven_per_year", cash),
        ("patients infused", "patients_infused", plain),
        ("lost: never served", "patients_unmet", plain),
        ("lost: distance", "patients_lost_distance", plain),
        ("lost: failed batches", "patients_lost_quality", plain),
        ("lost: delay", "patients_lost_delay", plain),
        ("vein-to-vein, mean d", "vein_to_vein_d_mean", plain),
        ("vein-to-vein, 90 % within d", "vein_to_vein_d_p90", plain),
        ("vein-to-vein within 14 d", "share_within_14_d", share),
        ("vein-to-vein within 21 d", "share_within_21_d", share),
        ("vein-to-vein within 28 d", "share_within_28_d", share),
        (f"trip, mean {study.distance_unit}", f"distance_{study.distance_unit}_mean", plain),
        ("units", "units", whole),
        ("platforms", "platforms", whole),
        ("new treatment centres", "new_centres", whole),
        ("made centrally", "share_central", share),
        ("capacity in use", "utilization", share),
        ("investment", "capex", cash),
        ("gap", "gap", lambda value: f"{value:.2%}"),
    ]
    lines = [[label, *(_shown(value, write) for value in rows[name])] for label, name, write in figures if name in rows]
    if "modes" in rows:
        lines.append(["modes", *(str(value) if isinstance(value, str) and value else "-" for value in rows["modes"])])
    return [*lines, ["status", *rows["status"]]]


def _steps_shown(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows.columns if name.startswith("step_") and (rows[name].abs() >= _LEAST_STEP).any()]


def _shown(value: float | None, write: Callable[[float], str]) -> str:
    if value is None or math.isnan(value):
        return "-"
    return write(value) if math.isfinite(value) else "unknown"
