"""A bulk load that breaks off at any of its steps, gone on with, ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.finish import finish
from functions.load_graph import graph_identity
from functions.load_graph.bulk import bulk_load
from functions.load_table import indexes, load_table
from functions.runs.begin import begin_rebuild
from functions.runs.run_commands import resume
from functions.runtime.messages import LoadTable, ParseChunk
from functions.runtime.stores.arcadedb_http import GraphHttp
from tests.integration.pipeline import MAY, Pipeline, deliver_all, open_pipeline, small, split_of, write_dump
from tests.stack import FreshSettings


class Crash(Exception):
    """The process ends here."""


def crash_at(call: int, what: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
    """A callable that crashes at one of its calls, counted from 0: before it does its work, or when it has done it."""
    calls = iter(range(1_000_000))

    def crashing(*arguments: Any, **named: Any) -> Any:
        is_last = next(calls) == call
        if is_last and not after:
            raise Crash
        result = what(*arguments, **named)
        if is_last:
            raise Crash
        return result

    return crashing


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dump(tmp_path_factory.mktemp("dump"), MAY, small())


@pytest.fixture
def pipeline(fresh_settings: FreshSettings) -> Iterator[Pipeline]:
    """A pipeline on empty stores."""
    with open_pipeline(fresh_settings(), part_bytes=6_000) as opened:
        yield opened


def go_on(pipeline: Pipeline) -> None:
    """What `linernotes resume` does, to the end."""
    _, messages = resume(pipeline.context)
    pipeline.go_on(messages)


def assert_done(pipeline: Pipeline, source: Path) -> None:
    """The latest run is done, the stores hold the dump, and every digest says so."""
    assert pipeline.query("SELECT state FROM runs ORDER BY id DESC LIMIT 1") == [("done",)]
    assert pipeline.differences(source, MAY) == {}
    with pipeline.context.connection() as connection:
        assert indexes.missing_indexes(connection) == []
    again = pipeline.load(source, bulk="auto")
    assert (again.bulk, pipeline.written(again).rows, pipeline.written(again).edges) == ([], 0, 0)


@pytest.mark.parametrize("step", ["compress", "copy_documents", "copy_states", "release"])
@pytest.mark.parametrize("part", [0, 2])
def test_a_crash_at_each_step_of_a_copy_changes_nothing(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch, step: str, part: int
) -> None:
    _, messages = split_of(pipeline, source, bulk="auto")
    with monkeypatch.context() as patch:
        patch.setattr(load_table, step, crash_at(part, getattr(load_table, step), after=True))
        with pytest.raises(Crash):
            deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    go_on(pipeline)
    assert_done(pipeline, source)


def test_a_crash_between_the_commit_of_a_copy_and_its_end_changes_nothing(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, messages = split_of(pipeline, source, bulk="auto")
    parsed = deliver_all(pipeline, messages, ParseChunk)
    with monkeypatch.context() as patch:
        patch.setattr(type(pipeline.context.bucket), "delete", crash_at(0, pipeline.context.bucket.delete))
        with pytest.raises(Crash):
            deliver_all(pipeline, parsed, LoadTable)
    go_on(pipeline)
    assert_done(pipeline, source)


def test_a_crash_while_a_run_begins_leaves_the_indexes(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("functions.runs.begin._insert_files", crash_at(0, len))
        with pytest.raises(Crash):
            pipeline.begin(source, bulk="auto")
    with pipeline.context.connection() as connection:
        assert indexes.missing_indexes(connection) == []
    assert pipeline.load(source, bulk="auto").state == "done"
    assert_done(pipeline, source)


@pytest.mark.parametrize("built", [0, 9])
def test_a_crash_while_indexes_are_built_changes_nothing(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch, built: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(indexes, "_build", crash_at(built, indexes._build))
        with pytest.raises(Crash):
            pipeline.load(source, bulk="auto")
    go_on(pipeline)
    assert_done(pipeline, source)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("module", "step"),
    [
        (bulk_load, "disown_graph"),
        (bulk_load, "prepare_graph"),
        (graph_identity, "_create_meta"),
        (bulk_load, "note_all_shown"),
        (bulk_load, "give_identity"),
        (finish, "fill_graph"),
        (finish, "note_drift"),
    ],
)
def test_a_crash_around_each_step_that_makes_the_graph_known_changes_nothing(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, when: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, step, crash_at(0, getattr(module, step), after=when == "after"))
        with pytest.raises(Crash):
            pipeline.load(source, bulk="auto")
    go_on(pipeline)
    assert_done(pipeline, source)


def test_a_crash_at_every_request_of_a_fill_changes_nothing(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source, bulk="auto")
    graph = pipeline.graph()
    requests = iter(range(1_000_000))
    with monkeypatch.context() as patch:
        post = GraphHttp._post
        patch.setattr(GraphHttp, "_post", lambda *given: (next(requests), post(*given))[1])
        pipeline.go_on(begin_rebuild(pipeline.context, "auto").messages)
    total = next(requests)
    assert total > 25
    for number in [*range(0, total, 5), total - 2, total - 1]:
        with monkeypatch.context() as patch:
            patch.setattr(GraphHttp, "_post", crash_at(number, GraphHttp._post, after=number % 2 == 0))
            begun = begin_rebuild(pipeline.context, "auto")
            with pytest.raises(Crash):
                pipeline.go_on(begun.messages)
        go_on(pipeline)
        assert pipeline.run(begun.run.id).state == "done"
        assert pipeline.graph() == graph
    assert_done(pipeline, source)
