"""The schedules: what each does, when it last ran and with which result, when it runs next; and running one now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from msgspec import Struct

from functions.operations.acting import acting
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import add_event, fetch
from functions.runtime.schedules.schedule import Schedule
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.schedules import SCHEDULES

_sql = statements(__file__, "schedule_list.sql")


class ScheduleStatus(Struct, frozen=True):
    """One schedule.

    `what` it does and `when`, in words; it runs only where it is `wanted` by the settings. `due` is when it runs next,
    `done_at` when it last succeeded and `result` what it did then. `error` is why the last run failed, at `failed_at`;
    null once one has succeeded since. `asked_at` is there while somebody waits for a run.
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


def schedule_views(context: Context) -> list[ScheduleStatus]:
    """All schedules, in the order of their table."""
    with context.connection() as connection:
        rows = {row.name: row for row in fetch(connection, _Row, _sql.list)}
    return [_view(context, schedule, rows) for schedule in SCHEDULES]


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


def _view(context: Context, schedule: Schedule, rows: Mapping[str, _Row]) -> ScheduleStatus:
    row, wanted = rows.get(schedule.name), schedule.wanted(context.settings)
    when = schedule.when(context.settings) if wanted else f"not in use: {schedule.unwanted}"
    if row is None:
        return ScheduleStatus(schedule.name, schedule.what, when, wanted)
    return ScheduleStatus(
        schedule.name,
        schedule.what,
        when,
        wanted,
        due=row.due if wanted else None,
        done_at=row.done_at,
        result=row.result,
        failed_at=row.failed_at,
        error=row.error,
        asked_at=row.asked_at,
    )
