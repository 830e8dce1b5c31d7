"""Bringing the counts up to the documents at the end of a run."""

from __future__ import annotations

import structlog

from functions.counts.deltas import VERSION, Connection, is_counted
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.store import COUNT_LOCK, hold_run, refuse_ended
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "counts.sql")


def bring_counts(context: Context, run: int) -> None:
    """Add what was noted since the last time; or count everything, first and after a change of what counts.

    One transaction: a call that broke off has done nothing, and a second one finds nothing to do. It ends in the
    lifetime of the run: what another has begun to load since is not counted half, and then taken for counted.

    Raises:
        RunInactive: the run was ended meanwhile.
        RunGone: the stores were emptied of it.
    """
    with context.connection() as connection:
        lock(connection, _sql.hold, {"space": COUNT_LOCK}, "the counts")
        refuse_ended(connection, run)
        known = is_counted(connection)
        if known:
            connection.execute(_sql.fold)
            connection.execute(_sql.drop_empty)
        else:
            _log.info("counting releases and masters")
            count_all(connection)
        if not hold_run(connection, run):  # at the end alone: whoever cancels need not wait for all to be counted
            raise RunInactive
        if not known:  # behind the hold, as where the graph gets its identity: both write the installation's row
            connection.execute(_sql.set_version, {"version": VERSION})


def recount(connection: Connection) -> None:
    """Count all releases and masters; readers see the old counts until the transaction ends."""
    count_all(connection)
    connection.execute(_sql.set_version, {"version": VERSION})


def count_all(connection: Connection) -> None:
    """The same, without a note that all is counted."""
    connection.execute(_sql.forget_deltas)
    connection.execute(_sql.forget_counts)
    connection.execute(_sql.count_all)
    connection.execute(_sql.analyze)
