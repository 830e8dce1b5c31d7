"""The scheduler: calls what `schedules.py` lists and sends the messages that are due. Work is done by functions.

PostgreSQL remembers when each schedule is due, and forgets it only when its run has succeeded. So a run that fell into
a downtime, or broke off, is made up for at the next start, once however many were missed; and as only times are stored,
never triggers, a changed setting holds from the next start on.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.util import ref_to_obj
from structlog.contextvars import bound_contextvars

from functions.runtime.errors import LinernotesError, StoreUnavailable, TransientError
from functions.runtime.exit_at_once import exit_at_once
from functions.runtime.function_table import FunctionTable
from functions.runtime.masking import mask
from functions.runtime.messages import Message
from functions.runtime.messaging.sender import Sender, open_sender
from functions.runtime.process.activity import Doing
from functions.runtime.process.health_server import health_server
from functions.runtime.process.shutdown import shut_down_on_signal
from functions.runtime.process.worker_reports import reporting
from functions.runtime.schedules.schedule import ZONE, Schedule
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, prepare_context, reach_postgres, wait_for
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry import metrics
from functions.runtime.telemetry.logs import configure_logs

#: Seconds a run may go on after the scheduler was told to stop; every one may be broken off and made up for.
GRACE: Final = 10.0

#: How long after a failure a schedule is tried again at the least, when it is not due earlier anyway.
RETRY: Final = dt.timedelta(minutes=5)

FATAL: Final = 1

#: Seconds between two looks whether somebody wants a schedule to run now.
ASKED_S: Final = 2

#: Seconds between two signs of life, and after which a scheduler without one hangs.
_BEAT_S: Final = 5
_HANGS_S: Final = 60.0

#: In the middle of each ten seconds, so that PostgreSQL's clock, which may be another, finds each sample in its own.
SAMPLES: Final = CronTrigger(second="5-55/10", timezone=ZONE)

#: A sample that comes late is none; one that begins before the last has ended returns at once.
_SAMPLED: Final = {"coalesce": True, "max_instances": 2, "misfire_grace_time": 4}

#: Makes of the scheduler's context what takes a sample.
Sampler = Callable[[Context], Callable[[], None]]

log = structlog.get_logger(__name__)
_sql = statements(__file__, "schedules.sql")


def run_scheduler(
    settings: Settings, functions: FunctionTable, schedules: Sequence[Schedule], sampler: Sampler | None = None
) -> int:
    """Run the schedules until SIGTERM, SIGINT, or the end of the supervisor; return the exit code.

    Args:
        settings: where the stores are.
        functions: the function table.
        schedules: what is called when.
        sampler: makes what takes a sample of the installation when it is called, every ten seconds.

    Raises:
        SettingError: no stores are configured, or the broker's address is none.
    """
    executor = ThreadPoolExecutor(len(schedules) + 4)
    scheduler = BlockingScheduler(executors={"default": executor}, timezone=ZONE)
    shut_down_on_signal(lambda: end_scheduler(scheduler, executor), GRACE)
    metrics.begin(settings)
    configure_logs(settings, "scheduler")
    with (
        health_server(settings) as health,
        prepare_context(settings, functions) as context,
        open_sender(settings) as sender,
    ):
        try:
            wait_for("PostgreSQL", lambda: reach_postgres(settings), time.monotonic() + settings.connect_timeout)
            add_schedules(scheduler, context, sender, schedules)
        except LinernotesError as error:
            log.critical("scheduler failed to start", error=str(error))
            return FATAL
        beat = _Beat()
        scheduler.add_job(beat, "interval", seconds=_BEAT_S, id="beat", misfire_grace_time=None)
        if sampler is not None:
            scheduler.add_job(sampler(context), SAMPLES, id="sample", **_SAMPLED)
        asked = AskedRuns(scheduler, context)
        scheduler.add_job(asked, "interval", seconds=ASKED_S, id="asked", misfire_grace_time=None)

        def ping() -> None:
            sender.ping()
            reach_postgres(settings)

        def note() -> None:
            metrics.note_process("scheduler", context.pool.get_stats())

        health.started(beat.is_recent, ping, note)
        nothing = Doing("idle", time.monotonic())
        with reporting(settings, "scheduler", lambda: nothing, note, context.pool.get_stats), _ending_without(beat):
            scheduler.start()
    return 0


class _Beat:
    """A sign of life: it comes as long as the scheduler runs what is due."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def __call__(self) -> None:
        """Give it."""
        self.at = time.monotonic()

    def is_recent(self) -> bool:
        """Whether the last one is not long ago."""
        return time.monotonic() - self.at < _HANGS_S


@contextmanager
def _ending_without(beat: _Beat) -> Iterator[None]:
    """End this process once signs of life no longer come, so that whoever watches it starts it again.

    The scheduler waits until a time of the wall clock: where that is set back, for as long as the step was. Looks are
    counted, not seconds: a process that was stopped, or whose machine was, has missed one.
    """
    over = threading.Event()

    def watch() -> None:
        seen, missed = beat.at, 0
        while missed * _BEAT_S < _HANGS_S:
            if over.wait(_BEAT_S):
                return
            missed = missed + 1 if beat.at == seen else 0
            seen = beat.at
        exit_at_once(FATAL, lambda: log.critical("scheduler stands still, process ended: was the clock set back?"))

    threading.Thread(target=watch, name="standstill", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def add_schedules(scheduler: Any, context: Context, sender: Sender, schedules: Iterable[Schedule]) -> None:
    """Add every wanted schedule; those whose run was missed are due at once.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    for schedule in schedules:
        if schedule.wanted(context.settings):
            run = ScheduledRun(scheduler, context, sender, schedule)
            scheduler.add_job(
                run,
                trigger=run.trigger,
                id=schedule.name,
                next_run_time=first_time(context, schedule.name, run.trigger),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )


def first_time(context: Context, name: str, trigger: BaseTrigger) -> dt.datetime:
    """When a schedule runs first: now if a run was missed, else when its trigger says, whatever an earlier one said."""
    now = dt.datetime.now(dt.UTC)
    coming: dt.datetime = trigger.get_next_fire_time(None, now)
    with context.connection() as connection:
        connection.execute(_sql.add, {"name": name, "due": coming})
        (due,) = connection.execute(_sql.due, {"name": name}).fetchone() or (coming,)
        if due <= now:
            log.info("missed schedule runs now", schedule=name, due=due.isoformat())
            return now
        connection.execute(_sql.move, {"name": name, "due": coming})
    return coming


class ScheduledRun:
    """One run of a schedule: call, send what is due, note that it succeeded."""

    def __init__(self, scheduler: Any, context: Context, sender: Sender, schedule: Schedule) -> None:
        self._scheduler = scheduler
        self._context = context
        self._sender = sender
        self._schedule = schedule
        self._call = ref_to_obj(schedule.calls)
        self.trigger = schedule.trigger(context.settings)
        self.is_on = False

    def __call__(self) -> None:
        """Run once. A run that fails, whatever the reason, stays due and is tried again."""
        self.is_on = True
        try:
            with bound_contextvars(function="scheduler", schedule=self._schedule.name):
                self._run()
        finally:
            self.is_on = False

    def _run(self) -> None:
        try:
            self._note_begun()
            result = self._call(self._context)
            self._send(result if isinstance(result, list) else [])
            self._note_done(result_in_words(result))
        except LinernotesError as error:
            wait = retry_after(error)
            log.warning("schedule failed", error=str(error), retry_within_s=wait.total_seconds())
            self._retry_within(wait)
            self._note_failed(str(error))
        except Exception as error:
            log.exception("schedule failed", error=str(error), retry_within_s=RETRY.total_seconds())
            self._retry_within(RETRY)
            self._note_failed(mask(f"{type(error).__name__}: {error}"))
        else:
            log.debug("schedule finished", result=result)

    def _send(self, messages: list[Message]) -> None:
        for message in messages:
            self._sender.send(message)
        if messages:
            log.info("messages sent", messages=len(messages))

    def _note_begun(self) -> None:
        with self._context.connection() as connection:
            connection.execute(_sql.begun, {"name": self._schedule.name})

    def _note_done(self, result: str) -> None:
        due = self.trigger.get_next_fire_time(None, dt.datetime.now(dt.UTC))
        with self._context.connection() as connection:
            connection.execute(_sql.done, {"name": self._schedule.name, "due": due, "result": result})

    def _note_failed(self, error: str) -> None:
        with suppress(StoreUnavailable), self._context.connection() as connection:
            connection.execute(_sql.failed, {"name": self._schedule.name, "error": error})

    def _retry_within(self, wait: dt.timedelta) -> None:
        soon = dt.datetime.now(dt.UTC) + wait
        job = self._scheduler.get_job(self._schedule.name)
        if job is not None and job.next_run_time > soon:
            job.modify(next_run_time=soon)


def retry_after(error: Exception) -> dt.timedelta:
    """How long after this failure a schedule is tried again: no sooner than whoever refused has asked for."""
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(RETRY, dt.timedelta(seconds=asked or 0))


def result_in_words(result: Any) -> str:
    """What a schedule's call has come to, for people."""
    if isinstance(result, list):
        return f"{len(result)} messages sent" if result else "nothing was due"
    if isinstance(result, dict):
        return ", ".join(f"{name} {count}" for name, count in result.items())
    return "" if result is None else str(result)


class AskedRuns:
    """Looks whether somebody wants a schedule to run now, and has it run; one that is on runs again at its end."""

    def __init__(self, scheduler: Any, context: Context) -> None:
        self._scheduler = scheduler
        self._context = context

    def __call__(self) -> None:
        """Look once; while PostgreSQL is away, nobody can ask."""
        with suppress(StoreUnavailable), self._context.connection() as connection:
            for (name,) in connection.execute(_sql.asked).fetchall():
                job = self._scheduler.get_job(name)
                if job is not None and not job.func.is_on:
                    job.modify(next_run_time=dt.datetime.now(dt.UTC))


def end_scheduler(scheduler: BaseScheduler, executor: BaseExecutor) -> None:
    """End a scheduler once what runs has ended; one that still starts, and with it this process, at once.

    Its own `shutdown(wait=True)` waits with its locks held, and so for ever for a run that plans its next try.
    """
    if not scheduler.running:
        exit_at_once(0, lambda: log.info("scheduler stopped before it had started"))
    scheduler.pause()
    executor.shutdown(wait=True)
    scheduler.shutdown(wait=False)
