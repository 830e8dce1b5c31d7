"""A step that ends its process each time it is started: the starts are counted, and the run fails at last.

One that finds a store away is not counted, however often it is tried.
"""

from __future__ import annotations

import dataclasses
from contextlib import closing
from typing import NoReturn

import pytest
from msgspec import structs

from functions.runs.begin import Begun
from functions.runs.run_commands import sweep
from functions.runtime.errors import Busy, PermanentError, StoreBroke, StoreConflict, StoreFailed, StoreUnavailable
from functions.runtime.ledger.claims import claim
from functions.runtime.ledger.dead_letter_hook import note_dead, note_put_off
from functions.runtime.messages import Download, Finish, Message, ParseChunk, Split
from functions.runtime.messaging.retry_policy import Retry
from functions.runtime.stores.context import GraphDriver
from tests.connection_cutter import cutting
from tests.integration.pipeline import MAY, Pipeline, deliver, deliver_all, open_pipeline, small, split_of, write_dump

#: What each function does first once it has counted its start.
FIRST = {
    Download: "functions.extract.download.download._fetch_and_check",
    Split: "functions.extract.split.split.FileSplitter",
    Finish: "functions.finish.finish.remove_gone",
}


class ProcessEnds(BaseException):
    """As if by kill -9."""


def end_process(*_: object) -> NoReturn:
    raise ProcessEnds


@pytest.fixture(scope="module")
def pipeline(settings):
    with open_pipeline(settings, max_attempts=3) as pipeline:
        yield pipeline


@pytest.mark.parametrize("kind", FIRST)
def test_a_step_of_a_whole_file_or_run_is_not_started_for_ever(
    pipeline, tmp_path, monkeypatch, kind: type[Message]
) -> None:
    pipeline.reset()
    source = write_dump(tmp_path, MAY, small())
    begun = pipeline.begin(source)
    messages = begun.messages
    while not isinstance(messages[0], kind):
        messages = deliver_all(pipeline, messages, type(messages[0]))
    monkeypatch.setattr(FIRST[kind], end_process)
    for _ in range(3):
        with pytest.raises(ProcessEnds):
            deliver(pipeline, messages[0])
    with pytest.raises(PermanentError, match="was started 4 times without an end") as error:
        deliver(pipeline, messages[0])
    note_dead(pipeline.context, messages[0], error.value)
    assert pipeline.run(begun.run.id).state == "failed"
    monkeypatch.undo()
    assert pipeline.load(source).state == "done"


@pytest.fixture
def graph_is_down(pipeline):
    """The pipeline of a process that cannot reach the graph."""
    settings = structs.replace(pipeline.context.settings, graph_address="bolt://127.0.0.1:1")
    with closing(GraphDriver(settings)) as driver:
        yield Pipeline(dataclasses.replace(pipeline.context, graph=driver))


def all_but_the_end(pipeline: Pipeline, begun: Begun) -> Finish:
    """Deliver everything of a run but the message for its end, which is returned."""
    waiting, end = list(begun.messages), Finish(run=begun.run.id)
    while waiting:
        message = waiting.pop()
        waiting += deliver(pipeline, message) if message != end else []
    return end


def test_an_end_that_finds_the_graph_away_is_tried_without_limit(pipeline, graph_is_down, tmp_path) -> None:
    pipeline.reset()
    source = write_dump(tmp_path, MAY, small())
    begun = pipeline.begin(source, bulk="yes")
    end = all_but_the_end(pipeline, begun)
    for _ in range(3 * pipeline.context.settings.max_attempts):
        with pytest.raises(StoreUnavailable):
            deliver(graph_is_down, end)
    assert pipeline.query("SELECT state, attempts FROM runs ORDER BY id DESC LIMIT 1") == [("finishing", 0)]
    deliver(pipeline, end)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, MAY) == {}


def test_an_end_whose_fill_ends_the_graph_server_each_time_fails_the_run(pipeline, tmp_path) -> None:
    pipeline.reset()
    source = write_dump(tmp_path, MAY, small())
    begun = pipeline.begin(source, bulk="yes")
    end = all_but_the_end(pipeline, begun)
    host, _, port = pipeline.context.settings.graph_http.removeprefix("http://").partition(":")
    with cutting(host, int(port)) as cutter:
        settings = structs.replace(pipeline.context.settings, graph_http=f"http://{host}:{cutter.port}")
        breaking = Pipeline(dataclasses.replace(pipeline.context, settings=settings))
        cutter.cuts += [0] * settings.max_attempts
        for _ in range(settings.max_attempts):
            with pytest.raises(StoreBroke):
                deliver(breaking, end)
        with pytest.raises(PermanentError, match="was started 4 times without an end") as error:
            deliver(breaking, end)
    note_dead(pipeline.context, end, error.value)
    assert pipeline.run(begun.run.id).state == "failed"


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (StoreUnavailable(), 0),
        (Busy(), 0),
        (StoreBroke(), 1),
        (StoreConflict(), 1),
        (KeyError(), 1),
        (ProcessEnds(), 1),
    ],
)
def test_a_start_that_finds_a_store_away_is_not_counted(pipeline, tmp_path, error: BaseException, counted: int) -> None:
    pipeline.reset()
    _, messages = split_of(pipeline, write_dump(tmp_path, MAY, {"artists": small()["artists"]}))
    [part] = [message for message in messages if isinstance(message, ParseChunk)]
    with pytest.raises(type(error)), claim(pipeline.context, part, "cut"):
        raise error
    assert pipeline.query("SELECT attempts FROM parts") == [(counted,)]


def test_a_message_that_comes_back_by_itself_is_not_doubled_by_the_sweep(pipeline, tmp_path) -> None:
    pipeline.reset()
    begun, messages = split_of(pipeline, write_dump(tmp_path, MAY, {"artists": small()["artists"]}))
    [part] = [message for message in messages if isinstance(message, ParseChunk)]
    pipeline.query("UPDATE parts SET sent_at = now() - interval '1 hour'")
    note_put_off(pipeline.context, part, Retry(StoreUnavailable("away"), 60))
    assert sweep(pipeline.context) == []
    pipeline.query("UPDATE parts SET state = 'done'")
    for _ in range(2):
        pipeline.query("UPDATE runs SET sent_at = now() - interval '1 hour'")
        assert sweep(pipeline.context) == [Finish(run=begun.run.id)]
        assert sweep(pipeline.context) == []
    pipeline.query("UPDATE runs SET sent_at = now() - interval '1 hour'")
    note_put_off(pipeline.context, Finish(run=begun.run.id), Retry(StoreUnavailable("away"), 60))
    assert sweep(pipeline.context) == []


def test_a_connection_that_breaks_in_use_is_told_from_a_server_that_is_away(pipeline) -> None:
    with pytest.raises(StoreUnavailable) as broke, pipeline.context.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert type(broke.value) in {StoreBroke, StoreUnavailable}
    with pytest.raises(StoreFailed), pipeline.context.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)")
