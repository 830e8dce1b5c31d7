"""The latest runs, a line for each, and what month the stores hold."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from functions.runtime.ledger.models import RunKind, RunState
from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")


class RunLine(Struct, frozen=True):
    """One run. `changed` are records that were not as they are stored: new ones and those that differ."""

    id: int
    kind: RunKind
    dump: str | None
    month: str | None
    state: RunState
    reason: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    records: int
    unchanged: int
    changed: int
    removed: int


class _Row(Struct, frozen=True):
    id: int
    kind: RunKind
    dump: dt.date | None
    state: RunState
    reason: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    records: int
    unchanged: int
    removed: int


def run_lines(connection: Connection, limit: int = 10) -> list[RunLine]:
    """The latest runs, newest first."""
    return [_line(row) for row in fetch(connection, _Row, _sql.runs, limit=limit)]


def held_month(connection: Connection) -> str | None:
    """The month of the last dump that was loaded to the end, as in 2026-11."""
    [(month,)] = connection.execute(_sql.held).fetchall()
    return month  # type: ignore[no-any-return]


def new_dump(connection: Connection) -> str | None:
    """The date of a dump that the check has found and that no run has begun to load."""
    row = connection.execute(_sql.new_dump).fetchone()
    return row[0] if row else None


def _line(row: _Row) -> RunLine:
    return RunLine(
        id=row.id,
        kind=row.kind,
        dump=f"{row.dump:%Y%m%d}" if row.dump else None,
        month=f"{row.dump:%Y-%m}" if row.dump else None,
        state=row.state,
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        records=row.records,
        unchanged=row.unchanged,
        changed=max(0, row.records - row.unchanged),
        removed=row.removed,
    )
