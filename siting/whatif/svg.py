"""Charts as inline SVG, drawn without a plot library: a waterfall and a tornado."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INK, MUTED, GRID = "#1d2733", "#66717d", "#e3e8ec"
TOTAL, UP, DOWN, PALE = "#355c79", "#d55e00", "#009e73", "#b9c9d5"
"""Orange and green of Okabe and Ito's palette, told apart by colour-blind readers."""
_FONT = "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""


@dataclass(frozen=True)
class Scale:
    """A linear axis from values to pixels."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        span = self.high - self.low or 1.0
        return self.left + (value - self.low) / span * (self.right - self.left)

    def ticks(self, most: int = 5) -> list[float]:
        """Return round values inside the axis."""
        raw = max((self.high - self.low) / most, 1e-12)
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if raw <= power * nice * (1 + 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        return [step * i for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Return a text element; `style` is a list of SVG attributes."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def bar(x0: float, x1: float, y: float, height: float, style: str) -> str:
    """Return a rectangle between two x, whichever is greater."""
    left, width = min(x0, x1), max(abs(x1 - x0), 1.0)
    return f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {style}/>'


def line(x0: float, y0: float, x1: float, y1: float, style: str) -> str:
    """Return a line."""
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {style}/>'


def drawing(parts: Sequence[str], width: float, height: float, title: str, about: str = "") -> str:
    """Return a whole SVG, with its title and, where given, a description for screen readers."""
    described = f"<desc>{escape(about)}</desc>" if about else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}" {_FONT} font-size="12" fill="{INK}">'
        f"<title>{escape(title)}</title>{described}{''.join(parts)}</svg>"
    )


def grid(scale: Scale, top: float, bottom: float, unit: str) -> list[str]:
    """Return light vertical lines at round values with figures below, and the unit below them."""
    parts = []
    for tick in scale.ticks():
        x = scale(tick)
        parts.append(line(x, top, x, bottom, f'stroke="{GRID}"'))
        parts.append(text(x, bottom + 15, f"{tick:,.6g}", f'text-anchor="middle" fill="{MUTED}" font-size="11"'))
    middle = (scale.left + scale.right) / 2
    return [*parts, text(middle, bottom + 31, unit, f'text-anchor="middle" fill="{MUTED}" font-size="11"')]


def waterfall(
    title: str,
    first: tuple[str, float],
    steps: Sequence[tuple[str, float]],
    last: tuple[str, float],
    unit: str,
    about: str = "",
) -> str:
    """Draw how a total becomes another, one bar a step.

    Parameters
    ----------
    title : str
        Shown above.
    first : tuple of str and float
        Name and value of the total at the top.
    steps : sequence of (str, float)
        Name and change.
    last : tuple of str and float
        Name and value of the total at the bottom.
    unit : str
        Of all values.
    about : str
        What the chart shows, for screen readers.
    """
    height, left, width, top = 24, 128, 560, 44
    levels = [first[1]]
    for _, change in steps:
        levels.append(levels[-1] + change)
    scale = Scale(min(0.0, *levels), max(0.0, last[1], *levels) * 1.12, left, width - 16)
    bottom = top + height * (len(steps) + 2)
    parts = [text(8, 20, title, 'font-size="14" font-weight="600"'), *grid(scale, top, bottom, unit)]
    rows = [(first[0], 0.0, first[1], TOTAL)]
    for (name, change), before in zip(steps, levels[:-1], strict=True):
        rows.append((name, before, before + change, UP if change > 0 else DOWN))
    rows.append((last[0], 0.0, last[1], TOTAL))
    for i, (name, start, end, colour) in enumerate(rows):
        y = top + height * i
        is_total = colour == TOTAL
        weight = ' font-weight="600"' if is_total else ""
        parts.append(text(left - 8, y + 16, name, f'text-anchor="end"{weight}'))
        parts.append(bar(scale(start), scale(end), y + 4, height - 8, f'fill="{colour}" rx="2"'))
        words = f"{end:,.1f}" if is_total else f"{end - start:+,.1f}"
        parts.append(text(scale(max(start, end)) + 5, y + 16, words, f'font-size="11"{weight}'))
        if i + 1 < len(rows):
            x = scale(end)
            parts.append(line(x, y + height - 4, x, y + height + 4, f'stroke="{MUTED}" stroke-width="1"'))
    parts.append(line(scale(0), top, scale(0), bottom, f'stroke="{INK}"'))
    return drawing(parts, width, bottom + 40, title, about)


@dataclass(frozen=True)
class Swing:
    """One row of a tornado: two pairs of ends around the base, and words beside them; None where there is no plan."""

    name: str
    fixed: tuple[float | None, float | None]
    chosen: tuple[float | None, float | None]
    ends: tuple[str, str]
    notes: tuple[str, ...]


def tornado_chart(
    title: str, base: float, swings: Sequence[Swing], heads: Sequence[str], unit: str, about: str = ""
) -> str:
    """Draw the swing of each parameter around the base: pale with the units as they are, dark when chosen again.

    Parameters
    ----------
    title : str
        Shown above.
    base : float
        Value in use.
    swings : sequence of Swing
        Largest first.
    heads : sequence of str
        Heads of the columns of notes.
    unit : str
        Of the values.
    about : str
        What the chart shows, for screen readers.
    """
    height, left, plot, top, note = 34, 226, 460, 66, 108
    width, bottom = left + plot + 40 + note * len(heads), top + height * len(swings)
    values = [value for swing in swings for value in (*swing.fixed, *swing.chosen) if value is not None]
    reach = max([abs(value - base) for value in values], default=1.0) or 1.0
    scale = Scale(base - reach * 1.45, base + reach * 1.45, left, left + plot)
    parts = [text(8, 20, title, 'font-size="14" font-weight="600"'), *grid(scale, top, bottom, unit)]
    for i, (colour, words) in enumerate(((PALE, "same units, priced again"), (TOTAL, "units chosen again"))):
        parts += [bar(left + 190 * i, left + 12 + 190 * i, 36, 12, f'fill="{colour}" rx="2"'),
                  text(left + 18 + 190 * i, 46, words, f'fill="{MUTED}"')]  # fmt: skip
    columns = [left + plot + 40 + note * i for i in range(len(heads))]
    parts += [text(x, 46, words, f'fill="{MUTED}"') for x, words in zip(columns, heads, strict=True)]
    for i, swing in enumerate(swings):
        y = top + height * i
        parts.append(text(left - 10, y + 21, swing.name, 'text-anchor="end"'))
        parts += _swing(scale, base, swing, y)
        parts += [text(x, y + 21, words, "") for x, words in zip(columns, swing.notes, strict=True)]
    parts.append(line(scale(base), top - 6, scale(base), bottom, f'stroke="{INK}"'))
    return drawing(parts, width, bottom + 40, title, about)


def _swing(scale: Scale, base: float, swing: Swing, y: float) -> list[str]:
    parts = []
    for ends, top, thick, colour in ((swing.fixed, 5, 24, PALE), (swing.chosen, 10, 14, TOTAL)):
        parts += [bar(scale(base), scale(end), y + top, thick, f'fill="{colour}" rx="2"') for end in ends
                  if end is not None]  # fmt: skip
    for fixed, chosen, words in zip(swing.fixed, swing.chosen, swing.ends, strict=True):
        reached = [value for value in (fixed, chosen) if value is not None]
        if not reached:
            continue
        far = max(reached, key=lambda value: abs(value - base))
        is_right = far > base or (far == base and words == swing.ends[1])
        anchor, shift = ("start", 5) if is_right else ("end", -5)
        parts.append(text(scale(far) + shift, y + 21, words, f'text-anchor="{anchor}" font-size="11" fill="{MUTED}"'))
    return parts
