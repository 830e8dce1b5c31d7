"""Acting through the application: loads, runs, dead letters, quarantine, schedules, scaling; each is an event."""

from __future__ import annotations

import asyncio
import dataclasses
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dramatiq
import httpx
import msgspec
import pytest
import redis
from litestar.testing import TestClient

from functions.operations.scale_action import scale
from functions.registry import FUNCTIONS
from functions.runtime.errors import RefusedError, StoreUnavailable
from functions.runtime.function_table import function_name, queue_of
from functions.runtime.ledger.claims import mark_dead
from functions.runtime.messages import Message, ParseChunk, PartMessage, encode
from functions.runtime.messaging import queue_admin
from functions.runtime.settings import Settings
from gateway.api import actions
from gateway.app import create_app
from infra.stack.child import Child
from infra.stack.control_socket import control_server
from tests.access import headers_of, key_of, shown
from tests.integration.pipeline import APRIL, Pipeline, artist, split_of, write_dump
from tests.unit.test_supervisor import SLEEPS, supervisor

TABLES_ONLY = True
PIPELINE = {"part_bytes": 2_000}


@pytest.fixture(scope="module")
def client(opened: Pipeline, settings: Settings) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(settings)) as client:
        client.headers.update(shown(key_of(settings, "operate", "nightly")))
        yield client


@pytest.fixture
def empty(pipeline: Pipeline) -> Pipeline:
    """A pipeline on empty stores and queues."""
    settings = pipeline.context.settings
    queue_admin.flush(settings, FUNCTIONS.queues)
    queue_admin.purge(settings, FUNCTIONS.queues)
    pipeline.query("TRUNCATE schedules")
    return pipeline


def act(client: TestClient[Any], path: str, body: Any = None, status: int = 200) -> Any:
    answer: httpx.Response = client.post(path, json=body) if body is not None else client.post(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def events(pipeline: Pipeline) -> list[tuple[str, dict[str, Any]]]:
    """What people have done, oldest first."""
    return [
        (kind, detail)
        for kind, detail in pipeline.query("SELECT kind, detail FROM events ORDER BY id")
        if "by" in detail
    ]


def last_event(pipeline: Pipeline) -> tuple[str, dict[str, Any]]:
    return events(pipeline)[-1]


def put_dead(settings: Settings, message: Message, error: str) -> str:
    """A dead letter, as a worker leaves it."""
    queue, number = queue_of(message), str(uuid.uuid4())
    options = {"error": error, "redis_message_id": number}
    envelope: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue, actor_name=function_name(type(message)), args=(encode(message),), kwargs={}, options=options
    )
    with redis.Redis.from_url(settings.broker_url) as broker:
        key = f"{settings.broker_namespace}:{queue}.XQ"
        broker.zadd(key, {number: time.time() * 1000})
        broker.hset(f"{key}.msgs", number, envelope.encode())
    return number


def ready(settings: Settings) -> int:
    return sum(queue.ready for queue in queue_admin.queue_stats(settings, FUNCTIONS.queues))


# ── loads and runs


def test_a_source_is_looked_at_before_and_then_loaded(empty: Pipeline, client: TestClient[Any], source: Path) -> None:
    wish = {"source": str(source), "only_store": "table"}
    found = act(client, "/api/loads/check", wish)
    assert (found["dump"], found["missing"], found["refused"]) == ("20260401", [], None)
    assert {file["entity"] for file in found["files"]} == {"artists", "labels", "masters", "releases"}
    assert sum(file["bytes"] for file in found["files"]) == found["bytes"]
    assert events(empty) == []
    started = act(client, "/api/loads", wish)
    assert (started["joined"], started["messages"]) == (False, 4)
    assert ready(empty.context.settings) == 4
    kind, detail = last_event(empty)
    assert (kind, detail["dump"], detail["by"]) == ("run-begun", "20260401", "key:nightly")
    assert act(client, "/api/loads", wish)["joined"] is True


def test_what_load_would_refuse_is_said_before(empty: Pipeline, client: TestClient[Any], source: Path) -> None:
    (source / "discogs_20260401_labels.xml.gz").unlink()
    begun = empty.begin(source, entities=("artists",))
    found = act(client, "/api/loads/check", {"source": str(source), "dump": "20260401", "entities": ["labels"]})
    assert found["missing"] == ["labels"]
    assert found["refused"] is None  # joins
    other = write_dump(source / "other", APRIL, {"artists": [artist(1)]})
    refused = act(client, "/api/loads/check", {"source": str(other)})["refused"]
    assert refused.startswith(f"Run {begun.run.id}, a load of 20260401, is running")
    answer = act(client, "/api/loads", {"source": str(other)}, 409)
    assert refused in str(answer)
    kind, detail = last_event(empty)
    assert (kind, detail["action"], detail["outcome"]) == ("action-failed", "load", refused)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"source": "/no/such/folder"}, 409),
        ({"source": "s"}, 409),
        ({}, 400),
        ({"source": ""}, 400),
        ({"source": "x", "dump": "2026"}, 400),
        ({"source": "x", "surprise": 1}, 400),
        ({"source": "a\0b"}, 400),
        ({"source": "s3://a%/c"}, 409),
        ({"source": "x", "entities": ["genres"]}, 400),
    ],
)
def test_a_load_that_cannot_be_is_refused_with_a_sentence(
    empty: Pipeline, client: TestClient[Any], body: dict[str, Any], status: int
) -> None:
    for path in ("/api/loads/check", "/api/loads"):
        answer = client.post(path, json=body)
        assert answer.status_code in ({400, 422} if status == 400 else {status}), answer.text


@pytest.mark.parametrize("path", ["/api/loads/check", "/api/dead-letters/requeue"])
def test_a_body_that_is_no_text_is_refused(client: TestClient[Any], path: str) -> None:
    answer = client.post(path, content=b'{"source":"\xff"}', headers={"Content-Type": "application/json"})
    assert (answer.status_code, "UTF-8" in answer.json()["detail"]) == (400, True), answer.text


def test_a_run_is_paused_and_goes_on_and_is_cancelled(empty: Pipeline, client: TestClient[Any], source: Path) -> None:
    run = empty.begin(source).run.id
    assert act(client, f"/api/runs/{run + 1}/pause", status=404)["detail"] == f"There is no run {run + 1}."
    assert act(client, f"/api/runs/{run}/pause")["state"] == "paused"
    act(client, f"/api/runs/{run}/pause", status=409)
    act(client, f"/api/runs/{run}/resume", status=409)
    assert act(client, f"/api/runs/{run}/unpause") == {"run": run, "state": "running", "messages": 4, "dead": 0}
    assert act(client, f"/api/runs/{run}/resume")["messages"] == 4
    assert act(client, f"/api/runs/{run}/cancel")["state"] == "cancelled"
    assert empty.run(run).state == "cancelled"
    act(client, f"/api/runs/{run}/cancel", status=409)
    assert [kind for kind, _ in events(empty)] == [
        "action-failed",
        "run-paused",
        "action-failed",
        "action-failed",
        "run-running",
        "run-resent",
        "run-cancelled",
        "action-failed",
    ]


def test_a_failed_run_is_taken_up_and_another_one_is_not(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    run = empty.begin(source).run.id
    empty.query("UPDATE runs SET state = 'failed', finished_at = now()")
    act(client, f"/api/runs/{run + 1}/resume", status=404)
    assert act(client, f"/api/runs/{run}/resume")["state"] == "running"
    kind, detail = last_event(empty)
    assert (kind, "by" in detail) == ("run-resumed", True)


def test_nobody_acts_without_the_right(empty: Pipeline, settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        reader = headers_of(settings, "read")
        for route in actions.ROUTES:
            [path] = route.paths
            path = path.replace("{number:int}", "1").replace("{name:str}", "split")
            assert client.post(path, json={}).status_code == 401
            assert client.post(path, json={}, headers=reader).status_code == 403


# ── what was given up


def dead_parts(pipeline: Pipeline, source: Path) -> list[PartMessage]:
    """Three dead parts of a run, two of them with a letter; the second is broken otherwise."""
    _, messages = split_of(pipeline, source, entities=("releases",))
    parts: list[PartMessage] = []
    parts += [message for message in messages if isinstance(message, ParseChunk)][:3]
    for number, part in enumerate(parts):
        error = f"it is {'odd' if number == 1 else 'broken'}"
        mark_dead(pipeline.context, part, error)
        if number:
            put_dead(pipeline.context.settings, part, error)
    return parts


def states(pipeline: Pipeline, parts: list[PartMessage]) -> list[str]:
    found = dict(pipeline.query("SELECT part, state FROM parts"))
    return [found[part.part] for part in parts]


def test_dead_letters_are_listed_with_those_that_the_broker_lost(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    page = client.get("/api/dead-letters", params={"limit": 2}).json()
    assert page["total"] == {"count": 3, "more": False}
    rest = client.get("/api/dead-letters", params={"limit": 2, "cursor": page["next"]}).json()
    found = page["letters"] + rest["letters"]
    assert rest["next"] is None
    assert sorted((letter["part"], letter["held"]) for letter in found) == [
        (part.part, number > 0) for number, part in enumerate(parts)
    ]
    assert {(letter["function"], letter["entity"]) for letter in found} == {("parse-chunk", "releases")}
    odd = client.get("/api/dead-letters", params={"text": "ODD", "function": "parse-chunk"}).json()
    assert [letter["part"] for letter in odd["letters"]] == [parts[1].part]


def test_what_matches_is_tried_again_and_no_more_than_was_agreed_to(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    answer = act(client, "/api/dead-letters/requeue", {"expected": 1, "text": "broken"}, 409)
    assert "There are 2 dead letters now, and 1 were agreed to" in str(answer)
    assert states(empty, parts) == ["dead"] * 3
    done = act(client, "/api/dead-letters/requeue", {"expected": 5, "text": "broken"})
    assert (done["letters"], done["parts"], done["batches"]) == (2, 2, 0)
    assert done["messages"] > 0
    assert states(empty, parts) == ["cut", "dead", "cut"]
    kind, detail = last_event(empty)
    assert (kind, detail["letters"], detail["parts"]) == ("requeued", 2, 2)
    [left] = client.get("/api/dead-letters").json()["letters"]
    done = act(client, "/api/dead-letters/requeue", {"expected": 1, "ids": [left["id"]]})
    assert states(empty, parts) == ["cut"] * 3
    assert client.get("/api/dead-letters").json()["letters"] == []


def test_letters_of_a_run_that_is_over_are_sent_anew(empty: Pipeline, client: TestClient[Any], source: Path) -> None:
    parts = dead_parts(empty, source)
    act(client, f"/api/runs/{parts[0].run}/cancel")
    assert act(client, "/api/dead-letters/requeue", {"expected": 2})["letters"] == 2
    assert ready(empty.context.settings) == 2


def test_what_matches_is_dropped_and_its_part_stays_dead(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    act(client, "/api/dead-letters/purge", {"expected": 0, "text": "odd"}, 409)
    assert act(client, "/api/dead-letters/purge", {"expected": 1, "text": "odd"}) == {"letters": 1}
    assert states(empty, parts) == ["dead"] * 3
    found = client.get("/api/dead-letters").json()["letters"]
    assert sorted(letter["held"] for letter in found) == [False, False, True]
    kind, detail = last_event(empty)
    assert (kind, detail["letters"], detail["filter"]) == ("purged", 1, {"text": "odd"})


# ── quarantine


def test_pieces_that_match_are_parsed_again(empty: Pipeline, client: TestClient[Any], tmp_path: Path) -> None:
    broken = ["<artist><id>7</id><name>x</artist>", "<artist><id>8</id><name>y</artist>"]
    folder = write_dump(tmp_path, APRIL, {"artists": [*(artist(number) for number in range(1, 6)), *broken]})
    assert empty.load(folder, only_store="table").state == "done"
    page = client.get("/api/quarantine").json()
    assert (page["total"]["count"], page["retryable"]["count"]) == (2, 2)
    assert client.get("/api/quarantine", params={"record": 7}).json()["retryable"]["count"] == 1
    assert "There are 2 pieces now" in str(act(client, "/api/quarantine/retry", {"expected": 1}, 409))
    act(client, "/api/quarantine/retry", {"expected": 1, "record": 9}, 409)
    begun = act(client, "/api/quarantine/retry", {"expected": 1, "record": 8})
    run = empty.run(begun["run"])
    assert (run.kind, run.source) == ("retry", "quarantine record=8")
    assert [part.records for part in empty.parts(run)] == [1]
    kind, detail = last_event(empty)
    assert (kind, detail["pieces"]) == ("run-begun", 1)


# ── schedules


def test_a_schedule_is_asked_for_once_the_scheduler_knows_it(empty: Pipeline, client: TestClient[Any]) -> None:
    assert "has not begun" in str(act(client, "/api/schedules/sweep/run", status=409))
    empty.query("INSERT INTO schedules (name, due) VALUES ('sweep', now() + interval '1 hour')")
    asked = act(client, "/api/schedules/sweep/run")
    assert act(client, "/api/schedules/sweep/run") == asked
    assert last_event(empty)[0] == "schedule-asked"
    found = {one["name"]: one for one in client.get("/api/schedules").json()["schedules"]}
    assert found["sweep"]["asked_at"] == asked["asked_at"]
    assert "names no source" in str(act(client, "/api/schedules/check/run", status=409))
    act(client, "/api/schedules/nothing/run", status=404)


# ── scaling


def test_a_function_is_scaled_through_the_supervisor_of_its_home(empty: Pipeline, tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="split", argv=SLEEPS)) as one, control_server(one.home, one.answer):
            settings = msgspec.structs.replace(empty.context.settings, home=str(one.home.path))
            context = dataclasses.replace(empty.context, settings=settings)
            done = await asyncio.to_thread(scale, context, "split", 3, "cli:anna")
            assert (done.before, one.status().targets["split"]) == (1, 3)
            with pytest.raises(RefusedError, match="0 to 64 is possible"):
                await asyncio.to_thread(scale, context, "split", 65, "cli:anna")
        with pytest.raises(StoreUnavailable, match="does not answer"):
            scale(context, "split", 1, "cli:anna")

    asyncio.run(work())
    assert [(kind, detail["by"], detail["workers"]) for kind, detail in events(empty)] == [
        ("scale-asked", "cli:anna", 3),
        ("action-failed", "cli:anna", 65),
        ("action-failed", "cli:anna", 1),
    ]


def test_in_a_cluster_and_for_what_is_no_function_scaling_is_refused(empty: Pipeline, client: TestClient[Any]) -> None:
    act(client, "/api/functions/gateway/scale", {"workers": 0}, 404)
    assert client.post("/api/functions/split/scale", json={"workers": -1}).status_code in {400, 422}
    settings = msgspec.structs.replace(empty.context.settings, profile="cluster")
    with pytest.raises(RefusedError, match="docker compose up --scale split=N"):
        scale(dataclasses.replace(empty.context, settings=settings), "split", 2, "cli:anna")
