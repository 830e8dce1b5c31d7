"""Each page: nothing that the browser complains about, nothing that axe finds, nothing that scrolls sideways."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.product import Product

#: The address of each page, and the name of its screenshots.
PAGES = {
    "home": "/",
    "about": "/about",
    "genres": "/genres",
    "genre": "/genre/electronic",
    "style": "/style/breakbeat",
    "changes": "/changes",
    "month": "/changes/{month}?entity=releases",
    "look-up": "/lookup?q=4+006381+333931",
    "artist": "/artist/4",
    "label": "/label/1",
    "master": "/master/1",
    "release": "/release/1",
    "operations": "/operations",
    "wall": "/operations/wall",
    "run": "/operations/runs/{run}",
    "runs": "/operations/runs",
    "parts": "/operations/parts",
    "part": "/operations/runs/{run}/parts/releases/0",
    "dead-letters": "/operations/dead-letters",
    "quarantine": "/operations/quarantine",
    "drift": "/operations/drift",
    "activity": "/operations/events",
    "audit": "/operations/audit",
}


@pytest.fixture(scope="module", autouse=True)
def run(product: Product, dump: Path) -> int:
    """A month in the stores, so that there is something to show; the number of its run."""
    if not product.status()["runs"]:
        product.linernotes("load", dump)
    return int(product.last_run()["id"])


@pytest.fixture(scope="module")
def month(product: Product, run: int) -> str:
    """The month in the stores, as addresses have it."""
    return str(product.last_run()["dump"]).replace("-", "")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_a_page_is_sound_in_each_scheme_and_width(
    guest: Page, address: str, run: int, month: str, name: str, scheme: Any, width: int
) -> None:
    guest.set_viewport_size({"width": width, "height": 900})
    guest.emulate_media(color_scheme=scheme)
    guest.goto(address + PAGES[name].format(run=run, month=month))
    expect(guest.locator("h1")).to_be_visible()
    guest.wait_for_load_state("networkidle") if name not in {"operations", "wall"} else guest.wait_for_timeout(500)
    SCREENSHOTS.mkdir(exist_ok=True)
    guest.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
    assert guest.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(guest, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []


def test_a_page_that_is_visited_again_looks_the_same(guest: Page, address: str) -> None:
    """The second time the browser is told that what it has still holds."""
    styled = "getComputedStyle(document.querySelector('main')).maxWidth"
    for _ in range(3):
        guest.goto(address + "/release/1")
        assert guest.evaluate(styled) == "1200px"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/release/1", ("Tracklist", "Label", "This record")),
        ("/artist/4", ("Discography", "This record")),
        ("/label/1", ("Releases", "This record")),
        ("/master/1", ("version", "This record")),
        ("/search?q=love", ()),
    ],
)
def test_paper_shows_the_record_and_nothing_that_only_leads_elsewhere(
    guest: Page, address: str, path: str, shown: tuple[str, ...]
) -> None:
    guest.emulate_media(media="print", color_scheme="dark")
    guest.goto(address + path)
    for hidden in ("nav", "form", "input", "select", "button", "dialog", "aside", ".skip", ".ways a"):
        assert guest.locator(hidden).filter(visible=True).count() == 0, hidden
    for heading in shown:
        expect(guest.get_by_role("heading", name=heading).first).to_be_visible()
    expect(guest.locator("main h1")).to_have_count(1)
    expect(guest.locator("body > footer")).to_contain_text("Generated data")
    expect(guest.locator("body > footer")).to_be_visible()
    colours = "((one) => [one.color, one.backgroundColor])(getComputedStyle(document.body))"
    assert guest.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    link = guest.evaluate("getComputedStyle(document.querySelector('main a')).color")
    assert link in {"rgb(0, 0, 0)", "rgb(68, 68, 68)"}


def test_the_pages_can_be_read_without_javascript(browser: Any, address: str, run: int, month: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in PAGES.values():
        page.goto(address + path.format(run=run, month=month))
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("main").inner_text().strip()
    page.goto(f"{address}/operations")
    expect(page.get_by_text(re.compile("asleep|idle|busy")).first).to_be_visible()
    context.close()


def test_a_page_that_is_not_there_says_so(complaints: Any, guest: Page, address: str) -> None:
    complaints.expected = re.compile("404")
    guest.goto(f"{address}/artist/nobody")
    expect(guest.locator("h1")).to_contain_text("404")
    expect(guest.get_by_text("There is nothing at /artist/nobody")).to_be_visible()


def test_the_scheme_that_was_chosen_holds_on_the_next_page(guest: Page, address: str) -> None:
    guest.emulate_media(color_scheme="light")
    guest.goto(address)
    guest.get_by_role("button", name="Dark").click()
    guest.goto(f"{address}/about")
    assert guest.evaluate("document.documentElement.dataset.scheme") == "dark"
    assert guest.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(28, 27, 26)"


def test_the_keys_are_listed_and_lead_somewhere(guest: Page, address: str) -> None:
    guest.goto(address)
    guest.keyboard.press("?")
    expect(guest.get_by_role("dialog", name="Keys")).to_be_visible()
    guest.keyboard.press("Escape")
    guest.keyboard.press("g")
    guest.keyboard.press("o")
    guest.wait_for_url("**/operations")


def test_the_api_page_shows_every_route_and_asks_nobody_else(guest: Page, address: str) -> None:
    asked: list[str] = []
    guest.on("request", lambda request: asked.append(request.url))
    guest.goto(f"{address}/schema")
    expect(guest.get_by_text("/api/releases/{record}").first).to_be_visible()
    assert all(url.startswith((address, "data:", "blob:")) for url in asked)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_record_is_found_by_what_is_printed_on_it(browser: Any, address: str, scripts: Any) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address)
    catno = page.request.get(f"{address}/api/releases/1").json()["data"]["labels"][0]["catno"]
    page.get_by_role("link", name="Look up").click()
    page.get_by_label("Barcode, catalogue number").fill(f" {catno.lower()} ")
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url("**/lookup?q=*")
    expect(page.locator("tbody a[href^='/release/1/']")).to_be_visible()
    expect(page.get_by_text("Catalogue number, exact").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"look-up-found-{scripts}.png", full_page=True)
    page.set_viewport_size({"width": 360, "height": 900})
    page.screenshot(path=SCREENSHOTS / f"look-up-found-{scripts}-360.png", full_page=True)
    assert page.get_by_role("link", name="CSV").get_attribute("href").startswith("/lookup?q=")
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_genre_leads_to_its_styles_and_a_month_to_its_records(browser: Any, address: str, scripts: Any) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="Places to start")).to_be_visible()
    page.locator("a[href='/genre/electronic']").first.click()
    expect(page.get_by_role("heading", name="Electronic", level=1)).to_be_visible()
    page.get_by_text("The same figures as a table").click()
    expect(page.get_by_role("columnheader", name="Year")).to_be_visible()
    page.locator("a[href='/style/breakbeat']").first.click()
    expect(page.get_by_text("A style of")).to_be_visible()
    page.get_by_role("link", name="Changes").first.click()
    page.get_by_role("link", name=re.compile("labels added")).first.click()
    expect(page.locator("ol.hits > li").first).to_contain_text("added")
    assert "entity=labels" in page.url
    context.close()
