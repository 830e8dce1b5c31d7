"""A pool of PostgreSQL connections that can be given back as a whole, and is made anew when it is next used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import ConnectionPool

from functions.runtime.settings import Settings
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "postgres_pool.sql")

#: A connection whose other end is gone without a word ends in a minute; `postgres_pool.sql` has the server's side.
KEEPALIVE: Final[dict[str, Any]] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
Pool = ConnectionPool[psycopg.Connection[tuple[Any, ...]]]


class PostgresPool:
    """A pool of PostgreSQL connections, made when it is first used.

    Args:
        name: the application name of its sessions, which no other process has.
        make: opens a pool.
    """

    def __init__(self, name: str, make: Callable[[], Pool]) -> None:
        self.name = name
        self._make = make
        self._pool: Pool | None = None
        self._lock = threading.Lock()

    def connection(self) -> AbstractContextManager[psycopg.Connection[tuple[Any, ...]]]:
        """A connection of the pool, given back at the end."""
        with self._lock:
            self._pool = self._pool or self._make()
            return self._pool.connection()

    def get_stats(self) -> dict[str, int]:
        """What psycopg's pool says of itself; nothing where there is none."""
        return self._pool.get_stats() if self._pool else {}

    def close(self) -> None:
        """Close all connections, and end the pool's threads. The next connection makes another pool."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def open_pool(
    settings: Settings, conninfo: str, timeout: float = 10.0, name: str = "linernotes", trusted_s: float = 0.0
) -> Pool:
    """A pool of PostgreSQL connections, not yet connected.

    Args:
        settings: how many connections there may be, and for how long they are kept.
        conninfo: where PostgreSQL is.
        timeout: seconds that a connection is waited for.
        name: of its sessions at the server.
        trusted_s: seconds for which a connection that was found sound is not asked again.
    """
    sound: WeakKeyDictionary[psycopg.Connection[tuple[Any, ...]], float] = WeakKeyDictionary()

    def check(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Give up all idle connections with the first that is found broken: a restarted server broke every one.

        The pool itself would try them one by one, each after a pause twice as long, and the sixth comes too late.
        """
        if time.monotonic() - sound.get(connection, float("-inf")) < trusted_s:
            return
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            pool.drain()
            raise
        if trusted_s:
            sound[connection] = time.monotonic()

    pool: Pool = ConnectionPool(
        conninfo,
        min_size=0,
        max_size=settings.pool_size,
        max_idle=settings.cancel_delay,
        timeout=timeout,
        reconnect_timeout=5,
        check=check,
        configure=_keep_alive,
        kwargs={"application_name": name, **KEEPALIVE},
        open=True,
    )
    return pool


def _keep_alive(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Have the server notice, too; through the socket of one machine nobody vanishes."""
    if not connection.info.host.startswith("/"):
        connection.execute(_sql.keep_alive)
        connection.commit()
