"""Operations in a browser: a load is watched, what failed is found and tried again, functions are scaled."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.product import Product

LONG = 60_000

#: Of how many entities parts were given up, and how many parts are still on their way.
ENDED = """SELECT count(DISTINCT entity) FILTER (WHERE state = 'dead'),
                  count(*) FILTER (WHERE state NOT IN ('done', 'dead')) FROM parts"""


def _operations(page: Page, address: str) -> None:
    page.goto(f"{address}/operations")
    expect(page.locator("#live")).to_have_text("live", timeout=LONG)


def test_a_load_is_started_and_its_bars_move_to_the_end(page: Page, address: str, dump: Path) -> None:
    _operations(page, address)
    page.get_by_text("Start a load", exact=True).click()
    page.get_by_label(re.compile("Where the dump is")).fill(str(dump))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#outcome")).to_contain_text("releases", timeout=LONG)
    page.get_by_role("button", name="Load it").click()
    expect(page.locator("#outcome")).to_contain_text("has begun", timeout=LONG)
    expect(page.get_by_role("progressbar", name="releases progress")).to_be_visible(timeout=LONG)
    expect(page.locator("section[data-section=run]")).to_contain_text("done", timeout=LONG)
    expect(page.get_by_role("progressbar", name="releases progress")).to_have_attribute("value", "1.0000", timeout=LONG)
    expect(page.locator("[data-section=events]")).to_contain_text("run-done", timeout=LONG)


def test_why_a_paused_run_does_not_move_is_said_and_it_goes_on(
    page: Page, address: str, product: Product, dump: Path
) -> None:
    product.linernotes("scale", "parse-chunk", "0")
    product.linernotes("load", dump, "--replace", "--yes", "--no-wait")
    _operations(page, address)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-section=idle]")).to_contain_text("paused", timeout=LONG)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-section=idle]")).to_contain_text("parse-chunk", timeout=LONG)
    page.get_by_text("Scale a function").focus()
    page.keyboard.press("Enter")  # by the keyboard alone
    page.keyboard.press("Tab")
    page.keyboard.type("parse-chunk")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_contain_text("as many workers as its queue wants", timeout=LONG)
    expect(page.locator("[data-section=events]")).to_contain_text("run-done", timeout=LONG)
    assert product.wait_for_end()["state"] == "done"


def test_parts_that_were_given_up_are_found_with_their_error_and_tried_again(
    page: Page, address: str, product: Product, dump: Path
) -> None:
    product.linernotes("reset", "--yes")
    for table in ("labels", "masters"):
        product.query(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (id < 0) NOT VALID")
    product.linernotes("load", dump, "--bulk", "no", "--no-wait")
    _operations(page, address)
    expect(page.locator("[data-section=needs]")).to_contain_text(re.compile("parts? of", re.I), timeout=2 * LONG)
    page.locator("[data-section=run]").get_by_role("link", name=re.compile("given up")).first.click()
    product.wait_until(lambda: product.query(ENDED) == [(2, 0)], "the end of all other parts")
    page.get_by_role("combobox", name="Records").select_option("all")
    page.get_by_label("Text").fill("refused")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text(re.compile("part.* that match"))).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("refused")
    _asked_without_a_script(page)
    for table in ("labels", "masters"):
        product.query(f"ALTER TABLE {table} DROP CONSTRAINT refused")
    page.get_by_role("button", name=re.compile("Try all")).click()
    question = page.get_by_role("dialog", name="Are you sure?")
    expect(question).to_contain_text(re.compile(r"Try [2-9] dead letters again\?"))
    page.screenshot(path=SCREENSHOTS / "asked.png")
    question.get_by_role("button", name="No").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name=re.compile("Try all")).click()
    with page.expect_navigation():
        question.get_by_role("button", name="Yes, do it").click()
    assert product.wait_for_end()["state"] == "done"
    page.goto(f"{address}/operations/audit")
    expect(page.locator("tbody")).to_contain_text("requeued")


def _asked_without_a_script(page: Page) -> None:
    """The question is a page then, which leads back to what was looked for."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(page.url)
    plain.get_by_role("button", name=re.compile("Try all")).click()
    expect(plain.locator("h1")).to_have_text("Are you sure?")
    expect(plain.locator("main")).to_contain_text(re.compile(r"Try [2-9] dead letters again\?"))
    expect(plain.get_by_role("button", name="Yes, do it")).to_be_visible()
    plain.screenshot(path=SCREENSHOTS / "asked-without-a-script.png")
    plain.get_by_role("link", name="No, go back").click()
    expect(plain.get_by_label("Text")).to_have_value("refused")
    context.close()


def test_the_page_survives_a_restart_of_the_gateway(
    complaints: Any, page: Page, address: str, product: Product
) -> None:
    complaints.expected = re.compile("WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource")
    _operations(page, address)
    os.kill(product.processes()["gateway"], signal.SIGKILL)
    expect(page.locator("#live")).to_contain_text("not connected", timeout=LONG)
    expect(page.locator("#live")).to_have_text("live", timeout=LONG)


def test_a_guest_sees_everything_and_may_do_nothing(complaints: Any, guest: Page, address: str) -> None:
    complaints.expected = re.compile("401")
    _operations(guest, address)
    guest.get_by_role("button", name=re.compile("Run sweep now")).click()
    expect(guest.locator("#outcome")).to_contain_text("linernotes open", timeout=LONG)
