"""Starts that the ledger has counted and that have no end yet: a process that is told to stop takes them back.

Whatever a worker is at when it has to end is begun again by another. That was no fault of what it was at.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

import psycopg

from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "open_starts.sql")

#: Seconds until PostgreSQL answers, and that a row is waited for.
_CONNECT_S: Final = 2
_LOCK_MS: Final = 2_000


class OpenStarts:
    """The counted starts of one process, each with the statement that takes it back; usable from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, tuple[str, Mapping[str, object]]] = {}
        self._last = 0

    def begin(self, uncount: str, key: Mapping[str, object]) -> int:
        """Note a start; its number."""
        with self._lock:
            self._last += 1
            self._open[self._last] = uncount, key
            return self._last

    def end(self, number: int) -> bool:
        """Forget a start; False when it was forgotten or taken back before, so that none is taken back twice."""
        with self._lock:
            return self._open.pop(number, None) is not None

    def take_all(self) -> list[tuple[str, Mapping[str, object]]]:
        """Forget all starts; how each is taken back."""
        with self._lock:
            taken = list(self._open.values())
            self._open.clear()
            return taken


def take_back(conninfo: str, session_name: str, starts: OpenStarts) -> None:
    """End this process's sessions at PostgreSQL, with whatever they hold, and take its starts back from the count.

    Args:
        conninfo: libpq's connection string.
        session_name: the application name of these sessions.

    Raises:
        psycopg.Error: PostgreSQL does not answer, or somebody else holds a row.
    """
    with psycopg.connect(conninfo, connect_timeout=_CONNECT_S, autocommit=True) as connection:
        connection.execute(_sql.set_lock_timeout, {"timeout": str(_LOCK_MS)})
        open_starts = starts.take_all()  # first: what breaks off by the next line ends its start itself
        connection.execute(_sql.end_sessions, {"name": session_name})
        for uncount, key in open_starts:
            connection.execute(uncount, key)
