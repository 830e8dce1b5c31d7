"""Parts are written to the graph one after the other, whoever works on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.load_graph.identity import take_turn
from functions.runtime.messages import LoadGraph, LoadTable, ParseChunk
from functions.runtime.settings import Settings
from tests.integration.pipeline import APRIL, Pipeline, deliver_all, open_pipeline, small, split_of, write_dump

_PATIENCE_S = 30.0


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def is_waited_for(pipeline: Pipeline) -> bool:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return pipeline.query(waiting) == [(True,)]


def test_a_part_is_not_written_before_the_one_that_is_being_written(pipeline: Pipeline, tmp_path: Path) -> None:
    source = write_dump(tmp_path, APRIL, {"releases": small()["releases"]})
    _, messages = split_of(pipeline, source)
    due = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    [first, *_] = [message for message in due if isinstance(message, LoadGraph)]
    other = threading.Thread(target=pipeline.go_on, args=([first],))
    with pipeline.context.connection() as connection:
        take_turn(connection)
        other.start()
        deadline = time.monotonic() + _PATIENCE_S
        while not is_waited_for(pipeline) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert is_waited_for(pipeline)
        assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 0}]
    other.join(_PATIENCE_S)
    assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 60}]
    assert pipeline.differences(source, APRIL) == {}
