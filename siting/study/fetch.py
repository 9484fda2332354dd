"""Download a published table: whole or not at all, with a limit on time and a clear message without internet."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from siting.errors import DataError, Problem
from siting.study.formats import FORMATS
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from siting.study.formats import Format

TIMEOUT_S = 30.0
"""Longest silence of a server. Assumption."""
MOST_BYTES = 2_000_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Fetched:
    """What was written: file, address, bytes and SHA-256 of the download, and what is said of the table."""

    file: Path
    url: str
    size: int
    sha256: str
    layout: Format


def fetch_data(
    name: str, out: str | Path, url: str = "", sha256: str = "", timeout_s: float = TIMEOUT_S, overwrite: bool = False
) -> Fetched:
    """Download a published table.

    Parameters
    ----------
    name : str
        One of `siting.study.formats.FORMATS`.
    out : str or Path
        File to write.
    url, sha256 : str
        Another address of the same file, such as a mirror; the hash that the download must have. By default those of
        the format.
    timeout_s : float
        Longest silence of the server, in seconds.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    DataError
        If there is no such table or no address of it, the file is there, the server cannot be reached, refuses, is
        silent or sends something else. Nothing is written then.
    """
    if name not in FORMATS:
        raise DataError([Problem("siting data", f'"{name}" is not known', did_you_mean(name, FORMATS))])
    layout, target = FORMATS[name], Path(out)
    address = url or layout.download
    if not address:
        what = f"{name} has no lasting address to download from"
        remedy = f"get it by hand: {layout.page}; or give an address with --url"
        raise DataError([Problem("siting data", what, remedy)])
    if target.is_dir() or (target.exists() and not overwrite):
        what = "is a folder" if target.is_dir() else "exists"
        raise DataError([Problem(str(target), what, "name a file, or --overwrite")])
    content = _download(address, timeout_s)
    found, wanted = hashlib.sha256(content).hexdigest(), sha256.lower() or layout.sha256
    if wanted and found != wanted:
        what = f"the download has SHA-256 {found}, expected {wanted}"
        raise DataError([Problem(address, what, "the file has changed or the download is damaged; try again")])
    table = _member(content, layout.member, address)
    if table[:100].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DataError([Problem(address, "the server sent a web page, not a table", f"see {layout.page}")])
    _write(target, table)
    return Fetched(target, address, len(content), found, layout)


def _download(address: str, timeout_s: float) -> bytes:
    """Return the whole content; a shorter one than announced is refused."""
    if not address.startswith(("http://", "https://")):
        raise DataError([Problem(address, "is no web address", "it starts with https://")])
    try:
        with urlopen(Request(address, headers={"User-Agent": "siting"}), timeout=timeout_s) as answer:
            announced = answer.headers.get("Content-Length")
            parts, size = [], 0
            while part := answer.read(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    what = f"sends more than {MOST_BYTES:,} bytes"
                    raise DataError([Problem(address, what, "give another address")])
    except HTTPError as error:
        error.close()
        what = f"the server answers {error.code} ({error.reason})"
        raise DataError([Problem(address, what, "the file may have moved: look it up and give --url")]) from error
    except TimeoutError as error:
        raise DataError([Problem(address, f"no answer in {timeout_s:g} s", "try again, or --timeout")]) from error
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise DataError([Problem(address, f"no answer in {timeout_s:g} s", "try again, or --timeout")]) from error
        remedy = "this needs internet; on another machine download the file and name it in study.toml"
        raise DataError([Problem(address, f"cannot be reached: {reason}", remedy)]) from error
    if not size or (announced is not None and size != int(announced)):
        what = f"the download broke off: {size:,} of {int(announced or 0):,} bytes"
        raise DataError([Problem(address, what, "try again")])
    return b"".join(parts)


def _member(content: bytes, member: str, address: str) -> bytes:
    """Return the table inside a zip, or the content itself where the format is no zip."""
    if not member:
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError([Problem(address, f"is no zip that holds {member}", "look at it, or give --url")]) from error


def _write(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
