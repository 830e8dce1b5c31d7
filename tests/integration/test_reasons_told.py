"""Each reason why nothing moves, brought about in the real stores: the API, the page and `/health` say it alike."""

from __future__ import annotations

import asyncio
import dataclasses
import html
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from functions.operations.idle_reasons import KINDS
from functions.registry import FUNCTIONS
from functions.runs.run_commands import cancel, pause
from functions.runtime.errors import PermanentError, StoreUnavailable
from functions.runtime.ledger.dead_letter_hook import hooks
from functions.runtime.ledger.store import add_event
from functions.runtime.messages import Download, LoadTable, Message, ParseChunk, PartMessage, Split
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.retry_policy import Retry
from functions.runtime.messaging.sender import open_sender, send_all
from functions.runtime.process.activity import Doing
from functions.runtime.process.worker_reports import reporting, worker_views
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.stack.ports import free_port
from infra.stack.scaling import Decision
from infra.stack.scaling_events import ScalingEvents
from tests.integration.pipeline import MAY, Pipeline, deliver, deliver_all, small, split_of, write_dump
from tests.integration.small_dump import name_of
from tests.processes import running, wait_until
from tests.site import Site, Status

PIPELINE = {"part_bytes": 2_000}
TABLES_ONLY = True

Client = TestClient[Any]


@pytest.fixture(scope="module")
def client(opened: Pipeline) -> Iterator[Client]:
    with TestClient(create_app(opened.context.settings)) as client:
        yield client


@pytest.fixture(autouse=True)
def _emptied(pipeline: Pipeline) -> Iterator[None]:
    yield
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)
    queue_admin.purge(pipeline.context.settings, FUNCTIONS.queues)
    pipeline.query("DELETE FROM workers")


@pytest.fixture
def split(pipeline: Pipeline, source: Path) -> list[Message]:
    """The messages for the parts of a run whose files were read a while ago."""
    _, messages = split_of(pipeline, source, only_store="table")
    later(pipeline)
    return messages


def later(pipeline: Pipeline) -> None:
    """A minute goes by."""
    for table in ("files", "parts", "runs"):
        pipeline.query(f"UPDATE {table} SET sent_at = sent_at - interval '1 minute'")  # noqa: S608
    pipeline.query("UPDATE part_times SET ended_at = ended_at - interval '1 minute'")
    pipeline.query("UPDATE steps SET at = at - interval '1 minute'")


def told(client: Client) -> dict[str, str]:
    """Why nothing moves, by its kind: the same sentences from the API and on both pages."""
    answer = client.get("/api/operations").json()
    for path in ("/operations", "/operations/wall"):
        page = html.unescape(client.get(path).text)
        [section] = re.findall(r'data-section="idle">(.*?)</(?:section|div)>', page, re.DOTALL)
        assert [text for text in texts_of(answer) if text not in section] == [], path
    return {reason["kind"]: reason["text"] for reason in answer["idle"]}


def texts_of(answer: dict[str, Any]) -> list[str]:
    return [reason["text"] for reason in answer["idle"]]


def health(client: Client, function: str = "") -> tuple[int, str]:
    """Its status, and what is wrong in sentences."""
    answer = client.get(f"/health/{function}" if function else "/health")
    body = answer.json()
    return answer.status_code, body["says"] if function else " ".join(body["why"])


@contextmanager
def a_worker(settings: Settings, pipeline: Pipeline, function: str, state: Any = "idle") -> Iterator[None]:
    """A process that reports to be a worker of a function."""
    doing = Doing(state, time.monotonic())
    with reporting(settings, function, lambda: doing, lambda: None):
        wait_until(lambda: any(view.function == function for view in worker_views(pipeline.context)))
        yield


def test_a_paused_run(pipeline: Pipeline, split: list[Message], client: Client) -> None:
    pause(pipeline.context)
    assert told(client).keys() == {"paused"}
    assert health(client) == (200, "")
    says = {check["name"]: check["says"] for check in client.get("/health").json()["checks"]}
    assert says["stalled-run"].endswith("is paused.")


def test_a_run_that_stopped_at_a_limit(pipeline: Pipeline, source: Path, tmp_path: Path, client: Client) -> None:
    pipeline.load(source, only_store="table")
    few = small()
    few["labels"] = few["labels"][:2]
    run = pipeline.load(write_dump(tmp_path / "may", MAY, few), MAY, only_store="table")
    said = told(client)
    assert said.keys() == {"stopped-at-limit"}
    assert said["stopped-at-limit"].startswith(f"Run {run.id} stopped at a limit. The dump lacks 8 of 10 labels")
    status, why = health(client)
    assert (status, why.startswith(f"Run {run.id} stopped at a limit: The dump lacks 8 of 10 labels")) == (503, True)


def test_a_run_that_failed(pipeline: Pipeline, source: Path, client: Client) -> None:
    next(source.glob("*labels*")).write_bytes(b"damaged")
    run = pipeline.load(source, only_store="table")
    said = told(client)
    assert said.keys() == {"failed"}
    assert "labels.xml.gz has SHA-256" in said["failed"]
    assert said["failed"].endswith("`linernotes resume` takes it up again.")
    status, why = health(client)
    assert (status, why.startswith(f"Run {run.id} has failed: ")) == (503, True)


def test_parts_that_were_given_up(pipeline: Pipeline, split: list[Message], client: Client) -> None:
    dead = next(message for message in split if isinstance(message, PartMessage) and message.entity == "labels")
    hooks().on_dead(pipeline.context, dead, PermanentError("It cannot be read."))
    pipeline.go_on([message for message in split if message != dead])
    later(pipeline)
    assert told(client) == {
        "dead-parts": f"Parts are dead (1 of labels): the end of run {dead.run} waits for "
        "`linernotes dead-letters requeue`."
    }
    assert health(client) == (503, f"1 part of run {dead.run} is dead.")


def note_scaled(pipeline: Pipeline, workers: int, reason: str) -> None:
    events = ScalingEvents(pipeline.context.settings)
    events.scaled({"parse-chunk": 1}, {"parse-chunk": Decision(workers, reason)})
    assert asyncio.run(events.write())


def test_a_function_scaled_to_none(pipeline: Pipeline, split: list[Message], client: Client) -> None:
    send_all(pipeline.context.settings, split)
    note_scaled(pipeline, 0, "set by hand")
    said = told(client)
    assert said.keys() == {"scaled-to-zero"}
    assert said["scaled-to-zero"].endswith("scaled to 0: `linernotes scale parse-chunk auto` wakes it.")
    assert health(client, "parse-chunk") == (503, said["scaled-to-zero"])
    assert health(client, "load-table")[0] == 200


def test_emptying_the_stores_scales_nothing(pipeline: Pipeline, client: Client) -> None:
    with pipeline.context.connection() as connection:
        add_event(connection, "stack-started", fixed={"finish": 2})
    for workers, reason in ((1, "1 message to handle"), (0, "set by hand")):
        note_scaled(pipeline, workers, reason)
    pipeline.reset()
    functions = client.get("/api/operations").json()["functions"]
    assert {one["name"]: one["fixed"] for one in functions if one["fixed"] is not None} == {
        "parse-chunk": 0,
        "finish": 2,
    }
    assert "set to 0" in client.get("/operations").text
    assert pipeline.query("SELECT count(*) FROM events") == [(2,)]


def test_work_without_a_worker_and_one_that_is_being_woken(
    pipeline: Pipeline, split: list[Message], client: Client
) -> None:
    send_all(pipeline.context.settings, split)
    pipeline.query("UPDATE parts SET sent_at = now()")
    said = told(client)
    assert said.keys() == {"waking"}
    assert health(client) == (200, "")
    assert health(client, "parse-chunk")[0] == 200
    later(pipeline)
    said = told(client)
    assert said.keys() == {"no-worker"}
    assert health(client, "parse-chunk") == (503, said["no-worker"])
    assert health(client) == (200, "")  # not for long enough
    pipeline.query("UPDATE runs SET started_at = now() - interval '1 hour'")
    pipeline.query("UPDATE files SET sent_at = now() - interval '1 hour'")
    status, why = health(client)
    assert (status, "has not moved since" in why, said["no-worker"] in why) == (503, True, True)


def test_messages_that_are_lost(pipeline: Pipeline, split: list[Message], client: Client) -> None:
    said = told(client)
    assert said.keys() == {"lost"}
    assert "no queue holds a message: it is sent again at" in said["lost"]
    assert health(client, "parse-chunk") == (503, said["lost"])


def test_parts_that_failed_and_come_back(pipeline: Pipeline, split: list[Message], client: Client) -> None:
    parts = [message for message in split if isinstance(message, ParseChunk)]
    settings = pipeline.context.settings
    with open_sender(settings) as sender, a_worker(settings, pipeline, "parse-chunk"):
        for part in parts:
            hooks().on_retry(pipeline.context, part, Retry(StoreUnavailable("It is away."), 600.0))
            sender.send(part, delay_ms=600_000)
        said = told(client)
        assert said.keys() == {"backoff"}
        again = r"have failed and are tried again by parse-chunk, the first at \d\d:\d\d:\d\d UTC"
        assert re.search(again, said["backoff"])
        assert health(client, "parse-chunk")[0] == 200


def test_a_file_whose_reading_failed_and_comes_back(pipeline: Pipeline, source: Path, client: Client) -> None:
    begun = pipeline.begin(source, only_store="table")
    splits = deliver_all(pipeline, begun.messages, Download)
    settings = pipeline.context.settings
    with open_sender(settings) as sender, a_worker(settings, pipeline, "split"):
        for message in splits:
            hooks().on_retry(pipeline.context, message, Retry(StoreUnavailable("It is away."), 600.0))
            sender.send(message, delay_ms=600_000)
        said = told(client)
        assert said.keys() == {"backoff"}
        assert re.search(r"has failed and is tried again by split at \d\d:\d\d:\d\d UTC", said["backoff"])


def test_a_source_that_asks_to_wait_and_a_file_that_waits_for_it(
    pipeline: Pipeline, site: Site, client: Client
) -> None:
    begun = pipeline.begin(site.url, only_store="table")
    site.fail(name_of("releases"), Status(429, {"Retry-After": "3600"}))
    for message in begun.messages:
        assert isinstance(message, Download)
        with pytest.raises(StoreUnavailable) if message.entity == "releases" else nullcontext():
            deliver(pipeline, message)
    said = told(client)
    assert said.keys() == {"download-put-off", "waits-for-file"}
    assert re.search(r"is put off, as its source asked .* begins again at \d\d:\d\d:\d\d UTC", said["download-put-off"])
    assert said["waits-for-file"].endswith("nothing is loaded before every file is here and checked.")
    assert health(client) == (200, "")
    pipeline.query("UPDATE runs SET started_at = now() - interval '1 hour'")
    pipeline.query("UPDATE files SET sent_at = now() - interval '1 hour' WHERE state = 'fetched'")
    assert health(client) == (200, "")  # whoever offers it has asked for that
    levels = {check["name"]: check["level"] for check in client.get("/health").json()["checks"]}
    assert levels["stalled-run"] == "warn"


def test_a_split_that_waits_for_room(pipeline: Pipeline, source: Path) -> None:
    settings = msgspec.structs.replace(pipeline.context.settings, pending_parts=2)
    narrow = Pipeline(dataclasses.replace(pipeline.context, settings=settings))
    begun = narrow.begin(source, only_store="table")
    reading = next(
        message
        for message in deliver_all(narrow, begun.messages, Download)
        if isinstance(message, Split) and message.entity == "releases"
    )
    thread = threading.Thread(target=deliver, args=(narrow, reading))
    thread.start()
    try:
        waiting = "SELECT count(*) FROM parts WHERE entity = 'releases'"
        wait_until(lambda: narrow.query(waiting) == [(2,)])
        with TestClient(create_app(settings)) as client, a_worker(settings, narrow, "split", "busy"):
            later(narrow)
            said = told(client)
            assert said["waits-for-room"] == (
                "Reading releases waits for room: 2 parts of it are under way, and no more than 2 may be."
            )
            assert health(client, "split")[0] == 200
    finally:
        cancel(narrow.context)
        thread.join(60)
    assert not thread.is_alive()


def test_a_worker_that_waits_for_a_lock_and_one_that_is_gone(
    pipeline: Pipeline, split: list[Message], client: Client, tmp_path: Path
) -> None:
    part = next(message for message in split if isinstance(message, ParseChunk) and message.entity == "labels")
    loads = deliver(pipeline, part)
    assert [type(message) for message in loads] == [LoadTable]
    settings = pipeline.context.settings
    with (
        pipeline.context.connection() as holder,
        running(tmp_path, settings, "worker", "load-table") as worker,
    ):
        holder.execute("LOCK TABLE labels IN SHARE ROW EXCLUSIVE MODE")
        send_all(settings, loads)
        wait_until(lambda: any(view.state == "busy" for view in worker_views(pipeline.context)), worker.text)
        pipeline.query("UPDATE part_times SET ended_at = ended_at - interval '1 minute'")
        said = told(client)
        assert said["lock-held"].endswith("for load-table, which waits for a lock that another holds.")
        assert health(client, "load-table") == (503, said["lock-held"])
        worker.kill()
        holder.rollback()
    pipeline.query("UPDATE workers SET at = at - interval '10 minutes'")
    status, why = health(client)
    assert status == 503
    assert re.search(r"load-table on \S+, process \d+, stopped reporting at .* UTC, and no other has come\.", why)


def test_stores_that_do_not_answer(pipeline: Pipeline, split: list[Message], tmp_path: Path) -> None:
    dead = f"127.0.0.1:{free_port(())}"
    settings = msgspec.structs.replace(
        pipeline.context.settings,
        graph_address=f"bolt://{dead}",
        graph_http="",
        broker_url=f"redis://:very-secret@{dead}/0",
        cache_url=f"redis://:very-secret@{dead}/0",
    )
    with TestClient(create_app(settings)) as client:
        said = [text for text in texts_of(client.get("/api/operations").json()) if "not answer" in text]
        assert len(said) == 2
        assert told(client).keys() == {"store-down"}
        status, why = health(client)
        assert status == 503
        assert all(name in why for name in ("The graph", "The broker", "The cache"))
        assert health(client, "load-table") == (503, next(text for text in said if "broker" in text))
        assert health(client, "load-graph")[1] == " ".join(said)
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert "very-secret" not in client.get("/health").text + client.get("/operations").text


def test_postgresql_that_does_not_answer(pipeline: Pipeline) -> None:
    settings = msgspec.structs.replace(
        pipeline.context.settings, postgres_address=f"127.0.0.1:{free_port(())}", pool_size=1
    )
    with TestClient(create_app(settings)) as client:
        assert told(client).keys() == {"store-down"}
        status, why = health(client)
        assert (status, "PostgreSQL" in why) == (503, True)
        assert client.get("/health/split").status_code == 503


def test_every_reason_is_brought_about_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in source] == []
