"""What a section of the report is made of; the template knows how each block looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Words:
    """A paragraph; `look` is "", "note" or "warning"."""

    kind: ClassVar[str] = "words"
    text: str
    look: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    items: Sequence[str]


@dataclass(frozen=True)
class Numbered:
    """A list of sentences in order."""

    kind: ClassVar[str] = "numbered"
    items: Sequence[str]


@dataclass(frozen=True)
class Tiles:
    """The few figures a reader looks for first: (label, value, note)."""

    kind: ClassVar[str] = "tiles"
    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    caption : str
        What it shows.
    head : sequence of str
        Column heads.
    rows : sequence of sequence of str
        The first `words` cells of a row are words, the others figures.
    words : int
        How many columns are words.
    strong : sequence of int
        Positions of the rows that stand out, such as sums.
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    strong: Sequence[int] = ()


@dataclass(frozen=True)
class Figure:
    """A chart: SVG of our own making, and what it shows in words."""

    kind: ClassVar[str] = "figure"
    svg: str
    caption: str


@dataclass(frozen=True)
class Command:
    """Something that was not computed, why, and the command to get it."""

    kind: ClassVar[str] = "command"
    text: str
    command: str


@dataclass(frozen=True)
class Verbatim:
    """A text of somebody else, as it stands, such as a licence notice."""

    kind: ClassVar[str] = "verbatim"
    title: str
    text: str


Block = Words | Bullets | Numbered | Tiles | Table | Figure | Command | Verbatim


@dataclass(frozen=True)
class Section:
    """A part of the report under one heading.

    Attributes
    ----------
    key : str
        Id inside the page.
    title : str
        Heading.
    blocks : sequence of Block
        Content, in order.
    """

    key: str
    title: str
    blocks: Sequence[Block]
