"""The page of an artist and questions about credits, in a browser, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import either_way
from tests.browser.soundness import assert_sound, each_look, look

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


@either_way
def test_a_member_is_followed_a_credit_read_and_the_way_back_found(guest: Page, address: str, group: int) -> None:
    guest.goto(f"{address}/artist/{group}")
    name = guest.locator("h1").inner_text()
    member = guest.get_by_role("list", name="Members").get_by_role("link").first
    followed = member.inner_text()
    member.click()
    expect(guest.locator("h1")).to_have_text(followed)
    guest.go_back()
    expect(guest.locator("h1")).to_have_text(name)
    guest.goto(f"{address}/credits")
    guest.get_by_label("Role").fill("production")
    guest.get_by_role("button", name="Ask").click()
    expect(guest.get_by_role("heading", level=2)).to_contain_text("production")
    guest.locator("table.credits-found th a").first.click()
    guest.locator("ul.tabs").get_by_role("link", name="Credits").click()
    role = guest.locator("table.discography tbody tr").first
    expect(role).to_be_visible()
    role.get_by_role("link").first.click()
    expect(guest.locator("h1")).to_be_visible()
    guest.go_back()
    expect(guest.locator("table.discography")).to_be_visible()


@each_look
def test_the_page_of_an_artist_and_that_of_credits_are_sound(
    guest: Page, address: str, busy: int, scheme: Any, width: int
) -> None:
    look(guest, scheme, width)
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
        assert_sound(guest, name, scheme, width)


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


def test_a_list_that_can_be_sorted_can_be_sorted_on_a_phone(guest: Page, address: str, busy: int) -> None:
    look(guest, "light", 360)
    for path, name in ((f"/artist/{busy}?show=credited", "title"), ("/label/1", "title"), ("/master/1", "country")):
        guest.goto(address + path)
        guest.locator(".sorts").get_by_role("link", name=name).click()
        guest.wait_for_url(f"**sort={name}*")


def test_a_list_stays_sorted_when_it_is_narrowed_down(guest: Page, address: str, busy: int) -> None:
    for path, button in (
        (f"/artist/{busy}?show=credited&sort=title&order=desc", "Narrow down"),
        ("/label/1?sort=title&order=desc", "Filter"),
        ("/master/1?sort=country&order=desc", "Filter"),
    ):
        guest.goto(address + path)
        guest.get_by_label("Years").fill("1900..2030")
        guest.get_by_role("button", name=button).click()
        guest.wait_for_url("**years=1900*")
        assert "sort=" in guest.url
        assert "order=desc" in guest.url
