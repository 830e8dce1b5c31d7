"""Statements at both graph servers: they answer alike, Neo4j ends what is too long, broken connections are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import pytest

from functions.load_graph import clear_graph
from functions.load_graph.clear_graph import remove_elements
from functions.load_graph.schema import prepare_graph
from functions.runtime.errors import StoreFailed
from functions.runtime.stores import migrations
from functions.runtime.stores.graph_transactions import ask, ping, stream, write, write_in_steps
from tests.graph_servers import SERVERS, GraphSettings
from tests.integration.pipeline import Pipeline, open_pipeline

#: Minutes of work, if nobody ends it.
_ENDLESS = "UNWIND range(1, 10000000000) AS i WITH i WHERE i % 2 = 3 RETURN count(i) AS n"
_LIMIT_S = 0.3
#: Ends all connections but those of who asks.
_KILL = """
CALL dbms.listConnections() YIELD connectionId AS id, userAgent AS agent
WITH id, agent WHERE agent <> 'killer'
WITH collect(id) AS ids
CALL dbms.killConnections(ids) YIELD connectionId AS gone
RETURN gone
"""


@pytest.fixture(params=SERVERS)
def graph(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param)) as opened:
        yield opened


@pytest.fixture
def on_neo4j(graph_settings: GraphSettings) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings("neo4j")) as opened:
        yield opened


def test_both_servers_answer_alike(graph: Pipeline) -> None:
    with graph.context.graph_session() as session:
        prepare_graph(graph.context.settings, session)
        ping(session)
        made = write(
            session, "UNWIND range(1, 25) AS i CREATE (:Genre {name: toString(i)})-[:IS]->(:Style {name: 'x' + i})"
        )
        assert (made.nodes_created, made.relationships_created) == (50, 25)
        assert ask(session, "MATCH (g:Genre) RETURN count(g) AS n") == [{"n": 25}]
        names = stream(session, "MATCH (g:Genre) RETURN g.name, [1, g.name] ORDER BY toInteger(g.name)")
        assert list(names)[:2] == [["1", [1, "1"]], ["2", [1, "2"]]]
        deleted = write_in_steps(session, clear_graph._cypher.delete_edges, most=10, limit=3)
        assert deleted.relationships_deleted == 10
        assert ask(session, "MATCH ()-[e]->() RETURN count(e) AS n") == [{"n": 15}]


def test_a_graph_is_emptied_statement_by_statement(graph: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clear_graph, "_AT_ONCE", 3)
    monkeypatch.setattr(clear_graph, "_AT_A_CALL", 10)
    with graph.context.graph_session() as session:
        write(session, "UNWIND range(1, 25) AS i CREATE (:Genre {name: 'g' + i})-[:IS]->(:Style {name: 's' + i})")
        remove_elements(session)
        assert ask(session, "MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


@pytest.mark.parametrize(
    "send",
    [
        lambda session: ask(session, _ENDLESS, limit_s=_LIMIT_S),
        lambda session: write(session, _ENDLESS, limit_s=_LIMIT_S),
        lambda session: list(stream(session, _ENDLESS, limit_s=_LIMIT_S)),
        lambda session: write_in_steps(
            session,
            f"{_ENDLESS[: -len('RETURN count(i) AS n')]} CALL {{ CREATE () }} IN TRANSACTIONS",
            limit_s=_LIMIT_S,
        ),
    ],
    ids=["ask", "write", "stream", "write in steps"],
)
def test_neo4j_ends_what_takes_too_long(on_neo4j: Pipeline, send: Callable[[neo4j.Session], object]) -> None:
    with pytest.raises(StoreFailed), on_neo4j.context.graph_session() as session:
        send(session)


def test_neo4j_ends_a_migration_that_takes_too_long(
    on_neo4j: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "9999_slow.cypher"
    slow.write_text(_ENDLESS)
    monkeypatch.setattr(migrations, "migration_files", lambda _: [slow])
    monkeypatch.setattr(migrations, "SCAN_LIMIT_S", _LIMIT_S)
    with pytest.raises(StoreFailed), on_neo4j.context.graph_session() as session:
        migrations.migrate_graph(session)
    assert on_neo4j.cypher("MATCH (m:Migration {name: $name}) RETURN m", name=slow.name) == []


def test_a_broken_connection_is_replaced_for_every_statement(on_neo4j: Pipeline) -> None:
    settings = on_neo4j.context.settings
    auth = (settings.graph_username, settings.graph_password)
    ways: list[Callable[[neo4j.Session], object]] = [
        lambda session: ask(session, "RETURN 1 AS n"),
        lambda session: list(stream(session, "RETURN 1 AS n")),
        lambda session: write_in_steps(session, clear_graph._cypher.delete_edges, most=10, limit=3),
    ]
    with neo4j.GraphDatabase.driver(settings.graph_address, auth=auth, user_agent="killer") as other:
        for way in ways:
            with on_neo4j.context.graph_session() as session:
                ping(session)
            killed, _, _ = other.execute_query(_KILL)
            assert killed
            with on_neo4j.context.graph_session() as session:
                way(session)
