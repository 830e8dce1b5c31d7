"""`/metrics`: the figures of all processes, and what the gateway reads from the broker and the ledger when asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

import psycopg
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_200_OK

from functions.registry import FUNCTIONS
from functions.runtime.errors import LinernotesError
from functions.runtime.ledger.models import RunState
from functions.runtime.messaging import queue_admin
from functions.runtime.process.worker_reports import worker_views, workers_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry import metrics as samples
from gateway.connections import Connected, Connections
from gateway.errors import PROBLEMS

_sql = statements(__file__, "metrics.sql")


_FORM: Final = ResponseSpec(
    str,
    description="The figures",
    generate_examples=False,
    media_type="text/plain; version=0.0.4",
)


@get(
    "/metrics",
    sync_to_thread=True,
    summary="Figures in the text form of Prometheus",
    tags=["Operation"],
    responses={HTTP_200_OK: _FORM, **PROBLEMS},
)
def metrics(connections: Connected) -> Response[bytes]:
    """The figures of every process of this installation. What cannot be read now is left out, and said to be."""
    note_figures(connections)
    body = samples.exposition() + _own_samples(connections.context)
    # Litestar adds the charset.
    form = samples.CONTENT_TYPE.removesuffix("; charset=utf-8")
    return Response(body, media_type=form, headers={"Cache-Control": "no-store"})


def note_figures(connections: Connections) -> None:
    """Bring the gateway's own figures up to date."""
    samples.note_process("gateway", connections.context.pool.get_stats())
    samples.note_answers(connections.answers.counted)


def _own_samples(context: Context) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest  # late: see functions.runtime.telemetry.metrics

    registry = CollectorRegistry()
    registry.register(_Collector(context))
    return generate_latest(registry)


class _Collector:
    """Gauges read when they are asked for; nothing of them is written to the files of the processes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> Iterable[Any]:
        """Nothing is read only to be described."""
        return ()

    def collect(self) -> Iterator[Any]:
        """Every gauge that can be read now."""
        readable = _gauge("figures_readable", "Whether these figures could be read now", "source")
        for source, read in (("broker", _queues), ("ledger", _ledger), ("workers", _workers)):
            try:
                yield from list(read(self._context))
                readable.add_metric([source], 1)
            except (LinernotesError, psycopg.errors.UndefinedTable):
                readable.add_metric([source], 0)
        yield readable


def _queues(context: Context) -> Iterator[Any]:
    gauge = _gauge("queue_messages", "Messages in a queue by where they are", "queue", "state")
    for queue in queue_admin.queue_stats(context.settings, FUNCTIONS.queues):
        for state in ("ready", "delayed", "unacked", "dead"):
            gauge.add_metric([queue.name, state], getattr(queue, state))
    yield gauge


def _ledger(context: Context) -> Iterator[Any]:
    with context.connection() as connection:
        counted: dict[str, int] = dict(connection.execute(_sql.runs).fetchall())
        found = connection.execute(_sql.parts).fetchall()
    runs = _gauge("runs", "Runs by state", "state")
    for state in get_args(RunState):
        runs.add_metric([state], counted.get(state, 0))
    parts = _gauge("parts", "Parts by state", "entity", "state")
    for entity, state, count in found:
        parts.add_metric([entity, state], count)
    yield from (runs, parts)


def _workers(context: Context) -> Iterator[Any]:
    gauge = _gauge("workers", "Workers on all hosts, by their own account", "function", "state")
    for name, found in workers_of(FUNCTIONS, worker_views(context)).items():
        gauge.add_metric([name, "busy"], found.busy)
        gauge.add_metric([name, "idle"], found.workers - found.busy)
    yield gauge


def _gauge(name: str, text: str, *labels: str) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"linernotes_{name}", text, labels=labels)


ROUTES: Final = [metrics]
