"""How fluid map.html is in Chromium: seconds until it is drawn, and milliseconds of what a reader does.

``python tests/benchmarks/map_fluid.py out/us`` takes an output folder of ``siting optimize`` and its map.html, or any
map.html. Each step is done `REPEATS` times; it counts from the call until the frame after it is painted, in a window
of 1360 x 860 pixels without a graphics card. Dragging counts the time between frames while the mouse moves.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
REPEATS = 7
PAINTED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
STEPS = {
    "before and after": 'document.querySelector("#switch [aria-pressed=false]").click();',
    "colour by another measure": (
        'const s = document.querySelector("#layers select"); s.selectedIndex = (s.selectedIndex + 1) % s.length;'
        ' s.dispatchEvent(new Event("change"));'
    ),
    "show or hide all trips": 'document.querySelector("#layers [name=trips]").click();',
    "show or hide other hospitals": 'document.querySelector("#layers [name=candidates]").click();',
    "type a letter in the search": (
        'const i = document.querySelector("#search"); i.value += "a"; i.dispatchEvent(new Event("input"));'
    ),
    "go to a unit of the list": (
        'const b = document.querySelectorAll("#units button"); b[Math.floor(Math.random() * b.length)].click();'
    ),
    "back to the whole study": 'document.querySelector("[aria-label=\\"Show the whole study\\"]").click();',
}
FRAMES = """() => { window.frames_ = []; let last = performance.now();
  window.going_ = true;
  const tick = (now) => { window.frames_.push(now - last); last = now;
    if (window.going_) requestAnimationFrame(tick); };
  requestAnimationFrame(tick); }"""


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("map", type=Path, help="output folder of siting optimize, or a map.html")
    given = parser.parse_args().map
    path = (given / "map.html" if given.is_dir() else given).resolve()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        rows = measured(chromium.new_page(viewport={"width": 1360, "height": 860}), path)
        chromium.close()
    print(f"{path.parent.name}/{path.name}, {path.stat().st_size / 1e6:.2f} MB\n")
    print("| step | median ms | worst ms |\n| --- | --- | --- |")
    for name, values in rows.items():
        print(f"| {name} | {statistics.median(values):.0f} | {max(values):.0f} |")


def measured(page: Page, path: Path) -> dict[str, list[float]]:
    """Return milliseconds by step."""
    page.goto(path.as_uri())
    page.evaluate(f"async () => {{ {PAINTED} }}")
    rows = {"open until drawn": [page.evaluate("performance.now()")]}
    for name, step in STEPS.items():
        call = f"async () => {{ const t = performance.now(); {{ {step} }} {PAINTED} return performance.now() - t; }}"
        rows[name] = [page.evaluate(call) for _ in range(REPEATS + REPEATS % 2)]
    page.keyboard.press("Escape")
    rows["frames while pointing at areas"] = frames(page, is_drag=False)
    rows["frames while dragging"] = frames(page, is_drag=True)
    rows["zoom in, after its animation"] = [zoomed(page) for _ in range(REPEATS)]
    return rows


def frames(page: Page, *, is_drag: bool) -> list[float]:
    """Return milliseconds between frames while the mouse crosses the map."""
    page.mouse.move(300, 400)
    if is_drag:
        page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(300 + 4 * step, 400 + step % 40)
    values: list[float] = page.evaluate("() => { window.going_ = false; return window.frames_.slice(1); }")
    if is_drag:
        page.mouse.up()
    return values


def zoomed(page: Page) -> float:
    """Return milliseconds from 300 ms after a click on zoom (Leaflet's animation takes 250 ms) until all is drawn."""
    return page.evaluate(
        f"""async () => {{
          const t = performance.now();
          document.querySelector(".leaflet-control-zoom-in").click();
          await new Promise((done) => setTimeout(done, 300));
          {PAINTED}
          return performance.now() - t - 300;
        }}"""
    )


if __name__ == "__main__":
    main()
