"""Changes of a study in words: ``limits.sites.max = 8``, ``areas.demand_factor where region == "TX" *= 1.2``.

One grammar serves ``--set``, ``--vary``, the scenarios of study.toml and `Study.replace`: a dotted name, for tables
maybe a condition, one of ``= *= += -=``, and a value written as in TOML (a bare word is a text, "none" empties).

A name is a setting of study.toml, or cells of a table: ``modes.franchise.royalty_share`` (a row by its id),
``trips.A.H1.minutes`` (ids in the order of the key), ``platforms.setup_cost`` (all rows, or those of the condition).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import Problem, StudyError
from siting.study.columns import TABLES
from siting.study.config import BASE, StudyConfig
from siting.study.snapshot import toml_value
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHANGED = "changed setting"
"""Who made a change that belongs to no scenario."""
_TOKENS = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|[=!<>]=|([*+-]?=)")
_WHERE = re.compile(r"((?:\"[^\"]*\"|'[^']*'|[^\s\"'])+)\s+where\s+(.+)", re.DOTALL)
_FORM = 'such as limits.sites.max = 8 or areas.demand_factor where region == "TX" *= 1.2'


@dataclass(frozen=True)
class Change:
    """One change that is asked for.

    Attributes
    ----------
    key : str
        Dotted name.
    value : object
        What is put there, or what it is multiplied by, raised or lowered by.
    operator : {"=", "*=", "+=", "-="}
        What is done.
    where : str
        Condition on the rows of a table; empty for all.
    by : str
        Who asked for it: "scenario high-demand" or `CHANGED`.
    """

    key: str
    value: Any
    operator: str = "="
    where: str = ""
    by: str = CHANGED

    @property
    def label(self) -> str:
        """What is changed, without the value; "=" goes without saying."""
        return label_of(self.key, self.where, self.operator)

    @property
    def text(self) -> str:
        """The whole change in one line, as `parse_change` reads it."""
        return f"{self.label}{' =' if self.operator == '=' else ''} {toml_value(self.value)}"

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of the name."""
        return split_key(self.key)

    @property
    def is_of_table(self) -> bool:
        """Whether it changes cells of a table; a setting wins where both have the name (``demand.scale``)."""
        first, *rest = self.path
        return first in TABLES and not (rest and rest[0] in section_names(first))


def label_of(key: str, where: str, operator: str) -> str:
    """Return what is changed, without the value."""
    return f"{key}{f' where {where}' if where else ''}{'' if operator == '=' else f' {operator}'}"


def section_names(section: str) -> tuple[str, ...]:
    """Return the settings of a section of study.toml; none where there is no such section."""
    field = StudyConfig.model_fields.get(section)
    return () if field is None else tuple(getattr(field.annotation, "model_fields", ()))


def parse_change(text: str, by: str = CHANGED) -> Change:
    """Read one change.

    Examples
    --------
    >>> change = parse_change("limits.sites.max=8")
    >>> change.key, change.operator, change.value
    ('limits.sites.max', '=', 8)
    >>> parse_change('areas.demand_factor where region == "TX" *= 1.2').where
    'region == "TX"'

    Raises
    ------
    StudyError
        If it is not of that form.
    """
    (key, where), operator, value = split_change(text)
    return Change(key, toml_or_text(value), operator, where, by)


def split_change(text: str) -> tuple[tuple[str, str], str, str]:
    """Return name and condition, the operator, and the value as text; StudyError if that is not what it is."""
    operator = next((match for match in _TOKENS.finditer(text) if match[1]), None)
    if operator is None or not text[: operator.start()].strip() or not text[operator.end() :].strip():
        raise StudyError([Problem(f"change {text!r}", "is not of the form key = value", _FORM)])
    return split_target(text[: operator.start()]), operator[1], text[operator.end() :].strip()


def split_target(text: str) -> tuple[str, str]:
    """Return name and condition of ``name where condition``; the condition is empty without one."""
    found = _WHERE.fullmatch(text.strip())
    return (found[1], found[2].strip()) if found else (text.strip(), "")


def toml_or_text(text: str) -> Any:
    """Return a TOML value; what is none is a text, so that words need no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def split_key(key: str) -> tuple[str, ...]:
    """Split a dotted name as TOML does, so that ``limits.regions."New York".max`` works."""
    try:
        inner: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return tuple(key.split("."))
    path = []
    while isinstance(inner, dict):
        [(name, inner)] = inner.items()
        path.append(name)
    return tuple(path)


def as_changes(given: Mapping[str, Any] | Iterable[str]) -> list[Change]:
    """Return changes of a mapping (name, maybe with a condition, = value) or of texts.

    Raises
    ------
    StudyError
        For texts that are no changes, all of them.
    """
    if isinstance(given, Mapping):
        return [_of_item(key, value.item() if isinstance(value, np.generic) else value) for key, value in given.items()]
    return parse_all(given, CHANGED)


def _of_item(label: str, value: Any) -> Change:
    key, where = split_target(label)
    return Change(key, value, where=where)


def parse_all(texts: Iterable[str], by: str) -> list[Change]:
    """Read changes; StudyError lists all texts that are none."""
    changes, problems = [], []
    for text in texts:
        try:
            changes.append(parse_change(text, by))
        except StudyError as error:
            problems += [Problem(by, f"{problem.where} {problem.what}", problem.remedy) for problem in error.problems]
    if problems:
        raise StudyError(problems)
    return changes


def scenario_changes(settings: Mapping[str, Any], names: Sequence[str]) -> list[Change]:
    """Return the changes of some scenarios of a study, one scenario after the other.

    Parameters
    ----------
    settings : mapping
        What study.toml says, unchecked.
    names : sequence of str
        Scenarios; `BASE` changes nothing.

    Raises
    ------
    StudyError
        For names that are unknown, named twice or in the study already, and for texts that are no changes.
    """
    known = settings.get("scenario", {})
    made = settings.get("study", {}).get("changes", ())
    changes, problems = [], []
    for place, name in enumerate(names):
        by = f"scenario {name}"
        if name == BASE:
            continue
        if name not in known:
            remedy = did_you_mean(name, known) or f"study.toml has none; [scenario.{name}] would be one"
            problems.append(Problem("study.toml", f'there is no scenario "{name}"', remedy))
        elif name in names[:place] or any(line.startswith(f"{by}: ") for line in made):
            problems.append(Problem(by, "is in the study already", "name each scenario once"))
        else:
            try:
                changes += parse_all(known[name].get("set", ()), by)
            except StudyError as error:
                problems += error.problems
    if problems:
        raise StudyError(problems)
    return changes
