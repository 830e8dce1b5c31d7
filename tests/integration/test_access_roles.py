"""The gateway's users at PostgreSQL: what each may do there, and what happens where there are none."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from litestar.testing import TestClient
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from functions.access.roles import as_role, settle_roles
from functions.operations.snapshot import read_snapshot
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from gateway.app import create_app
from gateway.connections import Connections
from tests.access import headers_of
from tests.stack import FreshSettings


@pytest.fixture(scope="module")
def stores(settings: Settings) -> Settings:
    """Stores with tables and with the gateway's users."""
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
        assert settle_roles(connection, settings) == ""
    return settings


@pytest.fixture(scope="module")
def connections(stores: Settings) -> Iterator[Connections]:
    """Those of a gateway."""
    with TestClient(create_app(stores)) as client:
        yield client.app.state.connections


def value(context: Context, statement: str) -> Any:
    with context.connection() as connection:
        [(found,)] = connection.execute(statement).fetchall()
    return found


def do(context: Context, statement: str) -> None:
    with context.connection() as connection:
        connection.execute(statement)


def test_the_gateway_reads_and_acts_as_users_of_its_own(connections):
    assert value(connections.context, "SELECT current_user") == "linernotes_reader"
    assert value(connections.acting, "SELECT current_user") == "linernotes_actor"
    assert value(connections.context, "SHOW statement_timeout") == "30s"


@pytest.mark.parametrize(
    "table", ["runs", "artists", "events", "changes", "release_facts", "identifiers", "workers", "schedules"]
)
def test_whoever_reads_sees_what_is_served_and_changes_nothing(connections, table):
    assert value(connections.context, f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    with pytest.raises((InsufficientPrivilege, ReadOnlySqlTransaction)):
        do(connections.context, f"DELETE FROM {table}")  # noqa: S608
    with pytest.raises(InsufficientPrivilege):
        do(connections.context, f"SET default_transaction_read_only = off; COMMIT; DELETE FROM {table}")  # noqa: S608


@pytest.mark.parametrize("table", ["access_keys", "access_sessions", "file_addresses"])
def test_whoever_reads_sees_no_secret(connections, table):
    with pytest.raises(InsufficientPrivilege):
        value(connections.context, f"SELECT count(*) FROM {table}")  # noqa: S608


@pytest.mark.parametrize("table", ["artists", "record_state", "tombstones", "changes", "counts", "access_keys"])
def test_whoever_acts_leaves_documents_and_keys_alone(connections, table):
    assert value(connections.acting, f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    with pytest.raises(InsufficientPrivilege):
        do(connections.acting, f"DELETE FROM {table}")  # noqa: S608
    with pytest.raises(InsufficientPrivilege):
        do(connections.acting, f"TRUNCATE {table}")


def test_every_address_that_reads_is_answered_by_whoever_only_reads(stores):
    with TestClient(create_app(stores)) as client:
        paths = [
            path for path, methods in client.get("/schema/openapi.json").json()["paths"].items() if "get" in methods
        ]
        statuses = {
            path: client.get(re.sub(r"{[^}]*}", "1", path)).status_code for path in paths if "stream" not in path
        }
        statuses |= {path: client.get(path).status_code for path in ("/", "/operations", "/about")}
    assert len(statuses) > 10
    assert {path: status for path, status in statuses.items() if status >= 500} == {}


def test_the_state_of_operations_is_read_whole(connections):
    snapshot = read_snapshot(connections.context)
    assert snapshot.stores


def test_a_table_that_is_made_later_is_read(stores, connections):
    with psycopg.connect(postgres_conninfo(stores)) as connection:
        connection.execute("CREATE TABLE made_later (id bigint)")
    assert value(connections.context, "SELECT count(*) FROM made_later") == 0


def test_keys_count_and_sessions_begin_with_these_users(stores):
    with TestClient(create_app(stores)) as client:
        headers = headers_of(stores, "operate")
        assert client.get("/api/access", headers=headers).json()["right"] == "operate"
        key = headers["Authorization"].removeprefix("Bearer ")
        answer = client.post(
            "/enter", data={"key": key}, headers={"Origin": "http://testserver.local"}, follow_redirects=False
        )
        assert answer.status_code == 303


def test_a_second_time_changes_nothing_and_a_new_password_holds(stores):
    changed = msgspec.structs.replace(stores, postgres_reader_password="another-" + "x" * 24)
    try:
        with psycopg.connect(postgres_conninfo(stores)) as connection:
            assert settle_roles(connection, stores) == ""
            assert settle_roles(connection, changed) == ""
        with psycopg.connect(postgres_conninfo(as_role(changed, "reader"))) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        with psycopg.connect(postgres_conninfo(stores)) as connection:
            settle_roles(connection, stores)


def test_users_that_are_there_are_granted_what_they_need_without_their_passwords(
    stores: Settings, fresh_settings: FreshSettings
):
    settings = fresh_settings()
    without = msgspec.structs.replace(settings, postgres_reader_password="", postgres_actor_password="")
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
        assert settle_roles(connection, without) == ""
    with TestClient(create_app(settings)) as client:
        connections = client.app.state.connections
        assert value(connections.context, "SELECT current_user") == "linernotes_reader"
        assert value(connections.acting, "SELECT current_user") == "linernotes_actor"


def test_without_their_passwords_no_users_are_made(stores: Settings):
    without = msgspec.structs.replace(
        stores, postgres_username="nobody", postgres_reader_password="", postgres_actor_password=""
    )
    with psycopg.connect(postgres_conninfo(stores)) as connection:
        assert settle_roles(connection, without) == ""
        assert connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'nobody%'").fetchall() == []


def test_without_these_users_the_gateway_works_as_the_owner(fresh_settings: FreshSettings):
    settings = fresh_settings()
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
    for chosen in (
        settings,
        msgspec.structs.replace(settings, postgres_reader_password="", postgres_actor_password=""),
    ):
        with TestClient(create_app(chosen)) as client:
            assert value(client.app.state.connections.context, "SELECT current_user") == "linernotes"
            assert client.get("/api/runs").status_code == 200


def test_a_server_that_lets_nobody_make_users_gets_a_sentence(stores):
    name = f"plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_conninfo(stores)) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'plain'")
    plain = msgspec.structs.replace(stores, postgres_username=name, postgres_password="plain")
    try:
        with psycopg.connect(postgres_conninfo(plain)) as connection:
            sentence = settle_roles(connection, plain)
    finally:
        with psycopg.connect(postgres_conninfo(stores)) as owner:
            owner.execute(f"DROP ROLE {name}")
    assert sentence.startswith(f"{name} may not make users at PostgreSQL, so the gateway works as that one.")
    assert "CREATEROLE" in sentence
