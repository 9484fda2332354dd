"""Arguments that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siting.study.study import Study

StudyArgument = Annotated[str, typer.Argument(help="Study folder, or an embedded study: tiny, texas, us, uk.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change any setting of study.toml; may be repeated."),
]
JobsOption = Annotated[int, typer.Option(help="Solves side by side, with one thread each.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def read(study: str, settings: list[str] | None) -> Study:
    """Read a study with the settings of ``--set`` on top."""
    from siting.study.read import read_study
    from siting.study.settings import parse_setting

    return read_study(study, dict(parse_setting(text) for text in settings or ()))
