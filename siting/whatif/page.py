"""A page of tables and charts that stands alone: no scripts, nothing fetched."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOK = """
body { font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1d2733; background: #fff;
  margin: 2rem auto; max-width: 1180px; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { max-width: 75ch; margin: .4rem 0; } .note { color: #66717d; font-size: .9rem; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .8rem; text-align: right; border-bottom: 1px solid #e3e8ec; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid #355c79; }
.figures td, .figures th { white-space: nowrap; } .words td, .words th { text-align: left; vertical-align: top; }
tr.strong td { font-weight: 600; } .wide { overflow-x: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(520px, 1fr)); gap: 1.2rem 1.6rem;
  margin-top: 1.4rem; }
.charts svg, .wide svg { max-width: 100%; height: auto; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } h2, tr, svg { break-inside: avoid; }
  h2 { break-after: avoid; } }
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a whole HTML page of parts that are HTML already."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_LOOK}</style></head>'
        f"<body><h1>{escape(title)}</h1>\n{chr(10).join(parts)}\n</body></html>\n"
    )


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{kind}">{escape(words)}</p>' if kind else f"<p>{escape(words)}</p>"


def heading(words: str) -> str:
    """Return a heading of plain text."""
    return f"<h2>{escape(words)}</h2>"


def html_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], strong: Sequence[str] = (), kind: str = "figures"
) -> str:
    """Return a table of texts; rows whose first cell is in `strong` stand out; `kind` is "figures" or "words"."""
    cells = "".join(f"<th>{escape(word)}</th>" for word in head)
    body = "".join(
        f"<tr{' class=strong' if row[0] in strong else ''}>"
        + "".join(f"<td>{escape(word)}</td>" for word in row)
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="{kind}"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the same as aligned text, which Markdown reads as a table."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def written(row: Sequence[str]) -> str:
        first, *rest = row
        return " | ".join(["| " + first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))])

    rule = "|".join(["|" + "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join(f"{part} |" for part in (written(head), *map(written, rows))).replace("\n", f"\n{rule}|\n", 1)
