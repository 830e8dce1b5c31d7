"""Searching as a person does: in every script, with a typo, by a facet, a page further, by a barcode; with and without
JavaScript, and by the keyboard alone."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import either_way
from tests.browser.known_records import BARCODE, BJORK, FIRST_RELEASE, RELEASES, SAKAMOTO, VELM
from tests.browser.soundness import assert_sound, each_look, look

pytestmark = pytest.mark.usefixtures("loaded")

#: How often somebody asks again who is told that there was no time for all.
_TRIES = 10


def search(page: Page, address: str, text: str) -> None:
    page.goto(address)
    page.get_by_role("combobox", name="Search").fill(text)
    page.get_by_role("combobox", name="Search").press("Enter")
    page.wait_for_url("**/search?q=*")
    for _ in range(_TRIES):  # a busy machine has seen less within the time of a search
        if page.get_by_text("Not everything was seen").count() == 0:
            break
        page.reload()


@either_way
@pytest.mark.parametrize(
    ("text", "record"),
    [("Björk", BJORK), ("bjork", BJORK), ("坂本", SAKAMOTO), ("龍一", SAKAMOTO), ("Ryuichi Sakamtoo", SAKAMOTO)],
)
def test_a_name_is_found_as_it_is_typed(guest: Page, address: str, text: str, record: int) -> None:
    search(guest, address, text)
    expect(guest.locator(f"main a[href^='/artist/{record}']").first).to_be_visible()


@either_way
def test_hits_are_narrowed_down_paged_and_widened_again(guest: Page, address: str) -> None:
    search(guest, address, "zwischenspiel")
    guest.locator("section.facets", has_text="Type").get_by_role("link", name="releases").click()
    expect(guest.locator("ol.hits > li")).to_have_count(19)  # the first is in a card of its own
    guest.get_by_role("link", name="Next page").click()
    expect(guest.locator("ol.hits > li")).to_have_count(RELEASES - 20)
    guest.get_by_role("link", name="First page").click()
    guest.locator("section.facets", has_text="Format family").get_by_role("link", name="Vinyl").click()
    expect(guest.get_by_text("10 records")).to_be_visible()
    assert guest.locator("section.facets", has_text="Format family").get_by_role("link", name="CD").count() == 1
    guest.locator("section.facets", has_text="Format family").get_by_role("link", name="CD").click()
    expect(guest.get_by_text("more than 20 records")).to_be_visible()
    guest.get_by_role("link", name="Not only Vinyl").click()
    guest.get_by_role("link", name="Not only CD").click()
    expect(guest.get_by_role("link", name="Not only releases")).to_be_visible()


@either_way
def test_a_hit_says_by_which_label_it_was_found(guest: Page, address: str) -> None:
    search(guest, address, "zwischenspiel wandernde")
    hit = guest.locator("ol.hits > li").first
    expect(hit).to_contain_text("found by label: Wandernde Schallplatten")
    expect(hit.locator("mark", has_text="Wandernde")).to_be_visible()


@either_way
def test_a_barcode_is_recognised_in_the_ordinary_box(guest: Page, address: str) -> None:
    search(guest, address, BARCODE.replace(" ", ""))
    card = guest.get_by_label("Found by a number")
    expect(card).to_contain_text("Found by barcode")
    expect(card.locator(f"a[href^='/release/{FIRST_RELEASE}']")).to_be_visible()


@either_way
def test_where_nothing_is_found_the_page_says_what_may_help(guest: Page, address: str) -> None:
    search(guest, address, "björk qqqqqq zzzzzz")
    expect(guest.get_by_text("No record has all of that")).to_be_visible()
    expect(guest.get_by_role("heading", name="The nearest names")).to_be_visible()
    expect(guest.locator(f"main a[href^='/artist/{BJORK}']")).to_be_visible()


@either_way
def test_what_is_meant_is_found_though_no_word_of_it_is_there(guest: Page, address: str) -> None:
    guest.goto(f"{address}/search")
    form = guest.get_by_role("search", name="Search all records")
    form.get_by_role("searchbox", name="Words").fill("animal noises from nature")
    form.get_by_label("Find by").select_option("Meaning")
    form.get_by_role("button", name="Search").click()
    hit = guest.locator("ol.hits > li", has=guest.locator(f"a[href^='/artist/{VELM}']"))
    expect(hit).to_contain_text("by meaning")
    modes = guest.get_by_role("navigation", name="Find by")
    modes.get_by_role("link", name="Words").click()
    expect(guest.get_by_text("No record has all of that")).to_be_visible()
    guest.get_by_role("navigation", name="Find by").get_by_role("link", name="Both").click()
    expect(hit).to_contain_text("by meaning")


def test_a_name_is_chosen_by_the_keyboard_alone(complaints: Any, guest: Page, address: str) -> None:
    complaints.expected = re.compile("404")  # of a record that has no page
    guest.goto(address)
    guest.keyboard.press("/")
    box = guest.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    guest.keyboard.type("ryuichi sak")
    options = guest.get_by_role("option")
    for _ in range(_TRIES):  # as above: the next letter asks again
        with suppress(AssertionError):
            expect(options.first).to_contain_text("Ryuichi Sakamoto", timeout=6_000)
            break
        guest.keyboard.press("Backspace")
        guest.keyboard.type("k")
    expect(options.first).to_contain_text("Ryuichi Sakamoto")
    expect(box).to_have_attribute("aria-expanded", "true")
    guest.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    guest.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    guest.keyboard.type("a")
    expect(options.first).to_be_visible()
    guest.keyboard.press("ArrowDown")
    guest.keyboard.press("Enter")
    guest.wait_for_url(f"**/artist/{SAKAMOTO}/ryuichi-sakamoto")


@each_look
def test_the_page_of_hits_is_sound_in_each_scheme_and_width(guest: Page, address: str, scheme: Any, width: int) -> None:
    look(guest, scheme, width)
    for name, text in (("search", "zwischenspiel"), ("search-none", "björk qqqqqq zzzzzz"), ("search-number", BARCODE)):
        guest.goto(f"{address}/search?q={text}")
        expect(guest.locator("h1")).to_be_attached()
        assert_sound(guest, name, scheme, width)


def test_the_title_of_a_window_says_what_is_asked_there(guest: Page, address: str) -> None:
    for path, title in (
        ("/search?q=zwischenspiel", "zwischenspiel – search · linernotes"),
        ("/lookup?q=WSP+1", "WSP 1 – look up · linernotes"),
        ("/credits?role=bass&on=debut", "bass, debut – credits · linernotes"),
        ("/search", "Search · linernotes"),
    ):
        guest.goto(address + path)
        expect(guest).to_have_title(title)
