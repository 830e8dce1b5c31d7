"""Each unhealthy state, brought about in the real stores: `/health` is 503 where it is needed, and the page says it."""

from __future__ import annotations

import datetime as dt
import html
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from functions.metrics_history.sampler import Sampler
from functions.registry import FUNCTIONS
from functions.runtime.errors import PermanentError
from functions.runtime.messages import Derive, LoadTable, Message, ParseChunk
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.broker import make_broker
from functions.runtime.messaging.sender import send_all
from gateway.app import create_app
from tests.integration.pipeline import Pipeline, deliver, split_of

PIPELINE = {"part_bytes": 2_000}
TABLES_ONLY = True

Client = TestClient[Any]


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[Client]:
    with TestClient(create_app(pipeline.context.settings)) as client:
        yield client
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)
    queue_admin.purge(pipeline.context.settings, FUNCTIONS.queues)


def why(client: Client, status: int = 503) -> list[str]:
    """What is not well, as `/health` says it."""
    answer = client.get("/health")
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == ("ok" if status == 200 else "degraded")
    found: list[str] = answer.json()["why"]
    return found


def shown(client: Client, path: str = "/operations") -> str:
    """A page's text."""
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def loaded(pipeline: Pipeline, source: Path) -> list[Message]:
    """April in the tables, and the messages for what is to be derived from it."""
    waiting, derive = list(pipeline.begin(source, only_store="table").messages), list[Message]()
    while waiting:
        message = waiting.pop(0)
        if isinstance(message, Derive):
            derive.append(message)
        else:
            waiting += deliver(pipeline, message)
    return derive


def test_all_is_well_where_a_month_is_loaded(pipeline: Pipeline, source: Path, client: Client) -> None:
    pipeline.go_on(loaded(pipeline, source))
    assert why(client, 200) == []
    assert "Nothing needs a person." in shown(client)


def test_a_bucket_that_is_gone(pipeline: Pipeline, client: Client, tmp_path: Path) -> None:
    folder = Path(pipeline.context.settings.bucket_url)
    away = folder.rename(tmp_path / "away")
    try:
        said = f"The bucket {folder} is no folder that can be written to."
        assert why(client) == [said]
        assert said in shown(client)
        assert client.get("/health/split").json()["says"] == said
        assert client.get("/health/ready").status_code == 503
    finally:
        shutil.move(away, folder)


def test_batches_of_documents_that_were_given_up(pipeline: Pipeline, source: Path, client: Client) -> None:
    batch, *_ = loaded(pipeline, source)
    hooks = FUNCTIONS.spec_of(batch).load_hooks()
    assert hooks is not None
    hooks.on_dead(pipeline.context, batch, PermanentError("A document is odd."))
    [said] = why(client)
    assert said.endswith((" of documents was given up.", " of documents were given up."))
    assert "given up: A document is odd." in shown(client)
    assert "A document is odd." in shown(client, "/operations/wall")


def test_a_volume_that_is_too_small_for_the_next_month(pipeline: Pipeline, source: Path, client: Client) -> None:
    pipeline.go_on(loaded(pipeline, source))
    pipeline.query("UPDATE files SET bytes = 10::bigint ^ 15")
    said = why(client)
    assert said
    assert all(one.startswith("The next month needs about ") and one.endswith(" are free.") for one in said)
    assert all(one in shown(client) for one in said)


def test_a_queue_that_only_grows(pipeline: Pipeline, source: Path, client: Client) -> None:
    _, messages = split_of(pipeline, source, only_store="table")
    parts = [message for message in messages if isinstance(message, ParseChunk) and message.entity == "releases"]
    sampler = Sampler(pipeline.context)
    try:
        for count, part in enumerate(parts[:6]):
            send_all(pipeline.context.settings, [part])
            sampler()
            pipeline.query(
                "UPDATE metric_samples SET at = at - make_interval(mins => %s) "
                "WHERE at = (SELECT max(at) FROM metric_samples)",
                4 * (6 - count),
            )
        said = why(client)
    finally:
        pipeline.query("TRUNCATE metric_names, metric_samples, metric_minutes, metric_hours")
    assert [one for one in said if one.startswith("parse-chunk.releases only grows: from ")] == said
    assert said[0].endswith(" to 6 messages in the last half hour.")


def test_a_schedule_that_fails_until_it_is_overdue(pipeline: Pipeline, client: Client) -> None:
    pipeline.query("UPDATE migrations SET applied_at = now() - interval '2 days'")
    pipeline.query(
        "INSERT INTO schedules (name, due, failed_at, error) "
        "VALUES ('sweep', now() - interval '1 hour', now(), 'The broker is away.')"
    )
    try:
        said = [one for one in why(client) if "sweep" in one]
        assert len(said) == 1
        assert said[0].endswith("and it has never succeeded: The broker is away.")
        assert said[0] in shown(client)
    finally:
        pipeline.query("DELETE FROM schedules")
        pipeline.query("UPDATE migrations SET applied_at = now()")


def test_a_scheduler_that_stopped_reporting(pipeline: Pipeline, client: Client) -> None:
    for name, state in (("scheduler", "idle"), ("load-table", "idle")):
        pipeline.query(
            "INSERT INTO workers VALUES (%s, %s, 'here', 7, '0', now(), %s, now(), NULL, 1, 1, "
            "now() - interval '10 minutes', '1 minute')",
            name, name, state,
        )  # fmt: skip
    try:
        [said] = why(client)  # the other one had nothing to do
        assert said.startswith("scheduler on here, process 7, stopped reporting at ")
        assert said.endswith(" UTC, and no other has come.")
        levels = [check["level"] for check in client.get("/health").json()["checks"] if check["name"] == "workers"]
        assert sorted(levels) == ["bad", "warn"]
    finally:
        pipeline.query("DELETE FROM workers")


def test_letters_that_no_run_answers_for_are_shown_and_make_their_function_unwell(
    pipeline: Pipeline, client: Client
) -> None:
    settings = pipeline.context.settings
    send_all(settings, [LoadTable(run=4711, entity="labels", part=1)])
    broker: Any = make_broker(settings, in_worker=False)
    try:
        consumer = broker.consume("load-table.labels", timeout=1_000)
        message = next(found for found in consumer if found is not None)
        consumer.nack(message)
    finally:
        broker.close()
    assert why(client, 200) == []
    assert client.get("/health/load-table").json()["says"] == "1 message of its own was given up."
    assert "There are dead letters: 1 in load-table.labels." in shown(client)


def test_a_run_that_is_not_said_to_be_well_for_33_days(pipeline: Pipeline, source: Path, client: Client) -> None:
    next(source.glob("*labels*")).write_bytes(b"damaged")
    pipeline.load(source, only_store="table")
    pipeline.query("UPDATE runs SET finished_at = finished_at - interval '33 days'")
    [said] = why(client)
    assert "has failed: " in said
    [check] = [check for check in client.get("/health").json()["checks"] if check["name"] == "last-run"]
    assert check["age_s"] == pytest.approx(dt.timedelta(days=33).total_seconds(), abs=600)
    assert msgspec.json.decode(client.get("/health").content)["status"] == "degraded"
