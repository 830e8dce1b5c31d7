"""A run that has failed is taken up again where it ended, or the refusal says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.runs.run_commands import cancel, resume
from functions.runtime.errors import PermanentError, RefusedError
from functions.runtime.ledger.dead_letter_hook import note_dead
from functions.runtime.messages import Finish, ParseChunk, Split
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    deliver,
    deliver_all,
    entity_file,
    small,
    split_of,
    write_dump,
)

PIPELINE = {"part_bytes": 2_000}


def fail(pipeline: Pipeline, message: Any) -> None:
    """The run fails, as when a message of its own becomes a dead letter."""
    note_dead(pipeline.context, message, PermanentError("It was too much."))
    assert pipeline.run(message.run).state == "failed"


def test_a_run_that_failed_in_the_middle_goes_on_where_it_was(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    half = deliver_all(pipeline, messages[::2], ParseChunk)
    fail(pipeline, Split(run=begun.run.id, entity="releases"))
    pipeline.go_on([*messages[1::2], *half])
    assert pipeline.rows()["releases"] == []
    run, due = resume(pipeline.context)
    assert (run.id, run.state, run.reason, run.finished_at) == (begun.run.id, "running", None, None)
    pipeline.go_on(due)
    assert pipeline.run(run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}
    assert pipeline.query("SELECT detail ->> 'failed' FROM events WHERE kind = 'run-resumed'") == [
        ("It was too much.",)
    ]


def test_a_run_that_failed_at_its_end_goes_on_there(pipeline: Pipeline, source: Path) -> None:
    begun, waiting = split_of(pipeline, source)
    while waiting:
        message = waiting.pop(0)
        waiting += [] if isinstance(message, Finish) else deliver(pipeline, message)
    pipeline.query("UPDATE runs SET state = 'finishing', attempts = 20")
    fail(pipeline, Finish(run=begun.run.id))
    assert pipeline.go_on(resume(pipeline.context)[1])
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}


def test_a_file_with_a_wrong_checksum_is_fetched_again(pipeline: Pipeline, source: Path) -> None:
    path = entity_file(source, APRIL, "releases")
    whole = path.read_bytes()
    path.write_bytes(b"damaged")
    begun = pipeline.begin(source)
    pipeline.go_on(begun.messages)
    assert pipeline.run(begun.run.id).state == "failed"
    path.write_bytes(whole)
    pipeline.go_on(resume(pipeline.context)[1])
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}


def test_a_run_whose_parts_are_gone_is_not_taken_up(pipeline: Pipeline, source: Path) -> None:
    begun, _ = split_of(pipeline, source)
    fail(pipeline, Split(run=begun.run.id, entity="releases"))
    pipeline.context.bucket.remove_folder(f"runs/{begun.run.id}")
    with pytest.raises(
        RefusedError, match=r"cannot be taken up again: \d+ objects that it needs, as runs/\d+/artists/"
    ):
        resume(pipeline.context)
    assert pipeline.load(source).state == "done"


def test_only_the_last_run_is_taken_up_and_only_when_it_failed(pipeline: Pipeline, source: Path) -> None:
    with pytest.raises(RefusedError, match=r"^No run is active: there is nothing to resume"):
        resume(pipeline.context)
    begun, _ = split_of(pipeline, source)
    fail(pipeline, Split(run=begun.run.id, entity="releases"))
    write_dump(source, MAY, small())
    later = pipeline.begin(source)
    assert resume(pipeline.context)[0].id == later.run.id
    cancel(pipeline.context)
    with pytest.raises(RefusedError, match=f"the last one, {later.run.id}, is cancelled: there is nothing to resume"):
        resume(pipeline.context)
    assert pipeline.run(begun.run.id).state == "failed"
