"""`linernotes bench broker`: what the runtime and the broker take for a message beside its work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from functions.registry import FUNCTIONS
from functions.runtime.messages import ParseChunk
from functions.runtime.messaging.queue_admin import depths
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.bench.cases.pipeline import load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import scale

#: Of the run that is over.
_RELEASES: Final = 100
_QUEUE: Final = "parse-chunk.releases"


def bench_broker(messages: int) -> Iterator[Result]:
    """Time messages that find nothing to do, from the broker to their acknowledgement, through one worker.

    They are of a run that is over: a worker decodes each, asks the ledger, and drops it.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, temporary_stack() as settings:
        first_month(Path(folder), _RELEASES)
        with open_context(settings, FUNCTIONS) as context:
            load(context, Path(folder))
        scale(Path(settings.home), "parse-chunk", 0)
        started = time.perf_counter()
        with open_sender(settings) as sender:
            for part in range(messages):
                sender.send(ParseChunk(run=1, entity="releases", part=part))
        yield Result("broker, message sent", (time.perf_counter() - started) / messages * 1e3, "ms")
        scale(Path(settings.home), "parse-chunk", 1)
        _until_below(settings, messages)
        with effort(settings) as spent:
            left = _depth(settings)
            _until_below(settings, 1)
        yield Result("broker, message handled that has nothing to do", spent.wall / left * 1e3, "ms")
        yield Result("broker, message handled, CPU of all", spent.total / left * 1e3, "ms")


def _depth(settings: Settings) -> int:
    return depths(settings, [_QUEUE])[_QUEUE]


def _until_below(settings: Settings, count: int) -> None:
    while _depth(settings) >= count:
        time.sleep(0.02)
