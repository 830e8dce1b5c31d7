"""What a process says of itself in the table `workers`, and who reads that.

A report is one short connection of its own: a worker that has nothing to do holds none.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final, Literal

import psycopg
import structlog
from msgspec import Struct
from psycopg.types.json import Jsonb

from functions.runtime.function_table import FunctionTable
from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.process.activity import Doing
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, postgres_conninfo
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.session_names import process_id
from functions.runtime.telemetry.memory import own_memory

_sql = statements(__file__, "worker_reports.sql")

#: Seconds between two reports of one who is busy, and of one who is not; each holds for some times as long.
BUSY_S: Final = 15.0
IDLE_S: Final = 60.0
_HOLDS: Final = 3.0
#: Least seconds between two reports, however often it is busy and idle in turn.
LEAST_S: Final = 5.0

_POLL_INTERVAL_S: Final = 1.0
#: Seconds for which the last report is waited for.
_LAST_S: Final = 2.0
#: Where a process keeps which reports it has found too old, and since when by its own clock.
_SILENT: Final = "silent-processes"

log = structlog.get_logger(__name__)


class WorkerView(Struct, frozen=True):
    """One process, as it has said of itself `at` a moment.

    `function` is `scheduler` or `gateway` where it is none. `message` says which is in hand. `rss` and `pss` are bytes
    of memory: all that is resident, and of what it shares with others its part.
    """

    function: str
    host: str
    pid: int
    version: str
    since: dt.datetime
    state: Literal["idle", "busy"]
    state_since: dt.datetime
    message: dict[str, Any] | None
    rss: int
    pss: int
    at: dt.datetime


def worker_views(context: Context) -> list[WorkerView]:
    """All processes that have said something of late, by function."""
    with context.connection() as connection:
        return views_of(connection)


def views_of(connection: Connection) -> list[WorkerView]:
    """The same, within a transaction."""
    return fetch(connection, WorkerView, _sql.workers)


def gone_of(connection: Connection) -> list[WorkerView]:
    """Processes that stopped reporting within the last hour, without having ended as they should."""
    return fetch(connection, WorkerView, _sql.gone)


def end_sessions_of_gone(context: Context) -> None:
    """End the sessions at PostgreSQL of processes that stopped reporting, where they have been waited for as long.

    A host that vanishes says no word: what it held would be held until the network gives its connections up, which
    takes hours.
    """
    with context.connection() as connection:
        ended = connection.execute(_sql.end_sessions_of, {"ids": _gone_ids(context, connection)}).fetchall()
    for function, host, process, sessions in ended:
        log.warning("sessions of a gone process ended", gone=f"{function} {process} on {host}", sessions=sessions)


def _gone_ids(context: Context, connection: Connection) -> list[str]:
    """Of the processes whose last report no longer holds, those of which nothing came while this one looked on for as
    long. By the server's clock alone all would be gone after the machine has slept, or once that clock was set."""
    rows, now = connection.execute(_sql.silent).fetchall(), time.monotonic()
    before: dict[tuple[str, dt.datetime], float] = (context.memory.get(_SILENT, float("inf")) or ({},))[0]
    since = {(name, at): before.get((name, at), now) for name, at, _ in rows}
    context.memory.keep(_SILENT, since)
    return [name for name, at, good_for in rows if now - since[name, at] >= good_for]


class FunctionWorkers(Struct, frozen=True):
    """How many workers a function has on all hosts, and how many of them have a message in hand."""

    workers: int
    busy: int


def workers_of(functions: FunctionTable, views: Iterable[WorkerView]) -> dict[str, FunctionWorkers]:
    """Of every line of the function table; each takes messages from all queues of its function."""
    found = {name: [0, 0] for name in functions.names}
    for view in views:
        if view.function in found:
            found[view.function][0] += 1
            found[view.function][1] += view.state == "busy"
    return {name: FunctionWorkers(*counts) for name, counts in found.items()}


def is_due(said: Literal["idle", "busy"] | None, now: Literal["idle", "busy"], seconds: float) -> bool:
    """Whether a process has to report.

    Args:
        said: what it has said last; None for nothing.
        now: what it is.
        seconds: how long ago that was.
    """
    if said is None:
        return True
    if said != now:
        return seconds >= LEAST_S
    return seconds >= (BUSY_S if now == "busy" else IDLE_S)


@contextmanager
def reporting(
    settings: Settings,
    function: str,
    look: Callable[[], Doing],
    note_figures: Callable[[], None],
    pool: Callable[[], Mapping[str, int]] = dict,
) -> Iterator[None]:
    """Have this process report while this lasts, and say at the end that it is gone.

    Args:
        settings: where PostgreSQL is; while it is away, nothing is said.
        function: what this process is.
        look: what it is at.
        note_figures: called with each report, to bring those up to date that are not counted as they come.
        pool: what psycopg's pool says of itself; nothing where there is none.
    """
    reporter = _Reporter(settings, function, look, note_figures, pool)
    thread = threading.Thread(target=reporter.run, name="reports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        reporter.stopped.set()
        thread.join(_LAST_S)


class _Reporter:
    def __init__(
        self,
        settings: Settings,
        function: str,
        look: Callable[[], Doing],
        note_figures: Callable[[], None],
        pool: Callable[[], Mapping[str, int]],
    ) -> None:
        self._note_figures = note_figures
        self._pool = pool
        self.stopped = threading.Event()
        self._settings = settings
        self._look = look
        self._began = time.monotonic()
        self._said: Literal["idle", "busy"] | None = None
        self._tried_at = float("-inf")
        self._same = {
            "id": process_id(),
            "function": function,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": version("linernotes"),
        }

    def run(self) -> None:
        while not self.stopped.wait(_POLL_INTERVAL_S):
            doing, since = self._look(), time.monotonic() - self._tried_at
            if since >= LEAST_S and is_due(self._said, doing.state, since):
                self._tried_at = time.monotonic()
                with _silent():
                    self._note_figures()
                with _silent():
                    self._report(doing)
        with _silent():
            self._note_figures()
        if self._said:
            with _silent(), self._connect() as connection:
                connection.execute(_sql.end, self._same)

    def _report(self, doing: Doing) -> None:
        now, memory, pool = time.monotonic(), own_memory(), self._pool()
        values = self._same | {
            "age": now - self._began,
            "state": doing.state,
            "state_age": now - doing.since,
            "message": Jsonb(doing.message) if doing.message is not None else None,
            "rss": memory.rss,
            "pss": memory.pss,
            "cpu": time.process_time(),
            "pool_size": pool.get("pool_size", 0),
            "pool_used": pool.get("pool_size", 0) - pool.get("pool_available", 0),
            "pool_waiting": pool.get("requests_waiting", 0),
            "good_for": _HOLDS * (BUSY_S if doing.state == "busy" else IDLE_S),
        }
        with self._connect() as connection:
            connection.execute(_sql.report, values)
            if self._said is None:
                connection.execute(_sql.forget_gone)
        self._said = doing.state

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        name = f"linernotes report {os.getpid()}"
        return psycopg.connect(postgres_conninfo(self._settings), application_name=name, autocommit=True)


@contextmanager
def _silent() -> Iterator[None]:
    """A report that cannot be made is left out: the next one is made all the same, or the process counts as gone."""
    try:
        yield
    except psycopg.Error as error:
        log.debug("report not made", error=str(error))
    except Exception:
        log.exception("report not made")
