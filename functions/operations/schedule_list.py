"""The schedules: what each does, when it last ran and with which result, when it runs next; and running one now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct

from functions.operations.acting import acting
from functions.operations.schedule_overdue import overdue
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import Connection, add_event, fetch
from functions.runtime.schedules.schedule import Schedule
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.schedules import SCHEDULES

_sql = statements(__file__, "schedule_list.sql")


class ScheduleStatus(Struct, frozen=True):
    """One schedule.

    `what` it does and `when`, in words; it runs only where it is `wanted` by the settings. `due` is when it runs next,
    `done_at` when it last succeeded and `result` what it did then. `error` is why the last run failed, at `failed_at`;
    null once one has succeeded since. `asked_at` is there while somebody waits for a run. `overdue` is a sentence where
    it has not succeeded in time.
    """

    name: str
    what: str
    when: str
    wanted: bool
    due: dt.datetime | None = None
    done_at: dt.datetime | None = None
    result: str | None = None
    failed_at: dt.datetime | None = None
    error: str | None = None
    asked_at: dt.datetime | None = None
    overdue: str | None = None


class Asked(Struct, frozen=True):
    """A schedule that is to run now; the scheduler begins within seconds."""

    name: str
    asked_at: dt.datetime


class _Row(Struct, frozen=True):
    name: str
    due: dt.datetime
    done_at: dt.datetime | None
    result: str | None
    failed_at: dt.datetime | None
    error: str | None
    asked_at: dt.datetime | None


class _Clock(Struct, frozen=True):
    now: dt.datetime
    set_up_at: dt.datetime


def schedule_views(context: Context) -> list[ScheduleStatus]:
    """All schedules, in the order of their table."""
    with context.connection() as connection:
        return statuses_of(connection, context.settings)


def statuses_of(connection: Connection, settings: Settings) -> list[ScheduleStatus]:
    """The same, within a transaction."""
    rows = {row.name: row for row in fetch(connection, _Row, _sql.list)}
    [clock] = fetch(connection, _Clock, _sql.clock)
    return [_view(settings, schedule, rows.get(schedule.name), clock) for schedule in SCHEDULES]


def run_now(context: Context, name: str, by: str) -> Asked:
    """Have the scheduler run a schedule now; it begins within seconds, once the run that is on has ended.

    Args:
        name: of the schedule.
        by: who has asked for it.

    Raises:
        RefusedError: there is none of that name, the settings do not want it, or no scheduler has ever run.
    """
    with acting(context, "run-schedule", by, schedule=name):
        _refuse(context, name)
        with context.connection() as connection:
            row = connection.execute(_sql.ask, {"name": name}).fetchone()
            if row is None:
                raise RefusedError(f"The scheduler has not begun with {name!r} yet: it runs with `linernotes up`.")
            add_event(connection, "schedule-asked", by=by, schedule=name)
    return Asked(name, row[0])


def _refuse(context: Context, name: str) -> None:
    found = {schedule.name: schedule for schedule in SCHEDULES}
    if name not in found:
        raise RefusedError(f"There is no schedule {name!r}: there are {', '.join(found)}.")
    if not found[name].wanted(context.settings):
        raise RefusedError(f"The schedule {name!r} is not in use: {found[name].unwanted}.")


def _view(settings: Settings, schedule: Schedule, row: _Row | None, clock: _Clock) -> ScheduleStatus:
    name, wanted = schedule.name, schedule.wanted(settings)
    if not wanted:
        when = f"not in use: {schedule.unwanted}"
        return ScheduleStatus(name, schedule.what, when, wanted, **_results(row))
    due, done_at, error = (row.due, row.done_at, row.error) if row else (None, None, None)
    late = overdue(name, due, done_at, error, clock.set_up_at, clock.now)
    asked_at = row.asked_at if row else None
    when = schedule.when(settings)
    return ScheduleStatus(name, schedule.what, when, wanted, due=due, asked_at=asked_at, overdue=late, **_results(row))


def _results(row: _Row | None) -> dict[str, Any]:
    """How it went last."""
    names = ("done_at", "result", "failed_at", "error")
    return {name: getattr(row, name) for name in names} if row else {}
