"""The tornado as text, CSV and a page with its chart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from siting.plan.proof import proof
from siting.study.folders import new_folder
from siting.whatif.page import heading, html_table, page, paragraph, text_table
from siting.whatif.svg import Swing, tornado_chart
from siting.whatif.tornado import modes_in_words
from siting.words import count, money

if TYPE_CHECKING:
    import pandas as pd

    from siting.whatif.tornado import Tornado

_ABOUT = (
    "Each parameter stands at its low and its high end while all others stay. Same units: the base plan's units stay "
    "and only flows and prices change; all other figures: the best plan under the changed figure. Cost a year, lost "
    "patients priced. What only moves money between payers has no effect where they weigh the same. "
    "Ranks: by effect on cost, on the number of units, on the modes."
)
_HEAD = (
    "parameter", "low", "base", "high", "cost at low", "cost at high", "effect", "same units", "units", "mode shift",
    "ranks",
)  # fmt: skip
_RANGE_HEAD = ("parameter", "low", "base", "high", "unit", "range from", "made at low by", "made at high by")


def tornado_text(tornado: Tornado) -> str:
    """Return the ranking as Markdown."""
    parts = [f"# {_title(tornado)}", _base(tornado), _ABOUT, text_table(_HEAD, _lines(tornado))]
    return "\n\n".join([*parts, *_notes(tornado)]) + "\n"


def tornado_page(tornado: Tornado) -> str:
    """Return the ranking as a page: chart, table, and where every range is from."""
    sources = [
        [row.parameter, row.low, row.base, row.high, row.unit, row.range_source, row.modes_low, row.modes_high]
        for row in tornado.table.itertuples()
    ]
    parts = [
        paragraph(_base(tornado)),
        paragraph(_ABOUT, "note"),
        f'<div class="wide">{tornado_svg(tornado)}</div>',
        html_table(_HEAD, _lines(tornado)),
        *(paragraph(note) for note in _notes(tornado)),
        heading("Where the ranges are from, and who makes the cells"),
        html_table(_RANGE_HEAD, sources, kind="words"),
    ]
    return page(_title(tornado), parts)


def write_tornado(tornado: Tornado, folder: str | Path) -> Path:
    """Write tornado.csv, tornado.md, tornado.html and tornado.svg into a new folder.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        tornado.table.to_csv(draft / "tornado.csv", index=False)
        (draft / "tornado.md").write_text(tornado_text(tornado), encoding="utf-8")
        (draft / "tornado.html").write_text(tornado_page(tornado), encoding="utf-8")
        (draft / "tornado.svg").write_text(tornado_svg(tornado), encoding="utf-8")
    return Path(folder)


def tornado_svg(tornado: Tornado) -> str:
    """Return the chart: cost a year in millions, the parameter with the largest effect first."""
    currency = tornado.plan.network.currency
    return swing_chart(_title(tornado), tornado.table, tornado.base.cost, tornado.base.units, currency)


def swing_chart(title: str, table: pd.DataFrame, cost: float, units: int, currency: str) -> str:
    """Return the chart of rows of a tornado's table around the base's cost a year."""
    swings = [
        Swing(
            row.parameter,
            (_millions(row.fixed_cost_low), _millions(row.fixed_cost_high)),
            (_millions(row.cost_low), _millions(row.cost_high)),
            (row.low, row.high),
            (f"{_count(row.units_low)} / {_count(row.units_high)}", f"{row.mode_shift:.0%}"),
        )
        for row in table.itertuples()
    ]
    return tornado_chart(
        title, cost / 1e6, swings, (f"units (now {units})", "mode shift"), f"million {currency} a year"
    )


def _millions(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value / 1e6


def _count(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.0f}"


def _title(tornado: Tornado) -> str:
    return f"{tornado.plan.name}: which assumptions move the plan"


def _base(tornado: Tornado) -> str:
    base, currency = tornado.base, tornado.plan.network.currency
    return (
        f"Base plan: {money(base.cost, currency)} a year, {count(base.units, 'unit')}, {modes_in_words(base)}. "
        f"{proof(tornado.plan)}."
    )


def _lines(tornado: Tornado) -> list[list[str]]:
    currency = tornado.plan.network.currency

    def cash(value: float | None) -> str:
        return "no plan" if value is None or math.isnan(value) else money(value, currency)

    return [
        [
            row.parameter, row.low, row.base, row.high, cash(row.cost_low), cash(row.cost_high), cash(row.effect),
            cash(row.fixed_effect), f"{_count(row.units_low)} / {_count(row.units_high)}", f"{row.mode_shift:.1%}",
            f"{row.rank_cost} / {row.rank_units} / {row.rank_modes}",
        ]
        for row in tornado.table.itertuples()
    ]  # fmt: skip


def _notes(tornado: Tornado) -> list[str]:
    """Return what the reader must know of effects that are not proven and of ends without a plan."""
    table = tornado.table
    if table.empty:
        return ["No parameter has a range."]
    open_ = [row.parameter for row in table.itertuples() if 0 < row.effect <= row.unproven]
    notes = []
    if open_:
        notes.append(
            f"Not proven, as the effect is within the gaps of the solves: {', '.join(open_)}. A smaller gap settles it."
        )
    return [*notes, *(f"{row.parameter}: {row.failure}" for row in table.itertuples() if row.failure)]
