"""Charts of the report as SVG: bars side by side, bars in parts, and how full every unit is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.whatif.svg import INK, MUTED, TOTAL, Scale, bar, drawing, grid, line, text

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 720.0
BEFORE, AFTER = "#e69f00", "#0072b2"
"""Orange and blue of Okabe and Ito's palette; they differ in lightness too, so grey prints tell them apart."""
PARTS = ("#0072b2", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#8c6d31")
_LEFT, _ROW = 230.0, 44.0
_WIDE, _NARROW = 9.0, 6.6
"""Pixels of a capital and of another sign at 12 px, rather too many than too few."""
_SMALL = f'font-size="11" fill="{MUTED}"'


def short(name: str, room: float = _LEFT - 16) -> str:
    """Return as much of a name as fits beside a bar; the table beside the chart has all of it."""
    taken = 0.0
    for place, sign in enumerate(name):
        taken += _WIDE if sign.isupper() or not sign.isascii() else _NARROW
        if taken > room:
            return f"{name[: place - 1].rstrip()}…"
    return name


def _key(entries: Sequence[tuple[str, str]], y: float) -> list[str]:
    """Return a legend: coloured squares with words, in rows as wide as the chart."""
    parts, x = [], 8.0
    for colour, words in entries:
        wide = 30.0 + 6.6 * len(words)
        if x + wide > WIDTH:
            x, y = 8.0, y + 18.0
        parts += [bar(x, x + 12, y - 10, 12, f'fill="{colour}"'), text(x + 17, y, words, _SMALL)]
        x += wide
    return parts


def pairs(
    title: str, rows: Sequence[tuple[str, float | None, float | None]], names: tuple[str, str], unit: str, about: str
) -> str:
    """Draw two bars for each row, such as before and after.

    Parameters
    ----------
    title : str
        Of the chart.
    rows : sequence of (name, first, second)
        None where there is no value.
    names : tuple of str
        What first and second are called.
    unit : str
        Of the values.
    about : str
        What the chart shows, for screen readers.
    """
    top, bottom = 40.0, 40.0 + _ROW * len(rows)
    most = max((value for _, *both in rows for value in both if value is not None), default=1.0)
    scale = Scale(0.0, most * 1.12 or 1.0, _LEFT, WIDTH - 20)
    parts = [*_key(list(zip((BEFORE, AFTER), names, strict=True)), 20), *grid(scale, top, bottom, unit)]
    for place, (name, *both) in enumerate(rows):
        y = top + _ROW * place
        parts.append(text(_LEFT - 8, y + 26, short(name), 'text-anchor="end"'))
        for value, colour, shift in zip(both, (BEFORE, AFTER), (5, 22), strict=True):
            if value is None:
                parts.append(text(_LEFT + 5, y + shift + 12, "nobody", _SMALL))
                continue
            parts.append(bar(scale(0), scale(value), y + shift, 15, f'fill="{colour}"'))
            parts.append(text(scale(value) + 5, y + shift + 12, f"{value:,.3g}", _SMALL))
    parts.append(line(scale(0), top, scale(0), bottom, f'stroke="{INK}"'))
    return drawing(parts, WIDTH, bottom + 40, title, about)


def stacked(
    title: str, rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], unit: str, about: str
) -> str:
    """Draw one bar in parts for each row; the sum stands at its end.

    Parameters
    ----------
    title : str
        Of the chart.
    rows : sequence of (name, parts)
        Parts in the order of `names`.
    names : sequence of str
        What the parts are called; at most six.
    unit : str
        Of the values.
    about : str
        What the chart shows, for screen readers.
    """
    top, bottom = 58.0, 58.0 + _ROW * len(rows)
    scale = Scale(0.0, max((sum(values) for _, values in rows), default=1.0) * 1.12 or 1.0, _LEFT, WIDTH - 20)
    parts = [*_key(list(zip(PARTS, names, strict=False)), 20), *grid(scale, top, bottom, unit)]
    for place, (name, values) in enumerate(rows):
        y, reached = top + _ROW * place, 0.0
        parts.append(text(_LEFT - 8, y + 26, short(name), 'text-anchor="end"'))
        for value, colour in zip(values, PARTS, strict=False):
            if value > 0:
                parts.append(bar(scale(reached), scale(reached + value), y + 8, 26, f'fill="{colour}" stroke="#fff"'))
            reached += value
        parts.append(text(scale(reached) + 5, y + 26, f"{reached:,.1f}", 'font-size="12" font-weight="600"'))
    parts.append(line(scale(0), top, scale(0), bottom, f'stroke="{INK}"'))
    return drawing(parts, WIDTH, bottom + 40, title, about)


def filled(title: str, rows: Sequence[tuple[str, float, float | None]], unit: str, about: str) -> str:
    """Draw what is used inside what there is, one row each.

    Parameters
    ----------
    title : str
        Of the chart.
    rows : sequence of (name, used, capacity)
        A capacity of None has no end.
    unit : str
        Of the values.
    about : str
        What the chart shows, for screen readers.
    """
    height, top = 26.0, 40.0
    bottom = top + height * len(rows)
    most = max((max(used, capacity or 0.0) for _, used, capacity in rows), default=1.0)
    scale = Scale(0.0, most * 1.2 or 1.0, _LEFT, WIDTH - 20)
    parts = [*_key([(TOTAL, "starts made"), ("#dfe6ec", "capacity that keeps the promised wait")], 20),
             *grid(scale, top, bottom, unit)]  # fmt: skip
    for place, (name, used, capacity) in enumerate(rows):
        y = top + height * place
        parts.append(text(_LEFT - 8, y + 17, short(name), 'text-anchor="end"'))
        if capacity is not None:
            parts.append(bar(scale(0), scale(capacity), y + 4, 18, f'fill="#dfe6ec" stroke="{MUTED}"'))
        parts.append(bar(scale(0), scale(used), y + 7, 12, f'fill="{TOTAL}"'))
        words = f"{used:,.0f}" if capacity is None else f"{used:,.0f} of {capacity:,.0f}"
        parts.append(text(scale(max(used, capacity or 0.0)) + 5, y + 17, words, _SMALL))
    parts.append(line(scale(0), top, scale(0), bottom, f'stroke="{INK}"'))
    return drawing(parts, WIDTH, bottom + 40, title, about)


def ranked(
    title: str, rows: Sequence[tuple[str, float, str, str]], key: Sequence[tuple[str, str]], unit: str, about: str
) -> str:
    """Draw one bar for each row with words at its end.

    Parameters
    ----------
    title : str
        Of the chart.
    rows : sequence of (name, value, colour, words)
        In the order shown.
    key : sequence of (colour, words)
        Legend.
    unit : str
        Of the values.
    about : str
        What the chart shows, for screen readers.
    """
    height, top = 22.0, 40.0
    bottom = top + height * len(rows)
    scale = Scale(0.0, max((value for _, value, *_ in rows), default=1.0) or 1.0, _LEFT, WIDTH - 150)
    parts = [*_key(key, 20), *grid(scale, top, bottom, unit)]
    for place, (name, value, colour, words) in enumerate(rows):
        y = top + height * place
        parts.append(text(_LEFT - 8, y + 16, short(name), 'text-anchor="end"'))
        parts.append(bar(scale(0), scale(value), y + 4, 15, f'fill="{colour}"'))
        parts.append(text(scale(value) + 5, y + 16, words, _SMALL))
    parts.append(line(scale(0), top, scale(0), bottom, f'stroke="{INK}"'))
    return drawing(parts, WIDTH, bottom + 40, title, about)
