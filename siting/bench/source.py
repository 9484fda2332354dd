"""The text of an instance file and its numbers, read strictly."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

OPENERS = {b"\x1f\x8b": gzip.decompress, b"\xfd7": lzma.decompress, b"BZ": bz2.decompress}
"""Decompressor by the first two bytes of a file."""


@dataclass(frozen=True)
class Source:
    """An instance file as text.

    Attributes
    ----------
    where : str
        Path as the user gave it, for messages.
    name : str
        File name without its suffixes.
    text : str
        Decompressed content; NUL and Ctrl-Z, which old copies carry as padding, are blanks.
    """

    where: str
    name: str
    text: str

    def refuse(self, what: str, remedy: str = "correct the file, or check --format") -> NoReturn:
        """Raise the StudyError that says what is wrong in this file."""
        raise StudyError([Problem(self.where, what, remedy)])


def read_source(path: str | Path) -> Source:
    """Read a plain, gz, xz or bz2 file, or a member of a tar archive written as ``archive.tar.xz:member``.

    Parameters
    ----------
    path : str or Path
        File, or archive and member.

    Returns
    -------
    Source
        Its text.

    Raises
    ------
    StudyError
        If there is no such file or member, or it is not text.
    """
    where = str(path)
    archive, _, member = where.rpartition(":")
    try:
        if Path(where).is_file() or not archive:
            data, name = Path(where).read_bytes(), Path(where).name
        else:
            data, name = _member(archive, member), Path(member).name
        opener = OPENERS.get(data[:2])
        if opener:
            data, name = opener(data), Path(name).stem
        text = data.replace(b"\0", b" ").replace(b"\x1a", b" ").decode("utf-8-sig")
    except (OSError, KeyError, EOFError, lzma.LZMAError, tarfile.TarError, UnicodeDecodeError) as error:
        problem = Problem(where, f"cannot be read: {error}", "give a text file, plain or as .gz, .xz or .bz2")
        raise StudyError([problem]) from error
    return Source(where, re.sub(r"\.(txt|dat|tsp|plc)$", "", name), text)


def _member(archive: str, member: str) -> bytes:
    with tarfile.open(archive) as files:
        file = files.extractfile(member)
        if file is None:
            raise KeyError(member)
        return file.read()


class Numbers:
    """The numbers of a file in order, taken block by block.

    Parameters
    ----------
    source : Source
        Where they come from.
    text : str, optional
        The part of the source's text to read; the whole by default.
    words : mapping of str to float, optional
        Words that stand for a number.

    Raises
    ------
    StudyError
        If a token is not a finite number.
    """

    def __init__(self, source: Source, text: str | None = None, words: Mapping[str, float] | None = None) -> None:
        self.source = source
        self._taken = 0
        words = words or {}
        lines = [line.split() for line in (source.text if text is None else text).splitlines()]
        tokens = [words.get(token, token) for line in lines for token in line]
        self._line_starts = np.cumsum([0, *(len(line) for line in lines)])
        try:
            self._values = np.array(tokens, dtype=np.float64)
        except ValueError:
            source.refuse(self._not_a_number(tokens))
        is_named = np.array([token in words for line in lines for token in line], dtype=bool) if words else False
        if not (np.isfinite(self._values) | is_named).all():
            source.refuse("holds a value that is not a finite number (nan or inf)")

    def _not_a_number(self, tokens: list[str | float]) -> str:
        for position, token in enumerate(tokens):
            try:
                float(token)
            except ValueError:
                line = int(np.searchsorted(self._line_starts, position, side="right"))
                return f"line {line}: '{token}' is not a number"
        return "holds text where numbers belong"

    def take(self, count: int, what: str) -> NDArray[np.float64]:
        """Return the next `count` numbers; `what` names them in the error when the file is too short."""
        end = self._taken + count
        if end > len(self._values):
            self.source.refuse(
                f"has too few numbers: {what} needs {count:,}, only {len(self._values) - self._taken:,} are left"
            )
        values = self._values[self._taken : end]
        self._taken = end
        return values

    def count(self, what: str) -> int:
        """Return the next number as a count of at least one."""
        value = self.take(1, what)[0]
        if value < 1 or value != int(value):
            self.source.refuse(f"{what} is {value:g}, not a whole number of at least 1")
        return int(value)

    def at_line_start(self) -> bool:
        """Return whether the next number is the first of its line."""
        return bool(self._line_starts[np.searchsorted(self._line_starts, self._taken)] == self._taken)

    def end(self, surplus: int = 0) -> None:
        """Raise if more than `surplus` numbers are left over."""
        left = len(self._values) - self._taken
        if left > surplus:
            self.source.refuse(f"has {left:,} numbers too many")
