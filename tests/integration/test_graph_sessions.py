"""Several sessions that write to a Neo4j at once: they end as one does, whatever becomes of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.load_graph import parallel_writer
from functions.load_graph.graph_writer import write_batch
from functions.load_graph.parallel_writer import sessions_of, show_all
from functions.projection.projection_state import Due
from functions.runtime.errors import StoreConflict
from infra.synth import write_dump as write_generated_dump
from tests.graph_servers import GraphSettings
from tests.integration.pipeline import Pipeline, date_of, open_pipeline

DUMP = "20260901"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Releases that share their artists, genres and styles."""
    root = tmp_path_factory.mktemp("dump")
    write_generated_dump(root, releases=300, seed=5, dump=DUMP)
    return root


@pytest.fixture
def pipeline(graph_settings: GraphSettings) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings("neo4j"), graph_batch=9) as opened:
        yield opened


def releases(pipeline: Pipeline) -> list[Due]:
    return [Due(*row) for row in pipeline.query("SELECT id, 1, dump, data::text FROM releases ORDER BY id")]


def test_a_load_with_several_sessions_ends_as_the_dump_says(pipeline: Pipeline, source: Path) -> None:
    assert sessions_of(pipeline.context.settings) > 1
    assert pipeline.load(source, date_of(DUMP)).state == "done"
    assert pipeline.differences(source, date_of(DUMP)) == {}


def test_a_batch_that_met_another_session_is_written_when_it_is_alone(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source, date_of(DUMP), only_store="table")
    met: list[str] = []

    def meeting(*given: Any) -> Any:
        """In a session's own thread nothing succeeds."""
        if threading.current_thread() is not threading.main_thread():
            met.append(threading.current_thread().name)
            raise StoreConflict("met another writer")
        return write_batch(*given)

    monkeypatch.setattr(parallel_writer, "write_batch", meeting)
    shown = show_all(pipeline.context, "releases", releases(pipeline), 2)
    assert len(met) == -(-300 // 9)
    [found] = pipeline.cypher(
        "MATCH (n:Release) OPTIONAL MATCH (n)-[e]-() RETURN count(DISTINCT n) AS n, count(e) AS e"
    )
    assert (found["n"], found["e"]) == (300, shown.edges)


def test_what_one_session_meets_ends_the_others_and_is_raised(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source, date_of(DUMP), only_store="table")
    calls = iter(range(1_000))

    def failing(*given: Any) -> Any:
        if next(calls) == 3:
            raise ValueError("broken")
        return write_batch(*given)

    monkeypatch.setattr(parallel_writer, "write_batch", failing)
    with pytest.raises(ValueError, match="broken"):
        show_all(pipeline.context, "releases", releases(pipeline), 2)
    assert next(calls) < 3 + 2 + 2
