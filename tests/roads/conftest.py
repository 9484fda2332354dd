"""A study of Monaco, real road servers on this machine, and a server that answers what a test tells it to."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from executables import EXTRACT, FOLDER
from helpers import DATA

from siting.roads.client import Manners
from siting.roads.sources import TravelOptions
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from siting.study.study import Study

AREAS = """id,name,lon,lat,population
fontvieille,Fontvieille,7.4165,43.7285,400000
monaco-ville,Monaco-Ville,7.4246,43.7312,150000
condamine,La Condamine,7.4200,43.7350,300000
monte-carlo,Monte-Carlo,7.4280,43.7400,350000
larvotto,Larvotto,7.4340,43.7465,200000
"""
HOSPITALS = """id,name,lon,lat,beds,treats_today
grace,Princess Grace,7.4141,43.7333,350,true
harbour,Harbour Clinic,7.4235,43.7370,200,false
east,East Clinic,7.4320,43.7450,200,false
"""
SETTINGS = """[study]
name = "Monaco"
[travel]
max_distance = 20
[courier]
max_distance = 20
"""


@pytest.fixture
def monaco(tmp_path: Path) -> Study:
    """Return a study of five areas and three hospitals in Monaco, in a folder of its own."""
    folder = tmp_path / "monaco"
    folder.mkdir()
    for name in ("products", "platforms", "modes", "central_plants"):
        shutil.copy(DATA / "tiny" / f"{name}.csv", folder)
    for name, text in (("areas.csv", AREAS), ("hospitals.csv", HOSPITALS), ("study.toml", SETTINGS)):
        (folder / name).write_text(text)
    return read_study(folder)


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., TravelOptions]:
    """Return options with short waits and a folder of answers of the test's own."""
    usual = {"manners": Manners(timeout_s=5.0, retries=0), "cache": tmp_path / "answers"}
    return lambda source, **changes: TravelOptions(source, **(usual | changes))


@pytest.fixture(scope="session")
def servers() -> Path:
    """Return the folder of OSRM, Valhalla and the extract of Monaco, or skip."""
    named = os.environ.get(FOLDER)
    if not named:
        pytest.skip(f"{FOLDER} names no folder of road servers; python tests/roads/executables.py FOLDER makes one")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def extract(servers: Path) -> Path:
    """Return the extract of Monaco."""
    return servers / EXTRACT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], url: str, log: Path) -> Iterator[str]:
    """Run a server until the block ends; it must answer anything at all within 20 s."""
    with log.open("w") as output, subprocess.Popen(command, cwd=log.parent, stdout=output, stderr=output) as process:
        try:
            end = time.monotonic() + 20.0
            while True:
                try:
                    urllib.request.urlopen(url, timeout=1.0).close()
                    break
                except urllib.error.HTTPError as error:
                    error.close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > end:
                        pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")
                    time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()


def _osrm(servers: Path, profile: str, folder: Path) -> Iterator[str]:
    programs, base = servers / "osrm" / "bin", folder / "monaco.osrm"
    shutil.copy(servers / EXTRACT, folder)
    rules = servers / "osrm" / "share" / "profiles" / f"{profile}.lua"
    for command in (["osrm-extract", "-t", "1", "-p", str(rules), str(folder / EXTRACT)],
                    ["osrm-contract", "-t", "1", str(base)]):  # fmt: skip
        subprocess.run([programs / command[0], *command[1:]], check=True, capture_output=True, cwd=folder)
    port = _free_port()
    served = [str(programs / "osrm-routed"), "-i", "127.0.0.1", "-p", str(port), "-t", "1", str(base)]
    with _running(served, f"http://127.0.0.1:{port}", folder / "log") as url:
        yield url


@pytest.fixture(scope="session")
def osrm(servers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real OSRM server with the cars of Monaco."""
    yield from _osrm(servers, "car", tmp_path_factory.mktemp("osrm"))


@pytest.fixture(scope="session")
def osrm_on_foot(servers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real OSRM server with the walkers of Monaco."""
    yield from _osrm(servers, "foot", tmp_path_factory.mktemp("foot"))


@pytest.fixture(scope="session")
def valhalla(servers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real Valhalla server with Monaco."""
    folder, home, port = tmp_path_factory.mktemp("valhalla"), servers / "valhalla", _free_port()
    made = subprocess.run(
        [sys.executable, home / "valhalla_build_config.py", "--mjolnir-tile-dir", folder / "tiles",
         "--mjolnir-concurrency", "1", "--httpd-service-listen", f"tcp://127.0.0.1:{port}"],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = json.loads(made.stdout)
    settings["httpd"]["service"] |= {
        name: f"ipc://{folder / name}" for name in ("loopback", "interrupt")
    } | {"drain_seconds": 0, "shutdown_seconds": 0}  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    subprocess.run([home / "bin" / "valhalla_build_tiles", "-c", folder / "settings.json", servers / EXTRACT],
                   check=True, capture_output=True)  # fmt: skip
    served = [str(home / "bin" / "valhalla_service"), str(folder / "settings.json"), "1"]
    with _running(served, f"http://127.0.0.1:{port}", folder / "log") as url:
        yield url


class Stub:
    """A server whose `answer` a test sets: (path, body) -> (status, content); `seen` lists the requests."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.answer: Callable[[str, Any], tuple[int, Any]] = lambda path, body: (200, {})
        self.headers: dict[str, str] = {}
        self.delay_s = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, stub: Stub, *arguments: Any) -> None:
        self._stub = stub
        super().__init__(*arguments)

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self._stub.seen.append((self.path, body))
        status, content = self._stub.answer(self.path, body)
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(sent)), **self._stub.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for start in range(0, len(sent), max(1, len(sent) // 8)):
                time.sleep(self._stub.delay_s)
                self.wfile.write(sent[start : start + max(1, len(sent) // 8)])
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a server that answers what the test tells it to."""
    server = Stub()
    yield server
    server.close()
