"""Each page: nothing that the browser complains about, nothing that axe finds, nothing that scrolls sideways."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from playwright.sync_api import Page, expect

from functions.runtime.stores.context import postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from infra.stack.postgres_databases import create_postgres_database, drop_postgres_database
from tests.browser.conftest import SCREENSHOTS, Complaints, either_way
from tests.browser.soundness import assert_sound, each_look, look
from tests.integration.test_gateway import serving
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
    "enter": "/enter",
}

#: On the page of the API, which a library draws in some seconds; to look for text takes some more there.
A_ROUTE = "[data-path='/api/releases/{record}']"


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
@each_look
def test_a_page_is_sound_in_each_scheme_and_width(
    guest: Page, address: str, run: int, month: str, name: str, scheme: Any, width: int
) -> None:
    look(guest, scheme, width)
    guest.goto(address + PAGES[name].format(run=run, month=month))
    expect(guest.locator("h1")).to_be_visible()
    guest.wait_for_load_state("networkidle") if name not in {"operations", "wall"} else guest.wait_for_timeout(500)
    assert_sound(guest, name, scheme, width)


@each_look
def test_the_page_of_an_error_is_sound(
    complaints: Complaints, guest: Page, address: str, scheme: Any, width: int
) -> None:
    complaints.expected = re.compile("404")
    look(guest, scheme, width)
    guest.goto(f"{address}/artist/nobody")
    expect(guest.locator("h1")).to_contain_text("404")
    assert_sound(guest, "error", scheme, width)


@each_look
def test_the_page_of_the_api_is_sound(guest: Page, address: str, scheme: Any, width: int) -> None:
    look(guest, scheme, width)
    guest.goto(f"{address}/schema")
    expect(guest.locator(A_ROUTE)).to_be_visible(timeout=60_000)
    expect(guest.locator("#swagger")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert_sound(guest, "schema", scheme, width, foreign=("#swagger",))


@pytest.fixture(scope="module")
def empty(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another gateway of the same servers, in whose database there is nothing yet."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    create_postgres_database(product.settings, name)
    bucket = str(tmp_path_factory.mktemp("bucket"))
    changes = {"postgres_database": name, "broker_namespace": name, "bucket": bucket}
    settings = msgspec.structs.replace(product.settings, **changes)
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
    with serving(settings) as served:
        yield served
    drop_postgres_database(product.settings, name)


@each_look
def test_the_first_page_of_an_empty_installation_is_sound(guest: Page, empty: str, scheme: Any, width: int) -> None:
    look(guest, scheme, width)
    guest.goto(empty)
    expect(guest.locator("h1")).to_be_visible()
    expect(guest.get_by_text("linernotes load").first).to_be_visible()
    expect(guest.get_by_text("Of as many releases")).to_have_count(0)
    assert_sound(guest, "home-empty", scheme, width)


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


@pytest.mark.parametrize("scripts", [False], indirect=True)
def test_the_pages_can_be_read_without_javascript(guest: Page, address: str, run: int, month: str) -> None:
    for path in PAGES.values():
        guest.goto(address + path.format(run=run, month=month))
        expect(guest.locator("h1")).to_be_visible()
        assert guest.locator("main").inner_text().strip()
    guest.goto(f"{address}/operations")
    expect(guest.get_by_text(re.compile("asleep|idle|busy")).first).to_be_visible()


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
    expect(guest.locator(A_ROUTE)).to_be_visible(timeout=60_000)
    assert all(url.startswith((address, "data:", "blob:")) for url in asked)


@either_way
def test_a_record_is_found_by_what_is_printed_on_it(guest: Page, address: str, *, scripts: bool) -> None:
    guest.goto(address)
    catno = guest.request.get(f"{address}/api/releases/1").json()["data"]["labels"][0]["catno"]
    guest.get_by_role("link", name="Look up").click()
    guest.get_by_label("Barcode, catalogue number").fill(f" {catno.lower()} ")
    guest.get_by_role("button", name="Look up").click()
    guest.wait_for_url("**/lookup?q=*")
    expect(guest.locator("tbody a[href^='/release/1/']")).to_be_visible()
    expect(guest.get_by_text("Catalogue number, exact").first).to_be_visible()
    guest.screenshot(path=SCREENSHOTS / f"look-up-found-{scripts}.png", full_page=True)
    guest.set_viewport_size({"width": 360, "height": 900})
    guest.screenshot(path=SCREENSHOTS / f"look-up-found-{scripts}-360.png", full_page=True)
    expect(guest.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile(r"^/lookup\?q="))


@either_way
def test_a_genre_leads_to_its_styles_and_a_month_to_its_records(guest: Page, address: str) -> None:
    guest.goto(address)
    expect(guest.get_by_role("heading", name="Places to start")).to_be_visible()
    guest.locator("a[href='/genre/electronic']").first.click()
    expect(guest.get_by_role("heading", name="Electronic", level=1)).to_be_visible()
    guest.get_by_text("The same figures as a table").click()
    expect(guest.get_by_role("columnheader", name="Year")).to_be_visible()
    guest.locator("a[href='/style/breakbeat']").first.click()
    expect(guest.get_by_text("A style of")).to_be_visible()
    guest.get_by_role("link", name="Changes").first.click()
    guest.get_by_role("link", name=re.compile("labels added")).first.click()
    expect(guest.locator("ol.hits > li").first).to_contain_text("added")
    assert "entity=labels" in guest.url
