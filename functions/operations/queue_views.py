"""The queues: what waits in each, and who takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from functions.runtime.messaging.queues import QueueStats
from functions.runtime.process.worker_reports import FunctionWorkers


class QueueView(Struct, frozen=True):
    """One queue: messages by where they are, and the workers that take them, from all queues of their function.

    `workers` and `busy` are None while nobody can tell.
    """

    name: str
    function: str
    entity: str | None
    ready: int
    delayed: int
    in_work: int
    dead: int
    workers: int | None
    busy: int | None


def queue_views(queues: Iterable[QueueStats], workers: Mapping[str, FunctionWorkers] | None) -> list[QueueView]:
    """Every queue, in the order of the work."""
    return [_view(queue, workers) for queue in queues]


def _view(queue: QueueStats, workers: Mapping[str, FunctionWorkers] | None) -> QueueView:
    function, _, entity = queue.name.partition(".")
    found = workers.get(function) if workers else None
    return QueueView(
        name=queue.name,
        function=function,
        entity=entity or None,
        ready=queue.ready,
        delayed=queue.delayed,
        in_work=queue.unacked,
        dead=queue.dead,
        workers=found.workers if found else None,
        busy=found.busy if found else None,
    )
