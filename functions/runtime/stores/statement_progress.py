"""What a statement that takes long is at, told every few seconds from beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

from functions.runtime.stores.query_files import statements

Tell = Callable[[str], object]

_EVERY_S: Final = 5.0
_MINUTE: Final = 60.0
_sql = statements(__file__, "statement_progress.sql")


def silent(_: str) -> None:
    """What is told where nobody listens."""


@contextmanager
def told(
    connection: psycopg.Connection[Any], what: str, tell: Tell, seconds: float = 0.0, every_s: float = _EVERY_S
) -> Iterator[None]:
    """Tell what a connection is at, every few seconds until it is done; nothing of what is done before.

    Args:
        connection: which does the work, in this thread.
        what: the work, as in `0027_names.sql`.
        tell: called from another thread with each sentence.
        seconds: how long it may take; 0 where nobody knows.
        every_s: seconds between two sentences.
    """
    done = threading.Event()
    place = make_conninfo(connection.info.dsn, password=connection.info.password or None)
    pid, began = connection.info.backend_pid, time.monotonic()

    def watch() -> None:
        while not done.wait(every_s):
            tell(sentence(what, time.monotonic() - began, seconds, _building(place, pid)))

    thread = threading.Thread(target=watch, name="statement progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def sentence(what: str, passed: float, seconds: float, building: tuple[str, float | None] | None) -> str:
    """How far something is.

    Args:
        what: as in `0027_names.sql`.
        passed: seconds since it began.
        seconds: how long it may take; 0 where nobody knows.
        building: the table whose index is built, and the share of it that was read.
    """
    at = ""
    if building:
        table, share = building
        read = "its rows are sorted" if share is None else f"{share * 100:.0f} % read"
        at = f", an index of {table}: {read}"
    expected = f" of {duration(seconds)}" if seconds > passed else ""
    return f"{what}{at}, {duration(passed).removeprefix('about ')}{expected}"


def duration(seconds: float) -> str:
    """So many seconds as people say it: `about 20 s`, `about 7 minutes`."""
    if seconds < 2 * _MINUTE:
        return f"about {max(round(seconds), 1)} s"
    return f"about {seconds / _MINUTE:,.0f} minutes"


def _building(place: str, pid: int) -> tuple[str, float | None] | None:
    """None while it builds no index, or where PostgreSQL lets nobody look."""
    try:
        with psycopg.connect(place, autocommit=True, connect_timeout=3) as connection:
            return connection.execute(_sql.building, {"pid": pid}).fetchone()
    except psycopg.Error:
        return None
