"""Figures for Prometheus, gathered over all processes of a home.

Each process writes its figures to files of its own in `HOME/run/metrics`, the gateway adds them up. prometheus_client
picks that mode when it is imported, so it is imported late, after `begin`. A process with a port of its own keeps its
figures to itself, and shows them there.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.settings import Settings
from functions.runtime.supervised_process import is_alive, is_supervised

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
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
    _remove_dead(place)


def exposition() -> bytes:
    """The figures of all processes of the home, in the text form of Prometheus."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    place = os.environ.get(_FOLDER)
    if place is None:
        return generate_latest(REGISTRY)
    _remove_dead(Path(place))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=place)  # type: ignore[no-untyped-call]
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


@cache
def _folder() -> Any:
    from prometheus_client import Counter, Gauge, Histogram

    each = ("function", "entity")
    return SimpleNamespace(
        messages=Counter("linernotes_messages", "Deliveries by how they ended", (*each, "outcome")),
        seconds=Histogram("linernotes_message_seconds", "Time of one delivery", each, buckets=_BUCKETS),
        records=Counter("linernotes_records", "Records worked on", each),
        retries=Counter("linernotes_retries", "Messages to be tried again", ("function",)),
        dead_letters=Counter("linernotes_dead_letters", "Messages given up", ("function",)),
        in_progress=Gauge(
            "linernotes_in_progress", "Deliveries being worked on", ("function",), multiprocess_mode="livesum"
        ),
    )


def _remove_dead(place: Path) -> None:
    """Drop the gauges of processes that are gone; their counters stay counted."""
    from prometheus_client.multiprocess import mark_process_dead

    found = (re.search(r"_(\d+)\.db$", path.name) for path in place.glob("gauge_live*.db"))
    for pid in {int(match[1]) for match in found if match}:
        if not is_alive(pid):
            mark_process_dead(pid, str(place))  # type: ignore[no-untyped-call]
