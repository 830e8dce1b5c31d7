"""A pool of PostgreSQL connections that can be given back as a whole, and is made anew when it is next used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

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
