"""Outlines matched to areas."""

from __future__ import annotations

from siting.export.shapes import area_shapes, border_layers
from tests.export.fake_plan import fake_plan


def test_areas_are_matched_by_id() -> None:
    """The layer with the areas' ids gives the polygons; what is left only orients."""
    plan = fake_plan()
    shapes = area_shapes(plan)
    assert shapes.loc["09"].bounds == (-98.0, 32.0, -97.0, 33.0)
    assert list(border_layers(plan)) == ["states"]


def test_foreign_outlines_are_only_borders() -> None:
    """A layer that knows fewer than half of the areas does not lend them polygons."""
    outlines = fake_plan().outlines
    outlines["counties"] = outlines["counties"].iloc[:4]
    plan = fake_plan(outlines=outlines)
    assert area_shapes(plan) is None
    assert set(border_layers(plan)) == {"counties", "states"}
