"""Break-even as text, CSV and a page with charts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from siting.study.folders import new_folder
from siting.whatif.breakeven_chart import panels
from siting.whatif.page import html_table, page, paragraph, text_table
from siting.whatif.svg import drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.whatif.breakeven import BreakEven

MOST_CHARTS = 12
"""More different sites than this are in the table only."""
_FIGURES = (
    "cheaper_from_batches", "cheaper_always_from_batches", "host_from_batches", "at_batches", "walk_away_fee",
    "most_batches",
)  # fmt: skip


def _groups(found: BreakEven) -> Iterator[tuple[str, pd.Series, int]]:
    """Yield name, row and position of the first of the sites that share all figures, in the table's order."""
    shown = found.table[list(_FIGURES)].round(6)
    for _, rows in found.table.groupby([shown[name] for name in _FIGURES], sort=False, dropna=False):
        first = rows.iloc[0]
        name = f"{first['name']} [{first['site_id']}]"
        if len(rows) > 1:
            name = f"{len(rows):,} sites alike, such as {name}"
        yield name, first, int(rows.index[0])


def _head(found: BreakEven) -> tuple[str, ...]:
    mode, other = found.question.mode, found.question.against
    beats = f"{mode} beats {other} from"
    return ("site", beats, "for good", "host breaks even from", "at batches", "host walks away below")


def _lines(found: BreakEven) -> list[list[str]]:
    return [[name, *(_figure(row[figure]) for figure in _FIGURES[:5])] for name, row, _ in _groups(found)]


def _figure(value: float) -> str:
    return "never" if pd.isna(value) else f"{value:,.0f}"


def _about(found: BreakEven) -> str:
    question = found.question
    return (
        f"Batches a year are patients collected, restarts priced in; {question.mode} and {question.against} are "
        f"compared by the money of the {question.perspective.replace('_', ' ')}, each with the cheapest unit that "
        f"makes the volume. The fee of {question.against} is {found.fee_per_start:,.0f} {found.currency} a start "
        "today; the last column is the least fee at which its host still breaks even at that many batches."
    )


def _title(found: BreakEven) -> str:
    return f"{found.name}: {found.question.mode} against {found.question.against}"


def break_even_text(found: BreakEven) -> str:
    """Return the table as Markdown; sites that share all figures share a line."""
    return "\n\n".join([f"# {_title(found)}", _about(found), text_table(_head(found), _lines(found))]) + "\n"


def break_even_svg(found: BreakEven) -> str:
    """Return the charts as one SVG: two panels for each site that differs from the others, `MOST_CHARTS` at most."""
    parts, top, width = [], 0.0, 0.0
    for name, row, position in list(_groups(found))[:MOST_CHARTS]:
        drawn, width, height = panels(name, found, row, found.curves[position], top)
        parts += drawn
        top += height
    return drawing(parts, width, top, _title(found))


def break_even_page(found: BreakEven) -> str:
    """Return table and charts as a page."""
    parts = [
        paragraph(_about(found), "note"),
        html_table(_head(found), _lines(found)),
        f'<div class="wide">{break_even_svg(found)}</div>',
    ]
    left_out = len(list(_groups(found))) - MOST_CHARTS
    if left_out > 0:
        parts.append(paragraph(f"{left_out:,} more kinds of sites are in the table without a chart."))
    return page(_title(found), parts)


def write_break_even(found: BreakEven, folder: str | Path) -> Path:
    """Write breakeven.csv, breakeven.md, breakeven.html and breakeven.svg into a new folder.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        found.table.to_csv(draft / "breakeven.csv", index=False)
        (draft / "breakeven.md").write_text(break_even_text(found), encoding="utf-8")
        (draft / "breakeven.html").write_text(break_even_page(found), encoding="utf-8")
        (draft / "breakeven.svg").write_text(break_even_svg(found), encoding="utf-8")
    return Path(folder)
