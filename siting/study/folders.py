"""Write a whole folder or nothing."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator


def refuse_full(target: Path) -> None:
    """Refuse a target that exists and is not an empty folder, before any work is done.

    Raises
    ------
    StudyError
        If it is one.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StudyError([Problem(str(target), "exists and is not an empty folder", "choose another name")])


@contextmanager
def new_folder(target: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside `target` that takes its name when the block ends well, and vanishes when not.

    Raises
    ------
    StudyError
        If `target` exists and is not an empty folder.
    """
    target = Path(target)
    refuse_full(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield draft
        draft.chmod(0o755)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


@contextmanager
def new_file(target: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `target` that takes its name when the block ends well, and vanishes when not.

    Raises
    ------
    StudyError
        If `target` exists, or nothing can be written there.
    """
    target = Path(target)
    if target.exists():
        raise StudyError([Problem(str(target), "exists already", "choose another name")])
    draft = target.with_name(f".{target.name}.draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()
    except OSError as error:
        raise StudyError(
            [Problem(str(target), f"cannot be written: {error.strerror}", "choose another place")]
        ) from error
    try:
        yield draft
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
