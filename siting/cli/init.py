"""Command `siting init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.console import errors_in_words, show


def init(
    folder: Annotated[Path, typer.Argument(help="New folder for the study.")],
) -> None:
    """Make a small study that runs, with every table and setting explained."""
    from siting.study.templates import write_templates

    with errors_in_words():
        written = write_templates(folder)
        show(
            {},
            as_json=False,
            text=f"Wrote a study with made-up figures to {written}.\nTry: siting optimize {folder} --out {folder}-out",
        )
