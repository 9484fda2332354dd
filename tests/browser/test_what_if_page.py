"""The what-if page in a real browser, without any network but its own server: a slider moves, the figures follow."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytest.importorskip("marimo", reason='marimo is not installed (pip install -e ".[marimo]")')
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
ROOT = Path(__file__).resolve().parents[2]
START_S, SOLVE_MS = 60.0, 120_000.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the page on a free port of this machine, with settings of its own, and end the server afterwards."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", str(ROOT / "notebooks" / "what_if.py"), "--headless"]
    command += ["--no-token", "--host", "127.0.0.1", "--port", str(port)]
    places = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    log = home / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=home, env={**os.environ, **places}, stdout=said, stderr=said)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"marimo did not start: {log.read_text()}")


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """Open the page; afterwards assert that it asked nobody but its own server for anything."""
    outside: list[str] = []

    def guard(route: object, request: object) -> None:
        if request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(request.url)
            route.abort()

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shown = chromium.new_page(viewport={"width": 1280, "height": 1600})
        shown.route("**/*", guard)
        shown.goto(address)
        yield shown
        chromium.close()
    assert outside == []


def test_a_slider_moves_the_figures(page: Page) -> None:
    """At most eight units, then at most one: status and gap are said, and the figures and the map follow."""
    page.get_by_text("Status:").wait_for(timeout=SOLVE_MS)
    shown = page.locator('iframe[title="Map of the plan"]')
    shown.wait_for(timeout=SOLVE_MS)
    assert "gap" in page.get_by_text("Status:").inner_text()
    before, drawn = _units(page), shown.get_attribute("srcdoc")
    assert 1 < before <= 8
    page.get_by_role("slider").first.focus()
    page.keyboard.press("Home")
    until = time.monotonic() + SOLVE_MS / 1000
    while (_units(page) != 1 or shown.get_attribute("srcdoc") == drawn) and time.monotonic() < until:
        page.wait_for_timeout(500)
    assert _units(page) == 1
    assert shown.get_attribute("srcdoc") != drawn


def _units(page: Page) -> int:
    """Return the number of units that the status says; 0 while the page is at work."""
    said = page.get_by_text("Status:")
    found = re.search(r"units: (\d+)", said.first.inner_text()) if said.count() else None
    return int(found[1]) if found else 0
