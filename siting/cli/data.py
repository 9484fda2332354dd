"""Commands `siting data` and `siting data fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption
from siting.console import errors_in_words, show

data = typer.Typer(help="List the published tables that siting reads by name, or download one.", rich_markup_mode=None)


@data.callback(invoke_without_command=True)
def known(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the published tables that siting reads by name: what they are, where from, licence, what they lack."""
    if context.invoked_subcommand is not None:
        return
    from siting.study.describe_formats import formats_json, formats_text

    show(formats_json(), as_json, formats_text())


@data.command()
def fetch(  # noqa: PLR0913 - options of a command
    name: Annotated[str, typer.Argument(help="Table, as siting data calls it.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    url: Annotated[str, typer.Option(help="Another address of the same file.")] = "",
    sha256: Annotated[str, typer.Option(help="SHA-256 that the download must have.")] = "",
    timeout: Annotated[float, typer.Option(help="Longest silence of the server (s).", min=0.001)] = 30.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Download a published table; needs internet."""
    with errors_in_words(as_json):
        from siting.study.fetch import fetch_data

        got = fetch_data(name, out, url, sha256, timeout, overwrite)
        figures = {
            "file": str(got.file), "url": got.url, "bytes": got.size, "sha256": got.sha256,
            "licence": got.layout.licence, "lacks": got.layout.lacks,
        }  # fmt: skip
        text = "\n".join(f"{key:<8} {value}" for key, value in figures.items() if value)
        use = f'[tables.{got.layout.table}]\nfile = "{got.file.name}"\nformat = "{name}"'
        show(figures, as_json, f"{text}\n\nin study.toml, with the file beside it:\n{use}")
