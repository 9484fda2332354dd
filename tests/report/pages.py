"""Read a report as a reader would: sections, their words, tables by caption."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collect tables, headings, list items and paragraphs; note tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[tuple[str, str]] = []
        self.items: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.scopes: list[str | None] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self._texts: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        self.wrong += [f"{tag} is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and scopes; begin a text."""
        given = dict(attrs)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "th":
            self.scopes.append(given.get("scope"))
        if tag == "table":
            self._rows = []
        if tag == "tr":
            self._rows.append([])
        if tag not in VOID:
            self._open.append(tag)
            self._texts.append("")

    def handle_data(self, data: str) -> None:
        """Add to every text that is open."""
        self._texts = [text + data for text in self._texts]

    def handle_endtag(self, tag: str) -> None:
        """End a text and keep it by what it was."""
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self._open[-1:]}")
            return
        self._open.pop()
        text = re.sub(r"\s+", " ", self._texts.pop()).strip()
        if tag == "caption":
            self._caption = text
        elif tag in ("th", "td"):
            self._rows[-1].append(text)
        elif tag == "table":
            self.tables[self._caption] = self._rows
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((tag, text))
        elif tag == "li":
            self.items.append(text)
        elif tag == "p":
            self.words.append(text)

    def table(self, start: str) -> list[list[str]]:
        """Return the rows of the table whose caption starts so, head first."""
        [rows] = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        return rows

    def sentences(self) -> list[str]:
        """Return the list items that are no links of the contents and no rules: the first three after them."""
        contents = len([tag for tag, _ in self.headings if tag == "h2"]) - 1
        return self.items[contents : contents + 3]


def read_report(folder: Path) -> Reader:
    """Read the report of an output folder; spaces that tie a figure to its unit become plain."""
    return Reader(tied((folder / "report.html").read_text(encoding="utf-8")))


def tied(text: str) -> str:
    """Return a page with plain spaces between figures and units."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def stopped(plan: Plan) -> Plan:
    """Return a proven plan as a solve would leave it that was stopped at a bound of nine tenths."""
    bound = 0.9 * plan.objective
    gap = (plan.objective - bound) / plan.objective
    return replace(
        plan, solution=replace(plan.solution, status="feasible", bound=bound, gap=gap, stopped_by="time limit")
    )
