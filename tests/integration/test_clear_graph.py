"""A Neo4j is emptied however many edges one of its nodes has: by new files where it is ours, else bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.load_graph import clear_graph, neo4j_import
from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.neo4j import Neo4jSink
from functions.load_graph.clear_graph import remove_elements
from functions.runtime.errors import RunInactive
from functions.runtime.stores.context import Context
from tests.graph_servers import GraphSettings
from tests.integration.pipeline import Pipeline, open_pipeline

#: More elements than are deleted one by one.
RELEASES = 60_000
_SLICE = 5_000
#: Transactions that a new database has not had.
_WRITTEN = 30


@pytest.fixture
def pipeline(graph_settings: GraphSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings("neo4j")) as opened:
        fill_hub(opened.context, RELEASES, monkeypatch)
        yield opened


def fill_hub(context: Context, releases: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph whose one genre has so many edges; no run wants it."""
    monkeypatch.setattr(Neo4jSink, "_still_wanted", lambda _: None)
    sink = Neo4jSink(context, 0)
    sink.begin()
    for start in range(0, releases, _SLICE):
        ids = range(start, start + _SLICE)
        some = fill_engine().slice_of("releases", [(None, b'{"id":%d,"genres":["Rock"]}' % number) for number in ids])
        sink.nodes(some)
        sink.edges(some)
    sink.end()
    sink.close()


def contents(pipeline: Pipeline) -> dict[str, int]:
    rows = pipeline.cypher("MATCH (n) RETURN labels(n)[0] AS label, count(*) AS nodes")
    return {row["label"]: row["nodes"] for row in rows}


def operators(plan: dict[str, Any]) -> set[str]:
    inside = [operators(child) for child in plan.get("children", ())]
    return {plan["operatorType"].partition("@")[0], *(name for names in inside for name in names)}


def test_a_large_graph_of_ours_is_emptied_by_new_files(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_over: list[object] = []
    hand_over = neo4j_import.hand_over

    def noting(*arguments: Any) -> None:
        handed_over.append(arguments)
        hand_over(*arguments)

    monkeypatch.setattr(neo4j_import, "hand_over", noting)
    with pipeline.context.graph_session() as session:  # a graph in use has had more transactions than a new one
        for number in range(_WRITTEN):
            session.run("MERGE (n:Genre {name: $name})", name=f"genre {number}").consume()
    pipeline.reset()
    assert set(contents(pipeline)) == {"Linernotes", "Migration"}
    assert len(handed_over) == 1
    pipeline.reset()
    assert len(handed_over) == 1


def test_a_large_remote_graph_is_emptied_in_bounded_transactions(pipeline: Pipeline) -> None:
    assert contents(pipeline) == {"Release": RELEASES, "Genre": 1}
    with pipeline.context.graph_session() as session:
        for statement in (clear_graph._cypher.delete_edges, clear_graph._cypher.delete_nodes):
            plan = session.run(f"EXPLAIN {statement}", most=1, limit=1).consume().plan
            assert plan is not None
            assert "TransactionForeach" in operators(plan)
            assert "Eager" not in operators(plan)  # nothing is gathered before the first transaction
        with pytest.raises(RunInactive):
            remove_elements(session, ended)
        remove_elements(session)
    assert contents(pipeline) == {}


def ended() -> None:
    raise RunInactive
