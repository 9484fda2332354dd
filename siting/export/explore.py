"""The map inside a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from siting.export.map.page import map_page

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan


@dataclass(frozen=True)
class MapView:
    """A map that notebooks show by themselves; it needs no network.

    Attributes
    ----------
    page : str
        The whole HTML document.
    height : int
        Height of the frame in a notebook, in pixels.
    """

    page: str = field(repr=False)
    height: int = 640

    def _repr_html_(self) -> str:
        """Return a frame that holds the page, so that its styles and the notebook's do not mix."""
        return (
            f'<iframe title="Map of the plan" srcdoc="{html.escape(self.page)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )


def explore(plan: Plan, height: int = 640, before: Plan | None = None, classes: pd.DataFrame | None = None) -> MapView:
    """Return the interactive map of a plan for a notebook.

    Parameters
    ----------
    plan : Plan
        The plan to show.
    height : int
        Height in pixels.
    before : Plan, optional
        What the switch calls "before", such as ``siting.today(study)``; without it everybody goes to the nearest
        hospital that treats today.
    classes : DataFrame, optional
        ``siting.alternatives(study).sites``; the map then has layers of core, swing and never.

    Returns
    -------
    MapView
        Shown by itself at the end of a notebook cell; ``page`` is the HTML text.

    Raises
    ------
    StudyError
        `before` or `classes` belong to another study.
    """
    return MapView(map_page(plan, before, classes), height)
