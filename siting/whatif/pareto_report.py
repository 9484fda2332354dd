"""A front as text, CSV, page with its chart, and the plans behind its points."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from siting.export.export import export as export_plan
from siting.study.folders import new_folder
from siting.whatif.page import html_table, page, paragraph, text_table
from siting.whatif.svg import GRID, INK, MUTED, PALE, TOTAL, UP, Scale, drawing, grid, line, text
from siting.words import count, listed, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.whatif.criteria import Criterion
    from siting.whatif.pareto import Pareto, Point

_NOTE = (
    "Every point is a plan that no other plan found beats in both criteria. The gap says how much better the optimised "
    "criterion could be at most, among all plans that are no worse in the other one: a plan that beats the point can "
    "only lie inside it (the pale bars in the chart)."
)
_WIDTH, _HEIGHT, _LEFT, _TOP = 720, 400, 100, 44


def pareto_text(front: Pareto) -> str:
    """Return the front in words and figures, as Markdown."""
    head, rows = _lines(front)
    parts = [f"# {_title(front)}", "\n".join(f"- {words}" for words in _words(front)), text_table(head, rows), _NOTE]
    return "\n\n".join([*parts, *_abouts(front)]) + "\n"


def pareto_fragment(front: Pareto) -> str:
    """Return words, chart and table as HTML, for a notebook."""
    head, rows = _lines(front)
    knee = () if front.knee is None else (str(front.knee),)
    words = [paragraph(line) for line in _words(front)]
    notes = [paragraph(line, "note") for line in (_NOTE, *_abouts(front))]
    chart = f'<div class="wide">{pareto_svg(front)}</div>'
    return "\n".join([*words, chart, html_table(head, rows, strong=knee), *notes])


def write_pareto(front: Pareto, folder: str | Path, export: Sequence[int] = ()) -> Path:
    """Write a front into a new folder.

    Files: ``pareto.html`` (words, chart, table), ``pareto.md``, ``pareto.svg``, ``pareto.csv``, ``pareto.json``, and
    for every point asked for ``points/03`` with what `siting.export` writes: map, tables, GeoPackage, study.

    Parameters
    ----------
    front : Pareto
        The front.
    folder : str or Path
        Folder to make.
    export : sequence of int
        Numbers of points, from 1.

    Raises
    ------
    StudyError
        If the folder holds something, or there is no such point.
    """
    plans = {number: front.plan(number) for number in dict.fromkeys(export)}
    with new_folder(folder) as draft:
        front.table.to_csv(draft / "pareto.csv", index=False, encoding="utf-8", lineterminator="\n")
        texts = {
            "pareto.md": pareto_text(front),
            "pareto.html": page(_title(front), [pareto_fragment(front)]),
            "pareto.svg": pareto_svg(front),
            "pareto.json": json.dumps(front.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        }
        for name, words in texts.items():
            (draft / name).write_text(words, encoding="utf-8")
        for number, plan in plans.items():
            export_plan(plan, draft / "points" / f"{number:02d}")
    return Path(folder)


def pareto_svg(front: Pareto) -> str:
    """Return the chart: `of` to the right, `against` upwards, bounds as pale bars, the knee ringed."""
    across, up = front.of, front.against
    factors = [_scale_of(front, axis) for axis in (across, up)]
    places = [tuple(front.value(p, axis) * f for axis, (f, _) in zip((across, up), factors, strict=True))
              for p in front.points]  # fmt: skip
    bounds = [_bound_of(front, point, factors) for point in front.points]
    every = [*places, *(bound for bound in bounds if bound)]
    x, y = (_axis([place[i] for place in every], *ends) for i, ends in
            enumerate(((_LEFT, _WIDTH - 24), (_HEIGHT - 60, _TOP))))  # fmt: skip
    bottom = _HEIGHT - 60
    parts = [text(8, 20, _title(front), 'font-size="14" font-weight="600"')]
    parts += grid(x, _TOP, bottom, f"{across.label} ({factors[0][1]})")
    for tick in y.ticks():
        parts.append(line(_LEFT, y(tick), _WIDTH - 24, y(tick), f'stroke="{GRID}"'))
        parts.append(text(_LEFT - 8, y(tick) + 4, f"{tick:,.6g}", f'text-anchor="end" fill="{MUTED}" font-size="11"'))
    parts.append(text(8, 36, f"{up.label} ({factors[1][1]})", f'fill="{MUTED}" font-size="11"'))
    for (px, py), bound in zip(places, bounds, strict=True):
        if bound:
            parts.append(line(x(px), y(py), x(bound[0]), y(bound[1]), f'stroke="{PALE}" stroke-width="7"'))
    path = " ".join(f"{x(px):.1f},{y(py):.1f}" for px, py in places)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{MUTED}" stroke-dasharray="2 4"/>')
    for number, (point, (px, py)) in enumerate(zip(front.points, places, strict=True), start=1):
        proven = point.plan.status == "optimal"
        look = f'fill="{TOTAL}" stroke="#fff"' if proven else f'fill="#fff" stroke="{TOTAL}" stroke-width="2"'
        if number == front.knee:
            parts.append(
                f'<circle cx="{x(px):.1f}" cy="{y(py):.1f}" r="11" fill="none" stroke="{UP}" stroke-width="2.5"/>'
            )
            parts.append(text(x(px) + 15, y(py) + 16, "knee", f'fill="{UP}" font-weight="600"'))
        parts.append(f'<circle cx="{x(px):.1f}" cy="{y(py):.1f}" r="6" {look}/>')
        parts.append(text(x(px) + 9, y(py) - 8, str(number), f'fill="{INK}" font-weight="600"'))
    return drawing(parts, _WIDTH, _HEIGHT, _title(front))


def _axis(values: Sequence[float], start: float, end: float) -> Scale:
    low, high = min(values), max(values)
    room = 0.07 * (high - low) or max(abs(high), 1.0) * 0.1
    return Scale(low - room, high + room, start, end)


def _scale_of(front: Pareto, axis: Criterion) -> tuple[float, str]:
    """Return factor and unit that an axis is drawn in."""
    if not axis.unit.startswith("money"):
        return 1.0, axis.unit
    often = " a year" if axis.unit == "money" else ""
    return 1e-6, f"million {front.study.config.study.currency}{often}"


def _bound_of(front: Pareto, point: Point, factors: Sequence[tuple[float, str]]) -> tuple[float, float] | None:
    """Return where the bound of a point lies in the chart."""
    if point.bound is None:
        return None
    values = [point.bound if axis.key == front.goal.key else point.capped for axis in (front.of, front.against)]
    return values[0] * factors[0][0], values[1] * factors[1][0]


def _title(front: Pareto) -> str:
    return f"{front.study.name}: {front.of.label} against {front.against.label}"


def shown(front: Pareto, axis: Criterion, value: float | None) -> str:
    """Return a value of an axis in words."""
    if value is None or math.isnan(value):
        return "-"
    if axis.unit.startswith("money"):
        return money(value, front.study.config.study.currency)
    if axis.key == "units":
        return f"{value:,.0f}"
    return f"{value:,.2f} {axis.unit}" if axis.unit == "d" else f"{value:,.1f} {axis.unit}"


def _words(front: Pareto) -> list[str]:
    first, last = front.points[0], front.points[-1]
    lines = [f"{count(len(front.points), 'point')}; {_ends(front, first)}."]
    if len(front.points) > 1:
        lines[0] = f"{count(len(front.points), 'point')}, from {_ends(front, first)} to {_ends(front, last)}."
    else:
        lines.append("One plan is best in both: there is nothing to trade.")
    if front.knee is not None:
        knee = front.points[front.knee - 1]
        lines.append(
            f"Knee: point {front.knee} ({_ends(front, knee)}), the point furthest from the line between the ends."
        )
    elif len(front.points) > 2:
        lines.append("No knee: the points lie close to a straight line.")
    open_ = [str(i) for i, point in enumerate(front.points, start=1) if point.plan.status != "optimal"]
    if open_:
        lines.append(f"Not proven within the gap asked for: point{'s' if len(open_) > 1 else ''} {listed(open_)}.")
    if front.beaten:
        are = "is" if front.beaten == 1 else "are"
        lines.append(f"{count(front.beaten, 'plan')} found {are} dominated or equal to a point and not shown.")
    lines += [f"No plan for {cap}: {reason}" for cap, reason in front.failures]
    return lines


def _ends(front: Pareto, point: Point) -> str:
    of, against = (shown(front, axis, front.value(point, axis)) for axis in (front.of, front.against))
    return f"{front.of.label} {of} at {front.against.label} {against}"


def _abouts(front: Pareto) -> list[str]:
    axes = [f"{axis.key}: {axis.about}." for axis in (front.of, front.against) if axis.about]
    how = f"Optimised: {front.goal.key}; capped: {front.capped.key}."
    return [*axes, how]


def _lines(front: Pareto) -> tuple[list[str], list[list[str]]]:
    """Return head and lines of the table."""
    head = ["point", front.of.label, front.against.label, "gap", "units", "modes", "price of the step", "price so far"]
    rows = []
    for row in front.table.to_dict("records"):
        per = front.of.unit if front.of.unit != "units" else "unit"
        step = "-" if math.isnan(row["step_price"]) else shown(front, front.against, row["step_price"])
        rows.append(
            [
                str(row["point"]) + (" (knee)" if row["is_knee"] else ""),
                *(shown(front, axis, float(row[axis.key])) for axis in (front.of, front.against)),
                "unknown" if row["gap"] is None or math.isnan(row["gap"]) else f"{row['gap']:.2%}",
                str(row["units"]),
                row["modes"] or "-",
                step if step == "-" else f"{step} for 1 {per}",
                "-" if row["point"] == 1 or math.isnan(row["price"]) else f"{row['price']:+.2%}",
            ]
        )
    return head, rows
