"""Figures for Prometheus, gathered over all processes of a home.

Each process writes its figures to files of its own in `HOME/run/metrics`, the gateway adds them up. prometheus_client
picks that mode when it is imported, so it is imported late, after `begin`. A process with a port of its own keeps its
figures to itself, and shows them there.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.settings import Settings
from functions.runtime.supervised_process import is_supervised
from functions.runtime.telemetry.memory import own_memory
from functions.runtime.telemetry.metric_files import folded

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
#: What psycopg's pool says of itself that is a level, not a count since the start.
_POOL_LEVELS: Final = ("pool_size", "pool_available", "requests_waiting")

_noting = threading.Lock()
_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)


def folder(settings: Settings) -> Path:
    """Where the processes of a home keep their figures."""
    return Path(settings.home) / "run" / "metrics"


def clear(settings: Settings) -> None:
    """Forget all figures; for the start of a stack, before its first process."""
    shutil.rmtree(folder(settings), ignore_errors=True)


def is_served_alone(settings: Settings) -> bool:
    """Whether this process shows its health and figures at a port of its own."""
    return bool(settings.health_port) and not is_supervised()


def begin(settings: Settings) -> None:
    """Let this process write its figures into its home; to be called before any figure is touched."""
    if is_served_alone(settings):
        os.environ.pop(_FOLDER, None)
        return
    place = folder(settings)
    place.mkdir(parents=True, exist_ok=True)
    os.environ[_FOLDER] = str(place)
    with folded(place):
        pass


def exposition() -> bytes:
    """The figures of all processes of the home, in the text form of Prometheus."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import Collector

    if _FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    place = Path(os.environ[_FOLDER])

    class OfAll(Collector):
        """The library's own collector takes its folder for a pattern, so that one named `[b]` is empty."""

        def collect(self) -> Any:
            files = [str(path) for path in place.glob("*.db")]
            return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]

    with folded(place):
        registry = CollectorRegistry()
        registry.register(OfAll())
        return generate_latest(registry)


@contextmanager
def measured(function: str, entity: str) -> Iterator[None]:
    """Count one delivery, its outcome and its time."""
    outcome, begun = "done", time.perf_counter()
    running = _folder().in_progress.labels(function)
    running.inc()
    try:
        yield
    except PermanentError:
        outcome = "permanent"
        raise
    except TransientError:
        outcome = "transient"
        raise
    except BaseException:
        outcome = "error"
        raise
    finally:
        running.dec()
        _folder().messages.labels(function, entity, outcome).inc()
        _folder().seconds.labels(function, entity).observe(time.perf_counter() - begun)


def count_records(function: str, entity: str, count: int) -> None:
    """Add to the records a function has worked on."""
    _folder().records.labels(function, entity).inc(count)


def count_retry(function: str) -> None:
    """A message of a function is to be tried again."""
    _folder().retries.labels(function).inc()


def count_dead_letter(function: str) -> None:
    """A message of a function went to the dead letters."""
    _folder().dead_letters.labels(function).inc()


def count_sent(function: str, to: str) -> None:
    """A function has sent a message to another."""
    _folder().sent.labels(function, to).inc()


@contextmanager
def stage(function: str, name: str) -> Iterator[None]:
    """Take the time of one stage of a delivery, as far as it succeeds."""
    begun = time.perf_counter()
    yield
    _folder().stages.labels(function, name).observe(time.perf_counter() - begun)


def note_process(process: str, pool: Mapping[str, int]) -> None:
    """Bring the figures of this process up to date: CPU, memory, and its pool of PostgreSQL connections.

    Args:
        process: the name of a function, `scheduler` or `gateway`.
        pool: what psycopg's pool says of itself; empty where it has none now.
    """
    figures, memory = _folder(), own_memory()
    figures.memory.labels(process).set(memory.rss)
    figures.pss.labels(process).set(memory.pss)
    for what in _POOL_LEVELS:
        figures.pool.labels(process, what).set(pool.get(what, 0))
    with _noting:
        used = time.process_time() - figures.counted_cpu.get(process, 0.0)
        figures.cpu.labels(process).inc(used)
        figures.counted_cpu[process] = figures.counted_cpu.get(process, 0.0) + used


def note_answers(counted: Mapping[Any, int]) -> None:
    """Bring the counts of answers up to date.

    Args:
        counted: since the start of this process, those that were kept (`hit`), made (`miss`), not looked for (`off`).
    """
    figures = _folder()
    with _noting:
        for state, count in counted.items():
            figures.answers.labels(state).inc(count - figures.counted_answers.get(state, 0))
            figures.counted_answers[state] = count


@cache
def _folder() -> Any:
    from prometheus_client import Counter, Gauge, Histogram

    def level(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"linernotes_{name}", text, labels, multiprocess_mode="livesum")

    each = ("function", "entity")
    return SimpleNamespace(
        messages=Counter("linernotes_messages", "Deliveries by how they ended", (*each, "outcome")),
        seconds=Histogram("linernotes_message_seconds", "Time of one delivery", each, buckets=_BUCKETS),
        records=Counter("linernotes_records", "Records worked on", each),
        retries=Counter("linernotes_retries", "Messages to be tried again", ("function",)),
        dead_letters=Counter("linernotes_dead_letters", "Messages given up", ("function",)),
        sent=Counter("linernotes_messages_sent", "Messages that functions have sent", ("function", "to")),
        stages=Histogram(
            "linernotes_stage_seconds", "Time of a stage of one delivery", ("function", "stage"), buckets=_BUCKETS
        ),
        in_progress=level("in_progress", "Deliveries being worked on", "function"),
        cpu=Counter("linernotes_process_cpu_seconds", "CPU time, of user and system", ("process",)),
        memory=level("process_memory_bytes", "Resident memory", "process"),
        pss=level("process_pss_bytes", "Resident memory, of what is shared with others its part", "process"),
        pool=level("pool_connections", "Pools of PostgreSQL connections", "process", "what"),
        counted_cpu={},
        answers=Counter("linernotes_answers", "Answers by whether they were kept in the cache", ("state",)),
        counted_answers={},
    )
