"""Connections to real stores: what a function finds when the server broke off those that it had."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg
import pytest
from msgspec import structs

from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.stores.context import postgres_conninfo, prepare_context
from functions.runtime.stores.postgres_pool import open_pool

_NAME = "linernotes-stale"


@pytest.fixture
def named(settings):
    """Settings of eight connections."""
    return structs.replace(settings, pool_size=8)


def test_a_server_that_broke_off_all_connections_is_reached_by_the_next_one(named):
    with open_pool(named, postgres_conninfo(named), timeout=10) as pool:
        with ExitStack() as stack:
            for _ in range(8):
                connection = stack.enter_context(pool.connection())
                connection.execute("SELECT set_config('application_name', %s, false)", [_NAME])
        ended = _end_all(named)
        assert ended == 8
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_single_statements_are_committed_at_once_and_the_connection_is_given_back_as_it_was(settings):
    with prepare_context(settings, FUNCTIONS) as context:
        with context.statements() as connection:
            connection.execute("CREATE TABLE noted (id int)")
        with pytest.raises(psycopg.errors.UndefinedTable), context.statements() as connection:
            connection.execute("SELECT * FROM not_there")
        with context.connection() as connection:
            assert not connection.autocommit
            assert connection.execute("SELECT count(*) FROM noted").fetchone() == (0,)
        with pytest.raises(StoreUnavailable), context.statements() as connection:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with context.statements() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def _end_all(settings) -> int:
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"
        [(ended,)] = connection.execute(query, [_NAME]).fetchall()
    return ended
