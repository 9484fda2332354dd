"""The chart of a sweep: key figures against what was varied, as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.whatif.svg import GRID, INK, MUTED, TOTAL, Scale, drawing, line, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.whatif.points import Dimension
    from siting.whatif.sweep import Sweep

COLOURS = (TOTAL, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, after the house's blue."""
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 330, 170, 66, 96, 62


@dataclass(frozen=True)
class Figure:
    """One key figure: its column, its name with the unit, and by what it is divided."""

    column: str
    name: str
    divisor: float = 1.0


def figures_of(sweep: Sweep) -> list[Figure]:
    """Return the figures that are drawn, those that any run has."""
    currency = sweep.study.config.study.currency
    wanted = (
        Figure("cost_per_year", f"cost, million {currency} a year", 1e6),
        Figure("units", "units"),
        Figure("minutes_mean", "mean trip, min"),
    )
    return [figure for figure in wanted if figure.column in sweep.runs and sweep.runs[figure.column].notna().any()]


def sweep_svg(sweep: Sweep) -> str:
    """Return the chart: a row of panels for each key figure, a column for each thing varied.

    Runs that differ in nothing but the panel's axis are joined, unless every axis was sampled; colours tell the values
    of another axis. A thin line under a cost shows how far its bound lies below.
    """
    axes = [dim for dim in sweep.dimensions if sweep.runs[dim.label].nunique() > 1] or list(sweep.dimensions[:1])
    figures = figures_of(sweep)
    title = f"{sweep.study.name}: {len(sweep.points):,} runs"
    parts = [text(8, 20, title, 'font-size="14" font-weight="600"')]
    for place, dim in enumerate(axes):
        left = _LEFT + place * (_WIDTH + _GAP)
        colour = _colour_axis(sweep, dim)
        parts += _legend(sweep, colour, left)
        for row, figure in enumerate(figures):
            top = _TOP + row * (_HEIGHT + _GAP)
            parts += _panel(sweep, (dim, colour), figure, left, top)
    width = _LEFT + len(axes) * (_WIDTH + _GAP)
    return drawing(parts, max(width, 420), _TOP + max(len(figures), 1) * (_HEIGHT + _GAP), title)


def _colour_axis(sweep: Sweep, dim: Dimension) -> Dimension | None:
    others = [other for other in sweep.dimensions if other is not dim]
    few = [other for other in others if 1 < sweep.runs[other.label].nunique() <= len(COLOURS)]
    return few[0] if few else None


def _values(sweep: Sweep, dim: Dimension) -> list[Any]:
    values = sweep.runs[dim.label].unique().tolist()
    return sorted(values) if _is_numeric(sweep, dim) else values


def _is_numeric(sweep: Sweep, dim: Dimension) -> bool:
    column = sweep.runs[dim.label]
    return bool(pd.api.types.is_numeric_dtype(column)) and not pd.api.types.is_bool_dtype(column)


def _legend(sweep: Sweep, colour: Dimension | None, left: float) -> list[str]:
    if colour is None:
        return []
    parts, x = [text(left, 44, f"{_short(colour.label)}:", f'fill="{MUTED}" font-size="11"')], left
    for value, ink in zip(_values(sweep, colour), COLOURS, strict=False):
        parts += [_dot(x + 4, 56, ink), text(x + 11, 60, _word(value), 'font-size="11"')]
        x += 24 + 7 * len(_word(value))
    return parts


def _panel(
    sweep: Sweep, axes: tuple[Dimension, Dimension | None], figure: Figure, left: float, top: float
) -> list[str]:
    dim, colour = axes
    runs = sweep.runs[sweep.runs[figure.column].notna()]
    numeric, values = _is_numeric(sweep, dim), _values(sweep, dim)
    across = Scale(min(values), max(values), left + 12, left + _WIDTH - 12) if numeric else (
        Scale(-0.5, len(values) - 0.5, left, left + _WIDTH))  # fmt: skip
    at = runs[dim.label].map(across if numeric else lambda value: across(values.index(value)))
    low = _bound(sweep, runs, figure)
    ends = pd.concat([runs[figure.column], low]) / figure.divisor
    room = (ends.max() - ends.min() or abs(ends.max()) or 1.0) * 0.08
    up = Scale(ends.min() - room, ends.max() + room, top + _HEIGHT, top)
    parts = _frame(dim, figure, (across, up), values if not numeric else None)
    inks = dict(zip(_values(sweep, colour), COLOURS, strict=False)) if colour else {}
    drawn = pd.DataFrame({"x": at, "y": (runs[figure.column] / figure.divisor).map(up),
                          "low": (low / figure.divisor).map(up)})  # fmt: skip
    drawn["ink"] = runs[colour.label].map(inks) if colour else COLOURS[0]
    others = [label for label in sweep.labels if label != dim.label]
    if numeric and not any(other.is_open for other in sweep.dimensions):
        groups = [group for _, group in drawn.groupby([runs[label] for label in others])] if others else [drawn]
        parts += [_joined(group.sort_values("x")) for group in groups]
    for point in drawn.itertuples():
        parts.append(line(point.x, point.y, point.x, point.low, f'stroke="{point.ink}" stroke-width="1.2"'))
        parts.append(_dot(point.x, point.y, point.ink))
    return parts


def _bound(sweep: Sweep, runs: pd.DataFrame, figure: Figure) -> pd.Series:
    """Return how low the figure could be at best: the bound, where the cost is what was minimised."""
    is_cost = figure.column == "cost_per_year" and sweep.study.config.objective.kind == "total_cost"
    if not is_cost or "objective.kind" in sweep.labels:
        return runs[figure.column]
    return (runs["cost_per_year"] * (1 - runs["gap"].astype(float).fillna(0.0))).where(
        runs["gap"].notna(), runs["cost_per_year"]
    )


def _frame(dim: Dimension, figure: Figure, scales: tuple[Scale, Scale], words: Sequence[Any] | None) -> list[str]:
    across, up = scales
    left, right, bottom, top = across.left, across.right, up.left, up.right
    edge = 0 if words is not None else 12
    parts = [text(left - edge, top - 6, figure.name, 'font-weight="600"')]
    for tick in up.ticks(4):
        parts.append(line(left - edge, up(tick), right + edge, up(tick), f'stroke="{GRID}"'))
        parts.append(
            text(left - edge - 6, up(tick) + 4, f"{tick:,.6g}", f'text-anchor="end" fill="{MUTED}" font-size="11"')
        )
    marks = enumerate(words) if words is not None else ((tick, tick) for tick in across.ticks())
    room = int(_WIDTH / max(len(words or ()), 1) / 6.5)
    parts += [
        text(
            across(place),
            bottom + 15,
            _short(_word(word), room if words else 60),
            f'text-anchor="middle" fill="{MUTED}" font-size="11"',
        )
        for place, word in marks
    ]
    parts.append(line(left - edge, bottom, right + edge, bottom, f'stroke="{INK}"'))
    middle = (left + right) / 2
    return [*parts, text(middle, bottom + 31, _short(dim.label), f'text-anchor="middle" fill="{MUTED}" font-size="11"')]


def _joined(group: pd.DataFrame) -> str:
    path = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in group.itertuples())
    return f'<polyline points="{path}" fill="none" stroke="{group["ink"].iat[0]}" stroke-width="1.5"/>'


def _dot(x: float, y: float, ink: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{ink}"/>'


def _word(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _short(label: str, most: int = 52) -> str:
    return label if len(label) <= most else f"{label[: max(most - 1, 1)]}\N{HORIZONTAL ELLIPSIS}"
