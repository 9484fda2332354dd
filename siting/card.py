"""What a notebook shows of a study, a network or a plan: a small table, escaped, that needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE = 'style="border-collapse:collapse;margin:.4em 0"'
_LEFT = 'style="text-align:left;vertical-align:top;padding:.1em 1em .1em 0;font-weight:normal"'
_RIGHT = 'style="text-align:right;vertical-align:top;padding:.1em 1em .1em 0"'
_HEAD = 'style="text-align:left;padding:.1em 1em .1em 0;border-bottom:1px solid currentColor"'


def card(title: str, lines: Sequence[str], head: Sequence[str] = (), rows: Sequence[Sequence[object]] = ()) -> str:
    """Return a title, lines of text and a table as HTML; colours are the notebook's own.

    Parameters
    ----------
    title : str
        In bold.
    lines : sequence of str
        Empty ones are left out.
    head : sequence of str
        Column heads; none for a table of names and values.
    rows : sequence of sequence
        Texts are set left, numbers right with separators.
    """
    said = "".join(f"<div>{escape(line)}</div>" for line in lines if line)
    heads = "".join(f'<th scope="col" {_HEAD}>{escape(word)}</th>' for word in head)
    top = f"<thead><tr>{heads}</tr></thead>" if head else ""
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    table = f"<table {_TABLE}>{top}<tbody>{body}</tbody></table>" if rows else ""
    return f"<div><strong>{escape(title)}</strong>{said}{table}</div>"


def _row(row: Sequence[object]) -> str:
    first, *rest = row
    return f'<th scope="row" {_LEFT}>{escape(str(first))}</th>' + "".join(_cell(value) for value in rest)


def _cell(value: object) -> str:
    if value is None:
        return f"<td {_RIGHT}>-</td>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        words = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return f"<td {_RIGHT}>{words}</td>"
    return f"<td {_LEFT}>{escape(str(value))}</td>"
