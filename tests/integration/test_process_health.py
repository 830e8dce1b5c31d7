"""What each process says of itself at a port of its own, as containers have it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import time
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.process.health import Health
from functions.runtime.process.worker_reports import (
    FunctionWorkers,
    end_sessions_of_gone,
    is_due,
    worker_views,
    workers_of,
)
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.session_names import process_id
from functions.runtime.supervised_process import CHILD_INDEX
from infra.stack.programs import python_module
from tests.integration.pipeline import open_pipeline
from tests.processes import ROOT, Process, running, wait_until
from tests.stack import environment_of

VERSION = version("linernotes")


@pytest.fixture(scope="module", autouse=True)
def _tables(settings: Settings):
    with open_pipeline(settings):
        yield


@pytest.mark.parametrize("words", [("worker", "load-graph"), ("scheduler",), ("gateway",)])
def test_each_process_tells_its_health_and_figures_at_a_port_of_its_own(
    settings: Settings, tmp_path: Path, words: tuple[str, ...]
) -> None:
    with running(tmp_path, settings, *words, LINERNOTES_PORT="0") as process:
        process.wait_until_ready()
        for path in ("/health/live", "/health/ready"):  # on a busy machine it may stumble for a moment
            wait_until(lambda path=path: process.get(path) == (200, '{"status":"ok"}'), process.text)  # type: ignore[misc]
        wait_until(lambda: process.get("/metrics")[0] == 200, process.text)
        _, figures = process.get("/metrics")
        assert "process_resident_memory_bytes" in figures
        assert f'linernotes_process_memory_bytes{{process="{words[-1]}"}}' in figures
        assert process.get("/elsewhere")[0] == 404
        assert not (tmp_path / "run" / "metrics").exists()
        assert process.end() == 0, process.text()


def test_a_process_reports_itself_where_the_gateway_and_the_command_line_read_it(
    settings: Settings, tmp_path: Path
) -> None:
    with open_context(settings, FUNCTIONS) as context, running(tmp_path, settings, "worker", "parse-chunk") as process:
        wait_until(lambda: [view.pid for view in worker_views(context)] == [process.pid], process.text)
        [view] = worker_views(context)
        assert (view.function, view.state, view.message, view.version) == ("parse-chunk", "idle", None, VERSION)
        assert 0 < view.pss <= view.rss
        assert workers_of(FUNCTIONS, [view])["parse-chunk"] == FunctionWorkers(workers=1, busy=0)
        environment = environment_of(settings) | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        words = python_module("infra.cli.main", "status", "--json")
        said = json.loads(subprocess.run(words, env=environment, check=True, capture_output=True).stdout)
        assert [worker["pid"] for worker in said["workers"]] == [process.pid]
        assert {queue["name"]: queue["consumers"] for queue in said["queues"]}["parse-chunk.labels"] == 1
        assert process.end() == 0
        assert worker_views(context) == []


def test_the_rest_of_the_status_is_told_while_the_broker_does_not_answer(settings: Settings) -> None:
    away = {"AMQP_CONNECTION": "redis://127.0.0.1:1/0", "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    words = python_module("infra.cli.main", "status", "--json")
    done = subprocess.run(words, env=environment_of(settings) | away, check=True, capture_output=True)
    said = json.loads(done.stdout)
    assert said["queues"] is None
    assert "the broker does not answer" in said["headline"]["text"]
    assert [reason["kind"] for reason in said["idle"]] == ["store-down"]
    assert said["runs"] == []


def test_a_process_that_was_killed_is_gone_when_its_last_report_no_longer_holds(settings: Settings) -> None:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            connection.execute(
                "INSERT INTO workers VALUES ('x', 'split', 'far', 1, '0', now(), 'busy', now(), NULL, 1, 1, "
                "now() - interval '46 s', interval '45 s')"
            )
        assert worker_views(context) == []


@pytest.mark.parametrize(("good_for", "looks", "is_gone"), [(0.2, 2, True), (0.2, 1, False), (60.0, 2, False)])
def test_nobody_waits_for_what_a_process_holds_that_is_gone(
    settings: Settings, good_for: float, looks: int, *, is_gone: bool
) -> None:
    """Its host vanished, and PostgreSQL has not noticed. After its sleep a machine finds all reports too old."""
    report = (
        "INSERT INTO workers (id, function, host, pid, version, since, state, state_since, rss, pss, cpu, at, good_for)"
        " VALUES (%s, 'load-graph', 'another', %s, '1', now(), 'busy', now(), 0, 0, 0, now(), %s)"
    )
    with open_context(settings, FUNCTIONS) as context, open_context(settings, FUNCTIONS) as vanished:
        with context.connection() as connection:
            connection.execute(report, [process_id(), os.getpid(), dt.timedelta(seconds=good_for)])
        try:
            with pytest.raises(StoreUnavailable) if is_gone else nullcontext(), vanished.connection() as holding:
                holding.execute("SELECT pg_advisory_xact_lock(1, 77)")
                for _ in range(looks):
                    time.sleep(0.5)
                    end_sessions_of_gone(context)
                if is_gone:
                    wait_until(lambda: _is_free(context), lambda: "the lock is held")
                holding.execute("SELECT 1")
        finally:
            with context.connection() as connection:
                connection.execute("DELETE FROM workers WHERE host = 'another'")


def _is_free(context: Context) -> bool:
    with context.connection() as connection:
        return connection.execute("SELECT pg_try_advisory_xact_lock(1, 77)").fetchone() == (True,)


@pytest.mark.parametrize(
    ("said", "now", "seconds", "due"),
    [
        (None, "idle", 0, True),
        ("busy", "busy", 14, False),
        ("busy", "busy", 15, True),
        ("idle", "idle", 59, False),
        ("idle", "idle", 60, True),
        ("idle", "busy", 4, False),
        ("idle", "busy", 5, True),
    ],
)
def test_a_report_is_due_now_and_then_and_soon_after_a_change(said, now, seconds, due) -> None:
    assert is_due(said, now, seconds) == due


def test_a_process_that_waits_for_a_store_lives_and_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    with running(tmp_path, settings, "worker", "parse-chunk", POSTGRES_ADDRESS="127.0.0.1:1") as process:
        wait_until(lambda: process.get("/health/live")[0] == 200, lambda: process.text())
        assert process.get("/health/ready") == (503, '{"status":"unavailable"}')


def test_a_process_whose_supervisor_knows_it_opens_no_port(settings: Settings, tmp_path: Path) -> None:
    process = Process(tmp_path, settings, "worker", "parse-chunk", **{CHILD_INDEX: "0"})
    try:
        log = tmp_path / "logs" / "parse-chunk.log"
        wait_until(lambda: log.exists() and "worker ready" in log.read_text(), lambda: process.text())
        assert process.get("/health/live")[0] == 0
    finally:
        process.kill()


def test_a_port_that_is_taken_stops_the_start_with_its_name(settings: Settings, tmp_path: Path) -> None:
    with running(tmp_path, settings, "scheduler") as process:
        process.wait_until_ready()
        with running(tmp_path, settings, "scheduler", LINERNOTES_HEALTH_PORT=str(process.port)) as other:
            wait_until(lambda: "LINERNOTES_HEALTH_PORT" in other.text())


def test_what_ready_asks_is_asked_no_more_often_than_its_answer_holds() -> None:
    asked = []

    def ping() -> None:
        asked.append(1)
        raise StoreUnavailable("The broker does not answer.")

    health = Health()
    assert health.is_live()
    assert not health.is_ready()
    health.started(lambda: True, ping, lambda: None)
    assert [health.is_ready() for _ in range(3)] == [False] * 3
    assert len(asked) == 1


def test_a_process_whose_watchdogs_are_not_well_is_neither_alive_nor_ready() -> None:
    health = Health()
    health.started(lambda: False, lambda: None, lambda: None)
    assert (health.is_live(), health.is_ready()) == (False, False)
