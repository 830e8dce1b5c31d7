"""`linernotes bench gateway`: documents by id, answers of the cache, two gateways, and a thousand dashboards that watch
a load, as data and as the page has them.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.pipeline import first_load
from infra.bench.cases.two_gateways import seen_at_the_other
from infra.bench.harness.cpu_time import Effort, effort
from infra.bench.harness.derived import until_derived
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.generate import first_month
from infra.bench.harness.http_load import request_all
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.bench.harness.watchers import Watched, Watchers, watching
from infra.stack.stack_client import stack_status

_sql = statements(__file__, "gateway.sql")

_CONNECTIONS: Final = 16
_DOCUMENTS_S: Final = 20.0
#: Documents that are asked for, one after the other.
_DOCUMENTS: Final = 1_000
#: Answers that are asked for over and over, and over how many connections.
_KEPT: Final = ("/api/counts/genre", "/api/search?q=love", "/api/search/facets?q=love", "/api/lookup?q=5099902894225")
_KEPT_CONNECTIONS: Final = 4
_KEPT_S: Final = 10.0
_LOOKS_A_SECOND: Final = 4
#: What a socket brings, and what that is called in the name of a figure; a browser has pieces of the page.
_FORMS: Final = {"json": "", "html": " of the page"}


def bench_gateway(releases: int, sockets: int, seconds: float) -> Iterator[Result]:
    """Ask for documents; then load a dump without anybody watching, and with many sockets of the operations page.

    Args:
        releases: of the dump; its load is to last for about as long as the sockets watch.
        sockets: how many watch.
        seconds: for which they watch at least.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        first_month(source, releases)
        with temporary_stack() as settings:
            note("loading, with nobody watching")
            alone = _load(settings, source)
            with open_context(settings, FUNCTIONS) as context:
                until_derived(context)
            yield from _documents(settings, releases)
            yield from _kept(settings)
            yield from seen_at_the_other(settings)
        usual = _cpu_a_release(alone, releases)
        yield Result("load, CPU of the stack, nobody watching", usual, "µs a release")
        for form, name in _FORMS.items():
            with temporary_stack() as settings:
                note(f"loading, with {sockets:,} sockets watching as {form}")
                watchers, use, spent = _watched(settings, source, sockets, seconds, form)
            yield from _told(f"{sockets:,} sockets{name}", watchers, use, _cpu_a_release(spent, releases), usual)


def _load(settings: Settings, source: Path) -> Effort:
    with open_context(settings, FUNCTIONS) as context, effort(settings) as spent:
        first_load(context, source)
    return spent


def _documents(settings: Settings, releases: int) -> Iterator[Result]:
    paths = [f"/api/releases/{number}" for number in _ids(settings)]
    Work(len(paths), "documents to ask for")
    request_all(_address(settings), paths, _CONNECTIONS, 2)  # from a gateway that has begun to work
    with _gateway_use(settings) as use:
        found = request_all(_address(settings), paths, _CONNECTIONS, _DOCUMENTS_S)
    answered = Work(found.requests - found.bad, "documents that were answered")
    name = f"document by id, {_CONNECTIONS} connections"
    yield Result(f"{name}, {found.generator}", found.rate, "requests/s")
    yield Result(f"{name}, median", found.p50, "ms")
    yield Result(f"{name}, p99", found.p99, "ms")
    yield Result(f"{name}, answers other than 200", found.bad, "answers")
    yield Result(f"{name}, CPU of the gateway", Work(use.seconds, "seconds").each(use.cpu, 100), "% of a core")
    yield Result(f"{name}, CPU of the gateway for each", answered.each(use.cpu, 1e6), "µs a request")
    yield Result(f"{name}, of {releases:,} releases, memory of the gateway", use.memory / 1e6, "MB")


def _kept(settings: Settings) -> Iterator[Result]:
    request_all(_address(settings), _KEPT, _KEPT_CONNECTIONS, 2)
    with _gateway_use(settings) as use:
        found = request_all(_address(settings), _KEPT, _KEPT_CONNECTIONS, _KEPT_S)
    answered = Work(found.requests - found.bad, "answers out of the cache")
    name = f"a kept answer, {_KEPT_CONNECTIONS} connections"
    yield Result(f"{name}, {found.generator}", found.rate, "requests/s")
    yield Result(f"{name}, median", found.p50, "ms")
    yield Result(f"{name}, p95", found.p95, "ms")
    yield Result(f"{name}, p99", found.p99, "ms")
    yield Result(f"{name}, CPU of the gateway", answered.each(use.cpu, 1e6), "µs a request")


def _watched(
    settings: Settings, source: Path, sockets: int, seconds: float, form: str
) -> tuple[Watchers, _Use, Effort]:
    """A load that sockets watch, for so many seconds at least; what they, the gateway and the load did."""
    address = _address(settings).replace("http://", "ws://") + f"/ws/operations?as={form}"
    with watching(address, sockets) as watchers, _gateway_use(settings) as use:
        begun = time.perf_counter()
        spent = _load(settings, source)
        watchers.stop_timing()
        time.sleep(max(0.0, seconds - (time.perf_counter() - begun)))
    return watchers, use, spent


def _told(who: str, watchers: Watchers, use: _Use, cost: float, usual: float) -> Iterator[Result]:
    name = f"{who} in mid-load"
    Work(watchers.seen.frames if watchers.seen else 0, "frames that sockets saw")
    if watchers.seen is not None:
        yield from _seen(name, watchers.seen)
    yield Result(f"{name}, watched for", use.seconds, "s")
    yield Result(f"{name}, CPU of the gateway", Work(use.seconds, "seconds").each(use.cpu, 100), "% of a core")
    yield Result(f"{name}, most memory of the gateway", use.memory / 1e6, "MB")
    more = ratio(cost, usual, "loads")
    yield Result(f"load, CPU of the stack, {who}", cost, "µs a release", "nobody watching", more)


def _seen(name: str, seen: Watched) -> Iterator[Result]:
    yield Result(f"{name}, dropped", seen.dropped, "sockets")
    for reason, count in seen.why.items():
        note(f"{count} sockets dropped: {reason}")
    yield Result(f"{name}, age of what they show, p99", seen.age_p99, "s")
    yield Result(f"{name}, age of what they show, median", seen.age_median, "s")
    yield Result(f"{name}, frames", Work(seen.opened, "sockets").each(seen.frames), "a socket")
    yield Result(f"{name}, size of a frame", Work(seen.frames, "frames").each(seen.received), "bytes")
    yield Result(f"{name}, CPU of the clients", seen.cpu, "s")


def _cpu_a_release(spent: Effort, releases: int) -> float:
    """Of the whole stack, this process and the clients left out."""
    return Work(releases, "releases loaded").each(spent.total - spent.cpu.get("client", 0.0), 1e6)


class _Use:
    """CPU seconds and the most memory of the gateway over some seconds."""

    def __init__(self) -> None:
        self.cpu, self.memory, self.seconds = 0.0, 0, 0.0


@contextmanager
def _gateway_use(settings: Settings) -> Iterator[_Use]:
    gateway, use, over = psutil.Process(_gateway_pid(settings)), _Use(), threading.Event()

    def look() -> None:
        while not over.wait(1 / _LOOKS_A_SECOND):
            use.memory = max(use.memory, gateway.memory_info().rss)

    thread = threading.Thread(target=look, daemon=True)
    before, begun = sum(gateway.cpu_times()[:2]), time.perf_counter()
    thread.start()
    try:
        yield use
    finally:
        over.set()
        thread.join()
        use.seconds = time.perf_counter() - begun
        use.cpu = sum(gateway.cpu_times()[:2]) - before


def _gateway_pid(settings: Settings) -> int:
    found = next(one.pid for one in stack_status(Path(settings.home)).processes if one.name == "gateway")
    return found or 0


def _address(settings: Settings) -> str:
    return f"http://127.0.0.1:{stack_status(Path(settings.home)).gateway_port}"


def _ids(settings: Settings) -> list[int]:
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        return [number for (number,) in connection.execute(_sql.some_releases, {"count": _DOCUMENTS})]
