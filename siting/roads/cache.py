"""Answers of a server on disk, each under the hash of its question, so that a run goes on where the last stopped."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

FOLDER = "SITING_CACHE"
"""Environment variable that names the folder of answers."""


def usual_folder() -> Path:
    """Return where answers are usually kept: $SITING_CACHE, or siting/travel in the user's cache."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "siting" / "travel"


def key_of(question: dict[str, Any]) -> str:
    """Return the SHA-256 of a question: engine, server, profile, coordinates, options."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


class Answers:
    """A folder of answers.

    Parameters
    ----------
    folder : Path
        Made when the first answer is kept.
    is_fresh : bool
        Ask again, and keep the new answers.
    """

    def __init__(self, folder: Path, is_fresh: bool = False) -> None:
        self._folder, self._is_fresh = folder, is_fresh

    def find(self, key: str) -> dict[str, Any] | None:
        """Return ``asked`` (UTC time) and ``answer``; None if there is none, or its file is damaged."""
        if self._is_fresh:
            return None
        try:
            kept = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) and {"asked", "answer"} <= set(kept) else None

    def keep(self, key: str, asked: str, answer: Any) -> None:
        """Write an answer to a temporary name and rename it, so that no half of one is ever read."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_text(json.dumps({"asked": asked, "answer": answer}), encoding="utf-8")
        draft.replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
