"""The pages and scripts as they are, with answers that come when a test says so: late, wrong, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec
from playwright.sync_api import Page, Route, WebSocketRoute

from gateway.pages.charts import RANGE_WORDS, ChartData, ChartLine
from gateway.pages.operation_pages import SECTIONS
from gateway.pages.render import render
from gateway.pages.shell import Shell
from gateway.pages.static_files import load

ORIGIN: Final = "http://linernotes.test"

_AT: Final = dt.datetime(2026, 4, 1, 12, 0, tzinfo=dt.UTC)

Answer = Callable[[Route], None]


def operations(
    sections: Mapping[str, str] | None = None,
    chosen: str = "1h",
    value: float = 1.0,
    lines: Sequence[ChartLine] = (),
) -> str:
    """The page of operations: some of its sections, and one chart with one figure, or with some lines."""
    title = "Records a second, by stage"
    shown = list(lines) or [ChartLine("split", [value])]
    chart = ChartData("throughput", title, "records/s", "things", chosen, 60, [_AT], shown)
    return render(
        "operations/now.html",
        title="Operations",
        shell=Shell(),
        session=None,
        sign_in="/enter",
        path="/operations",
        status=200,
        sections={**dict.fromkeys(SECTIONS, ""), **(sections or {})},
        charts=[chart],
        range=chosen,
        range_words=RANGE_WORDS,
    )


class Site:
    """A site of one browser page. Answers to what stands in `answers` are given by the test, by the path.

    Attributes:
        asked: the paths of all requests, static files left out.
        page: what `/operations` has.
    """

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.page = operations()
        self._browser = page
        self._sockets: list[WebSocketRoute] = []
        page.route(f"{ORIGIN}/**", self._answer)
        page.route_web_socket("**/ws/operations*", self._connected)

    def open(self) -> None:
        """Go to operations; the socket is there."""
        self._browser.goto(f"{ORIGIN}/operations")
        self._until_connected()

    def send(self, **sections: str) -> None:
        """Sections as they are now, over the socket."""
        self._sockets[-1].send(msgspec.json.encode({"set": sections}).decode())

    def send_when_connected(self, **sections: str) -> None:
        """The same, once the page has asked for them."""
        self._until_connected()
        self.send(**sections)

    def end(self, code: int, reason: str) -> None:
        """Close the socket."""
        self._sockets[-1].close(code=code, reason=reason)

    def _until_connected(self) -> None:
        while not self._sockets:
            self._browser.wait_for_timeout(10)

    def _connected(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = load(path.rpartition("/")[2])
            route.fulfill(body=file.content, content_type=file.media_type)
            return
        self.asked.append(path)
        if path in self.answers:
            self.answers[path](route)
        else:
            route.fulfill(body=self.page, content_type="text/html; charset=utf-8")
