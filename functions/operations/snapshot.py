"""All that the operations page shows, read at one moment: cheap enough to be read once a second.

Each field is as it was before as long as nothing changes: there are moments in it and no ages, and rates of what has
ended. What a store that is down cannot tell is None, and the store is named in `unavailable`; the rest is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from functions.derivations.status import DerivationStatus, statuses_of
from functions.operations.answers import Answers
from functions.operations.disk_views import VolumeView, disk_views
from functions.operations.event_list import EventView
from functions.operations.event_list import views_of as events_of
from functions.operations.function_views import FunctionView, Scaling, function_views, read_scaling
from functions.operations.headline import Headline, headline_of
from functions.operations.idle_reasons import Look, Reason, idle_reasons
from functions.operations.needs import Need, needs_of
from functions.operations.queue_depths import QueueDepth, queue_depths
from functions.operations.queue_views import QueueView, queue_views
from functions.operations.read_run import read_counted
from functions.operations.run_lines import RunLine, held_month, new_dump, run_lines
from functions.operations.run_progress import Counted, RunProgress, progress_of
from functions.operations.schedule_list import ScheduleStatus
from functions.operations.schedule_list import statuses_of as schedules_of
from functions.operations.store_views import StoreView, store_views
from functions.operations.worker_lines import LongPart, WorkerLine, longest, worker_lines
from functions.runtime.ledger.store import sql
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.process.worker_reports import FunctionWorkers, WorkerView, views_of, workers_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")

#: Events that are shown.
EVENTS: Final = 30


class Snapshot(Struct, frozen=True):
    """An installation at a moment.

    Attributes:
        at: by PostgreSQL's clock, or by this machine's while that does not answer.
        headline: how things are, in a sentence.
        needs: what needs a person.
        idle: why nothing moves.
        run: the active run, or the latest one.
        runs: the latest ten.
        queues: in the order of the work.
        depths: what they held in the last hour; those that held nothing are left out.
        functions: the function table, with the workers of each.
        workers: every process, by its own account.
        longest: the messages that have been in hand for longest.
        stores: what each holds, and whether it answers.
        schedules: in plain words.
        events: the latest thirty.
        disk: free space against what the next month needs.
        derivations: what is made of documents after a run.
        unavailable: what does not answer.
    """

    at: dt.datetime
    headline: Headline
    needs: list[Need]
    idle: list[Reason]
    run: RunProgress | None
    runs: list[RunLine] | None
    queues: list[QueueView] | None
    depths: list[QueueDepth] | None
    functions: list[FunctionView] | None
    workers: list[WorkerLine] | None
    longest: list[LongPart] | None
    stores: list[StoreView]
    schedules: list[ScheduleStatus] | None
    events: list[EventView] | None
    disk: list[VolumeView] | None
    derivations: list[DerivationStatus] | None
    unavailable: list[str]


class Summary(Struct, frozen=True):
    """What comes first: how things are, what needs a person, why nothing moves; and the run and disk it speaks of."""

    headline: Headline
    needs: list[Need]
    idle: list[Reason]
    run: RunProgress | None
    disk: list[VolumeView] | None


class Ledger(Struct, frozen=True):
    """What PostgreSQL tells of an installation."""

    at: dt.datetime
    counted: Counted | None
    runs: list[RunLine]
    held: str | None
    new_dump: str | None
    views: list[WorkerView]
    longest: list[LongPart]
    scaling: Scaling
    schedules: list[ScheduleStatus]
    events: list[EventView]
    derivations: list[DerivationStatus]
    lock_waits: int


def read_snapshot(context: Context) -> Snapshot:
    """An installation as it is now. A store that is down is asked again only after seconds."""
    return snapshot_of(context, *read_parts(context))


def read_summary(context: Context) -> Summary:
    """How things are, what needs a person, and why nothing moves: all that `status` says first."""
    answers, ledger, queues = read_parts(context)
    return summary_of(context, answers, look_of(context, answers, ledger, queues), ledger)


def read_parts(context: Context) -> tuple[Answers, Ledger | None, list[QueueStats] | None]:
    """What does not answer, what PostgreSQL tells, and what the broker does; None of one that is down."""
    answers = Answers(context)
    ledger: Ledger | None = None
    queues: list[QueueStats] | None = None
    with answers.reading("PostgreSQL") as there:
        ledger = read_ledger(context) if there else None
    with answers.reading("broker") as there:
        queues = queue_admin.queue_stats(context.settings, context.functions.queues) if there else None
    answers.ask()
    return answers, ledger, queues


def read_ledger(context: Context) -> Ledger:
    """What PostgreSQL tells.

    Raises:
        StoreUnavailable: it does not answer.
    """
    with context.connection() as connection:
        [(now,)] = connection.execute(sql.now).fetchall()
        views = views_of(connection)
        [(lock_waits,)] = connection.execute(_sql.lock_waits).fetchall()
        return Ledger(
            at=now,
            counted=read_counted(connection),
            runs=run_lines(connection),
            held=held_month(connection),
            new_dump=new_dump(connection),
            views=views,
            longest=longest(connection, views),
            scaling=read_scaling(connection, context.functions),
            schedules=schedules_of(connection, context.settings),
            events=events_of(connection.execute(_sql.events, {"limit": EVENTS})),
            derivations=statuses_of(connection),
            lock_waits=lock_waits,
        )


def look_of(context: Context, answers: Answers, ledger: Ledger | None, queues: Sequence[QueueStats] | None) -> Look:
    """What the reasons are found in."""
    settings = context.settings
    return Look(
        at=ledger.at if ledger else dt.datetime.now(dt.UTC),
        counted=ledger.counted if ledger else None,
        queues=None if queues is None else {queue.name: queue for queue in queues},
        workers=_workers(context, ledger),
        fixed=ledger.scaling.fixed if ledger else {},
        is_supervised=settings.profile == "embedded",
        pending_parts=settings.pending_parts,
        lease_s=settings.lease,
        lock_waits=ledger.lock_waits if ledger else 0,
        down=answers.down,
        derivations=ledger.derivations if ledger else (),
    )


def summary_of(context: Context, answers: Answers, look: Look, ledger: Ledger | None) -> Summary:
    """What comes first, of what was read."""
    reasons = idle_reasons(look, context.functions)
    run = progress_of(look.counted, context.functions) if look.counted else None
    disk = _disk(context, answers) if ledger else None
    derivations = ledger.derivations if ledger else []
    needs = needs_of(
        run,
        reasons,
        derivations,
        {name: queue.dead for name, queue in (look.queues or {}).items()},
        [schedule.overdue for schedule in (ledger.schedules if ledger else ()) if schedule.overdue],
        [volume.short for volume in disk or () if volume.short],
        ledger.new_dump if ledger else None,
    )
    headline = headline_of(run, reasons, answers.down, derivations, ledger.held if ledger else None)
    return Summary(headline, needs, reasons, run, disk)


def snapshot_of(
    context: Context, answers: Answers, ledger: Ledger | None, queues: Sequence[QueueStats] | None
) -> Snapshot:
    """The snapshot of what was read."""
    look = look_of(context, answers, ledger, queues)
    summary = summary_of(context, answers, look, ledger)
    lines = worker_lines(ledger.views) if ledger else []
    return Snapshot(
        at=look.at,
        headline=summary.headline,
        needs=summary.needs,
        idle=summary.idle,
        run=summary.run,
        runs=ledger.runs if ledger else None,
        queues=None if queues is None else queue_views(queues, look.workers),
        depths=_depths(context, answers) if ledger else None,
        functions=function_views(context.functions, lines, ledger.scaling) if ledger else None,
        workers=lines if ledger else None,
        longest=ledger.longest if ledger else None,
        stores=store_views(context, {**answers.down, **answers.slower}),
        schedules=ledger.schedules if ledger else None,
        events=ledger.events if ledger else None,
        disk=summary.disk,
        derivations=ledger.derivations if ledger else None,
        unavailable=list(answers.down),
    )


def _workers(context: Context, ledger: Ledger | None) -> dict[str, FunctionWorkers] | None:
    return workers_of(context.functions, ledger.views) if ledger else None


def _depths(context: Context, answers: Answers) -> list[QueueDepth] | None:
    with answers.reading("PostgreSQL") as there:
        return queue_depths(context) if there else None
    return None


def _disk(context: Context, answers: Answers) -> list[VolumeView] | None:
    with answers.reading("PostgreSQL") as there:
        return disk_views(context) if there else None
    return None
