"""`linernotes bench autoscale`: what a second worker of the parser brings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from functions.extract.download.source import find_dump
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.errors import StoreUnavailable
from functions.runtime.ledger.store import files_of
from functions.runtime.messaging.queue_admin import depths, flush
from functions.runtime.messaging.sender import send_all
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import scale

_MOST_S: Final = 900.0
_QUEUE: Final = "parse-chunk.releases"


def bench_autoscale(releases: int, engine: str) -> Iterator[Result]:
    """Parse parts that are cut already, with one worker and with two.

    Args:
        releases: of the dump whose parts are parsed.
        engine: `lxml` or `native`.
    """
    environment = {"LINERNOTES_WORKERS": "parse-chunk=0,load-table=0,load-graph=0", "LINERNOTES_PENDING_PARTS": "10000"}
    rates = {}
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        first_month(Path(folder), releases)
        for workers in (1, 2):
            with (
                temporary_stack(environment, autoscaled=True) as settings,
                open_context(settings, FUNCTIONS) as context,
            ):
                note(f"cutting parts for {workers}")
                _cut(context, Path(folder), engine)
                rates[workers] = _parse(settings, workers)
                flush(settings, FUNCTIONS.queues)
    yield Result(f"autoscale, parse-chunk, {engine}, one worker", rates[1], "parts/s")
    faster = ratio(rates[2], rates[1], "parts parsed")
    yield Result(f"autoscale, parse-chunk, {engine}, two workers", rates[2], "parts/s", "one worker", faster)


def _cut(context: Context, source: Path, engine: str) -> None:
    found = find_dump(context.settings, str(source))
    begun = begin_load(context, found, LoadOptions(engine=engine, entities=("releases",)))
    send_all(context.settings, begun.messages)
    _wait(lambda: _is_split(context, begun.run.id))


def _is_split(context: Context, run: int) -> bool:
    with context.connection() as connection:
        return all(file.state == "split" for file in files_of(connection, run))


def _parse(settings: Settings, workers: int) -> float:
    """Parts a second from the first that is parsed to the last, so that the start of workers is no part of it."""
    whole = _depth(settings)
    scale(Path(settings.home), "parse-chunk", workers)
    _wait(lambda: _depth(settings) < whole - workers)
    begun, started = _depth(settings), time.perf_counter()
    _wait(lambda: _depth(settings) <= workers)
    return Work(begun - _depth(settings), "parts parsed").rate(time.perf_counter() - started)


def _depth(settings: Settings) -> int:
    return depths(settings, [_QUEUE])[_QUEUE]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _MOST_S
    while not condition():
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"The benchmark waited {_MOST_S:g} s for what did not come.")
        time.sleep(0.02)
