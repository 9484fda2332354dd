"""Two panels a site: what a batch costs in either mode, and the fee at which the host walks away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.whatif.svg import GRID, INK, MUTED, TOTAL, UP, Scale, grid, line, text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from siting.whatif.breakeven import BreakEven, Curves

PANEL, GAP, LEFT, HEIGHT, TOP = 400.0, 90.0, 70.0, 210.0, 72.0
REACH, ROOM = 2.0, 1.3
"""The axis of money ends at REACH times the least figure, or ROOM above where lines end; small volumes cost any amount.
"""


def panels(name: str, found: BreakEven, row: pd.Series, curves: Curves, top: float) -> tuple[list[str], float, float]:
    """Return the elements of one site's panels drawn from `top`, with the width and height they take."""
    parts = [text(8, top + 20, name, 'font-size="14" font-weight="600"')]
    question, batches = found.question, curves.batches
    with np.errstate(invalid="ignore"):
        lines = [(question.mode, TOTAL, curves.cost / batches), (question.against, UP, curves.other / batches)]
    parts += _panel(LEFT, top, batches, lines, f"{found.currency} a batch, {question.perspective.replace('_', ' ')}",
                    row["cheaper_always_from_batches"])  # fmt: skip
    today = np.full(len(batches), found.fee_per_start)
    fees = [("host walks away below", UP, curves.fee), ("fee today", INK, today)]
    parts += _panel(LEFT + PANEL + GAP, top, batches, fees, f"{found.currency} a start, fee of {question.against}",
                    row["host_from_batches"])  # fmt: skip
    return parts, LEFT + 2 * PANEL + GAP + 20, TOP + HEIGHT + 60


def _panel(
    left: float, top: float, batches: NDArray[np.int64], lines: list[tuple[str, str, NDArray[np.float64]]], unit: str,
    mark: float,
) -> list[str]:  # fmt: skip
    """Draw lines over batches a year, with a dashed mark at one volume."""
    values = np.concatenate([values[np.isfinite(values)] for _, _, values in lines])
    if not len(batches) or not len(values):
        return [text(left, top + TOP + 20, "no unit of these modes can stand here", f'fill="{MUTED}"')]
    bottom = top + TOP + HEIGHT
    across = Scale(0.0, float(batches[-1]), left, left + PANEL)
    ends = [values[np.isfinite(values)][-1] for _, _, values in lines if np.isfinite(values).any()]
    up = Scale(0.0, max(REACH * float(values.min()), ROOM * float(max(ends)), 1.0), bottom, top + TOP)
    parts = [*grid(across, top + TOP, bottom, "batches a year"), text(left, top + 40, unit, f'fill="{MUTED}"')]
    for tick in up.ticks():
        parts.append(line(left, up(tick), left + PANEL, up(tick), f'stroke="{GRID}"'))
        parts.append(text(left - 6, up(tick) + 4, f"{tick:,.6g}", f'text-anchor="end" fill="{MUTED}" font-size="11"'))
    if not np.isnan(mark):
        parts.append(line(across(mark), top + TOP, across(mark), bottom, f'stroke="{INK}" stroke-dasharray="3 3"'))
        parts.append(text(across(mark) + 4, top + TOP + 12, f"{mark:,.0f}", 'font-size="11"'))
    x = left
    for label, colour, heights in lines:
        parts += [_path(across, up, batches[part], heights[part], colour) for part in _pieces(heights, up.high)]
        parts.append(line(x, top + 54, x + 14, top + 54, f'stroke="{colour}" stroke-width="2.5"'))
        parts.append(text(x + 18, top + 58, label, f'fill="{MUTED}" font-size="11"'))
        x += 40 + 6.5 * len(label)
    return parts


def _pieces(heights: NDArray[np.float64], most: float) -> list[NDArray[np.int64]]:
    """Return the runs of positions whose height is known and inside the axis."""
    inside = np.flatnonzero(np.isfinite(heights) & (heights <= most))
    return [run for run in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1) if len(run)]


def _path(across: Scale, up: Scale, x: NDArray[np.int64], y: NDArray[np.float64], colour: str) -> str:
    points = " ".join(f"{across(float(a)):.1f},{up(float(b)):.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
