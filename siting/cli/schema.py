"""Command `siting schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from siting.console import errors_in_words, show


def schema(
    table: Annotated[str | None, typer.Argument(help="One table, or 'settings'; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON schema of study.toml, for editors.")] = False,
) -> None:
    """Explain every table, column and setting: type, unit, default, rule, source."""
    from siting.study.document import schema_json, schema_text

    with errors_in_words(as_json):
        show(schema_json() if as_json else {}, as_json, "" if as_json else schema_text(table))
