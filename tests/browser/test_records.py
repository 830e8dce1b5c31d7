"""From a search to a release, on to its artist and its master, with and without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import either_way

pytestmark = pytest.mark.usefixtures("loaded")


def first_with(page: Page, address: str, wanted: str) -> dict[str, Any]:
    """The first release in which a field says something, and whose first artist has a document."""
    for number in range(1, 60):
        answer = page.request.get(f"{address}/api/releases/{number}")
        if answer.ok and (release := answer.json()["data"]).get(wanted):
            artist = release["artists"][0]["id"]
            if page.request.get(f"{address}/api/artists/{artist}").ok:
                return dict(release)
    raise AssertionError(f"none of the first releases has {wanted}")


@either_way
def test_a_release_leads_to_its_artist_and_its_master(guest: Page, address: str, *, scripts: bool) -> None:
    release = first_with(guest, address, "master_id")
    guest.goto(f"{address}/release/{release['id']}")
    expect(guest.locator("h1")).to_have_text(release["title"])
    expect(guest.get_by_role("heading", name="Tracklist")).to_be_visible()
    expect(guest.locator(".tracks tr")).not_to_have_count(0)
    expect(guest.get_by_role("button", name=re.compile("^Copy "))).to_have_count(
        len(release.get("identifiers", [])) if scripts else 0
    )
    guest.locator(".record a[href^='/artist/']").first.click()
    guest.wait_for_url("**/artist/**")
    expect(guest.get_by_role("heading", name="This record")).to_be_visible()
    guest.go_back()
    guest.locator(".record a[href^='/master/']").first.click()
    guest.wait_for_url("**/master/**")
    expect(guest.get_by_role("region", name="Versions").get_by_text(release["title"]).first).to_be_visible()
    guest.get_by_role("link", name="Country").click()
    guest.wait_for_url("**sort=country*")
    expect(guest.locator("th[aria-sort='ascending']")).to_contain_text("Country")


def test_an_identifier_is_copied(complaints: Any, guest: Page, address: str) -> None:
    complaints.context.grant_permissions(["clipboard-read", "clipboard-write"])
    release = first_with(guest, address, "identifiers")
    guest.goto(f"{address}/release/{release['id']}")
    guest.get_by_role("button", name=re.compile("^Copy ")).first.click()
    expect(guest.get_by_role("button", name=re.compile("^Copy ")).first).to_have_text("Copied")
    assert guest.evaluate("navigator.clipboard.readText()") == release["identifiers"][0]["value"]
