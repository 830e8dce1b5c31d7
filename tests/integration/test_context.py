"""Connections to real stores: what a function finds when the server broke off those that it had."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg
import pytest
from msgspec import structs

from functions.runtime.stores.context import open_pool, postgres_conninfo

_NAME = "linernotes-stale"


@pytest.fixture
def named(settings):
    """Settings of eight connections."""
    return structs.replace(settings, pool_size=8)


def test_a_server_that_broke_off_all_connections_is_reached_by_the_next_one(named):
    with open_pool(named, timeout=10) as pool:
        with ExitStack() as stack:
            for _ in range(8):
                connection = stack.enter_context(pool.connection())
                connection.execute("SELECT set_config('application_name', %s, false)", [_NAME])
        ended = _end_all(named)
        assert ended == 8
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def _end_all(settings) -> int:
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"
        [(ended,)] = connection.execute(query, [_NAME]).fetchall()
    return ended
