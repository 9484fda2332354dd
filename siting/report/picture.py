"""The map as a drawing that prints: areas by mean trip, units by number, lanes and borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.export.palette import CENTRAL_COLOUR, CENTRE_COLOUR, LANE_COLOUR, NO_DATA_COLOUR, RAMP, breaks, mode_colours
from siting.export.shapes import area_shapes
from siting.report.blocks import Figure, Section, Words
from siting.report.decision import numbers
from siting.report.wording import is_staged, last_period
from siting.whatif.site_map import FINEST, MARGIN, WIDTH, View, outlines
from siting.whatif.svg import INK, bar, drawing, line, text
from siting.words import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

    Floats = NDArray[np.float64]

INSIDE = 0.97
"""Share of the patients whose bounds, with room around them, the picture must show; what is far off may be cut."""
_LEAST_SAVED = 0.5
_PAD = 0.03
_MANY_AREAS, _MANY_UNITS = 500, 40
"""From so many on, points of areas and circles of units shrink with the root of their number."""


def map_section(material: Material) -> Section:
    """Return the map of the last period with what it leaves out in words."""
    plan = material.plan
    view, outside = _view(plan)
    units = plan.openings.assign(number=numbers(plan.openings))
    units = units[units["period"] == last_period(plan)]
    far = [row.name for row in units.itertuples() if not _is_inside(view, row.lon, row.lat)]
    period = f", in period {last_period(plan)}" if is_staged(plan) else ""
    caption = (
        f"Units by number (see the plan), size by platforms{period}. Areas by mean one-way trip of their patients. "
        "Thin lines: cells between hospitals and units. Small diamonds: hospitals that treat today."
    )
    svg = drawing(list(_layers(plan, view, units)), WIDTH, _height(plan, view), "Map of the plan", _about(plan, units))
    blocks: list[Block] = [Figure(svg, caption)]
    if far:
        blocks.append(Words(f"Outside the picture: {listed(dict.fromkeys(far))}.", "note"))
    if outside:
        blocks.append(Words(f"{count(outside, 'area')} far from all others "
                            f"{'is' if outside == 1 else 'are'} outside the picture.", "note"))  # fmt: skip
    return Section("map", "Map", blocks)


def _about(plan: Plan, units: pd.DataFrame) -> str:
    named = [f"{row.number} {row.name}, {row.mode}" for row in units.itertuples() if not row.is_central]
    return f"{plan.name}: " + ("; ".join(named) if named else "no unit at any hospital") + "."


def _view(plan: Plan) -> tuple[View, int]:
    """Return the picture's bounds, and how many areas are left outside because they would shrink all others."""
    homes = plan.areas[["lon", "lat"]].to_numpy(float)
    patients = plan.areas["demand"].to_numpy(float)
    whole = np.r_[homes.min(axis=0), homes.max(axis=0)]
    tail = (1.0 - INSIDE) / 4.0
    low = [_quantile(homes[:, axis], patients, tail) for axis in (0, 1)]
    high = [_quantile(homes[:, axis], patients, 1.0 - tail) for axis in (0, 1)]
    core = np.array([*low, *high])
    room = np.tile(0.15 * (core[2:] - core[:2]), 2) * np.array([-1, -1, 1, 1])
    tight = np.r_[np.maximum(whole[:2], (core + room)[:2]), np.minimum(whole[2:], (core + room)[2:])]
    inside = np.ones(len(homes), dtype=bool)
    if _size(tight) < _LEAST_SAVED * _size(whole):
        inside = ((homes >= tight[:2]) & (homes <= tight[2:])).all(axis=1)
    bounds = np.r_[homes[inside].min(axis=0), homes[inside].max(axis=0)]
    outside = int((~inside).sum())
    pad = _PAD * max(float((bounds[2:] - bounds[:2]).max()), 0.1)
    return View(bounds + np.array([-pad, -pad, pad, pad])), outside


def _size(bounds: Floats) -> float:
    return float(np.prod(bounds[2:] - bounds[:2]))


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(reached, share * reached[-1])), len(order) - 1)])


def _is_inside(view: View, lon: float, lat: float) -> bool:
    [[x, y]] = view.pixels(np.array([[lon, lat]]))
    return bool(0 <= x <= WIDTH and 0 <= y <= view.height)


def _height(plan: Plan, view: View) -> float:
    return view.height + 26.0 * 2 + 22.0 * ((len(_modes(plan)) + 3) // 3)


def _modes(plan: Plan) -> dict[str, str]:
    """Return the modes in use and central plants with their colours."""
    used = set(plan.openings["mode"])
    return {mode: colour for mode, colour in mode_colours(plan).items() if mode in used}


def _layers(plan: Plan, view: View, units: pd.DataFrame) -> Iterator[str]:
    """Yield the SVG elements from the bottom up; the legend comes last, on a ground of its own."""
    limits = breaks(plan.areas["minutes"].to_numpy(float))
    yield from _areas(plan, view, limits)
    yield outlines(plan, view)
    yield from _lanes(plan, view)
    yield from _centres(plan, view)
    yield from _units(plan, view, units)
    yield f'<rect x="0" y="{view.height:.1f}" width="{WIDTH:.0f}" height="200" fill="#fff"/>'
    yield from _legend(plan, view.height + 22.0, limits)


def _colour(minutes: float, limits: Sequence[float]) -> str:
    return NO_DATA_COLOUR if np.isnan(minutes) else RAMP[int(np.searchsorted(limits, minutes, side="right"))]


def _areas(plan: Plan, view: View, limits: Sequence[float]) -> Iterator[str]:
    shapes, values = area_shapes(plan), plan.areas["minutes"].to_numpy(float)
    homes = plan.areas[["lon", "lat"]].to_numpy(float)
    simple = [None] * len(values) if shapes is None else shapes.simplify(FINEST / view.scale).tolist()
    part = shrunk(len(values), _MANY_AREAS)
    look = f'stroke="#8a97a3" stroke-width="{0.6 * part:.2f}"'
    for shape, minutes, home in zip(simple, values, homes, strict=True):
        colour = _colour(minutes, limits)
        if shape is None or shape.is_empty:
            [[x, y]] = view.pixels(home[None, :])
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 * part:.1f}" fill="{colour}" {look}/>'
            continue
        path = "".join(_ring(view, part.exterior) for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
        yield f'<path d="{path}" fill="{colour}" stroke="#fff" stroke-width=".4"/>'


def shrunk(number: int, many: int) -> float:
    """Return by how much signs shrink, so that more than `many` of them stay apart; 0.35 at the least."""
    return max(0.35, min(1.0, float(np.sqrt(many / max(number, 1)))))


def _ring(view: View, ring: shapely.LinearRing) -> str:
    points = view.pixels(shapely.get_coordinates(ring))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1]) + "Z"


def _lanes(plan: Plan, view: View) -> Iterator[str]:
    lanes = plan.lanes
    lanes = lanes[(lanes["period"] == last_period(plan)) & ~lanes["link_class"].isin(["at", "central"])]
    for shape in lanes.geometry.drop_duplicates():
        (x0, y0), (x1, y1) = view.pixels(np.asarray(shape.coords))
        yield line(x0, y0, x1, y1, f'stroke="{LANE_COLOUR}" stroke-width=".9"')


def _centres(plan: Plan, view: View) -> Iterator[str]:
    rows = plan.candidates
    rows = rows[rows["treats_today"].to_numpy(bool)]
    for x, y in view.pixels(rows[["lon", "lat"]].to_numpy(float)):
        yield (
            f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5Z" fill="{CENTRE_COLOUR}" stroke="#fff" stroke-width=".8"/>'
        )


def _units(plan: Plan, view: View, units: pd.DataFrame) -> Iterator[str]:
    colours = mode_colours(plan)
    most = max(1, int(units["platforms"].max())) if len(units) else 1
    part = shrunk(len(units), _MANY_UNITS)
    label = f'text-anchor="middle" font-size="{13 * part:.1f}" font-weight="700" fill="{INK}"'
    for row in units.sort_values("platforms", ascending=False).itertuples():
        [[x, y]] = view.pixels(np.array([[row.lon, row.lat]]))
        colour = colours[row.mode]
        if row.is_central:
            yield bar(x - 9, x + 9, y - 9, 18, f'fill="{CENTRAL_COLOUR}" stroke="#fff"')
            yield text(x, y + 4.5, str(row.number), label.replace(INK, "#fff"))
            continue
        radius = part * (11.0 + 9.0 * float(np.sqrt(row.platforms / most)))
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#fff" stroke="{colour}" '
            f'stroke-width="{4 * part:.1f}">'
            f"</circle>"
        )
        yield text(x, y + 4.5 * part, str(row.number), label)


def _legend(plan: Plan, y: float, limits: Sequence[float]) -> Iterator[str]:
    words = [f"< {limit:g}" for limit in limits] + ["more"]
    x = MARGIN
    yield text(x, y + 4, "Mean trip, minutes", f'font-size="15" fill="{INK}"')
    for colour, label in zip([*RAMP[: len(words)], NO_DATA_COLOUR], [*words, "nobody served"], strict=False):
        x += 152.0 if label == words[0] else 90.0
        yield f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="16" height="14" fill="{colour}" stroke="#66717d"/>'
        yield text(x + 21, y + 4, label, f'font-size="15" fill="{INK}"')
    for place, (mode, colour) in enumerate(_modes(plan).items()):
        x, below = MARGIN + 8 + 280.0 * (place % 3), y + 26.0 + 22.0 * (place // 3)
        if colour == CENTRAL_COLOUR:
            yield bar(x - 8, x + 8, below - 8, 16, f'fill="{colour}"')
        else:
            yield f'<circle cx="{x:.1f}" cy="{below:.1f}" r="7" fill="#fff" stroke="{colour}" stroke-width="4"/>'
        yield text(x + 16, below + 4, mode, f'font-size="15" fill="{INK}"')
