"""`linernotes bench pages`: what a person waits for and what is sent, page by page, in Chromium, against budgets."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.pipeline import load
from infra.bench.harness.derived import until_derived
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import stack_status

_sql = statements(__file__, "pages.sql")

#: What is measured of a page, in its unit, and what it may be.
BUDGETS: Final = {
    "first contentful paint": ("ms", 500.0),
    "largest contentful paint": ("ms", 1_000.0),
    "layout shift": ("of the view", 0.02),
    "HTML": ("kB", 40.0),
    "stylesheets": ("kB", 15.0),
    "own modules": ("kB", 30.0),
    "libraries": ("kB", None),
}
#: The address of each page, by what it is called in the figures.
_PAGES: Final = {
    "/": "/",
    "/search": "/search?q=love",
    "/lookup": "/lookup?q={catno}",
    "/credits": "/credits?role=production",
    "/artist": "/artist/{artist}",
    "/label": "/label/{label}",
    "/master": "/master/{master}",
    "/release": "/release/{release}",
    "/genres": "/genres",
    "/genre": "/genre/electronic",
    "/changes": "/changes",
    "/changes of a month": "/changes/{month}?entity=releases",
    "/operations": "/operations",
    "/operations/wall": "/operations/wall",
    "/operations/events": "/operations/events",
    "/operations/runs": "/operations/runs/{run}",
    "/operations/runs of a part": "/operations/runs/{run}/parts/releases/0",
    "/about": "/about",
    "/nothing/here": "/nothing/here",
}
#: What stands in an address, in the order of the statement that finds it.
_EXAMPLES: Final = ("artist", "label", "master", "release", "catno", "month", "run")
_TURNS: Final = 5
_SETTLED_MS: Final = 2_500
_OPTIONS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: Runs before anything of the page: paints and shifts are gone for whoever asks later.
_OBSERVE: Final = """
window.seen = {largest: 0, shift: 0};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.seen.largest = entry.startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
_READ: Final = """
() => {
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource")
    .map((each) => [new URL(each.name).pathname, each.encodedBodySize]);
  const sum = (fits) => files.reduce((all, [path, size]) => all + (fits(path) ? size : 0), 0) / 1000;
  const library = (path) => /\\.min\\.js$|swagger/.test(path);
  return {
    "first contentful paint": performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    "largest contentful paint": window.seen.largest,
    "layout shift": window.seen.shift,
    "HTML": page.encodedBodySize / 1000,
    "stylesheets": sum((path) => path.endsWith(".css") && !library(path)),
    "own modules": sum((path) => path.endsWith(".js") && !library(path)),
    "libraries": sum(library),
  };
}
"""


def bench_pages(releases: int) -> Iterator[Result]:
    """Open each page some times, each time as one who comes for the first time; the median of each figure.

    Args:
        releases: of the dump whose documents the pages show.

    Raises:
        SettingError: there is no Chromium, or no Playwright.
    """
    program = chromium()
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, temporary_stack() as settings:
        first_month(Path(folder), releases)
        with open_context(settings, FUNCTIONS) as context:
            load(context, Path(folder))
            until_derived(context)
            addresses = _addresses(context)
        for path, found in _measured(settings, program, addresses):
            Work(min(each["HTML"] for each in found), f"HTML of {path}")
            for name, (unit, budget) in BUDGETS.items():
                value = statistics.median(each[name] for each in found)
                compared = ("its budget", value / budget) if budget else (None, None)
                yield Result(f"page {path}, {name}", value, unit, *compared)


def chromium() -> str:
    """The path of Chromium.

    Raises:
        SettingError: there is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SettingError("There is no Chromium on the search path: install it, as with `apt-get install chromium`.")
    return found


def _addresses(context: Context) -> dict[str, str]:
    """The address of each page, with records that are there."""
    with context.connection() as connection:
        found = connection.execute(_sql.examples).fetchone() or ()
    examples = dict(zip(_EXAMPLES, map(str, found), strict=True))
    return {name: address.format(**{**examples, "catno": quote(examples["catno"])}) for name, address in _PAGES.items()}


def _measured(
    settings: Settings, program: str, addresses: Mapping[str, str]
) -> Iterator[tuple[str, list[dict[str, float]]]]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise SettingError("Playwright is not installed: `pip install .[dev]` brings it.") from error
    address = f"http://127.0.0.1:{stack_status(Path(settings.home)).gateway_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        for name, path in addresses.items():
            note(f"opening {path}")
            yield name, [_open(browser, address + path) for _ in range(_TURNS)]
        browser.close()


def _open(browser: Any, address: str) -> dict[str, float]:
    """Figures of one visit, by one who has nothing of the site yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    answer = page.goto(address, wait_until="load")
    Work(int(answer.ok or address.endswith(_PAGES["/nothing/here"])), f"page at {address}")
    page.wait_for_timeout(_SETTLED_MS)
    found: dict[str, float] = page.evaluate(_READ)
    context.close()
    return found
