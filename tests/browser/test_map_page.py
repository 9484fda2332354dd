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


@pytest.fixture(scope="module")
def small_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the map of the small plan once."""
    path = tmp_path_factory.mktemp("map") / "map.html"
    write_map(fake_plan(), path)
    return path


@pytest.fixture
def page(open_page: Callable[..., Page], small_map: Path) -> Page:
    """Open the map of the small plan on a desktop screen."""
    return open_page(small_map)


def _unit(page: Page, name: str) -> Locator:
    return page.locator(f'[aria-label^="unit {name},"]')


def _switch(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Before or after the plan").get_by_role("button", name=name)


def _colours(page: Page, pane: str) -> set[str]:
    """Return the opaque colours ("red,green,blue") on the canvas of a pane."""
    found: list[str] = page.evaluate(
        """(pane) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
          const context = copy.getContext("2d", { willReadFrequently: true });
          context.drawImage(canvas, 0, 0);
          const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 190) seen.add(pixels.slice(i, i + 3).join());
          return [...seen];
        }""",
        pane,
    )
    return set(found)


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
    """Tab reaches search, switch and layer control; the space bar takes the units off the map and brings them back."""
    box = page.get_by_role("checkbox", name="Units and central plants")
    for reached in (page.get_by_role("combobox", name="Find a hospital or area"), _switch(page, "Before"),
                    _switch(page, "After"), box):  # fmt: skip
        page.keyboard.press("Tab")
        sync_api.expect(reached).to_be_focused()
    page.keyboard.press("Space")
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(0)
    page.keyboard.press("Space")
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(1)


def test_layers_by_mode_and_platform(page: Page) -> None:
    """Each mode and platform has its own switch; the owned box goes, the franchised one stays."""
    page.get_by_role("checkbox", name="owned · box").uncheck()
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(0)
    sync_api.expect(page.locator('[aria-label*="franchise · box"]')).to_have_count(1)


def test_layers_of_near_optimal_plans(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """With classes there are layers of core, swing and never, and a tooltip says the class and its proof."""
    classes = pd.DataFrame(
        {"site_id": ["001", "004"], "class": ["core", "swing"], "is_proven": [True, False], "share": [1.0, 0.5]}
    )
    write_map(fake_plan(), tmp_path / "map.html", classes=classes)
    page = open_page(tmp_path / "map.html")
    for words in ("Core: in every near-optimal plan (proven)", "Swing: in some near-optimal plans (1 not proven)"):
        sync_api.expect(page.get_by_role("checkbox", name=words)).to_be_checked()
    _unit(page, "Alpha General").hover()
    sync_api.expect(page.locator(".leaflet-tooltip .tip")).to_contain_text("core: in every near-optimal plan (proven)")
    before = _colours(page, "dots")
    assert {"27,111,92", "224,138,30"} <= before
    page.get_by_role("checkbox", name="Swing").uncheck()
    assert "224,138,30" not in _colours(page, "dots")


def test_hover_lights_the_flows_of_a_unit(page: Page) -> None:
    """Pointing at Alpha draws its trips and the lane from Corvo, and dims the rest; leaving it ends that."""
    assert _colours(page, "lit") == set()
    _unit(page, "Alpha General").hover()
    focused = page.locator("#map.focused")
    sync_api.expect(focused).to_have_count(1)
    assert {"106,81,163", "22,33,43"} <= _colours(page, "lit")
    # Alpha sends cells to the plant, so the plant stays bright; the other unit has nothing to do with Alpha.
    sync_api.expect(page.locator(".unit.lit")).to_have_count(2)
    assert page.evaluate("getComputedStyle(document.querySelector('.leaflet-flows-pane')).opacity") == "0.12"
    page.mouse.move(700, 790)
    sync_api.expect(focused).to_have_count(0)
    assert _colours(page, "lit") == set()


def test_keyboard_reaches_units_and_their_flows(page: Page) -> None:
    """Focus on a unit shows what pointing does; Enter keeps it, Escape ends it."""
    unit = _unit(page, "Alpha General")
    page.locator("#map").focus()
    page.keyboard.press("Tab")
    sync_api.expect(unit).to_be_focused()
    tip = page.locator(".leaflet-tooltip .tip b")
    sync_api.expect(tip).to_have_text("Alpha General")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    sync_api.expect(page.locator("#map.focused")).to_have_count(1)
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#map.focused")).to_have_count(0)
    sync_api.expect(tip).to_have_count(0)


def test_search_by_keyboard(page: Page) -> None:
    """Letters of a name or city list the places; arrow and Enter go to one, which the page reads out."""
    box = page.get_by_role("combobox", name="Find a hospital or area")
    box.focus()
    page.keyboard.type("h")
    sync_api.expect(page.locator("#found [role=option]").first).to_be_visible()
    page.keyboard.type("osp")
    results = page.locator("#found [role=option]")
    sync_api.expect(results).to_have_text(["Delta HospitalDunn, TX", "Echo HospitalElm, TX"])
    page.keyboard.press("ArrowDown")
    sync_api.expect(results.nth(1)).to_have_attribute("aria-selected", "true")
    sync_api.expect(box).to_have_attribute("aria-activedescendant", "found-1")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text("Echo Hospital")
    sync_api.expect(page.locator("#live")).to_contain_text("Echo Hospital, Elm, TX, Beds 220")
    sync_api.expect(page.get_by_role("listbox")).to_be_hidden()


def test_search_finds_areas_cities_and_nothing(page: Page) -> None:
    """An area and a city are found; what is not there is said; a name with markup stays text."""
    box = page.locator("#search")
    box.fill("county 7")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text("County 7")
    box.fill("baytown")
    sync_api.expect(page.locator("#found [role=option]").locator("span")).to_have_text(EVIL)
    assert page.locator("img").count() == 0
    box.fill("zzz")
    sync_api.expect(page.locator("#found")).to_have_text("nothing of this name")
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#found")).to_be_hidden()


def test_before_and_after(page: Page) -> None:
    """Before, only the plant makes cells and area 1 goes 40 miles to Alpha; after, 12; the fifth has 100, then 60."""
    _switch(page, "Before").click()
    sync_api.expect(_switch(page, "Before")).to_have_attribute("aria-pressed", "true")
    sync_api.expect(page.locator("#units li")).to_have_text(["Eastern Plant73central · Easton, TX"])
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(0)
    page.locator("#search").fill("county 5")
    page.keyboard.press("Enter")
    tip = page.locator(".leaflet-tooltip .tip")
    sync_api.expect(tip).to_contain_text("100 mi, 100 min")
    _switch(page, "After").click()
    page.locator("#search").fill("county 5")
    page.keyboard.press("Enter")
    sync_api.expect(tip).to_contain_text("60 mi, 75 min")
    sync_api.expect(_unit(page, "Alpha General")).to_have_count(1)


def test_before_changes_the_colours(page: Page) -> None:
    """Area 1 (12 miles after, below 20) has 40 before, which is of the third class: no area is of the first then."""
    assert "238,243,246" in _colours(page, "areas")
    _switch(page, "Before").click()
    assert "238,243,246" not in _colours(page, "areas")
    assert "174,195,209" in _colours(page, "areas")


def test_print(page: Page, tmp_path: Path) -> None:
    """On paper there are map, stamp, figures and legend without controls; afterwards the screen is as before."""
    zoom = page.locator(".leaflet-control-zoom")
    size = page.locator("#map").bounding_box()
    assert len(page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True, print_background=True)) > 10_000
    assert page.locator("#map").bounding_box() == size
    page.emulate_media(media="print")
    sync_api.expect(zoom).to_be_hidden()
    sync_api.expect(page.locator("#tools")).to_be_hidden()
    sync_api.expect(page.locator("#stamp")).to_be_visible()
    assert page.locator("#map").bounding_box()["width"] == 1040
    sync_api.expect(page.locator("#layers").get_by_text("Patient trips")).to_be_hidden()
    sync_api.expect(page.locator("#layers").get_by_text("Treatment centres today")).to_be_visible()
    page.emulate_media(media="screen")
    sync_api.expect(zoom).to_be_visible()
    assert page.locator("#map").bounding_box() == size


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


def test_phone(open_page: Callable[..., Page], small_map: Path) -> None:
    """At 390 pixels nothing sticks out sideways, the panel opens and closes, and what is touched is 40 pixels high."""
    page = open_page(small_map, 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    sync_api.expect(page.locator("#stamp")).to_be_in_viewport(ratio=1)
    sync_api.expect(_unit(page, "Alpha General")).to_be_in_viewport()
    trips = page.get_by_role("checkbox", name="Patient trips")
    sync_api.expect(trips).to_be_hidden()
    sheet = page.get_by_role("button", name="Figures, layers and units")
    sheet.click()
    sync_api.expect(sheet).to_have_attribute("aria-expanded", "true")
    trips.check()
    heights = page.evaluate(
        """() => [...document.querySelectorAll(
            "#tools button, #search, #sheet, #layers label, #units button, .leaflet-bar a"
          )].map((one) => one.getBoundingClientRect().height)"""
    )
    assert min(heights) >= 40
    page.locator("#units button").first.click()
    sync_api.expect(trips).to_be_hidden()
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text("Alpha General")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_finger_beside_a_unit_means_the_unit(page: Page) -> None:
    """A tap 10 pixels beyond the rim of a unit opens it."""
    box = _unit(page, "Alpha General").bounding_box()
    page.mouse.click(box["x"] + box["width"] + 10, box["y"] + box["height"] / 2)
    sync_api.expect(page.locator(".leaflet-tooltip .tip b")).to_have_text("Alpha General")


def test_map_is_drawn(page: Page, tmp_path: Path) -> None:
    """The canvas of areas holds several colours of the travel ramp: the picture is not blank."""
    assert {"238,243,246", "174,195,209", "90,128,155"} <= _colours(page, "areas")
    assert len(page.screenshot(path=tmp_path / "map.png")) > 20_000


def test_notebook_frame(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """The frame of a notebook shows the same map."""
    (tmp_path / "cell.html").write_text(explore(fake_plan())._repr_html_(), encoding="utf-8")
    frame = open_page(tmp_path / "cell.html").frame_locator("iframe")
    sync_api.expect(frame.locator("#stamp")).to_contain_text("Not proven optimal")
    sync_api.expect(frame.locator('[aria-label^="unit Alpha General"]')).to_have_count(1)
