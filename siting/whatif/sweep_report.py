"""A sweep as text, tables and a page with its chart."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.whatif.page import heading, html_table, page, paragraph, text_table
from siting.whatif.store import write_whole
from siting.whatif.sweep_chart import sweep_svg
from siting.words import count, listed, money

if TYPE_CHECKING:
    from siting.whatif.sweep import Sweep

MOST_LINES = 40
"""A longer table is cut in the text; runs.csv has it all."""


def sweep_text(sweep: Sweep) -> str:
    """Return the sweep as Markdown: how it ended, between what the figures lie, and the runs."""
    head, lines = _head(sweep), _lines(sweep)
    more = f"{len(lines) - MOST_LINES:,} more runs are in runs.csv." if len(lines) > MOST_LINES else ""
    parts = [f"# {_title(sweep)}", *_words(sweep), text_table(head, lines[:MOST_LINES]), more, *_failures(sweep)]
    return "\n\n".join(part for part in parts if part) + "\n"


def sweep_page(sweep: Sweep) -> str:
    """Return the sweep as a page: chart, table, changes."""
    parts = [sweep_fragment(sweep)]
    if sweep.study.changes:
        parts += [heading("Changed in every run"), *(paragraph(change) for change in sweep.study.changes)]
    return page(_title(sweep), parts)


def sweep_fragment(sweep: Sweep) -> str:
    """Return words, chart and table as HTML to be put into a page or shown by a notebook."""
    return "\n".join([
        *(paragraph(words) for words in _words(sweep)),
        f'<div class="wide">{sweep_svg(sweep)}</div>',
        paragraph("A thin line under a cost reaches down to its proven bound.", "note"),
        html_table(_head(sweep), _lines(sweep)),
        *(paragraph(words) for words in _failures(sweep)),
    ])  # fmt: skip


def write_sweep(sweep: Sweep, folder: str | Path) -> Path:
    """Write table, text, page and chart into the folder of a sweep, over earlier ones."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parquet = io.BytesIO()
    sweep.runs.to_parquet(parquet, index=False)
    files: dict[str, str | bytes] = {
        "runs.csv": sweep.runs.to_csv(index=False),
        "runs.parquet": parquet.getvalue(),
        "sweep.md": sweep_text(sweep),
        "sweep.svg": sweep_svg(sweep),
        "sweep.html": sweep_page(sweep),
    }
    for name, content in files.items():
        write_whole(folder / name, content)
    return folder


def _title(sweep: Sweep) -> str:
    return f"{sweep.study.name}: {listed(sweep.labels)} varied"


def _words(sweep: Sweep) -> list[str]:
    runs, currency = sweep.runs, sweep.study.config.study.currency
    ended = listed(f"{number} {status}" for status, number in runs["status"].value_counts().items())
    parts = [f"{count(len(runs), 'run')}: {ended}."]
    if runs["objective"].notna().any():
        gaps = runs["gap"].dropna()
        proof = f" The widest gap is {gaps.max():.2%}." if len(gaps) else ""
        cost, least = runs["cost_per_year"], runs.loc[runs["cost_per_year"].idxmin()]
        at = listed(f"{label} = {_cell(least[label])}" for label in sweep.labels)
        parts.append(
            f"Cost a year from {money(cost.min(), currency)} (run {least['run']}: {at}) to "
            f"{money(cost.max(), currency)}; {runs['units'].min():.0f} to {runs['units'].max():.0f} units.{proof}"
        )
    return parts


def _head(sweep: Sweep) -> list[str]:
    return ["run", *sweep.labels, "status", "cost a year", "gap", "units", *_modes(sweep), "infused", "mean trip, min"]


def _modes(sweep: Sweep) -> list[str]:
    return [str(name).removeprefix("units_") for name in sweep.runs if str(name).startswith("units_")]


def _lines(sweep: Sweep) -> list[list[str]]:
    currency = sweep.study.config.study.currency
    lines = []
    for _, row in sweep.runs.iterrows():
        line = [str(row["run"]), *(_cell(row[label]) for label in sweep.labels), str(row["status"])]
        if pd.isna(row["objective"]):
            lines.append([*line, *["-"] * (5 + len(_modes(sweep)))])
            continue
        counts = [f"{row[name]:.0f}" for name in ("units", *(f"units_{mode}" for mode in _modes(sweep)))]
        gap = "unknown" if pd.isna(row["gap"]) else f"{row['gap']:.2%}"
        trip = "-" if pd.isna(row["minutes_mean"]) else f"{row['minutes_mean']:,.1f}"
        lines.append(
            [*line, money(row["cost_per_year"], currency), gap, *counts, f"{row['patients_infused']:,.0f}", trip]
        )
    return lines


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "none" if pd.isna(value) else f"{value:,.6g}"
    return "none" if value is None else str(value)


def _failures(sweep: Sweep) -> list[str]:
    """Return the reasons why runs have no plan, each once."""
    failed = sweep.runs[sweep.runs["error"] != ""]
    return [
        f"No plan in {'run' if len(group) == 1 else 'runs'} {', '.join(map(str, group['run'].head(8)))}"
        f"{'' if len(group) <= 8 else f' and {len(group) - 8:,} more'}: {error}"
        for error, group in failed.groupby("error", sort=False)
    ]
