"""Waiting for what another holds. The time of it does not count against the limit of the function that waits.

Nor does that of the few things that take as long as a store is large.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus

from functions.runtime.errors import Busy
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "lock_wait.sql")

#: Seconds after which a wait begins anew, so that it is credited and a server that hangs is noticed.
SLICE_S = 5.0

#: Seconds of a wait that is worth giving back.
_SHORTEST_S = 0.05

#: What gives time back to the call that waits, in the worker that runs it.
_extend: ContextVar[Callable[[float], None] | None] = ContextVar("extend", default=None)


@contextmanager
def extensible(extend: Callable[[float], None]) -> Iterator[None]:
    """For a call in this thread: `extend` moves its limits by the seconds that it has waited."""
    token = _extend.set(extend)
    try:
        yield
    finally:
        _extend.reset(token)


@contextmanager
def uncounted(most_s: float) -> Iterator[None]:
    """For work that takes as long as a store is large: its time does not count against the limits of this call.

    Args:
        most_s: seconds after which it does, so that what hangs is ended.
    """
    extend, begun = _extend.get(), time.monotonic()
    if extend is None:
        yield
        return
    extend(most_s)
    try:
        yield
    finally:
        extend(min(time.monotonic() - begun, most_s) - most_s)


def lock(
    connection: psycopg.Connection[Any],
    statement: str,
    values: Mapping[str, object],
    what: str,
    timeout_s: float | None = None,
) -> psycopg.Cursor[Any]:
    """Run a statement that locks something; it may wait for others, outside of the limits of this call.

    Args:
        connection: its transaction goes on afterwards; one that commits each statement does so here, too.
        what: is waited for, for the error.
        timeout_s: None waits for ever.

    Raises:
        Busy: it was not free within `timeout_s`.
    """
    begun = time.monotonic()
    while True:
        slice_begun = time.monotonic()
        try:
            return _try(connection, statement, values)
        except LockNotAvailable as error:
            if timeout_s is not None and time.monotonic() - begun >= timeout_s:
                raise Busy(f"Another has held {what} for {timeout_s:g} s: it is tried again later.") from error
        finally:
            _give_back(time.monotonic() - slice_begun)


def _try(connection: psycopg.Connection[Any], statement: str, values: Mapping[str, object]) -> psycopg.Cursor[Any]:
    """Within a savepoint, or a transaction of its own where each statement has one; what it locks stays locked."""
    if not connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        connection.execute(_sql.set_timeout, {"milliseconds": "0"})  # begins the one that is to hold the lock
    with connection.transaction():
        connection.execute(_sql.set_timeout, {"milliseconds": str(int(SLICE_S * 1000))})
        cursor = connection.execute(statement, values)
        connection.execute(_sql.set_timeout, {"milliseconds": "0"})
    return cursor


def _give_back(seconds: float) -> None:
    extend = _extend.get()
    if extend and seconds >= _SHORTEST_S:
        extend(seconds)
