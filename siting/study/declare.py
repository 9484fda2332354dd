"""How a column and a table of a study are declared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

Kind = Literal["id", "text", "number", "integer", "boolean"]
ASSUMPTION = "assumption"
REQUIRED = object()
"""Marks a column that has no default: the table must give it."""


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and what is allowed in it.

    Attributes
    ----------
    name : str
        Name in the study; the unit ends the name where there is one.
    kind : {"id", "text", "number", "integer", "boolean"}
        Ids are always text, so that "01001" keeps its zero.
    description : str
        One sentence, shown by ``siting schema`` and in templates.
    unit : str
        Unit of a number; empty for shares and counts.
    default : object
        Value of an empty cell or a missing column; `REQUIRED` if there must be one; None means "unknown".
    low, high : float or None
        Least and greatest value allowed, both included.
    choices : tuple of str
        The only words allowed, if any.
    refers_to : str
        Table whose ids the values must be found in.
    source : str
        Source of the default, or "assumption"; given for parameters only.
    """

    name: str
    kind: Kind
    description: str
    unit: str = ""
    default: object = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    source: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the table must give a value in every row."""
        return self.default is REQUIRED

    @property
    def is_parameter(self) -> bool:
        """Whether values carry a source of their own (``<name>_source``)."""
        return bool(self.source)

    @property
    def range_names(self) -> tuple[str, ...]:
        """Names of the columns that may hold the least and greatest value thought possible; none for other columns."""
        return (f"{self.name}_low", f"{self.name}_high") if self.is_parameter and self.kind == "number" else ()


@dataclass(frozen=True)
class Table:
    """One table of a study: its columns and the columns that identify a row."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    is_required: bool = True
    is_spatial: bool = False

    def column(self, name: str) -> Column:
        """Return the declaration of one column; KeyError if there is none of that name."""
        return self._by_name[name]

    def column_or_bound(self, name: str) -> Column | None:
        """Return the column of that name, or the one that ``<name>_low`` or ``<name>_high`` bounds, under that name."""
        if name in self._by_name:
            return self._by_name[name]
        bounded = next((column for column in self.columns if name in column.range_names), None)
        return None if bounded is None else replace(bounded, name=name, default=None)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        """The declared column names, in order."""
        return tuple(column.name for column in self.columns)


_ABSURD = {"cases/100k/year": 100_000.0, "1/day": 1.0, "d": 365.0, "h": 1_000.0, "ratio": 100.0, "years": 100.0,
           "months": 1_200.0}
"""More than this, by unit, is a slip of the pen."""


def share(name: str, description: str, default: object, source: str = ASSUMPTION) -> Column:
    """Declare a parameter between 0 and 1."""
    return Column(name, "number", description, "share", default, low=0, high=1, source=source)


def amount(name: str, description: str, unit: str, default: object = 0.0, source: str = ASSUMPTION) -> Column:
    """Declare a parameter that is not negative."""
    return Column(name, "number", description, unit, default, low=0, high=_ABSURD.get(unit), source=source)


ID = Column("id", "id", "Identifier, kept as text.", default=REQUIRED)
NAME = Column("name", "text", "Name shown to people; the id where it is empty.", default="")
