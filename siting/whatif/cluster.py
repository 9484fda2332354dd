"""Send runs to a Dask cluster by its address."""

from __future__ import annotations

import socket
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
ANSWER_S = 3.0
"""A scheduler that does not take a connection within this is not there."""
_PACKAGES = ("siting", "highspy", "numpy", "pandas", "pyomo", "scipy")
"""What must be the same on the workers for the same results."""


def on_cluster(address: str, solve: Callable[..., T], jobs: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Yield the results of ``solve(*job)`` as they come; what is not done when the caller stops is cancelled.

    Raises
    ------
    StudyError
        If no scheduler answers at the address, it has no workers, or they have other versions.
    """
    refuse_absent(address)
    from distributed import Client, as_completed

    with _client(Client, address) as client:
        _refuse_other_versions(client, address)
        futures = [client.submit(solve, *job, pure=False) for job in jobs]
        try:
            for future in as_completed(futures, loop=client.loop):
                yield future.result()
        finally:
            client.cancel(futures)


def refuse_absent(address: str) -> None:
    """Refuse an address that nothing listens at, within `ANSWER_S` seconds, or a machine without Dask.

    Raises
    ------
    StudyError
        With the reason.
    """
    if find_spec("distributed") is None:
        raise _refusal(address, "Dask is not installed", 'pip install "siting[dask]"')
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.scheme not in {"tcp", "tls"}:
        raise _refusal(
            address, "is no address of a Dask scheduler", "write tcp://host:port, as dask scheduler prints it"
        )
    try:
        with socket.create_connection((host, port), timeout=ANSWER_S) as connection:
            # A scheduler speaks first; a client would wait long for anything else that listens there.
            greeting = connection.recv(1) if parts.scheme == "tcp" else b"?"
    except OSError as error:
        raise _absent(address, error) from error
    if not greeting:
        raise _absent(address, ConnectionError("it hangs up"))


def _client(make: Callable[..., Any], address: str) -> Any:
    try:
        return make(address, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _absent(address, error) from error


def _absent(address: str, error: OSError | ValueError) -> StudyError:
    return _refusal(address, f"no Dask scheduler answers there ({error})", "start one with: dask scheduler")


def versions() -> dict[str, str]:
    """Return the versions that decide what a run finds."""
    return {package: version(package) for package in _PACKAGES}


def _refuse_other_versions(client: Any, address: str) -> None:
    mine = versions()
    try:
        theirs = client.run(versions)
    except Exception as error:
        raise _refusal(address, f"its workers cannot run siting: {error}", "install siting on every worker") from error
    if not theirs:
        raise _refusal(address, "the scheduler has no workers", f"start some with: dask worker {address}")
    for worker, found in theirs.items():
        other = [f"{name} {found[name]} (here {mine[name]})" for name in mine if found[name] != mine[name]]
        if other:
            what = f"worker {worker} has {', '.join(other)}"
            raise _refusal(address, what, "the same versions everywhere give the same results")


def _refusal(address: str, what: str, remedy: str) -> StudyError:
    return StudyError([Problem(f"Dask at {address}", what, remedy)])
