"""The map as one HTML file: Leaflet, data, script and styles inside, nothing fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from siting.export.map.data import map_data
from siting.export.map.figures import changes, headline, subtitle
from siting.export.map.views import views_of
from siting.plan.proof import proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from siting.plan.plan import Plan

HERE = Path(__file__).parent
SCRIPTS = ("base", "areas", "flows", "places", "panel", "search", "start")
"""Parts of the script of map.html, in their order."""


def map_page(plan: Plan, before: Plan | None = None, classes: pd.DataFrame | None = None) -> str:
    """Return the whole page.

    Text from the study reaches the page only escaped: by the template's autoescape, or as JSON without ``<``, ``>`` and
    ``&``, which the script shows as text. A content security policy forbids every request.

    Parameters
    ----------
    plan : Plan
        The plan to show.
    before : Plan, optional
        What the switch calls "before"; without it everybody goes to the nearest hospital of today
        (`siting.export.map.before`).
    classes : DataFrame, optional
        ``site_id, class, is_proven, share`` of near-optimal plans; see `siting.export.map.data.map_data`.

    Returns
    -------
    str
        HTML document.

    Raises
    ------
    StudyError
        `before` or `classes` belong to another study.
    """
    views = views_of(plan, before)
    return rendered(
        "page",
        map_data(plan, views, classes),
        scripts=SCRIPTS,
        title=plan.network.name,
        subtitle=subtitle(plan),
        status=plan.status,
        proof=proof(plan),
        headline=headline(plan),
        changes=changes(plan, views),
        notes=plan.network.notes,
    )


def rendered(name: str, data: object, scripts: Sequence[str] = (), **words: object) -> str:
    """Return the template ``<name>.html`` with its data, Leaflet and the common styles inside.

    Its script is ``<name>.js``, or the files named in `scripts`, which share one scope.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    joined = '(() => {\n"use strict";\n' + "\n".join(_read(f"{part}.js") for part in scripts) + "})();\n"
    return environment.get_template(f"{name}.html").render(
        **words,
        data=_script_json(data),
        licence=Markup(_read("vendor/LICENSE")),
        leaflet_css=Markup(_read("vendor/leaflet.css")),
        leaflet_js=Markup(_read("vendor/leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "")),
        page_css=Markup(_read("page.css")),
        page_js=Markup(joined if scripts else _read(f"{name}.js")),
    )


def write_map(plan: Plan, path: Path, before: Plan | None = None, classes: pd.DataFrame | None = None) -> None:
    """Write map.html; parameters as in `map_page`."""
    path.write_text(map_page(plan, before, classes), encoding="utf-8")


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _script_json(value: object) -> Markup:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.translate({ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}))
