"""`linernotes bench broker`: what the runtime and the broker take for a message beside its work."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from functions.extract.download.source import find_dump
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.errors import StoreUnavailable
from functions.runtime.ledger.models import ACTIVE, Part
from functions.runtime.ledger.store import fetch, run_of, sql
from functions.runtime.messages import ParseChunk
from functions.runtime.messaging.queue_admin import depths
from functions.runtime.messaging.sender import open_sender, send_all
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.pipeline import load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import scale, stack_status
from infra.synth import write_dump

T = TypeVar("T")

#: Of the run that is over, and of those in which a worker is killed: parts that take long enough to be killed in.
_RELEASES: Final = 100
_KILLED_RELEASES: Final = 12_000
_KILLS: Final = 3
_LIMIT_S: Final = 120.0
_QUEUE: Final = "parse-chunk.releases"


def bench_broker(messages: int) -> Iterator[Result]:
    """Time messages that find nothing to do, from the broker to their acknowledgement, through one worker.

    They are of a run that is over: a worker decodes each, asks the ledger, and drops it. Then the worker is killed with
    a part in hand, and the time taken until another is at it. A broker that AMQP_CONNECTION names is taken instead of
    the stack's own.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, temporary_stack(_broker()) as settings:
        first_month(Path(folder), _RELEASES)
        with open_context(settings, FUNCTIONS) as context:
            load(context, Path(folder))
        scale(Path(settings.home), "parse-chunk", 0)
        started = time.perf_counter()
        with open_sender(settings) as sender:
            for part in range(messages):
                sender.send(ParseChunk(run=1, entity="releases", part=part))
        sent = Work(messages, "messages sent").each(time.perf_counter() - started, 1e3)
        yield Result("broker, message sent", sent, "ms")
        scale(Path(settings.home), "parse-chunk", 1)
        _until_below(settings, messages)
        with effort(settings) as spent:
            left = Work(_depth(settings), "messages that were left to handle")
            _until_below(settings, 1)
        yield Result("broker, message handled that has nothing to do", left.each(spent.wall, 1e3), "ms")
        yield Result("broker, message handled, CPU of all", left.each(spent.total, 1e3), "ms")
        taken = [_taken_over(settings, Path(folder) / f"killed-{kill}", kill) for kill in range(_KILLS)]
        yield Result("broker, killed worker's part worked on again", statistics.median(taken), "s")
        yield Result("broker, killed worker's part worked on again, longest", max(taken), "s")


def _broker() -> dict[str, str]:
    address = os.environ.get("AMQP_CONNECTION", "")
    return {"AMQP_CONNECTION": address} if address else {}


def _taken_over(settings: Settings, folder: Path, kill: int) -> float:
    """Kill a worker with a part in hand; the seconds until another works on that part."""
    write_dump(folder, releases=_KILLED_RELEASES, seed=kill, dump=f"2026{kill + 2:02}01")
    with open_context(settings, FUNCTIONS) as context:
        begun = begin_load(context, find_dump(settings, str(folder)), LoadOptions(engine="lxml", force=True))
        send_all(settings, begun.messages)
        part = _until(lambda: _in_hand(context, begun.run.id))
        processes = stack_status(Path(settings.home), memory=False).processes
        [worker] = [one.pid for one in processes if one.name == "parse-chunk" and one.pid]
        os.kill(worker, signal.SIGKILL)
        killed = time.perf_counter()
        _until(lambda: _is_taken(context, begun.run.id, part))
        seconds = time.perf_counter() - killed
        _until(lambda: _is_over(context, begun.run.id))
    return seconds


def _in_hand(context: Context, run: int) -> tuple[str, int] | None:
    """A part that a worker has begun to parse."""
    with context.connection() as connection:
        parts = fetch(connection, Part, sql.unfinished_parts, run=run)
    return next(((part.entity, part.part) for part in parts if part.state == "cut" and part.attempts == 1), None)


def _is_taken(context: Context, run: int, key: tuple[str, int]) -> bool:
    with context.connection() as connection:
        [part] = fetch(connection, Part, sql.part, run=run, entity=key[0], part=key[1])
    return part.attempts > 1 or part.state != "cut"


def _is_over(context: Context, run: int) -> bool:
    with context.connection() as connection:
        return run_of(connection, run).state not in ACTIVE


def _until(found: Callable[[], T | None]) -> T:
    """What is found at last.

    Raises:
        StoreUnavailable: nothing was, for long.
    """
    deadline = time.monotonic() + _LIMIT_S
    while not (what := found()):
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"The benchmark waited {_LIMIT_S:g} s for what did not come.")
        time.sleep(0.01)
    return what


def _depth(settings: Settings) -> int:
    return depths(settings, [_QUEUE])[_QUEUE]


def _until_below(settings: Settings, count: int) -> None:
    while _depth(settings) >= count:
        time.sleep(0.02)
