"""Keep the rows for which a ``where`` expression of study.toml holds."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.cells import as_text
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows_where(frame: pd.DataFrame, expression: str, table: str, place: str = "") -> pd.Series:
    """Return which rows an expression keeps.

    Parameters
    ----------
    frame : DataFrame
        The rows of the file, under its own column names.
    expression : str
        A pandas query. A column compared with a quoted text is text, any other is a number if all its values look like
        one (no leading zeros) and text if not.
    table : str
        Name of the table, for messages.
    place : str
        Where the expression stands, for messages; ``tables.<table>.where`` by default.

    Returns
    -------
    Series of bool

    Raises
    ------
    StudyError
        If the expression cannot be understood, names an unknown column, compares text with a number or keeps nothing.
    """
    where = place or f"tables.{table}.where"
    names = {column: f"column_{number}" for number, column in enumerate(frame.columns)}
    text = re.sub(r"`([^`]+)`", lambda match: names.get(match[1], match[1]), expression)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise StudyError([Problem(where, f"{expression!r} is not an expression: {error.msg}", _EXAMPLE)]) from None
    originals = {short: column for column, short in names.items()}
    used = {node.id: originals.get(node.id, node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)}
    _check_names(used, frame, where)
    texts = set(_compared_with(tree, str))
    columns = {name: _comparable(frame[column], name in texts) for name, column in used.items()}
    for name in _compared_with(tree, (int, float)):
        if not pd.api.types.is_numeric_dtype(columns[name]):
            raise StudyError([_not_numeric(columns[name], used[name], where)])
    return _query(pd.DataFrame(columns, index=frame.index), text, expression, where)


_EXAMPLE = "such as \"state == 'TX' and beds >= 200\""


def _query(columns: pd.DataFrame, text: str, expression: str, where: str) -> pd.Series:
    try:
        kept = columns.eval(text, engine="python", local_dict={}, global_dict={})
    except Exception as error:
        raise StudyError([Problem(where, f"{expression!r} does not work: {error}", _EXAMPLE)]) from error
    kept = pd.Series(kept, index=columns.index)
    if not pd.api.types.is_bool_dtype(kept):
        raise StudyError([Problem(where, f"{expression!r} is not a condition", _EXAMPLE)])
    if len(kept) and not kept.any():
        kinds = ", ".join(
            f"{name} is {'a number' if pd.api.types.is_numeric_dtype(values) else 'text'}"
            for name, values in columns.items()
        )  # fmt: skip
        raise StudyError([Problem(where, f"{expression!r} keeps none of the {len(kept):,} rows", f"as read, {kinds}")])
    return kept


def _check_names(used: dict[str, str], frame: pd.DataFrame, where: str) -> None:
    unknown = [column for column in used.values() if column not in frame.columns]
    if unknown:
        raise StudyError(
            Problem(where, f'there is no column "{name}"', did_you_mean(name, frame.columns)) for name in unknown
        )


def _compared_with(tree: ast.AST, kind: type | tuple[type, ...]) -> Iterator[str]:
    """Yield the names that stand in a comparison with a constant of `kind`."""
    for comparison in (node for node in ast.walk(tree) if isinstance(node, ast.Compare)):
        sides = [comparison.left, *comparison.comparators]
        parts = [part for side in sides for part in getattr(side, "elts", [side])]
        parts = [part.operand if isinstance(part, ast.UnaryOp) else part for part in parts]
        if any(isinstance(part, ast.Constant) and isinstance(part.value, kind) for part in parts):
            yield from (part.id for part in parts if isinstance(part, ast.Name))


def _comparable(column: pd.Series, is_text: bool) -> pd.Series:
    if pd.api.types.is_bool_dtype(column) or (pd.api.types.is_numeric_dtype(column) and not is_text):
        return column
    text = as_text(column)
    if is_text or text.str.match(r"[+-]?0\d").any():
        return text
    numbers = pd.to_numeric(text.mask(text == ""), errors="coerce")
    return text if (numbers.isna() & (text != "")).any() else numbers


def _not_numeric(column: pd.Series, name: str, where: str) -> Problem:
    text = as_text(column)
    odd = text[text.ne("") & (pd.to_numeric(text, errors="coerce").isna() | text.str.match(r"[+-]?0\d"))]
    what = f'"{name}" is compared with a number but row {odd.index[0]} holds {odd.iloc[0]!r}'
    return Problem(where, what, "put the value in quotes to compare texts")
