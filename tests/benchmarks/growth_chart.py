"""Curves of time and memory against areas and sites, as SVG."""

from __future__ import annotations

from siting.whatif.svg import GRID, MUTED, TOTAL, UP, Scale, drawing, line, text

PANEL, GAP, TOP, BOTTOM = 230, 70, 56, 236
AXES = {"areas": "areas (1,500 sites)", "sites": "sites (8,000 areas)"}


def chart(runs: dict[str, dict], steps: int) -> str:
    """Return four panels: seconds and memory against areas and sites, both axes linear."""
    figures = (
        (
            "seconds of processor time",
            (("steps_s", f"{steps} steps of the bound", UP), ("build_s", "hops 1 and 2", TOTAL)),
        ),
        ("peak memory, GiB", (("peak_gib", "peak memory", TOTAL),)),
    )
    panels = []
    for column, (axis, label) in enumerate(AXES.items()):
        rows = [run for name, run in runs.items() if name.startswith(axis)]
        for line_, (title, curves) in enumerate(figures):
            left, top = 60 + column * (PANEL + GAP), TOP + line_ * (BOTTOM - TOP + GAP)
            panels += _panel(rows, (axis, label), (title, curves), (left, top))
    return drawing(panels, 2 * (PANEL + GAP) + 40, TOP + 2 * (BOTTOM - TOP + GAP), "How time and memory grow")


def _panel(rows: list[dict], across: tuple[str, str], up: tuple, corner: tuple[float, float]) -> list[str]:
    (axis, label), (title, curves), (left, top) = across, up, corner
    bottom = top + BOTTOM - TOP
    x = Scale(0.0, max((row[axis] for row in rows), default=1.0), left, left + PANEL)
    most = max((row[name] for row in rows for name, _, _ in curves), default=1.0)
    y = Scale(0.0, most * 1.05, bottom, top)
    parts = [text(left, top - 10, title, 'font-weight="600"')]
    for tick in y.ticks(4):
        parts.append(line(left, y(tick), left + PANEL, y(tick), f'stroke="{GRID}"'))
        parts.append(text(left - 6, y(tick) + 4, f"{tick:,.4g}", f'text-anchor="end" fill="{MUTED}" font-size="11"'))
    for tick in x.ticks(4):
        parts.append(text(x(tick), bottom + 15, f"{tick:,.0f}", f'text-anchor="middle" fill="{MUTED}" font-size="11"'))
    parts.append(text(left + PANEL / 2, bottom + 31, label, f'text-anchor="middle" fill="{MUTED}" font-size="11"'))
    for place, (name, words, colour) in enumerate(curves):
        points = " ".join(f"{x(row[axis]):.1f},{y(row[name]):.1f}" for row in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(r[axis]):.1f}" cy="{y(r[name]):.1f}" r="3" fill="{colour}"/>' for r in rows]
        if len(curves) > 1:
            parts.append(text(left + 8, top + 12 + 15 * place, words, f'fill="{colour}" font-size="11"'))
    return parts
