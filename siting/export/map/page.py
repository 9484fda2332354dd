"""The map as one HTML file: Leaflet, data, script and styles inside, nothing fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from siting.export.map.data import map_data
from siting.export.map.figures import headline, subtitle
from siting.plan.proof import proof

if TYPE_CHECKING:
    from siting.plan.plan import Plan

HERE = Path(__file__).parent


def map_page(plan: Plan) -> str:
    """Return the whole page.

    Text from the study reaches the page only escaped: by the template's autoescape, or as JSON without ``<``, ``>`` and
    ``&``, which the script shows as text. A content security policy forbids every request.

    Parameters
    ----------
    plan : Plan
        The plan to show.

    Returns
    -------
    str
        HTML document.
    """
    return rendered(
        "page",
        map_data(plan),
        title=plan.network.name,
        subtitle=subtitle(plan),
        status=plan.status,
        proof=proof(plan),
        headline=headline(plan),
        notes=plan.network.notes,
    )


def rendered(name: str, data: object, **words: object) -> str:
    """Return the template ``<name>.html`` with ``<name>.js``, its data, Leaflet and the common styles inside."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(f"{name}.html").render(
        **words,
        data=_script_json(data),
        licence=Markup(_read("vendor/LICENSE")),
        leaflet_css=Markup(_read("vendor/leaflet.css")),
        leaflet_js=Markup(_read("vendor/leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "")),
        page_css=Markup(_read("page.css")),
        page_js=Markup(_read(f"{name}.js")),
    )


def write_map(plan: Plan, path: Path) -> None:
    """Write map.html."""
    path.write_text(map_page(plan), encoding="utf-8")


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _script_json(value: object) -> Markup:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.translate({ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}))
