"""The report as one HTML page: styles and charts inside, nothing fetched, no script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from siting.export.manifest import versions
from siting.plan.proof import proof
from siting.report.capacity import capacity_section
from siting.report.certainty import alternatives_section, assumptions_section, proof_section, silent_section
from siting.report.costs import bridge_section, economics_section
from siting.report.decision import decision_section, plan_section
from siting.report.patients import clock_section, travel_section
from siting.report.picture import map_section
from siting.report.rules import rules_section
from siting.report.sources import sources_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.report.blocks import Section
    from siting.report.material import Material

HERE = Path(__file__).parent
SECTIONS: tuple[Callable[[Material], Section], ...] = (
    decision_section, map_section, plan_section, bridge_section, clock_section, travel_section, capacity_section,
    economics_section, alternatives_section, assumptions_section, rules_section, proof_section, silent_section,
    sources_section,
)  # fmt: skip
"""The report from top to bottom."""


def report_page(material: Material) -> str:
    """Return the whole page.

    Text from the study reaches the page only escaped; the charts escape their own words. A content security policy
    forbids every request and every script.

    Parameters
    ----------
    material : Material
        What the sections are written from.

    Returns
    -------
    str
        HTML document.
    """
    plan, network = material.plan, material.plan.network
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["drawn"] = Markup
    return environment.get_template("report.html").render(
        title=plan.name,
        description="" if plan.study is None else plan.study.config.study.description,
        money=f"Amounts in {network.currency} of {network.price_year}; distances in {network.distance_unit}.",
        status=plan.status,
        proof=proof(plan),
        running=Markup(css_text(f"{plan.name}. {proof(plan)}")),
        sections=[write(material) for write in SECTIONS],
        css=Markup((HERE / "report.css").read_text(encoding="utf-8")),
        version=versions()["siting"] or "",
    )


def css_text(words: str) -> str:
    """Return words as the content of a CSS string: whatever is no letter, digit or space as a code point."""
    return "".join(
        sign if sign.isascii() and (sign.isalnum() or sign == " ") else f"\\{ord(sign):06x} " for sign in words
    )
