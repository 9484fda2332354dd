"""A polite client for JSON servers: one request at a time, retries with growing pauses, a deadline, answers kept."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from siting.errors import Problem, TravelError
from siting.roads.cache import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.roads.cache import Answers

RETRIED = (429, 500, 502, 503, 504)
LONGEST_PAUSE_S = 60.0
"""A server that asks for a longer pause is given up."""
AGAIN = "answers so far are kept; the same command goes on from there"


@dataclass(frozen=True)
class Manners:
    """How a server is asked.

    Attributes
    ----------
    timeout_s : float
        Longest time for one answer, the body included.
    retries : int
        Further attempts after a failed connection or one of `RETRIED`, with pauses of 0.5, 1, 2, ... s.
    per_second : float or None
        Most requests a second; None is 1, and no limit on this machine.
    """

    timeout_s: float = 60.0
    retries: int = 4
    per_second: float | None = None


class BadAnswerError(Exception):
    """The answer is not what the server's interface promises."""


class RefusedError(Exception):
    """The server refused a request and said why, in JSON."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.body = body


def without_secrets(url: str) -> str:
    """Return a server's address without user, password and query, fit to be written down."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))


def is_local(url: str) -> bool:
    """Say whether a server runs on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Client:
    """Asks one server.

    Attributes
    ----------
    asked, remembered : int
        Requests sent, and answers found on disk.
    oldest : str
        UTC time of the oldest answer used; empty if none was.
    """

    def __init__(self, server: str, answers: Answers, manners: Manners) -> None:
        self.server, self._answers, self._manners = checked_server(server), answers, manners
        self.asked, self.remembered, self.oldest = 0, 0, ""
        usual = float("inf") if is_local(server) else 1.0
        self._pause = 1.0 / (manners.per_second or usual)
        self._last = float("-inf")
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "siting"
        retry = Retry(
            total=manners.retries, status_forcelist=RETRIED, allowed_methods=None, backoff_factor=0.5, backoff_max=30,
            retry_after_max=int(LONGEST_PAUSE_S), raise_on_status=False,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    @property
    def name(self) -> str:
        """The server's address without secrets."""
        return without_secrets(self.server)

    def ask(self, path: str, body: dict[str, Any] | None, read: Callable[[Any], Any]) -> Any:
        """Return what `read` makes of the answer to a GET, or to a POST of a JSON body.

        Parameters
        ----------
        path : str
            Path and query after the server's address.
        body : dict or None
            What to post.
        read : callable
            Turns the JSON into values; raises `BadAnswerError` if it is not what it should be.

        Raises
        ------
        RefusedError
            The server said no in JSON.
        TravelError
            It cannot be reached, is too slow, fails, or sends something else than promised. Such an answer is not kept.
        """
        key = key_of({"server": self.server, "path": path, "body": body})
        kept = self._answers.find(key)
        if kept is not None:
            try:
                value = read(kept["answer"])
            except BadAnswerError:
                pass
            else:
                self.remembered += 1
                self._note(str(kept["asked"]))
                return value
        answer, asked = self._send(path, body), datetime.now(UTC).isoformat(timespec="seconds")
        try:
            value = read(answer)
        except BadAnswerError as error:
            what = f"the answer is not to be trusted: {error}"
            raise self._failure(what, "check the server; this answer was not kept") from None
        self._answers.keep(key, asked, answer)
        self._note(asked)
        return value

    def _note(self, asked: str) -> None:
        self.oldest = min(self.oldest or asked, asked)

    def _send(self, path: str, body: dict[str, Any] | None) -> Any:
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        self.asked += 1
        try:
            status, content = self._fetch(f"{self.server}{path}", body)
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise self._no_answer(error) from None
        try:
            answer = json.loads(content, parse_constant=_no_number)
        except ValueError:
            start = content[:60].decode("utf-8", errors="replace")
            what = f"HTTP status {status}, and the answer is no JSON: {start!r}"
            raise self._failure(what, "is this the address of a routing server?") from None
        if status != requests.codes.ok:
            if not isinstance(answer, dict) or status >= requests.codes.internal_server_error:
                what = f"HTTP status {status} after {self._manners.retries + 1} attempts"
                raise self._failure(what, AGAIN)
            raise RefusedError(answer)
        return answer

    def _fetch(self, url: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        """Return status and content, read piece by piece so that a trickle of bytes meets the deadline too."""
        limit = self._manners.timeout_s
        sent = {} if body is None else {"json": body}
        method = "GET" if body is None else "POST"
        with self._session.request(method, url, timeout=limit, stream=True, **sent) as response:
            end, pieces = time.monotonic() + limit, []
            for piece in response.iter_content(65_536):
                pieces.append(piece)
                if time.monotonic() > end:
                    raise requests.exceptions.ReadTimeout
            return response.status_code, b"".join(pieces)

    def _no_answer(self, error: Exception) -> TravelError:
        words = str(error).lower()
        if isinstance(error, requests.exceptions.Timeout) or "timed out" in words:
            what = f"no answer within {self._manners.timeout_s:g} s"
            return self._failure(what, f"raise --timeout or lower --table-size; {AGAIN}")
        if isinstance(error, requests.exceptions.ConnectionError):
            return self._failure("cannot be reached", f"start the server or correct --server; {AGAIN}")
        return self._failure(f"the request failed: {type(error).__name__}", AGAIN)

    def _failure(self, what: str, remedy: str) -> TravelError:
        return TravelError([Problem(self.name, what, remedy)])


def checked_server(server: str) -> str:
    """Return an address without a final slash.

    Raises
    ------
    TravelError
        If it does not begin with http:// or https://, or names no host.
    """
    try:
        parts = urlsplit(server)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good:
        raise TravelError([Problem(server, "is no address of a server", "such as http://localhost:5000")])
    return server.rstrip("/")


def _no_number(word: str) -> float:
    message = f"{word} is no JSON"
    raise ValueError(message)
