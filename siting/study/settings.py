"""Read, change and check the settings of study.toml."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from siting.errors import Problem, StudyError
from siting.study.config import StudyConfig
from siting.study.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic.fields import FieldInfo

Settings = dict[str, Any]


@dataclass(frozen=True)
class Leaf:
    """One setting with its value: ``key`` is dotted, ``is_given`` tells a stated value from a default."""

    key: str
    value: Any
    is_given: bool
    field: FieldInfo

    def extra(self, name: str) -> str:
        """Return "unit" or "source" of the declaration; "" if it has none."""
        declared = self.field.json_schema_extra
        return str(declared.get(name, "")) if isinstance(declared, dict) else ""


def leaves(section: BaseModel, prefix: str = "") -> Iterator[Leaf]:
    """Walk all settings of a section in the order of their declaration, those of named tables included."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        inner = value.items() if isinstance(value, dict) else ()
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{name}.")
        elif inner and all(isinstance(entry, BaseModel) for _, entry in inner):
            for key, entry in inner:
                yield from leaves(entry, f"{prefix}{name}.{key}.")
        else:
            yield Leaf(f"{prefix}{name}", value, name in section.model_fields_set, field)


def read_settings(path: Path) -> Settings:
    """Return what a TOML file says, unchecked.

    Raises
    ------
    StudyError
        If the file is no TOML; the message has the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        remedy = "texts need quotes; check that line"
        raise StudyError([Problem(path.name, f"not valid TOML: {error}", remedy)]) from None
    except UnicodeDecodeError as error:
        raise StudyError([Problem(path.name, f"not valid UTF-8: {error.reason}", "save the file as UTF-8")]) from None


def check_settings(settings: Settings, changed: Mapping[str, str]) -> tuple[StudyConfig, list[Problem]]:
    """Check all settings at once; the settings returned leave out those that are wrong.

    Parameters
    ----------
    settings : dict
        What study.toml says, changes included.
    changed : mapping
        Who made a change, by dotted key; problems with changes are not put down to study.toml.
    """
    settings, problems = copy.deepcopy(settings), []
    while True:
        try:
            config = StudyConfig.model_validate(settings)
        except ValidationError as error:
            first = {_path(settings, entry["loc"]): entry for entry in reversed(error.errors())}
            for path, entry in reversed(first.items()):
                problems.append(_setting_problem(path, entry, changed))
                _drop(settings, path)
        else:
            return config, problems + _check_source_keys(config)


def _path(settings: Settings, loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Keep the part of pydantic's location that is in the file (it also names branches of a union)."""
    path: list[str] = []
    inner: Any = settings
    for name in loc:
        if not isinstance(inner, dict) or name not in inner:
            break
        path.append(str(name))
        inner = inner[name]
    return tuple(path)


def _drop(settings: Settings, path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        settings = settings.get(name, {})
    settings.pop(path[-1], None)


def _setting_problem(path: tuple[str, ...], entry: Any, changed: Mapping[str, str]) -> Problem:
    key = ".".join(path)
    where = next((by for change, by in changed.items() if key == change or change.startswith(f"{key}.")), "study.toml")
    if entry["type"] == "extra_forbidden":
        return Problem(where, f"{key} is not a setting", _meant(path))
    if entry["type"] == "missing":
        return Problem(where, f'{key} has no "{entry["loc"][-1]}"', "give it a value")
    rule = entry["msg"].replace("Input should be", "it must be").replace("a valid i", "an i").replace("a valid", "a")
    return Problem(where, f"{key} = {entry['input']!r}: {rule}", _described(path))


def _described(path: tuple[str, ...]) -> str:
    field = field_of(path)
    if field is None or not field.description:
        return ""
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else ""
    return f"{path[-1]}: {field.description}{f' [{unit}]' if unit else ''}"


def field_of(path: Sequence[str]) -> FieldInfo | None:
    """Return the declaration of a setting; None if there is none."""
    try:
        return _siblings(tuple(path[:-1])).get(path[-1])
    except (KeyError, IndexError, TypeError):
        return None


def _siblings(path: tuple[str, ...]) -> dict[str, FieldInfo]:
    """Return the settings that the section at `path` may hold; none where any name may stand."""
    kind: Any = StudyConfig
    for name in path:
        is_section = get_origin(kind) is None and issubclass(kind, BaseModel)
        kind = kind.model_fields[name].annotation if is_section else get_args(kind)[1]
    return dict(kind.model_fields) if get_origin(kind) is None and issubclass(kind, BaseModel) else {}


def _meant(path: tuple[str, ...]) -> str:
    """Suggest a sibling of that spelling, or a setting of that name in another section."""
    siblings = {name: ".".join((*path[:-1], name)) for name in _siblings(path[:-1])}
    elsewhere = {leaf.key.rpartition(".")[2]: leaf.key for leaf in leaves(StudyConfig())}
    for names, likeness in ((siblings, 0.8), (elsewhere, 0.9), (siblings, 0.6)):
        best = nearest(path[-1], names, likeness)
        if best:
            return f'did you mean "{names[best]}"?'
    return f"one of: {', '.join(siblings)}"


def _check_source_keys(config: StudyConfig) -> list[Problem]:
    known = [leaf.key for leaf in leaves(config)]
    return [
        Problem("study.toml", f'[sources] names "{key}", which is not a setting', did_you_mean(key, known[:-1], 0.6))
        for key in config.sources
        if key not in known
    ]
