"""Guess which word was meant, so that a message can say so."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-.]+", "_", word.strip().lower())


def nearest(word: str, words: Iterable[str], likeness: float = 0.75) -> str:
    """Return the one of `words` that is spelt most like `word`, or "" if none comes near.

    Parameters
    ----------
    word : str
        What was written.
    words : iterable of str
        What may be written; case, spaces, dashes and underscores make no difference.
    likeness : float
        Least similarity (0-1, Ratcliff-Obershelp).
    """
    by_plain = {_plain(candidate): candidate for candidate in words}
    found = get_close_matches(_plain(word), list(by_plain), n=1, cutoff=likeness)
    return by_plain[found[0]] if found else ""


def did_you_mean(word: str, words: Iterable[str], likeness: float = 0.6) -> str:
    """Return the remedy ``did you mean "x"?``, or the allowed words if none comes near."""
    words = list(words)
    best = nearest(word, words, likeness)
    if best:
        return f'did you mean "{best}"?'
    return f"one of: {', '.join(words)}" if words else ""
