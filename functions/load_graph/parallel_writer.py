"""Writing to the graph with as many sessions as the server takes well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from functions.load_graph.batches import WriteBatch, batches
from functions.load_graph.graph_writer import WrittenElements, show, write_batch
from functions.projection.projection_state import Due
from functions.runtime.entities import Entity
from functions.runtime.errors import StoreConflict
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context

#: Four on Neo4j waited for each other at genres until batches were given up.
_ON_NEO4J = 2
#: A batch that has met another session so often waits until it is alone.
_TRIES = 2


def sessions_of(settings: Settings) -> int:
    """How many sessions write at once: one on the embedded server, where a second halves the speed; two on Neo4j."""
    return 1 if settings.graph_http else _ON_NEO4J


def _at_once() -> None:
    """Nobody else writes."""


def show_all(
    context: Context, entity: Entity, records: list[Due], sessions: int, turn: Callable[[], None] = _at_once
) -> WrittenElements:
    """Make the graph show these records as they are, with so many sessions at once.

    Args:
        turn: called before the first batch is written, when some are made; it may wait.

    Raises:
        StoreConflict: a batch met a writer of another process every time.
        StoreUnavailable: the graph server does not answer, or broke off.
    """
    most = context.settings.graph_batch
    if sessions == 1 or len(records) <= most:
        with context.graph_session() as session:
            return show(session, entity, records, most, turn)
    turn()
    line = _Line(batches(entity, records, most))
    with ThreadPoolExecutor(sessions, "graph-session") as threads:
        shares = [threads.submit(_write_share, context, entity, line) for _ in range(sessions)]
    written = WrittenElements()
    for share in shares:
        written = written.plus(share.result())
    with context.graph_session() as session:
        for batch in line.put_off:
            for transaction in write_batch(session, entity, batch):
                written = written.plus(transaction)
    return written


def _write_share(context: Context, entity: Entity, line: _Line) -> WrittenElements:
    """Write batch after batch until none is left, or another session has failed."""
    written = WrittenElements()
    try:
        with context.graph_session() as session:
            for batch in line:
                try:
                    for transaction in write_batch(session, entity, batch, _TRIES):
                        written = written.plus(transaction)
                except StoreConflict:
                    line.put_off.append(batch)
    except BaseException:
        line.stop()
        raise
    return written


class _Line:
    """Batches that several sessions take one after the other, made when they are asked for."""

    def __init__(self, items: Iterator[WriteBatch]) -> None:
        self.put_off: list[WriteBatch] = []
        self._items = items
        self._lock = threading.Lock()
        self._stopped = False

    def stop(self) -> None:
        """Give out nothing more."""
        self._stopped = True

    def __iter__(self) -> Iterator[WriteBatch]:
        while True:
            with self._lock:
                batch = None if self._stopped else next(self._items, None)
            if batch is None:
                return
            yield batch
