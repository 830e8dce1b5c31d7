"""How deep the queues were in the last hour, by what the history of figures has noted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from functions.metrics_history.read import Line, read_range
from functions.operations.rates import rounded
from functions.runtime.stores.context import Context

_KEPT_S: Final = 60.0
#: So many that minutes are read, and two of them make a point.
_POINTS: Final = 60
_STATES: Final = ("ready", "delayed", "unacked")


class QueueDepth(Struct, frozen=True):
    """The messages that a queue held in the last hour and that were not given up: ready, delayed or in work.

    Each of `values` is the average of `step_s` seconds, the last of them up to now; null where nothing is known.
    """

    name: str
    step_s: int
    values: list[float | None]


def queue_depths(context: Context) -> list[QueueDepth]:
    """The queues that held something in the last hour. Kept for a minute.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    return context.memory.recall("queue depths", _KEPT_S, lambda: _read(context))


def _read(context: Context) -> list[QueueDepth]:
    wanted = [f"queue/*/{state}" for state in _STATES]
    series = read_range(context, wanted, "1h", _POINTS, only_averages=True)
    return depths_of(series.lines, series.step_s, context.functions.queues)


def depths_of(lines: Iterable[Line], step_s: int, queues: Iterable[str]) -> list[QueueDepth]:
    """The sums of each queue, in the order of the work; those in which nothing was are left out."""
    found: dict[str, list[list[float | None]]] = {}
    for line in lines:
        found.setdefault(line.metric.split("/")[1], []).append(line.average)
    summed = {name: [_sum(values) for values in zip(*lists, strict=True)] for name, lists in found.items()}
    return [QueueDepth(name, step_s, summed[name]) for name in queues if any(summed.get(name, ()))]


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return rounded(sum(known)) if known else None
