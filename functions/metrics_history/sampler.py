"""Samples of the whole installation, every ten seconds, by the scheduler's own process: no message, nobody wakes.

What cannot be read is left out, and the rest is noted all the same. While PostgreSQL does not answer nothing is noted,
and a gap stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Final

import psycopg
import structlog
from msgspec import Struct

from functions.metrics_history.reach import reach_graph_lightly
from functions.metrics_history.sources import (
    CacheFigures,
    Found,
    PostgresFigures,
    QueueFigures,
    ServerFigures,
    cache_of,
    database_bytes,
    folder_figures,
)
from functions.metrics_history.write import SAMPLE_S, forget_old, roll_up_due, write_sample
from functions.runtime.errors import LinernotesError
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context, ping_bucket
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "metrics_history.sql")
log = structlog.get_logger(__name__)

#: Samples from one look to the next at what changes slowly, and at what is asked over the network.
_SIZES_EVERY: Final = 300 // SAMPLE_S
_REACH_EVERY: Final = 30 // SAMPLE_S

#: Samples from one deletion of what is no longer kept to the next.
_FORGET_EVERY: Final = 60 // SAMPLE_S


class Source(Struct, frozen=True):
    """Something that figures are read from, other than PostgreSQL.

    Attributes:
        read: reads them.
        store: the store that is up if it can be read; None where that says nothing of a store.
        every: samples from one reading to the next. In between, what was read last holds.
    """

    read: Callable[[], Found]
    store: str | None = None
    every: int = 1


def sources_of(context: Context) -> list[Source]:
    """All that figures are read from, other than PostgreSQL."""
    settings = context.settings

    def graph() -> Found:
        reach_graph_lightly(settings)
        return {}

    def bucket() -> Found:
        ping_bucket(context)
        return {}

    found = [
        Source(QueueFigures(context), "broker"),
        Source(ServerFigures(context)),
        Source(graph, "graph", _REACH_EVERY),
        Source(bucket, "bucket", _REACH_EVERY),
        Source(lambda: folder_figures(settings), every=_SIZES_EVERY),
    ]
    cache = cache_of(settings)
    return found if cache is None else [*found, Source(CacheFigures(cache), "cache")]


class Sampler:
    """Takes one sample whenever it is called."""

    def __init__(self, context: Context, sources: Iterable[Source] | None = None) -> None:
        self._context = context
        self._sources = list(sources_of(context) if sources is None else sources)
        self._postgres = PostgresFigures(context.functions)
        self._held: list[Found] = [{} for _ in self._sources]
        self._size: Found = {}
        self._taken = 0
        self._is_noting = True
        self._busy = threading.Lock()

    def __call__(self) -> None:
        """Take it, and roll up what is due. Nothing is raised where a store is down.

        Nothing is done while another call is still waiting for a store.
        """
        if self._busy.acquire(blocking=False):
            try:
                self._take()
            finally:
                self._busy.release()

    def _take(self) -> None:
        for place, source in enumerate(self._sources):
            if self._taken % source.every == 0:
                self._held[place] = _read(source)
        found = {name: value for held in self._held for name, value in held.items()}
        try:
            with self._context.connection() as connection:
                self._note(connection, found)
        except (LinernotesError, psycopg.Error) as error:
            self._say(error)
        else:
            self._say(None)
        self._taken += 1

    def _note(self, connection: Connection, found: Found) -> None:
        connection.execute(_sql.do_not_wait_for_disk)
        if self._taken % _SIZES_EVERY == 0 or not self._size:
            self._size = database_bytes(connection)
        known = self._postgres(connection) | {"store/postgres/up": 1.0} | self._size
        down = sum(not value for name, value in found.items() if name.endswith("/up"))
        write_sample(connection, found | known | {"health/down": down})
        roll_up_due(connection)
        if self._taken % _FORGET_EVERY == 0:
            forget_old(connection, self._context.settings)

    def _say(self, error: Exception | None) -> None:
        """Once when samples are no longer noted, and once when they are again."""
        if error is not None and self._is_noting:
            log.warning("figures are not noted", error=str(error))
        elif error is None and not self._is_noting:
            log.info("figures are noted again")
        self._is_noting = error is None


def _read(source: Source) -> Found:
    up = {} if source.store is None else {f"store/{source.store}/up": 1.0}
    try:
        return source.read() | up
    except (LinernotesError, OSError) as error:
        log.debug("figures not read", error=str(error))
        return dict.fromkeys(up, 0.0)
