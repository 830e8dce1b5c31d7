"""The scheduler on real stores: what was missed is made up for, and only messages are sent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.load_graph.schema import prepare_graph
from functions.operations.schedule_list import run_now, schedule_views
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runs.housekeeping import keep_house
from functions.runs.new_dump_check import check
from functions.runs.reset import reset
from functions.runs.run_commands import cancel
from functions.runtime.errors import RefusedError, SourceUnavailable
from functions.runtime.ledger.store import add_event, run_of
from functions.runtime.messages import Download, Message, RunMessage
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.sender import Sender, open_sender
from functions.runtime.schedules.schedule import ZONE
from functions.runtime.schedules.scheduler import (
    FATAL,
    RETRY,
    AskedRuns,
    ScheduledRun,
    add_schedules,
    end_scheduler,
    first_time,
)
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import DirectoryBucket
from functions.runtime.stores.context import Context, open_context, prepare_context
from functions.runtime.stores.migrations import migrate_postgres
from functions.schedules import SCHEDULES
from infra.stack.ports import free_port
from tests.stack import environment_of

ROOT = Path(__file__).resolve().parents[2]
CHECK = next(schedule for schedule in SCHEDULES if schedule.name == "check")
HOUSEKEEPING = next(schedule for schedule in SCHEDULES if schedule.name == "housekeeping")
SWEEP = next(schedule for schedule in SCHEDULES if schedule.name == "sweep")


@pytest.fixture(scope="module")
def migrated(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        with context.graph_session() as session:
            prepare_graph(settings, session)
        yield context


@pytest.fixture
def context(migrated: Context) -> Context:
    """Stores without runs, events or schedules."""
    reset(migrated)
    queue_admin.flush(migrated.settings, FUNCTIONS.queues)
    with migrated.connection() as connection:
        connection.execute("TRUNCATE schedules")
    return migrated


@pytest.fixture
def sender(context: Context) -> Iterator[Sender]:
    with open_sender(context.settings) as sender:
        yield sender


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    """A folder with the dump of one month."""
    return write_dump(tmp_path / "dumps", "20260401")


def write_dump(folder: Path, date: str) -> Path:
    folder.mkdir(exist_ok=True)
    xml = gzip.compress(b"<artists>\n<artist><id>1</id><name>A</name></artist>\n</artists>", mtime=0)
    (folder / f"discogs_{date}_artists.xml.gz").write_bytes(xml)
    line = f"{hashlib.sha256(xml).hexdigest()} *discogs_{date}_artists.xml.gz\n"
    (folder / f"discogs_{date}_CHECKSUM.txt").write_text(line)
    return folder


def with_settings(context: Context, **changed: Any) -> Context:
    return dataclasses.replace(context, settings=msgspec.structs.replace(context.settings, **changed))


def run_of_message(message: Message) -> int:
    assert isinstance(message, RunMessage)
    return message.run


def events(context: Context) -> list[tuple[str, dict[str, Any]]]:
    with context.connection() as connection:
        return connection.execute("SELECT kind, detail FROM events ORDER BY id").fetchall()


def due(context: Context, name: str) -> dt.datetime:
    with context.connection() as connection:
        row = connection.execute("SELECT due FROM schedules WHERE name = %s", (name,)).fetchone()
    assert row
    return row[0]


def set_due(context: Context, name: str, at: dt.datetime) -> None:
    with context.connection() as connection:
        connection.execute(
            "INSERT INTO schedules (name, due) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET due = excluded.due",
            (name, at),
        )


def seconds_away(time: dt.datetime) -> float:
    return (time - dt.datetime.now(dt.UTC)).total_seconds()


def every(seconds: int) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone=ZONE)


# ── what was missed


def test_a_new_schedule_waits_for_its_time(context: Context) -> None:
    assert 90 < seconds_away(first_time(context, "it", every(100))) <= 100
    assert 90 < seconds_away(due(context, "it")) <= 100


def test_a_missed_run_is_made_up_for_at_once_and_stays_due_until_it_is_done(context: Context) -> None:
    missed = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    set_due(context, "it", missed)
    assert abs(seconds_away(first_time(context, "it", every(100)))) < 5
    assert due(context, "it") == missed


@pytest.mark.parametrize(("before", "now"), [(100, 5_000), (5_000, 100)])
def test_a_changed_setting_holds_from_the_next_start_on(context: Context, before: int, now: int) -> None:
    first_time(context, "it", every(before))
    assert now - 10 < seconds_away(first_time(context, "it", every(now))) <= now
    assert now - 10 < seconds_away(due(context, "it")) <= now


def test_a_changed_setting_does_not_lose_a_missed_run(context: Context) -> None:
    set_due(context, "it", dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    assert abs(seconds_away(first_time(context, "it", every(5_000)))) < 5


def test_a_scheduler_started_after_a_downtime_does_what_it_missed_and_ends_well_when_told(context: Context) -> None:
    set_due(context, "housekeeping", dt.datetime.now(dt.UTC) - dt.timedelta(days=3))
    with context.connection() as connection:
        add_event(connection, "old")
        connection.execute("UPDATE events SET at = now() - interval '400 days'")
    process = start_scheduler(context.settings)
    try:
        wait_until(lambda: seconds_away(due(context, "housekeeping")) > 0, process)
        assert events(context) == []
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "missed schedule runs now" in errors


def test_a_scheduler_whose_clock_is_set_back_ends(context: Context) -> None:
    process = start_scheduler(
        context.settings,
        """if True:
        import datetime
        from apscheduler.schedulers import base
        from functions.runtime.schedules import scheduler

        class HourBefore(datetime.datetime):
            @classmethod
            def now(cls, zone=None):
                return datetime.datetime.now(zone) - datetime.timedelta(hours=1)

        class Beat(scheduler._Beat):
            beats = 0

            def __call__(self):
                super().__call__()
                self.beats += 1
                if self.beats == 3:
                    base.datetime = HourBefore

        scheduler._BEAT_S, scheduler._HANGS_S, scheduler._Beat = 0.2, 2.0, Beat
        """,
    )
    try:
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == FATAL, errors
    assert "scheduler stands still" in errors


def test_a_scheduler_that_was_stopped_for_long_goes_on(context: Context) -> None:
    set_due(context, "housekeeping", dt.datetime.now(dt.UTC) - dt.timedelta(days=3))
    process = start_scheduler(
        context.settings,
        """if True:
        from functions.runtime.schedules import scheduler
        scheduler._BEAT_S, scheduler._HANGS_S = 0.2, 3.0
        """,
    )
    try:
        wait_until(lambda: seconds_away(due(context, "housekeeping")) > 0, process)
        process.send_signal(signal.SIGSTOP)
        time.sleep(5)
        process.send_signal(signal.SIGCONT)
        run_now(context, "housekeeping", "cli:test")
        wait_until(lambda: seconds_away(due(context, "housekeeping")) > 0 and not is_asked(context), process)
        time.sleep(1)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def is_asked(context: Context) -> bool:
    return any(view.asked_at for view in schedule_views(context))


def start_scheduler(settings: Settings, first: str = "") -> subprocess.Popen[str]:
    """Start a scheduler in a process of its own, which executes some code first."""
    script = """if True:
        import sys
        exec(sys.argv[1])
        from functions.registry import FUNCTIONS
        from functions.runtime.schedules.scheduler import run_scheduler
        from functions.runtime.settings import read_settings
        from functions.schedules import SCHEDULES
        sys.exit(run_scheduler(read_settings(), FUNCTIONS, SCHEDULES))
    """
    environment = {**os.environ, **environment_of(settings)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, first],
        env=environment,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(condition: Any, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


# ── runs of a schedule


def test_the_sweep_sends_what_was_lost_and_is_due_again_later(context: Context, sender: Sender, dumps: Path) -> None:
    begin_load(context, find_dump(context.settings, str(dumps)), LoadOptions(entities=("artists",)))
    with context.connection() as connection:
        connection.execute("UPDATE files SET sent_at = now() - interval '1 day'")
    set_due(context, "sweep", dt.datetime.now(dt.UTC))
    ScheduledRun(None, context, sender, SWEEP)()
    ready = {
        figure.name: figure.ready
        for figure in queue_admin.queue_stats(context.settings, FUNCTIONS.queues)
        if figure.ready
    }
    assert ready == {"download.artists": 1}
    assert 0 < seconds_away(due(context, "sweep")) <= context.settings.sweep_seconds


def test_a_run_that_a_store_prevents_stays_due_and_is_tried_again_soon(context: Context, sender: Sender) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    set_due(context, "sweep", at)
    settings = msgspec.structs.replace(
        context.settings, postgres_address=f"127.0.0.1:{free_port(())}", sweep_seconds=90_000
    )
    scheduler = BackgroundScheduler(timezone=ZONE)
    scheduler.start(paused=True)
    with prepare_context(settings, FUNCTIONS, pool_timeout=0.5) as down:
        run = ScheduledRun(scheduler, down, sender, SWEEP)
        scheduler.add_job(run, trigger=run.trigger, id="sweep")
        run()
    assert seconds_away(scheduler.get_job("sweep").next_run_time) <= RETRY.total_seconds()
    scheduler.shutdown()
    assert due(context, "sweep") == at


def test_a_check_is_scheduled_only_where_a_source_is_set(context: Context, sender: Sender) -> None:
    for source, names in (("", {"sweep", "housekeeping"}), ("/dumps", {"sweep", "housekeeping", "check"})):
        scheduler = BackgroundScheduler(timezone=ZONE)
        scheduler.start(paused=True)
        add_schedules(scheduler, with_settings(context, check_source=source), sender, SCHEDULES)
        assert {job.id for job in scheduler.get_jobs()} == names
        scheduler.shutdown()


def test_a_run_that_fails_unforeseen_says_so_and_is_tried_again_soon(context: Context, sender: Sender) -> None:
    def fail(_: Context) -> list[Message]:
        raise ValueError("odd: https://somebody:secret@example.org/")

    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    set_due(context, "housekeeping", at)
    scheduler = BackgroundScheduler(timezone=ZONE)
    scheduler.start(paused=True)
    run = ScheduledRun(scheduler, context, sender, HOUSEKEEPING)
    run._call = fail
    scheduler.add_job(run, every(1_000_000), id="housekeeping")
    run()
    assert seconds_away(scheduler.get_job("housekeeping").next_run_time) <= RETRY.total_seconds()
    scheduler.shutdown()
    assert due(context, "housekeeping") == at
    [status] = [one for one in schedule_views(context) if one.name == "housekeeping"]
    assert status.failed_at
    assert status.error == "ValueError: odd: https://***@example.org/"


# ── housekeeping


def test_housekeeping_leaves_odd_names_alone_and_throws_away_the_rest(context: Context, tmp_path: Path) -> None:
    folder, bucket = tmp_path / "dumps", DirectoryBucket(tmp_path / "bucket")
    keeping = with_settings(dataclasses.replace(context, bucket=bucket), dump_root=str(folder), keep_dumps=1)
    folder.mkdir()
    for name in ("discogs_20260101_artists.xml.gz", "discogs_20260201_artists.xml.gz"):
        (folder / name).write_bytes(b"")
    for name in ("discogs_20260102_mine", "discogs_20270101_mine"):
        (folder / name).mkdir()
    for key in ("runs/.DS_Store", "runs/notes/mine", "runs/\u0661/mine", f"runs/{10**20}/mine"):
        bucket.put(key, b"")
    assert keep_house(keeping) == {"runs": 0, "dumps": 1, "events": 0, "sessions": 0}
    assert sorted(path.name for path in folder.iterdir()) == [
        "discogs_20260102_mine",
        "discogs_20260201_artists.xml.gz",
        "discogs_20270101_mine",
    ]


def test_what_housekeeping_cannot_throw_away_keeps_nothing_else(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> Iterator[str]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(context.bucket, "keys", fail)
    with context.connection() as connection:
        add_event(connection, "old")
        connection.execute("UPDATE events SET at = now() - interval '400 days'")
    with pytest.raises(PermissionError):
        keep_house(context)
    assert events(context) == []


# ── the check for a new dump


def test_a_new_dump_is_announced_once_and_not_loaded_unasked(context: Context, dumps: Path) -> None:
    checking = with_settings(context, check_source=str(dumps))
    assert check(checking) == []
    assert check(checking) == []
    [(kind, detail)] = events(context)
    assert (kind, detail["dump"], detail["source"]) == ("new-dump", "20260401", str(dumps))
    assert detail["missing"] == ["labels", "masters", "releases"]


def test_a_new_dump_is_loaded_when_the_setting_allows_it(context: Context, dumps: Path) -> None:
    checking = with_settings(context, check_source=str(dumps), auto_load=True)
    [message] = check(checking)
    assert type(message) is Download
    assert [kind for kind, _ in events(context)] == ["new-dump", "run-begun", "load-planned"]
    assert check(checking) == []  # it is being loaded
    cancel(context)
    assert check(checking) == []  # a person did not want it
    write_dump(dumps, "20260501")
    assert [run_of_message(later) for later in check(checking)] == [run_of_message(message) + 1]


def test_a_new_dump_that_cannot_be_loaded_now_is_noted_once(context: Context, dumps: Path) -> None:
    begin_load(context, find_dump(context.settings, str(dumps)), LoadOptions())
    write_dump(dumps, "20260501")
    checking = with_settings(context, check_source=str(dumps), auto_load=True)
    assert check(checking) == check(checking) == []
    assert [kind for kind, _ in events(context)] == ["run-begun", "new-dump", "new-dump-refused"]


def test_a_new_dump_is_loaded_as_by_hand(context: Context, dumps: Path) -> None:
    """By the engine of the setting, told what is to be told."""
    for engine in ("lxml", "auto"):
        [message] = check(with_settings(context, check_source=str(dumps), auto_load=True, engine=engine))
        with context.connection() as connection:
            assert run_of(connection, run_of_message(message)).engine == resolve_engine(engine)
        [(_, detail)] = [event for event in events(context) if event[0] == "load-planned"][-1:]
        described, need, missing = detail["notes"]
        assert described.startswith(f"The Discogs dump 20260401 of {dumps}: ")
        assert need.startswith("It will need about ")
        assert missing.startswith("It has no file of labels, masters, releases: ")
        reset(context)


def test_a_new_dump_that_the_disk_cannot_hold_is_noted(
    context: Context, dumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.runs.disk_estimate.shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    assert check(with_settings(context, check_source=str(dumps), auto_load=True)) == []
    kinds = events(context)
    assert [kind for kind, _ in kinds] == ["new-dump", "new-dump-refused"]
    assert "There is not enough disk." in kinds[-1][1]["error"]


def test_a_source_that_cannot_be_used_is_noted_and_nothing_is_raised(context: Context, tmp_path: Path) -> None:
    assert check(with_settings(context, check_source=str(tmp_path / "nowhere"))) == []
    [(kind, detail)] = events(context)
    assert (kind, detail["source"]) == ("check-failed", str(tmp_path / "nowhere"))
    assert "nowhere cannot be used" in detail["error"]


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (SourceUnavailable("The site does not answer."), 3_600),
        (SourceUnavailable("The site asks for patience.", 9_000), 9_000),
        (SourceUnavailable("The site asks for a moment.", 5), RETRY.total_seconds()),
        (OSError(errno.EIO, "Input/output error"), 3_600),
    ],
)
def test_a_source_that_is_down_is_noted_once_and_asked_again_before_its_next_date(
    context: Context, sender: Sender, dumps: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, wait: float
) -> None:
    def down(*_: Any) -> Any:
        raise failure

    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    set_due(context, "check", at)
    scheduler = BackgroundScheduler(timezone=ZONE)
    scheduler.start(paused=True)
    run = ScheduledRun(scheduler, with_settings(context, check_source=str(dumps)), sender, CHECK)
    with monkeypatch.context() as patch:
        patch.setattr("functions.runs.new_dump_check.find_dump", down)
        for _ in range(2):
            scheduler.add_job(run, every(1_000_000), id="check", replace_existing=True)
            run()
            assert wait - 60 < seconds_away(scheduler.get_job("check").next_run_time) <= wait
            assert due(context, "check") == at
    assert [kind for kind, _ in events(context)] == ["check-failed"]
    run()
    assert seconds_away(due(context, "check")) > 0
    with monkeypatch.context() as patch:
        patch.setattr("functions.runs.new_dump_check.find_dump", down)
        run()
    assert [kind for kind, _ in events(context)] == ["check-failed", "new-dump", "check-failed"]
    scheduler.shutdown()


def test_a_run_that_plans_its_next_try_does_not_hold_up_the_end() -> None:
    executor = ThreadPoolExecutor(2)
    scheduler = BackgroundScheduler(executors={"default": executor}, timezone=ZONE)
    begun, may_go_on, found = threading.Event(), threading.Event(), list[object]()

    def work() -> None:
        begun.set()
        assert may_go_on.wait(60)
        found.append(scheduler.get_job("it"))

    scheduler.add_job(work, "interval", id="it", seconds=3_600, next_run_time=dt.datetime.now(dt.UTC))
    scheduler.start()
    assert begun.wait(60)
    ending = threading.Thread(target=end_scheduler, args=(scheduler, executor), daemon=True)
    ending.start()
    time.sleep(0.2)  # by then it waits for the run
    may_go_on.set()
    ending.join(60)
    assert not ending.is_alive()
    assert len(found) == 1


# ── a run that is asked for


def test_a_schedule_that_somebody_asks_for_runs_now_and_notes_how_it_went(context: Context, sender: Sender) -> None:
    set_due(context, "sweep", dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    scheduler = BackgroundScheduler(timezone=ZONE)
    scheduler.start(paused=True)
    run = ScheduledRun(scheduler, context, sender, SWEEP)
    scheduler.add_job(run, trigger=run.trigger, id="sweep", next_run_time=due(context, "sweep"))
    look = AskedRuns(scheduler, context)
    look()
    assert seconds_away(scheduler.get_job("sweep").next_run_time) > 3_000
    run_now(context, "sweep", "cli:test")
    run.is_on = True
    look()
    assert seconds_away(scheduler.get_job("sweep").next_run_time) > 3_000
    run.is_on = False
    look()
    assert seconds_away(scheduler.get_job("sweep").next_run_time) <= 0
    run()
    scheduler.shutdown()
    [sweep] = [one for one in schedule_views(context) if one.name == "sweep"]
    assert (sweep.asked_at, sweep.result, sweep.error) == (None, "nothing was due", None)
    assert 0 < seconds_away(due(context, "sweep")) <= context.settings.sweep_seconds


def test_a_run_that_was_asked_for_and_broke_off_is_due_still(context: Context, sender: Sender) -> None:
    set_due(context, "sweep", dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    run_now(context, "sweep", "cli:test")

    def break_off(_: Context) -> list[Message]:
        raise RefusedError("not now")

    scheduler = BackgroundScheduler(timezone=ZONE)
    run = ScheduledRun(scheduler, context, sender, SWEEP)
    run._call = break_off
    run()
    assert seconds_away(due(context, "sweep")) <= 0
    [sweep] = [one for one in schedule_views(context) if one.name == "sweep"]
    assert (sweep.error, sweep.done_at) == ("not now", None)
