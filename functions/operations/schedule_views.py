"""The schedules in plain words: what each does, when, how it went last, when it comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.schedules.schedule import Schedule
from functions.runtime.settings import Settings
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")

#: How long after it was due a schedule counts as overdue: its retries come every five minutes.
GRACE: Final = dt.timedelta(minutes=10)


class ScheduleRow(Struct, frozen=True):
    """What the scheduler has noted of a schedule."""

    name: str
    due: dt.datetime
    done_at: dt.datetime | None = None
    result: str | None = None
    failed_at: dt.datetime | None = None
    error: str | None = None


class ScheduleView(Struct, frozen=True):
    """One schedule: what it does, and when, in words; when it last succeeded and with what result; when it is due next.

    `failed_at` and `error` speak of a failure since. `overdue` is a sentence when it has not succeeded in time.
    """

    name: str
    what: str
    when: str
    done_at: dt.datetime | None
    result: str | None
    due: dt.datetime | None
    failed_at: dt.datetime | None
    error: str | None
    overdue: str | None


def read_schedules(connection: Connection) -> tuple[dict[str, ScheduleRow], dt.datetime]:
    """What the scheduler has noted, and when the tables were set up: until then nobody could note anything."""
    rows = {row.name: row for row in fetch(connection, ScheduleRow, _sql.schedules)}
    [(set_up_at,)] = connection.execute(_sql.set_up_at).fetchall()
    return rows, set_up_at


def schedule_views(
    settings: Settings,
    schedules: Sequence[Schedule],
    rows: Mapping[str, ScheduleRow],
    set_up_at: dt.datetime,
    now: dt.datetime,
) -> list[ScheduleView]:
    """Every schedule that the settings ask for."""
    return [
        ScheduleView(
            name=schedule.name,
            what=schedule.what,
            when=schedule.when(settings),
            done_at=row.done_at if row else None,
            result=row.result if row else None,
            due=row.due if row else None,
            failed_at=row.failed_at if row else None,
            error=row.error if row else None,
            overdue=overdue(schedule.name, row, set_up_at, now),
        )
        for schedule in schedules
        if schedule.wanted(settings)
        for row in [rows.get(schedule.name)]
    ]


def overdue(name: str, row: ScheduleRow | None, set_up_at: dt.datetime, now: dt.datetime) -> str | None:
    """Why a schedule counts as overdue; None while it does not."""
    due = max(row.due, set_up_at) if row else set_up_at
    if now - due <= GRACE:
        return None
    if row is None:
        return f"The schedule {name} has never run: is the scheduler up?"
    last = f"it succeeded last at {row.done_at:%Y-%m-%d %H:%M} UTC" if row.done_at else "it has never succeeded"
    why = f": {row.error}" if row.error else ": is the scheduler up?"
    return f"The schedule {name} was due at {row.due:%Y-%m-%d %H:%M} UTC, and {last}{why}"
