"""What is known of published tables, as text and for JSON."""

from __future__ import annotations

import textwrap
from typing import Any

from siting.study.formats import FORMATS


def formats_json() -> dict[str, Any]:
    """Return every format by name, fit for JSON."""
    return {
        name: {
            "table": layout.table, "title": layout.title, "publisher": layout.publisher, "licence": layout.licence,
            "page": layout.page, "download": layout.download, "columns": {our: list(theirs) for our, theirs
                                                                          in layout.columns.items()},
            "id": layout.id_rule, "where": layout.where, "lacks": layout.lacks, "note": layout.note,
        }
        for name, layout in FORMATS.items()
    }  # fmt: skip


def formats_text() -> str:
    """Return every format as a paragraph."""
    return "\n".join(_paragraph(name) for name in FORMATS)


def _paragraph(name: str) -> str:
    layout = FORMATS[name]
    columns = ", ".join(f"{our} = {' or '.join(theirs)}" for our, theirs in layout.columns.items())
    download = f"siting data fetch {name} --out FILE ({layout.download})" if layout.download else "by hand"
    entries = {
        "from": f"{layout.publisher}; {layout.page}", "licence": layout.licence, "download": download,
        "columns": f"id = {layout.id_rule}, {columns}", "rows": layout.where, "lacks": layout.lacks,
        "note": layout.note,
    }  # fmt: skip
    lines = [f"{name} ({layout.table}): {layout.title}"]
    for label, text in entries.items():
        if text:
            lines += textwrap.wrap(
                text, 112, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12, break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip
    return "\n".join(lines) + "\n"
