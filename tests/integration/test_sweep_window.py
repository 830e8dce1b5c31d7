"""What waits in its queue is not sent again, what is lost is; and never more at once than the window lets through."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.projection.projection_state import all_due_ids
from functions.registry import FUNCTIONS
from functions.runs.run_commands import pause, resume, sweep, unpause
from functions.runtime.function_table import queue_of
from functions.runtime.ledger.store import all_due
from functions.runtime.messages import LoadGraph, Message, ParseChunk, PartMessage
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.sender import open_sender
from tests.integration.pipeline import APRIL, Pipeline, deliver, split_of

WINDOW = 3
PIPELINE = {"part_bytes": 1_000, "window": WINDOW}


@pytest.fixture
def pipeline(opened: Pipeline) -> Iterator[Pipeline]:
    opened.reset()
    yield opened
    queue_admin.flush(opened.context.settings, FUNCTIONS.queues)


def send(pipeline: Pipeline, messages: list[Message]) -> None:
    with open_sender(pipeline.context.settings) as sender:
        for message in messages:
            sender.send(message)


def expire(pipeline: Pipeline) -> None:
    """Every lease is over, long ago."""
    for table in ("parts", "files", "runs"):
        pipeline.query(f"UPDATE {table} SET sent_at = least(sent_at, now()) - interval '1 hour'")  # noqa: S608


def at_once(messages: list[Message]) -> dict[str, int]:
    return Counter(queue_of(message) for message in messages if isinstance(message, PartMessage))


def test_what_merely_waits_in_its_queue_is_not_sent_again(pipeline: Pipeline, source: Path) -> None:
    _, messages = split_of(pipeline, source)
    parts: list[Message] = [message for message in messages if isinstance(message, ParseChunk)]
    assert at_once(parts)["parse-chunk.releases"] > WINDOW
    send(pipeline, parts)
    for _ in range(5):
        expire(pipeline)
        assert sweep(pipeline.context) == []


def test_of_lost_messages_only_as_many_are_sent_again(pipeline: Pipeline, source: Path) -> None:
    _, messages = split_of(pipeline, source)
    parts: list[Message] = [message for message in messages if isinstance(message, ParseChunk)]
    lost = [parts[0], parts[-1]]
    send(pipeline, [message for message in parts if message not in lost])
    expire(pipeline)
    again = sweep(pipeline.context)
    assert at_once(again) == {queue_of(message): 1 for message in lost}
    send(pipeline, again)
    expire(pipeline)
    assert sweep(pipeline.context) == []


def test_a_broker_that_forgot_everything_is_mended_a_window_at_a_time(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    total = len([message for message in messages if isinstance(message, ParseChunk)])
    expire(pipeline)
    sent = 0
    while again := sweep(pipeline.context):
        assert max(at_once(again).values()) <= WINDOW
        sent += len(again)
        assert sent <= total
        send(pipeline, again)
        expire(pipeline)
    assert sent == total
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)
    expire(pipeline)
    while pipeline.run(begun.run.id).state != "done":
        pipeline.go_on(sweep(pipeline.context))
        expire(pipeline)
    assert pipeline.differences(source, APRIL) == {}


@pytest.mark.parametrize("again", ["resume", "unpause"])
def test_what_is_sent_again_by_hand_follows_as_earlier_parts_end(pipeline: Pipeline, source: Path, again: str) -> None:
    begun, _ = split_of(pipeline, source)
    if again == "unpause":
        pause(pipeline.context)
    waiting = list((unpause if again == "unpause" else resume)(pipeline.context)[1])
    assert max(at_once(waiting).values()) == WINDOW
    most = go_on_in_turn(pipeline, waiting)
    assert most["parse-chunk.releases"] == WINDOW
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}


def test_leftovers_are_sent_as_earlier_ones_end(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source)
    monkeypatch.setattr("functions.finish.unprojected_records._IDS_OF_A_PART", 4)
    monkeypatch.setattr("functions.projection.projection_state._READ_BATCH", 10)
    pipeline.query("UPDATE record_state SET graph = NULL")  # as after a change of the projection
    begun = pipeline.begin(source)
    most = go_on_in_turn(pipeline, list(begun.messages))
    assert most["load-graph.releases"] == most["load-graph.artists"] == WINDOW
    assert [part.records for part in pipeline.parts(begun.run) if part.entity == "labels"] == [4, 4, 2]
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.query("SELECT count(*) FROM record_state WHERE graph IS NULL") == [(0,)]


def test_leftovers_whose_messages_are_lost_are_found_by_the_sweep(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source)
    monkeypatch.setattr("functions.finish.unprojected_records._IDS_OF_A_PART", 4)
    pipeline.query("UPDATE record_state SET graph = NULL")
    begun = pipeline.begin(source)
    waiting = list(begun.messages)
    while not any(isinstance(message, LoadGraph) for message in waiting):
        waiting += deliver(pipeline, waiting.pop(0))
    while pipeline.run(begun.run.id).state != "done":  # every message that a part sends is lost
        expire(pipeline)
        for message in sweep(pipeline.context):
            deliver(pipeline, message)
    assert pipeline.query("SELECT count(*) FROM record_state WHERE graph IS NULL") == [(0,)]


def test_a_paused_run_keeps_what_waits_for_room(pipeline: Pipeline, source: Path) -> None:
    begun, _ = split_of(pipeline, source)
    first = all_due(pipeline.context, begun.run.id)
    pause(pipeline.context)
    for message in first:
        assert deliver(pipeline, message) == []
    assert pipeline.query("SELECT count(*) > 0 FROM parts WHERE sent_at IS NULL") == [(True,)]


def test_millions_of_due_records_are_never_held_at_once(pipeline: Pipeline) -> None:
    pipeline.query("INSERT INTO record_state (entity, id, doc) SELECT 4, i, i FROM generate_series(1, 300000) AS i")
    tracemalloc.start()
    assert sum(1 for _ in all_due_ids(pipeline.context, "releases")) == 300_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def go_on_in_turn(pipeline: Pipeline, waiting: list[Message]) -> dict[str, int]:
    """Deliver until nothing is left; the most messages for parts that ever waited in each queue."""
    most: dict[str, int] = {}
    while waiting:
        waiting += deliver(pipeline, waiting.pop(0))
        most = {queue: max(count, most.get(queue, 0)) for queue, count in (most | at_once(waiting)).items()}
    return most
