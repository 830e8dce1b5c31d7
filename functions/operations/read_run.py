"""What the ledger has counted of a run, read in one transaction."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from functions.operations.rates import WINDOW_S, Ended
from functions.operations.run_progress import Counted, FileCount, PartCount, RunProgress, Step, progress_of
from functions.runtime.ledger.models import ACTIVE, Run
from functions.runtime.ledger.store import Connection, fetch, sql
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "read_run.sql")


class _Sent(Struct, frozen=True):
    sent_at: dt.datetime | None


def run_progress(context: Context, number: int) -> RunProgress | None:
    """How far a run is, or how far it came; None where there is no such run.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    with context.connection() as connection:
        runs = fetch(connection, Run, sql.run, run=number)
        return progress_of(_counted(connection, runs[0]), context.functions) if runs else None


def read_counted(connection: Connection) -> Counted | None:
    """What the ledger has counted of the active run, or the latest one; None where there was none."""
    runs = fetch(connection, Run, _sql.shown_run)
    return _counted(connection, runs[0]) if runs else None


def _counted(connection: Connection, run: Run) -> Counted:
    [(now,)] = connection.execute(sql.now).fetchall()
    [sent] = fetch(connection, _Sent, sql.run, run=run.id)
    return Counted(
        at=now,
        run=run,
        files=fetch(connection, FileCount, _sql.files, run=run.id),
        parts=fetch(connection, PartCount, _sql.parts, run=run.id),
        ended=fetch(connection, Ended, _sql.ended, run=run.id, window=WINDOW_S) if run.state in ACTIVE else [],
        steps=fetch(connection, Step, _sql.steps, run=run.id, over=run.finished_at),
        end_sent_at=sent.sent_at,
    )
