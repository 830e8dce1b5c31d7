"""From a search to a release, on to its artist and its master, with and without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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


@pytest.mark.parametrize("scripts", [True, False])
def test_a_release_leads_to_its_artist_and_its_master(browser: Any, address: str, scripts: Any) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    release = first_with(page, address, "master_id")
    page.goto(f"{address}/release/{release['id']}")
    expect(page.locator("h1")).to_have_text(release["title"])
    expect(page.get_by_role("heading", name="Tracklist")).to_be_visible()
    expect(page.locator(".tracks tr")).not_to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Copy "))).to_have_count(
        len(release.get("identifiers", [])) if scripts else 0
    )
    page.locator(".record a[href^='/artist/']").first.click()
    page.wait_for_url("**/artist/**")
    expect(page.get_by_role("heading", name="This record")).to_be_visible()
    page.go_back()
    page.locator(".record a[href^='/master/']").first.click()
    page.wait_for_url("**/master/**")
    expect(page.get_by_role("region", name="Versions").get_by_text(release["title"]).first).to_be_visible()
    page.get_by_role("link", name="Country").click()
    page.wait_for_url("**sort=country*")
    expect(page.locator("th[aria-sort='ascending']")).to_contain_text("Country")
    context.close()


def test_an_identifier_is_copied(complaints: Any, guest: Page, address: str) -> None:
    complaints.context.grant_permissions(["clipboard-read", "clipboard-write"])
    release = first_with(guest, address, "identifiers")
    guest.goto(f"{address}/release/{release['id']}")
    guest.get_by_role("button", name=re.compile("^Copy ")).first.click()
    expect(guest.get_by_role("button", name=re.compile("^Copy ")).first).to_have_text("Copied")
    assert guest.evaluate("navigator.clipboard.readText()") == release["identifiers"][0]["value"]
