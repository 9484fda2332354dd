"""The file formats of published instances, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.bench.instance import BenchOptions, Instance, checked, p_problems
from siting.bench.orlib import read_cap, read_kratica, read_pmed
from siting.bench.plane import read_birch, read_cpmp, read_tsplib
from siting.bench.points import Points
from siting.bench.source import Source, read_source
from siting.bench.sscflp import read_delmaire, read_holmberg, read_tbed1
from siting.bench.tscflp import TwoStage, read_tscflp
from siting.bench.ufllib import read_ufllib
from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Format:
    """A layout: its reader, and the options that mean something for it."""

    read: Callable[[Source, BenchOptions], Any]
    options: frozenset[str]


def _format(read: Callable[[Source, BenchOptions], Any], *options: str) -> Format:
    return Format(read, frozenset(options))


FORMATS: dict[str, Format] = {
    "orlib-cap": _format(read_cap, "capacity", "p", "single_source", "ufl"),
    "orlib-pmed": _format(read_pmed, "p", "p_center"),
    "holmberg": _format(read_holmberg, "p", "single_source", "ufl"),
    "delmaire": _format(read_delmaire, "p", "single_source", "ufl"),
    "tbed1": _format(read_tbed1, "p", "single_source", "ufl"),
    "kratica": _format(read_kratica, "p", "single_source", "ufl"),
    "ufllib": _format(read_ufllib, "p", "single_source", "ufl"),
    "tsplib": _format(read_tsplib, "p", "p_center"),
    "birch": _format(read_birch, "p", "p_center"),
    "cpmp": _format(read_cpmp, "p", "single_source"),
    "tscflp": _format(read_tscflp, "single_source"),
}


def read_instance(path: str | Path, options: BenchOptions) -> Instance | Points | TwoStage:
    """Read a published instance.

    Parameters
    ----------
    path : str or Path
        The file; gz, xz and bz2 are read through, a member of a tar archive is written ``archive.tar.xz:member``.
    options : BenchOptions
        Format and what to make of it.

    Returns
    -------
    Instance, Points or TwoStage
        Checked.

    Raises
    ------
    StudyError
        If the format is unknown, an option means nothing for it, or the file does not follow it.
    """
    if options.format not in FORMATS:
        raise StudyError([Problem("--format", f"'{options.format}' is unknown", f"choose one of {', '.join(FORMATS)}")])
    layout = FORMATS[options.format]
    given = {
        name
        for name in ("capacity", "p", "single_source", "ufl", "p_center")
        if getattr(options, name) not in (None, False)
    }
    if given - layout.options:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(given - layout.options))
        raise StudyError([Problem("--format", f"{flags} means nothing for {options.format}", f"leave {flags} out")])
    source = read_source(path)
    instance = layout.read(source, options)
    if isinstance(instance, Points) and (problems := p_problems(instance.p, len(instance.points), source.where)):
        raise StudyError(problems)
    if isinstance(instance, Points | TwoStage):
        return instance
    if options.ufl:
        size = len(instance.fixed_cost)
        instance = replace(instance, capacity=np.full(size, np.inf), demand=np.ones(len(instance.demand)))
    return checked(instance, source.where)
