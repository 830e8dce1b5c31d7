"""How long answers take: questions asked one after the other, of stores in use and of a PostgreSQL that is cold."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from infra.bench.harness.cold import Cold
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result

Question = Callable[[], object]

#: Questions of a kind that are asked of a cold server.
_COLD: Final = 40
_CUTS: Final = ((49, "p50"), (94, "p95"), (98, "p99"))


def asked(name: str, questions: Sequence[Question], cold: Cold | None) -> Iterator[Result]:
    """Ask each question once, then once more for the figures; then some of them with nothing in the server's memory.

    Args:
        name: of the kind of question.
        cold: the server, made cold before each of those; None: none are asked so.
    """
    _seconds(questions)
    yield from _percentiles(f"{name}, warm", _seconds(questions))
    if cold is not None:
        yield from _percentiles(f"{name}, cold", _seconds(questions[:_COLD], before=cold.make))


def _seconds(questions: Sequence[Question], before: Callable[[], object] = lambda: None) -> list[float]:
    times = []
    for ask in questions:
        before()
        begun = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begun)
    return times


def _percentiles(name: str, times: Sequence[float]) -> Iterator[Result]:
    Work(len(times), f"questions of the kind {name}")
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [*times] * 99
    for place, label in _CUTS:
        yield Result(f"{name}, {label}", cuts[place] * 1e3, "ms")
