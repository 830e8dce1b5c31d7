"""What a store says of a question that fails stays in the log: no statement, trace or address leaves the gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from litestar import get
from litestar.testing import TestClient
from neo4j.exceptions import Neo4jError
from structlog.testing import capture_logs

from functions.registry import FUNCTIONS
from functions.runtime.errors import LinernotesError, StoreFailed
from functions.runtime.settings import Settings
from functions.runtime.stores.context import graph_errors, open_context, postgres_errors
from functions.runtime.stores.migrations import migrate_postgres
from gateway.app import create_app
from gateway.connections import Connected

#: Words of statements, of traces, and of what the servers are called here.
INNER = re.compile(
    r"SELECT|FROM|LINE \d|PL/pgSQL|CONTEXT|MATCH|RETURN|Traceback|\.py|artists_of_old|nonsense|127\.0\.0\.1"
)
#: A view in the place of a table, whose rows cannot be read.
FAILING = """
    CREATE FUNCTION nonsense() RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'nonsense in SELECT FROM artists_of_old' USING ERRCODE = '{code}'; END $$;
    ALTER TABLE artists RENAME TO artists_of_old;
    CREATE VIEW artists AS SELECT nonsense() AS id, hash, dump, name, data FROM artists_of_old;
    GRANT SELECT ON artists TO PUBLIC;
"""
UNDONE = "DROP VIEW artists; ALTER TABLE artists_of_old RENAME TO artists; DROP FUNCTION nonsense();"


@get("/api/cypher", sync_to_thread=True)
def asks_nonsense(connections: Connected) -> None:
    with connections.context.graph_session() as session:
        session.run("MATCH (nonsense:Artist RETURN nonsense").consume()


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient[Any]]:
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
        connection.execute("INSERT INTO artists (id, hash, dump, name, data) VALUES (45, 'h', '20260401', 'A', '{}')")
    app = create_app(settings)
    app.register(asks_nonsense)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with open_context(settings, FUNCTIONS) as context, context.statements() as connection:
        yield connection


@pytest.mark.parametrize(("code", "status"), [("53200", 503), ("54000", 500), ("P0001", 500)])
def test_a_statement_that_fails_is_not_quoted(
    client: TestClient[Any], owner: psycopg.Connection[Any], code: str, status: int
) -> None:
    owner.execute(FAILING.format(code=code))
    try:
        with capture_logs() as log:
            answers = [client.get("/api/artists/45"), client.get("/artist/45", headers={"Accept": "text/html"})]
    finally:
        owner.execute(UNDONE)
    assert [answer.status_code for answer in answers] == [status, status]
    assert [INNER.findall(sentence_of(answer.text)) for answer in answers] == [[], []]
    assert "nonsense" in "".join(str(line.get("error", line.get("exc_info"))) for line in log)
    assert client.get("/api/artists/45").status_code == 200


def test_a_column_that_is_not_there_is_not_named(client: TestClient[Any], owner: psycopg.Connection[Any]) -> None:
    owner.execute("ALTER TABLE artists RENAME COLUMN data TO nonsense")
    try:
        answer = client.get("/api/artists/45")
    finally:
        owner.execute("ALTER TABLE artists RENAME COLUMN nonsense TO data")
    assert (answer.status_code, INNER.findall(answer.text)) == (500, [])


def test_cypher_that_fails_is_not_quoted(client: TestClient[Any]) -> None:
    answer = client.get("/api/cypher")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert INNER.findall(answer.text) == []


def test_what_a_server_says_is_no_part_of_the_sentence_that_is_told(settings: Settings) -> None:
    with pytest.raises(StoreFailed) as graph, graph_errors(settings):
        raise Neo4jError._hydrate_neo4j(
            code="Neo.TransientError.Transaction.DeadlockDetected", message="in MATCH (n) RETURN n"
        )
    with pytest.raises(LinernotesError) as large, postgres_errors():
        raise psycopg.errors.ProgramLimitExceeded("row too large in SELECT 1")
    told = [graph.value.told, large.value.told]
    assert told == ["The graph server could not do it.", "PostgreSQL cannot hold a value that is this large."]
    assert "MATCH (n)" in str(graph.value)
    assert "SELECT 1" in str(large.value)


def sentence_of(text: str) -> str:
    """An answer without the tags, scripts and addresses of a page."""
    return re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
