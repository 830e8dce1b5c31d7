"""From a search to a release, on to its artist and its master, with and without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product


@pytest.fixture(scope="module", autouse=True)
def loaded(product: Product, dump: Path) -> None:
    """A month in the stores."""
    if not product.status()["runs"]:
        product.linernotes("load", dump)


def first_with(page: Page, address: str, kind: str, wanted: str, most: int = 60) -> dict[str, Any]:
    """The first document of a kind in which a field says something."""
    for number in range(1, most):
        answer = page.request.get(f"{address}/api/{kind}/{number}")
        if answer.ok and answer.json()["data"].get(wanted):
            return dict(answer.json()["data"])
    raise AssertionError(f"none of the first {kind} has {wanted}")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_release_leads_to_its_artist_and_its_master(browser: Any, address: str, scripts: Any) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    release = first_with(page, address, "releases", "master_id")
    page.goto(f"{address}/release/{release['id']}")
    expect(page.locator("h1")).to_have_text(release["title"])
    expect(page.get_by_role("heading", name="Tracklist")).to_be_visible()
    expect(page.locator(".tracks tr")).not_to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Copy "))).to_have_count(
        len(release.get("identifiers", [])) if scripts else 0
    )
    page.locator(".record a[href^='/artist/']").first.click()
    page.wait_for_url("**/artist/*")
    expect(page.locator("h1")).to_be_visible()
    page.go_back()
    page.locator(".record a[href^='/master/']").first.click()
    page.wait_for_url("**/master/*")
    expect(page.get_by_role("region", name="Versions").get_by_text(release["title"]).first).to_be_visible()
    page.get_by_role("link", name="Country").click()
    page.wait_for_url("**sort=country*")
    expect(page.locator("th[aria-sort='ascending']")).to_contain_text("Country")
    context.close()


def test_an_identifier_is_copied(complaints: Any, guest: Page, address: str) -> None:
    complaints.context.grant_permissions(["clipboard-read", "clipboard-write"])
    release = first_with(guest, address, "releases", "identifiers")
    guest.goto(f"{address}/release/{release['id']}")
    guest.get_by_role("button", name=re.compile("^Copy ")).first.click()
    expect(guest.get_by_role("button", name=re.compile("^Copy ")).first).to_have_text("Copied")
    assert guest.evaluate("navigator.clipboard.readText()") == release["identifiers"][0]["value"]
