"""A running product with a key's session, and pages that fail on whatever the browser complains about."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from infra.synth import write_dump
from tests.browser.known_records import add_known_records
from tests.product import Product, running_product

#: Written for whoever looks at the pages; git knows nothing of it.
SCREENSHOTS = Path(__file__).resolve().parents[2] / ".screenshots"

#: Milliseconds for which a page's doings are waited for: the machine may be busy.
_LIMIT_MS = 60_000

_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; a machine without it skips these tests, and CI fails."""
    path = shutil.which("chromium")
    if path is None:
        missing = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=_LIMIT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """A running product, its stores empty at first."""
    with running_product(
        LINERNOTES_PART_BYTES="200000", LINERNOTES_SWEEP_SECONDS="2", LINERNOTES_MAX_RETRIES="1"
    ) as product:
        yield product


@pytest.fixture(scope="session")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated dump of some ten parts, and a few records whose names are known."""
    folder: Path = tmp_path_factory.mktemp("dump")
    write_dump(folder, releases=1_500, seed=21)
    add_known_records(folder)
    return folder


@pytest.fixture(scope="session")
def loaded(product: Product, dump: Path) -> None:
    """A month in the stores, and all that is derived from it: the end of a run does not wait for that."""
    if not product.status()["runs"]:
        product.linernotes("load", dump)
    made = """SELECT EXISTS (SELECT FROM derivations) AND NOT EXISTS (SELECT FROM document_changes)
                 AND NOT EXISTS (SELECT FROM derivations WHERE version IS NULL OR building OR caught_up_at IS NULL)"""
    product.wait_until(lambda: product.query(made) == [(True,)], "derivations that have caught up", 240)


@pytest.fixture(scope="session")
def address(product: Product) -> str:
    """Where the gateway is, without a slash at the end."""
    said = product.json("status", "--json")["stores"]["gateway"]["address"]
    return str(said).rstrip("/")


class Complaints:
    """What the browser has complained about since the test began, in a fresh profile of its own."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.said: list[str] = []
        self.expected: re.Pattern[str] | None = None
        context.on("console", lambda one: self._note(one.text) if one.type in {"error", "warning"} else None)
        context.on("weberror", lambda one: self._note(str(one.error)))
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) =>"
            " console.error('policy violated:', e.violatedDirective, e.blockedURI, e.sourceFile, e.sample))"
        )

    def _note(self, text: str) -> None:
        if not (self.expected and self.expected.search(text)):
            self.said.append(text)


@pytest.fixture(params=[True], ids=["scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; `either_way` has a test run with and without them."""
    return bool(request.param)


#: For tests that hold with scripts and without.
either_way = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"], indirect=True)


@pytest.fixture
def complaints(browser: Browser, *, scripts: bool) -> Iterator[Complaints]:
    """A fresh profile of the browser; whatever it complains about fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", java_script_enabled=scripts
    )
    context.set_default_timeout(_LIMIT_MS)
    noted = Complaints(context)
    yield noted
    context.close()
    assert noted.said == []


@pytest.fixture
def guest(complaints: Complaints) -> Page:
    """A page of somebody without a session."""
    page: Page = complaints.context.new_page()
    return page


@pytest.fixture
def page(guest: Page, product: Product) -> Page:
    """A page of somebody who came by the address that `linernotes open` prints."""
    entrance = product.linernotes("open", "--print").stdout.split()[-1]
    guest.goto(entrance)
    return guest
