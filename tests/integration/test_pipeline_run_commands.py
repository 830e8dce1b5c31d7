"""Pause, unpause, cancel, resume and the sweep, on runs that are under way."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from functions.finish.graph_cleanup import settle_graph
from functions.registry import FUNCTIONS
from functions.runs.run_commands import cancel, pause, resume, sweep, unpause
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import FILE_LOCK, all_due, hold
from functions.runtime.messages import (
    Download,
    ParseChunk,
    RunMessage,
    Split,
)
from functions.runtime.settings import Settings
from tests.integration.pipeline import (
    Pipeline,
    deliver,
    deliver_all,
    is_equal,
    open_pipeline,
    split_of,
)

PIPELINE = {"part_bytes": 2_000, "max_attempts": 8}


def test_a_paused_run_drops_its_messages_and_goes_on_when_unpaused(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    pipeline.go_on(messages[:2])
    assert pause(pipeline.context).id == begun.run.id
    rows = pipeline.rows()
    for _ in range(10):  # more often than a step may be started
        assert pipeline.go_on(messages) == len(messages)
    assert sweep(pipeline.context) == []
    assert pipeline.rows() == rows
    with pytest.raises(RefusedError, match="is paused: go on with `linernotes unpause`"):
        resume(pipeline.context)
    with pytest.raises(RefusedError, match="nothing to pause"):
        pause(pipeline.context)
    _, due = unpause(pipeline.context)
    pipeline.go_on(due)
    assert pipeline.run(begun.run.id).state == "done"
    assert is_equal(pipeline, source)


def test_a_split_that_waits_for_room_ends_when_the_run_is_paused(settings: Settings, source: Path) -> None:
    with open_pipeline(settings, part_bytes=2_000, pending_parts=2) as pipeline:
        pipeline.reset()
        begun = pipeline.begin(source)
        splits = deliver_all(pipeline, begun.messages, Download)
        message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
        sent = []
        for part in FUNCTIONS.spec("split").load()(pipeline.context, message):
            sent.append(part)
            if len(sent) == 2:
                pause(pipeline.context)
        assert len(sent) == 2
        assert pipeline.files(begun.run)["releases"].state == "fetched"
    with open_pipeline(settings, part_bytes=2_000) as pipeline:
        pipeline.go_on(unpause(pipeline.context)[1])
        assert is_equal(pipeline, source)


def test_a_split_waits_while_many_parts_are_pending(settings: Settings, source: Path) -> None:
    with open_pipeline(settings, part_bytes=2_000, pending_parts=2) as pipeline:
        pipeline.reset()
        begun = pipeline.begin(source)
        splits = deliver_all(pipeline, begun.messages, Download)
        for message in splits:
            for part in FUNCTIONS.spec("split").load()(pipeline.context, message):
                pending = [each for each in pipeline.parts(begun.run) if each.state != "done"]
                assert len(pending) <= 2
                pipeline.go_on([part])
        assert pipeline.run(begun.run.id).state == "done"
        assert is_equal(pipeline, source)


def test_a_cancelled_run_ends_where_it_is_and_a_later_load_goes_on(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    pipeline.go_on(messages[:3])
    done = sum(len(pipeline.rows()[table]) for table in ("artists", "labels", "masters", "releases"))
    assert done > 0
    assert cancel(pipeline.context).id == begun.run.id
    assert pipeline.work_left() == []
    pipeline.go_on(messages)
    assert pipeline.run(begun.run.id).state == "cancelled"
    assert not [message for message in sweep(pipeline.context) if isinstance(message, RunMessage)]
    with pytest.raises(RefusedError, match="nothing to resume"):
        resume(pipeline.context)
    run = pipeline.load(source)
    assert (run.state, pipeline.written(run).rows) == ("done", 115 - done)
    assert is_equal(pipeline, source)


def test_a_run_cancelled_while_it_finishes_is_not_said_to_be_done(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel_and_settle(context: object, run: int) -> None:
        cancel(pipeline.context)
        settle_graph(pipeline.context, run)

    monkeypatch.setattr("functions.finish.finish.settle_graph", cancel_and_settle)
    assert pipeline.load(source).state == "cancelled"
    assert ("run-done",) not in pipeline.query("SELECT kind FROM events")


def test_the_sweep_sends_again_only_what_has_an_expired_lease(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    assert sweep(pipeline.context) == []
    pipeline.query("UPDATE files SET sent_at = NULL")
    assert sorted(map(repr, sweep(pipeline.context))) == sorted(map(repr, begun.messages))  # never sent so far
    assert sweep(pipeline.context) == []
    splits = deliver_all(pipeline, begun.messages, Download)
    assert sweep(pipeline.context) == []
    messages = deliver_all(pipeline, splits, Split)
    assert sweep(pipeline.context) == []
    long_ago = dt.timedelta(seconds=pipeline.context.settings.lease + 1)
    pipeline.query("UPDATE parts SET sent_at = sent_at - %s WHERE entity = 'releases' AND part = 1", long_ago)
    assert sweep(pipeline.context) == [ParseChunk(run=begun.run.id, entity="releases", part=1)]
    assert sweep(pipeline.context) == []
    pipeline.go_on(messages)
    assert pipeline.run(begun.run.id).state == "done"
    assert sweep(pipeline.context) == []


def test_the_sweep_leaves_alone_what_a_worker_holds(pipeline: Pipeline, source: Path) -> None:
    begun, _ = split_of(pipeline, source)
    pipeline.query("UPDATE parts SET sent_at = NULL")
    with pipeline.context.connection() as connection, connection.transaction():
        connection.execute("SELECT 1 FROM parts WHERE entity = 'releases' FOR UPDATE")
        due = sweep(pipeline.context)
    assert due
    assert "releases" not in {message.entity for message in due if isinstance(message, ParseChunk)}
    assert [message for message in sweep(pipeline.context) if isinstance(message, ParseChunk)]
    assert pipeline.run(begun.run.id).state == "running"


def test_the_sweep_leaves_alone_a_download_that_still_goes_on(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    pipeline.query("UPDATE files SET sent_at = NULL")
    with hold(pipeline.context, FILE_LOCK, f"{begun.run.id}/artists"):
        due = sweep(pipeline.context)
    assert {message.entity for message in due if isinstance(message, Download)} == {"labels", "masters", "releases"}


def test_what_the_broker_forgot_is_found_by_resume(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    dice, steps = random.Random(4), 0
    while pipeline.run(begun.run.id).state != "done":
        waiting = resume(pipeline.context)[1]
        for message in waiting:  # everything that it sends is lost
            if dice.random() < 0.6:
                deliver(pipeline, message)
        steps += 1
        assert steps < 100
    assert is_equal(pipeline, source)
    assert all_due(pipeline.context, begun.run.id) == []
