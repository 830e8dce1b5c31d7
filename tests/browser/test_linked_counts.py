"""A count on a page leads to what it counts, and there are as many."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.usefixtures("loaded")

_COUNT = re.compile(r'<a class="count" href="([^"#][^"]*)"[^>]*>([\d,]+)')
#: Hits that a search tells at once, and links that are followed of a page.
_HITS, _FOLLOWED = 100, 40


@pytest.mark.parametrize("path", ["/", "/artist/4", "/label/1", "/genre/electronic", "/style/breakbeat"])
def test_a_count_leads_to_as_many(guest: Page, address: str, path: str) -> None:
    found = _COUNT.findall(guest.request.get(address + path).text())
    counts = [(unescape(url).partition("#")[0], int(text.replace(",", ""))) for url, text in found[:_FOLLOWED]]
    assert counts
    assert [(url, count) for url, count in counts if not _has(guest, address, url, count)] == []


def _has(guest: Page, address: str, url: str, count: int) -> bool:
    """Whether the list tells so many, or so many are found."""
    if url.startswith("/search"):
        hits = guest.request.get(f"{address}/api{url}&limit={_HITS}").json()["hits"]
        return len(hits) == min(count, _HITS)
    if url.startswith("/credits"):
        return len(guest.request.get(f"{address}/api{url}").json()["lines"]) == count
    guest.goto(address + url)
    return (
        re.search(rf"\b{count:,} (in all|releases|versions)|of {count:,}\b", guest.locator("main").inner_text())
        is not None
    )
