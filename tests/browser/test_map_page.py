"""The map in a real browser without any network: it draws, answers to the mouse and the keyboard, and runs no names."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from siting.export.explore import explore
from siting.export.map.page import write_map
from tests.export.fake_plan import EVIL, fake_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of this file."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a file at a window size; afterwards assert that nothing was fetched and nothing went wrong on the page."""
    requests: list[str] = []
    complaints: list[str] = []
    context = browser.new_context()

    def guard(route: object, request: object) -> None:
        if request.url.startswith("file:"):
            route.continue_()
        else:
            requests.append(request.url)
            route.abort()

    context.route("**/*", guard)

    def open_file(path: Path, width: int = 1280, height: int = 800) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        return page

    yield open_file
    context.close()
    assert requests == []
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page], tmp_path: Path) -> Page:
    """Open the map of the small plan on a desktop screen."""
    write_map(fake_plan(), tmp_path / "map.html")
    return open_page(tmp_path / "map.html")


def _unit(page: Page, name: str) -> Locator:
    return page.locator(f'[aria-label="unit {name}"]')


def _hover_area(page: Page, column: int, row: int) -> None:
    """Point at a corner of one of the 3 x 3 squares, where no mark is: column from the west, row from the south."""
    alpha, evil = _unit(page, "Alpha General").bounding_box(), page.locator("path[aria-label*=onerror]").bounding_box()
    # Alpha lies at 99.4 W 30.6 N and the other unit at 97.5 W 32.5 N: 1.9 degrees apart both ways. The latitude scale
    # of Mercator varies by 3 % over the study, so a quarter of a degree from the edge is safely inside.
    x0, y0 = alpha["x"] + alpha["width"] / 2, alpha["y"] + alpha["height"] / 2
    x1, y1 = evil["x"] + evil["width"] / 2, evil["y"] + evil["height"] / 2
    lon, lat = -100 + column + 0.25, 30 + row + 0.25
    x, y = x0 + (lon + 99.4) / 1.9 * (x1 - x0), y0 + (lat - 30.6) / 1.9 * (y1 - y0)
    page.mouse.move(x, y)
    # Leaflet looks at most every 32 ms where the mouse is on a canvas.
    page.wait_for_timeout(60)
    page.mouse.move(x + 2, y)


def test_stamp_says_that_the_plan_is_not_proven(page: Page) -> None:
    """Status and gap stand in the corner and can be seen."""
    stamp = page.locator("#stamp")
    sync_api.expect(stamp).to_be_visible()
    sync_api.expect(stamp).to_contain_text("Not proven optimal: at most 2.80 % from the best possible plan")


def test_stamp_of_a_proven_plan(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """A proven plan says so and looks different."""
    write_map(fake_plan(status="optimal", gap=0.0), tmp_path / "map.html")
    stamp = open_page(tmp_path / "map.html").locator("#stamp.optimal")
    sync_api.expect(stamp).to_contain_text("Proven optimal")


def test_hospital_tooltip(page: Page) -> None:
    """Pointing at a unit tells its mode, machines, batches, utilization and cost."""
    _unit(page, "Alpha General").hover()
    tip = page.locator(".leaflet-tooltip .tip")
    for text in ("Alpha General", "Alton, TX", "owned", "box \u00d7 3", "48", "80 % of 60", "USD\u00a02,500,000"):
        sync_api.expect(tip).to_contain_text(text)


def test_area_tooltip(page: Page) -> None:
    """Pointing at the square in the middle (the fifth) tells its patients, travel and main hospital."""
    _hover_area(page, 1, 1)
    tip = page.locator(".leaflet-tooltip .tip")
    # Area 5: demand 5 x 2.2, trip 5 x 12 mi and 5 x 15 minutes.
    for text in ("County 5", "500,000", "11 patients", "60 mi, 75 min", "Alpha General"):
        sync_api.expect(tip).to_contain_text(text)


def test_unserved_area_tooltip(page: Page) -> None:
    """The last square is served by nobody: all of its 9 x 2.2 = 19.8 patients are unserved, and no trip is shown."""
    _hover_area(page, 2, 2)
    tip = page.locator(".leaflet-tooltip .tip")
    sync_api.expect(tip).to_contain_text("County 9")
    sync_api.expect(tip).to_contain_text("Unserved20")
    sync_api.expect(tip).not_to_contain_text("Mean trip")


def test_names_are_shown_as_text(page: Page) -> None:
    """A hospital whose name is an <img onerror> shows its name; no image appears and no script runs."""
    page.locator("path[aria-label*=onerror]").hover()
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text(EVIL)
    assert page.locator("img").count() == 0


def test_layers_are_toggled_by_keyboard(page: Page) -> None:
    """Tab reaches the layer control; the space bar takes the units off the map and brings them back."""
    box = page.get_by_role("checkbox", name="Units and central plants")
    page.keyboard.press("Tab")
    sync_api.expect(box).to_be_focused()
    page.keyboard.press("Space")
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(0)
    page.keyboard.press("Space")
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(1)


def test_colouring_changes_the_legend(page: Page) -> None:
    """Another measure has its own classes: demand up to 19.8, 95th percentile 18.9, five steps of 5."""
    legend = page.locator("#layers .ramp")
    sync_api.expect(legend).to_contain_text("< 20")
    page.get_by_label("Colour areas by").select_option("demand")
    sync_api.expect(legend).to_have_text("< 5< 10< 15< 20more")


def test_zoom_and_home(page: Page) -> None:
    """Zooming in changes the scale bar; the home button shows the whole study again."""
    scale = page.locator(".leaflet-control-scale-line")
    first = scale.inner_text()
    page.get_by_role("button", name="Zoom in").dblclick()
    sync_api.expect(scale).not_to_have_text(first)
    page.get_by_role("button", name="Show the whole study").click()
    sync_api.expect(scale).to_have_text(first)


def test_list_of_units_leads_to_the_map(page: Page) -> None:
    """A click in the list moves the map to that unit and opens its tooltip."""
    page.locator("#units button").first.click()
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text("Alpha General")


def test_period_is_chosen(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """The last period is shown first; in the earlier one only Alpha General is open."""
    plan = fake_plan()
    plan.network.ids.periods = ("base", "later")
    plan.network.slices = pd.DataFrame({"period": [0, 1], "scenario": [0, 0], "weight": [1.0, 1.0]})
    plan.openings = pd.concat([plan.openings.iloc[:1], plan.openings.assign(period="later")], ignore_index=True)
    write_map(plan, tmp_path / "map.html")
    page = open_page(tmp_path / "map.html")
    sync_api.expect(page.locator("#units li")).to_have_count(3)
    page.get_by_label("Period").select_option("base")
    sync_api.expect(page.locator("#units li")).to_have_text(re.compile("^Alpha General48"))
    sync_api.expect(page.locator('[aria-label^="unit "]')).to_have_count(1)


def test_phone(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """On a screen 390 pixels wide nothing sticks out sideways; stamp, units and layer control are there."""
    write_map(fake_plan(), tmp_path / "map.html")
    page = open_page(tmp_path / "map.html", 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    sync_api.expect(page.locator("#stamp")).to_be_in_viewport(ratio=1)
    sync_api.expect(_unit(page, "Alpha General")).to_be_in_viewport()
    page.get_by_role("checkbox", name="Patient trips").check()
    assert len(page.screenshot(path=tmp_path / "phone.png")) > 10_000


def test_map_is_drawn(page: Page, tmp_path: Path) -> None:
    """The canvas of areas holds several colours of the travel ramp: the picture is not blank."""
    colours = page.evaluate(
        """() => {
          const canvas = document.querySelector(".leaflet-areas-pane canvas");
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let i = 0; i < pixels.length; i += 4 * 101) seen.add(pixels.slice(i, i + 3).join());
          return [...seen];
        }"""
    )
    assert {"238,243,246", "174,195,209", "90,128,155"} <= set(colours)
    assert len(page.screenshot(path=tmp_path / "map.png")) > 20_000


def test_notebook_frame(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """The frame of a notebook shows the same map."""
    (tmp_path / "cell.html").write_text(explore(fake_plan())._repr_html_(), encoding="utf-8")
    frame = open_page(tmp_path / "cell.html").frame_locator("iframe")
    sync_api.expect(frame.locator("#stamp")).to_contain_text("Not proven optimal")
    sync_api.expect(frame.locator('[aria-label="unit Alpha General"]')).to_have_count(1)
