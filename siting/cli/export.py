"""Command `siting export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import JsonOption
from siting.console import errors_in_words, say, show
from siting.errors import Problem, StudyError

MOST_SAID = 12
"""Converted columns that are listed on stderr."""


def export(  # noqa: PLR0913 - options of a command
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of siting optimize.")],
    to: Annotated[Path, typer.Option("--to", help="New folder, or a file whose suffix says the format.")],
    formats: Annotated[
        str | None, typer.Option("--format", help="For a folder: gpkg,qgz,geojson,fgb,parquet,kml,shp,xlsx,csv.")
    ] = None,
    layer: Annotated[str, typer.Option(help="Layer of a file that holds only one.")] = "openings",
    add: Annotated[
        list[Path] | None, typer.Option(help="GeoPackage whose layers are added, as siting compare writes it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a plan in other formats, for any GIS or spreadsheet."""
    from siting.export.export import export_file, export_formats, is_file_name
    from siting.export.formats import formats_of
    from siting.export.layers import read_layers
    from siting.plan.read import read_plan

    with errors_in_words(as_json):
        one_file = is_file_name(to)
        if one_file and formats is not None:
            raise StudyError([Problem("--format", "is for folders", "leave it out, or name a folder after --to")])
        if not one_file:
            formats_of((formats or "").split(","))
        added = [one for path in add or () for one in read_layers(path)]
        plan = read_plan(folder)
        if one_file:
            changes = export_file(plan, to.resolve(), overwrite=overwrite, layer=layer, added=added)
        else:
            changes = export_formats(plan, to, (formats or "").split(","), overwrite=overwrite, added=added)
        said = [f"{name}: {change}" for name, changed in changes.items() for change in changed]
        show({"written": str(to), "formats": list(changes), "converted": said}, as_json, f"Wrote {to}.")
        if said and not as_json:
            say("Columns under another name or as another type (all are in fields.csv):")
            for line in said[:MOST_SAID]:
                say(f"  {line}")
            if len(said) > MOST_SAID:
                say(f"  and {len(said) - MOST_SAID} more")
