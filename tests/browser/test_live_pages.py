"""What the scripts of a page do while answers are late, wrong or missing, and while somebody is at something there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import Error, Page, Route, expect

from gateway.pages.charts import ChartData, ChartLine
from gateway.pages.charts import figure as figure_of
from tests.browser.conftest import Complaints
from tests.browser.site_of_answers import ORIGIN, Site, operations

CHART: Final = "/api/charts/throughput"
NAMES: Final = "/api/autocomplete"
REQUEUE: Final = "/operations/do/requeue"
#: Milliseconds after which what was not to happen has not happened.
A_WHILE: Final = 150
#: Milliseconds after which charts are asked for again.
REFRESH: Final = 31_000


@pytest.fixture
def site(guest: Page) -> Site:
    site = Site(guest)
    site.answers[CHART] = says(figure("some hours"))
    return site


def says(data: Any, status: int = 200) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json=data, status=status)


def figure(title: str) -> dict[str, Any]:
    return {"data": [], "layout": {"title": {"text": title}}}


def wait_until_held(page: Page, held: list[Route]) -> Route:
    while not held:
        page.wait_for_timeout(10)
    return held.pop()


# ── charts


def test_the_range_that_was_chosen_last_is_drawn_whichever_answer_comes_last(guest: Page, site: Site) -> None:
    held: list[Route] = []

    def answer(route: Route) -> None:
        if urlsplit(route.request.url).query == "range=1h":
            held.append(route)
        else:
            route.fulfill(json=figure("six hours"))

    site.answers[CHART] = answer
    site.open()
    first = wait_until_held(guest, held)
    guest.get_by_role("link", name="the last 6 hours").click()
    expect(guest.locator("[data-title]")).to_have_text("six hours")
    first.fulfill(json=figure("one hour"))
    guest.wait_for_timeout(A_WHILE)
    expect(guest.locator("[data-title]")).to_have_text("six hours")


def test_the_way_back_leads_to_the_range_before(guest: Page, site: Site) -> None:
    site.answers[CHART] = lambda route: route.fulfill(json=figure(urlsplit(route.request.url).query))
    site.open()
    for words, range_ in (("the last 6 hours", "6h"), ("the last day", "1d")):
        guest.get_by_role("link", name=words).click()
        expect(guest.locator("[data-title]")).to_have_text(f"range={range_}")
    guest.go_back()
    expect(guest.locator("[data-title]")).to_have_text("range=6h")
    expect(guest.locator("a[aria-current][data-range]")).to_have_text("the last 6 hours")
    guest.go_back()
    expect(guest.locator("[data-title]")).to_have_text("range=1h")


def test_whoever_comes_back_sees_what_the_page_is_of(guest: Page, site: Site) -> None:
    site.open()
    box = guest.get_by_role("combobox", name="Search")
    box.fill("half of a wor")
    guest.get_by_role("link", name="Wall view").click()
    guest.wait_for_url("**/operations/wall")
    guest.go_back()
    guest.wait_for_url("**/operations")
    expect(box).to_have_value("")


def test_a_chart_that_did_not_come_says_so_in_words_and_comes_later(
    complaints: Complaints, guest: Page, site: Site
) -> None:
    complaints.expected = re.compile("502")
    site.answers[CHART] = lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>", content_type="text/html")
    guest.clock.install()
    site.open()
    expect(guest.locator("[data-says]")).to_have_text("No figures came: the answer was 502.")
    site.answers[CHART] = says(figure("here it is"))
    guest.clock.fast_forward(REFRESH)
    expect(guest.locator("[data-title]")).to_have_text("here it is")
    expect(guest.locator("[data-problem]")).to_be_hidden()


def test_the_table_of_a_chart_stays_while_it_cannot_be_renewed_and_follows_later(
    complaints: Complaints, guest: Page, site: Site
) -> None:
    complaints.expected = re.compile("ERR_FAILED")
    guest.clock.install()
    site.open()
    table = guest.locator("[data-table-of]")
    table.locator("summary").click()
    expect(guest.locator("[data-title]")).to_have_text("some hours")
    site.answers["/operations"] = lambda route: route.abort()
    guest.get_by_role("link", name="the last 6 hours").click()
    expect(table.get_by_role("cell", name="1.0")).to_be_visible()
    del site.answers["/operations"]
    site.page = operations(chosen="6h", value=0.04)
    guest.clock.fast_forward(REFRESH)
    expect(table.get_by_role("cell", name="0.04")).to_be_visible()


def test_a_chart_of_many_lines_can_be_read_on_a_phone(guest: Page, site: Site) -> None:
    """The bars have more room than the names of the lines, and no moment touches the next."""
    at = [dt.datetime(2026, 4, 1, 12, minute, tzinfo=dt.UTC) for minute in range(60)]
    names = [f"a kind of process {place}"[-12:] for place in range(17)]
    lines = [ChartLine(name, [float(place)] * 60) for place, name in enumerate(names)]
    data = ChartData("throughput", "Memory", "bytes", "bytes", "1h", 60, at, lines)
    site.answers[CHART] = says(msgspec.to_builtins(figure_of(data)))
    site.page = operations(lines=lines)
    guest.set_viewport_size({"width": 360, "height": 900})
    site.open()
    moments = guest.locator("[data-plot] .xaxislayer-above text")
    expect(moments.first).to_be_visible()
    boxes = sorted((box for each in moments.all() if (box := each.bounding_box())), key=lambda box: box["x"])
    assert len(boxes) > 1
    assert all(one["x"] + one["width"] + 8 < other["x"] for one, other in pairwise(boxes))
    drawn = guest.locator("[data-plot] .bglayer rect, [data-plot] .plot").first.bounding_box()
    assert drawn is not None
    assert drawn["height"] > 150


# ── the search box and the keys


def names(*found: str) -> dict[str, Any]:
    told = [{"type": "release", "name": name, "by": "עברית", "url": f"/release/{name}"} for name in found]
    return {"suggestions": told}


def test_a_list_that_was_closed_stays_closed_when_an_answer_comes(guest: Page, site: Site) -> None:
    held: list[Route] = []
    site.answers[NAMES] = says(names("abba"))
    site.open()
    box = guest.get_by_role("combobox", name="Search")
    box.press_sequentially("a")
    expect(guest.get_by_role("option")).to_have_text(["Rabba עברית"])
    site.answers[NAMES] = held.append
    box.press_sequentially("b")
    late = wait_until_held(guest, held)
    box.press("Escape")
    expect(guest.get_by_role("option")).to_have_count(0)
    with suppress(Error):  # nobody waits for it any more
        late.fulfill(json=names("abba", "abbey"))
    guest.wait_for_timeout(A_WHILE)
    expect(guest.get_by_role("option")).to_have_count(0)
    expect(box).to_have_value("ab")


def test_names_of_what_was_typed_before_go_when_nobody_answers(complaints: Complaints, guest: Page, site: Site) -> None:
    complaints.expected = re.compile("503|ERR_FAILED")
    site.open()
    box = guest.get_by_role("combobox", name="Search")
    for failure in (says({"detail": "no"}, 503), lambda route: route.abort()):
        site.answers[NAMES] = says(names("abba"))
        box.fill("a")
        expect(guest.get_by_role("option")).to_have_count(1)
        site.answers[NAMES] = failure
        box.press_sequentially("b")
        expect(guest.get_by_role("option")).to_have_count(0)


def test_a_name_is_chosen_by_the_first_button_of_the_mouse_alone(guest: Page, site: Site) -> None:
    site.answers[NAMES] = says(names("abba"))
    site.open()
    guest.get_by_role("combobox", name="Search").press_sequentially("a")
    option = guest.get_by_role("option")
    expect(option.locator("bdi")).to_have_text(["abba", "עברית"])
    for button in ("right", "middle"):
        option.click(button=button)
    guest.wait_for_timeout(A_WHILE)
    assert "/release/abba" not in site.asked
    option.click()
    guest.wait_for_url("**/release/abba")


def test_a_key_of_two_alone_leads_nowhere(guest: Page, site: Site) -> None:
    site.open()
    for key in ("h", "g", "x", "h"):
        guest.keyboard.press(key)
    guest.wait_for_timeout(A_WHILE)
    assert "/" not in site.asked
    guest.keyboard.press("g")
    guest.keyboard.press("h")
    guest.wait_for_url(f"{ORIGIN}/")


# ── what is there before the scripts are


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_the_scripts_come(guest: Page, site: Site, width: int) -> None:
    """What stands first, and what scripts have something to do with."""
    places = """() => [...document.querySelectorAll("header.top, header.top *, main, main h2, .status-line a, .ways *")]
        .filter((one) => one.checkVisibility())
        .map((one) => [one.outerHTML.slice(0, 60), ...Object.values(one.getBoundingClientRect().toJSON())])"""
    held: list[Route] = []
    guest.route("**/static/*/shell.js", lambda route: held.append(route))
    guest.set_viewport_size({"width": width, "height": 900})
    site.page = operations({"headline": "<h1>All is well</h1>", "needs": "<p>Nothing needs a person.</p>"})
    guest.goto(f"{ORIGIN}/operations", wait_until="commit")
    script = wait_until_held(guest, held)
    expect(guest.get_by_role("heading", name="Figures over time")).to_be_visible()
    before = guest.evaluate(places)
    script.fallback()
    site.send_when_connected(headline="<h1>All is well</h1>")
    expect(guest.locator("#live")).to_have_text("live")
    assert guest.evaluate(places) == before


@pytest.mark.parametrize("scripts", [False], indirect=True)
def test_without_scripts_no_word_of_the_menu_is_broken_on_a_phone(guest: Page, site: Site) -> None:
    assert site.page
    guest.set_viewport_size({"width": 360, "height": 900})
    guest.goto(f"{ORIGIN}/operations")
    links = guest.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(links).to_have_count(5)
    lines = """(one) => {
        const all = document.createRange();
        all.selectNodeContents(one);
        return all.getClientRects().length;
    }"""
    assert [one.evaluate(lines) for one in links.all()] == [1] * 5
    assert guest.evaluate("document.documentElement.scrollWidth") == 360


# ── sections that change


def rows(*keys: str) -> str:
    return "<ul>\n" + "".join(f'<li data-key="{key}"><button>{key}</button></li>\n' for key in keys) + "</ul>"


def test_who_is_at_a_row_stays_there_when_one_above_goes_or_it_is_moved(guest: Page, site: Site) -> None:
    site.page = operations({"needs": rows("first", "second", "third")})
    site.open()
    second = guest.get_by_role("button", name="second")
    second.focus()
    guest.evaluate("window.lost = 0; document.addEventListener('focusout', () => { window.lost += 1; })")
    site.send(needs=rows("second", "third"))
    expect(guest.get_by_role("button", name="first")).to_have_count(0)
    expect(second).to_be_focused()
    assert guest.evaluate("window.lost") == 0
    site.send(needs=rows("third", "second", "fourth"))
    expect(guest.get_by_role("button", name="fourth")).to_be_visible()
    expect(second).to_be_focused()
    assert guest.locator("[data-section=needs] button").all_inner_texts() == ["third", "second", "fourth"]


def test_two_rows_of_one_key_both_stay(guest: Page, site: Site) -> None:
    site.page = operations({"idle": rows("one", "one", "two")})
    site.open()
    site.send(idle=rows("one", "one", "three"))
    expect(guest.locator("[data-section=idle] button")).to_have_text(["one", "one", "three"])


def test_what_was_folded_shut_stays_shut(guest: Page, site: Site) -> None:
    steps = '<details data-key="steps" open><summary>Its end</summary><p>{} steps</p></details>'
    site.page = operations({"run": steps.format(1)})
    site.open()
    guest.get_by_text("Its end").click()
    site.send(run=steps.format(2))
    expect(guest.locator("[data-section=run] p")).to_have_text("2 steps")
    expect(guest.locator("[data-section=run] p")).to_be_hidden()


def test_why_there_is_no_connection_is_said_as_long_as_there_is_none(guest: Page, site: Site) -> None:
    guest.clock.install()
    site.open()
    site.send(headline="<h1>All is well</h1>")
    expect(guest.locator("#live")).to_have_text("live")
    guest.clock.fast_forward(10_000)
    site.end(4403, "This needs the right to read.")
    expect(guest.locator("#live")).to_contain_text("This needs the right to read. What is here is as of")
    guest.clock.fast_forward(8_000)
    guest.wait_for_timeout(A_WHILE)
    expect(guest.locator("#live")).to_contain_text("This needs the right to read.")


# ── actions


def form(more: str = "") -> dict[str, str]:
    return {"run": f'<form method="post" action="{REQUEUE}" data-act {more}><button>Try again</button></form>'}


def test_what_came_of_an_action_can_be_read_when_the_page_has_come_anew(guest: Page, site: Site) -> None:
    site.page = operations(form('data-after="reload"'))
    site.answers[REQUEUE] = says({"said": "3 dead letters are tried again."})
    site.open()
    with guest.expect_navigation():
        guest.get_by_role("button", name="Try again").click()
    expect(guest.locator("#outcome")).to_have_text("3 dead letters are tried again.")
    guest.reload()
    expect(guest.locator("h2", has_text="Figures over time")).to_be_visible()
    guest.wait_for_timeout(A_WHILE)
    expect(guest.locator("#outcome")).to_be_hidden()


def test_an_action_is_sent_once_and_whoever_did_it_is_where_they_were(guest: Page, site: Site) -> None:
    held: list[Route] = []
    site.page = operations(form())
    site.answers[REQUEUE] = held.append
    site.open()
    button = guest.locator("[data-section=run] button")
    button.focus()
    for _ in range(3):
        guest.keyboard.press("Enter")
    sent = wait_until_held(guest, held)
    guest.wait_for_timeout(A_WHILE)
    assert site.asked.count(REQUEUE) == 1
    sent.fulfill(json={"ask": "Try 3 dead letters again?", "form": {"most": "3"}})
    guest.get_by_role("dialog", name="Are you sure?").get_by_role("button", name="No").click()
    expect(button).to_be_focused()
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_the_same_sentence_is_said_again(guest: Page, site: Site) -> None:
    site.page = operations(form())
    site.answers[REQUEUE] = says({"said": "Done so."})
    site.open()
    guest.evaluate(
        """() => {
          const said = document.getElementById("said");
          window.spoken = [];
          new MutationObserver(() => window.spoken.push(said.textContent)).observe(said, { childList: true });
        }"""
    )
    for times in (1, 3):
        guest.locator("[data-section=run] button").click()
        guest.wait_for_function("(times) => window.spoken.length === times", arg=times)
    assert guest.evaluate("window.spoken") == ["Done so.", "", "Done so."]
