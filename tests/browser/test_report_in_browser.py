"""The report in a real browser without any network: nothing fetched, readable on screen, on a phone and in print."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import siting
from siting.report.material import gather
from siting.report.page import report_page
from tests.report.pages import stopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from siting.study.study import Study

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
CONTRAST = """() => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour) && colour !== "transparent") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *:not(svg *)")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
    const [dark, light] = [luminance(getComputedStyle(node).color), luminance(ground(node))].sort((a, b) => a - b);
    if ((light + 0.05) / (dark + 0.05) < 4.5) weak.push(node.tagName + ": " + node.textContent.slice(0, 40));
  }
  return weak;
}"""
CUT_OFF = """() => [...document.querySelectorAll("svg text")].filter(text => {
  const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
  return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
}).map(text => text.textContent)"""


@pytest.fixture(scope="module")
def file(tiny: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of tiny, not proven, with long names in capitals."""
    hospitals = tiny.tables["hospitals"]
    names = "THE MEMORIAL HOSPITAL AND CLINICS OF " + hospitals["name"].str.upper()
    study = replace(tiny, tables={**tiny.tables, "hospitals": hospitals.assign(name=names)})
    plan = stopped(siting.optimize(study, gap=0.0))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(gather(plan)), encoding="utf-8")
    return path


@pytest.fixture
def page(file: Path) -> Iterator[Page]:
    """Open the report on a desktop screen; nothing may be fetched and the page may not complain."""
    wrong: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.route(
            "**/*",
            lambda route, request: route.continue_() if request.url == file.as_uri() else wrong.append(request.url),
        )
        opened = context.new_page()
        opened.on("console", lambda message: wrong.append(message.text))
        opened.goto(file.as_uri())
        yield opened
        browser.close()
    assert wrong == []


def test_screen(page: Page) -> None:
    """All text stands out from its ground by 4.5 : 1, no words are cut off, the stamp stays in sight."""
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(CUT_OFF) == []
    page.locator("#sources").scroll_into_view_if_needed()
    sync_api.expect(page.locator(".stamp")).to_be_in_viewport(ratio=1)
    sync_api.expect(page.locator(".stamp")).to_contain_text("Not proven optimal: at most 10.0 %")
    page.get_by_role("link", name="The rules that bind").click()
    sync_api.expect(page.get_by_role("heading", name="The rules that bind")).to_be_in_viewport()


def test_phone(page: Page) -> None:
    """On a screen 390 pixels wide the page does not move sideways; wide tables do by themselves, by key too."""
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    table = page.get_by_role("region", name="Units and central plants in use")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("node => node.scrollLeft > 0", arg=table.element_handle())


def test_print(page: Page, tmp_path: Path) -> None:
    """Printed on A4, every page says that the plan is not proven, and has its number; the contents stay on screen."""
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    pages = [sheet.extract_text() for sheet in pypdf.PdfReader(tmp_path / "report.pdf").pages]
    assert 4 <= len(pages) <= 12
    for number, text in enumerate(pages, start=1):
        assert "Not proven optimal: at most 10.0 % from the best possible plan" in text
        assert f"{number} / {len(pages)}" in text
    assert "Contents" not in pages[0]
