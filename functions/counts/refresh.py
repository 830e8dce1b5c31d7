"""Bringing the counts up to the documents at the end of a run."""

from __future__ import annotations

import structlog

from functions.counts.deltas import VERSION, Connection, is_counted
from functions.runtime.ledger.store import COUNT_LOCK
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "counts.sql")


def bring_counts(context: Context) -> None:
    """Add what was noted since the last time; or count everything, first and after a change of what counts.

    One transaction: a call that broke off has done nothing, and a second one finds nothing to do.
    """
    with context.connection() as connection:
        lock(connection, _sql.hold, {"space": COUNT_LOCK}, "the counts")
        if is_counted(connection):
            connection.execute(_sql.fold)
            connection.execute(_sql.drop_empty)
        else:
            _log.info("counting releases and masters")
            recount(connection)


def recount(connection: Connection) -> None:
    """Count all releases and masters; readers see the old counts until the transaction ends."""
    connection.execute(_sql.forget_deltas)
    connection.execute(_sql.forget_counts)
    connection.execute(_sql.count_all)
    connection.execute(_sql.set_version, {"version": VERSION})
    connection.execute(_sql.analyze)
