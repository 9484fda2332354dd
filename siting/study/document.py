"""Document the study format from its declaration: text for people, JSON schema for editors, commented settings."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.study.columns import REQUIRED, TABLES
from siting.study.config import JoinSection, StudyConfig, TableSection
from siting.study.describe_formats import formats_text
from siting.study.settings import leaves
from siting.study.snapshot import toml_value
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.study.columns import Column, Table
    from siting.study.settings import Leaf

SCHEMA_FILE = "study.schema.json"
_PLACES = (
    "Places are lon and lat columns, or the points or polygons of a file with geometry; a polygon stands for a point "
    "inside it (representative point) unless centroid says otherwise."
)


def schema_text(table: str | None = None) -> str:
    """Return the columns of one table, or of all tables and the settings, as text.

    Parameters
    ----------
    table : str, optional
        A table, "settings" for study.toml, or "formats" for published tables that are read by name.

    Raises
    ------
    StudyError
        If there is no such table.
    """
    parts = {"settings": _settings_text, **{name: _table_text for name in TABLES}, "formats": _formats_text}
    if table is None:
        return "\n".join(part(name) for name, part in parts.items())
    if table not in parts:
        raise StudyError([Problem(f'table "{table}"', "there is no such table", did_you_mean(table, parts))])
    return parts[table](table)


def _settings_text(_: str) -> str:
    lines = ["settings: study.toml", ""]
    for leaf in leaves(StudyConfig()):
        default = "" if leaf.value is None or leaf.value in ({}, "") else f"{leaf.value}"
        lines.append(_entry(leaf.key, ["setting", leaf.extra("unit"), f"default {default or 'none'}"], _note(leaf)))
    sections = (("tables.<table>", TableSection), ("tables.<table>.join", JoinSection))
    lines += [
        _entry(f"{section}.{name}", ["setting"], field.description or "")
        for section, model in sections
        for name, field in model.model_fields.items()
    ]
    return "\n".join(lines) + "\n"


def _formats_text(_: str) -> str:
    head = 'formats: published tables, read with format = "name" in [tables.<table>]'
    return f"{head}\n\n{textwrap.indent(formats_text(), '  ')}"


def _note(leaf: Leaf) -> str:
    source = leaf.extra("source")
    return f"{leaf.field.description or ''}{f' Source: {source}.' if source else ''}"


def _table_text(name: str) -> str:
    table = TABLES[name]
    need = "required" if table.is_required else "optional"
    head = f"{name}: {need}, one row for each {' and '.join(table.key)}"
    note = f"{table.description} {_PLACES}" if table.is_spatial else table.description
    lines = [head, *textwrap.wrap(note, 116, initial_indent="  ", subsequent_indent="  "), ""]
    lines += [_entry(column.name, _facts(column, table), _column_note(column)) for column in table.columns]
    return "\n".join(lines) + "\n"


def _facts(column: Column, table: Table) -> list[str]:
    default = "" if column.default in (None, "") else f"default {column.default}"
    need = "required" if column.is_required else default or "may be empty"
    low, high = column.low, column.high
    limits = {
        (True, True): f"{low:g} to {high:g}" if low is not None and high is not None else "",
        (True, False): f"at least {low:g}" if low is not None else "",
        (False, True): f"at most {high:g}" if high is not None else "",
    }
    rule = limits.get((low is not None, high is not None), "")
    words = f"one of {', '.join(word for word in column.choices if word)}" if column.choices else ""
    refers = f"an id of {column.refers_to}" if column.refers_to else ""
    return [column.kind, column.unit, need, rule, words, refers]


def _column_note(column: Column) -> str:
    if not column.is_parameter:
        return column.description
    source = "" if column.default is REQUIRED else f" Source of the default: {column.source}."
    bounds = f", {' and '.join(column.range_names)} how far it may be off" if column.range_names else ""
    return f"{column.description} {column.name}_source may say where a value is from{bounds}.{source}"


def _entry(name: str, facts: list[str], note: str) -> str:
    line = f"  {name:<30}{', '.join(fact for fact in facts if fact)}"
    return "\n".join([line, *textwrap.wrap(note, 110, initial_indent=" " * 6, subsequent_indent=" " * 6)])


def schema_json() -> dict[str, Any]:
    """Return the JSON schema of study.toml, for editors (``#:schema ./study.schema.json``)."""
    schema = _without_null(StudyConfig.model_json_schema())
    schema["properties"]["tables"]["propertyNames"] = {"enum": list(TABLES)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "siting study", **schema}


def _without_null(node: Any) -> Any:
    """Say "none" for null, which TOML cannot write."""
    if isinstance(node, list):
        return [_without_null(part) for part in node]
    if not isinstance(node, dict):
        return "none" if node is None else node
    if node == {"type": "null"}:
        return {"const": "none"}
    return {key: _without_null(part) for key, part in node.items()}


def settings_text(given: dict[str, Any], heading: str) -> str:
    """Return a study.toml that states some settings and shows all others, with their defaults, as comments.

    Parameters
    ----------
    given : dict
        Settings to state, nested as in study.toml.
    heading : str
        Comment at the top, lines without "#".
    """
    stated = StudyConfig.model_validate(given)
    lines = [f"#:schema ./{SCHEMA_FILE}", *(f"# {line}".rstrip() for line in heading.splitlines())]
    section = ""
    for leaf in leaves(stated):
        first, _, rest = leaf.key.partition(".")
        if rest and first != section:
            section = first
            doc = type(getattr(stated, first)).__doc__ or ""
            lines += ["", f"# {doc.strip()}", f"[{first}]"]
        lines += _setting_lines(leaf, rest) if rest else ["", *_setting_lines(leaf, rest)]
    return "\n".join(lines) + "\n"


def _setting_lines(leaf: Leaf, rest: str) -> Iterator[str]:
    unit = f" [{leaf.extra('unit')}]" if leaf.extra("unit") else ""
    source = f" ({leaf.extra('source')})" if leaf.extra("source") else ""
    note = f"{leaf.field.description}{unit}{source}"
    yield from textwrap.wrap(note, 116, initial_indent="# ", subsequent_indent="# ")
    if isinstance(leaf.value, dict):
        yield f"# [{leaf.key}]" if leaf.key == "sources" else f"# [{leaf.key}.<name>]"
        return
    yield f"{'' if leaf.is_given else '# '}{rest} = {toml_value(leaf.value)}"
