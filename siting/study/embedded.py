"""Find a study folder: where the path says, or among the studies that come with siting."""

from __future__ import annotations

from pathlib import Path

from siting.errors import Problem, StudyError

SETTINGS_FILE = "study.toml"
_PACKAGE = Path(__file__).resolve().parents[1]
_EMBEDDED = (_PACKAGE / "_data", _PACKAGE.parent / "data")
"""In a wheel, and beside the package in a clone."""


def embedded_studies() -> dict[str, Path]:
    """Return the study.toml of each study that comes with siting, by name."""
    found: dict[str, Path] = {}
    for home in _EMBEDDED:
        for settings in sorted(home.glob(f"*/{SETTINGS_FILE}")):
            found.setdefault(settings.parent.name, settings)
    return found


def find_study(path: str | Path) -> Path:
    """Return the study.toml that `path` means.

    Parameters
    ----------
    path : str or Path
        A folder that holds a study.toml, the file itself, or the bare name of an embedded study such as "texas". A
        folder that exists comes before an embedded study of the same name.

    Raises
    ------
    StudyError
        If there is no such study.
    """
    given, embedded = Path(path), embedded_studies()
    if given.is_file():
        return given
    if given.is_dir():
        settings = given / SETTINGS_FILE
        if settings.is_file():
            return settings
        hides = "; it hides the study of that name that comes with siting" if str(path) in embedded else ""
        what = f"the folder has no {SETTINGS_FILE}{hides}"
        raise StudyError([Problem(str(path), what, "siting init makes one that runs")])
    if str(path) in embedded:
        return embedded[str(path)]
    names = f"; studies that come with siting: {', '.join(embedded)}" if embedded else ""
    raise StudyError([Problem(str(path), "no such study folder", f"check the path{names}")])
