"""The page of an artist and questions about credits, in a browser, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

pytestmark = pytest.mark.usefixtures("loaded")

#: Ids among which an artist with members is looked for.
_LOOKED_AT = 400


@pytest.fixture
def group(page: Page, address: str) -> int:
    """The id of an artist that has members."""
    for number in range(1, _LOOKED_AT):
        answer = page.request.get(f"{address}/api/artists/{number}")
        if answer.ok and any(one.get("id") for one in answer.json()["data"].get("members", [])):
            return number
    raise AssertionError("no artist of the dump has members")


@pytest.fixture
def busy(page: Page, address: str) -> int:
    """The id of the artist with most credits for production."""
    lines = page.request.get(f"{address}/api/credits?role=production").json()["lines"]
    return int(lines[0]["who"]["id"])


@pytest.mark.parametrize("scripts", [True, False])
def test_a_member_is_followed_a_credit_read_and_the_way_back_found(
    browser: Any, address: str, group: int, scripts: Any
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/artist/{group}")
    name = page.locator("h1").inner_text()
    member = page.get_by_role("list", name="Members").get_by_role("link").first
    followed = member.inner_text()
    member.click()
    expect(page.locator("h1")).to_have_text(followed)
    page.go_back()
    expect(page.locator("h1")).to_have_text(name)
    page.goto(f"{address}/credits")
    page.get_by_label("Role").fill("production")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("production")
    page.locator("table.credits-found th a").first.click()
    page.locator("ul.tabs").get_by_role("link", name="Credits").click()
    role = page.locator("table.discography tbody tr").first
    expect(role).to_be_visible()
    role.get_by_role("link").first.click()
    expect(page.locator("h1")).to_be_visible()
    page.go_back()
    expect(page.locator("table.discography")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_the_page_of_an_artist_and_that_of_credits_are_sound(
    guest: Page, address: str, busy: int, scheme: Any, width: int
) -> None:
    guest.set_viewport_size({"width": width, "height": 900})
    guest.emulate_media(color_scheme=scheme)
    SCREENSHOTS.mkdir(exist_ok=True)
    addresses = {
        "artist": f"/artist/{busy}",
        "artist-credits": f"/artist/{busy}?show=credited&role=production&sort=title",
        "credits": "/credits",
        "credits-most": "/credits?role=production",
        "credits-nearest": "/credits?role=Producr",
        "credits-by": f"/credits?by={busy}",
    }
    for name, path in addresses.items():
        guest.goto(address + path)
        expect(guest.locator("h1")).to_be_visible()
        guest.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
        assert guest.evaluate("document.documentElement.scrollWidth") <= width, name
        found = Axe().run(guest, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == [], name


def test_what_narrows_a_discography_down_stands_in_the_address(guest: Page, address: str, busy: int) -> None:
    guest.goto(f"{address}/artist/{busy}?show=credited")
    guest.get_by_label("Role").select_option("production")
    guest.get_by_role("button", name="Narrow down").click()
    guest.wait_for_url("**role=production*")
    expect(guest.get_by_label("Role")).to_have_value("production")
    guest.locator("table.discography").get_by_role("link", name="Title", exact=True).click()
    guest.wait_for_url("**sort=title*")
    assert "role=production" in guest.url
    expect(guest.locator("th[aria-sort]")).to_contain_text("Title")
