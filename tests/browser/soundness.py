"""Whether a page is sound: nothing that axe finds, nothing that scrolls sideways, nothing that a finger misses."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SCREENSHOTS

#: For tests of how a page looks.
each_look = pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])

#: On a phone, what stands for itself and is less than 44 px high; links in sentences are as high as their line.
TOO_SMALL = """() => [...document.querySelectorAll(`
    button, .button, input:not([type=hidden]), select, summary, nav a, .wordmark, .tabs a, .ranges a, .facets a,
    .pills a, .figures a, tbody th > a, .name > a, figcaption a, .ways > a, .list-foot > a, .record-foot > .under > a`)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".hidden, dialog, #swagger"))
  .filter((one) => one.getBoundingClientRect().height < 43.5)
  .map((one) => `${one.parentElement.className} ${one.outerHTML.slice(0, 80)}`)"""


def look(page: Page, scheme: Any, width: int) -> None:
    """Have the page in a scheme and a width from now on."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def assert_sound(page: Page, name: str, scheme: str, width: int, *, foreign: tuple[str, ...] = ()) -> None:
    """Look at a page that is there, except at what a library draws into the elements named, and take its picture."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    if width <= 600:
        assert page.evaluate(TOO_SMALL) == [], name
    looked_at = {"include": [["html"]], "exclude": [[selector] for selector in foreign]}
    found = Axe().run(page, looked_at, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == [], name
