"""Databases of PostgreSQL, made and dropped by their owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.query_files import statements

_statements = statements(__file__, "postgres.sql")


def create_postgres_database(settings: Settings, name: str) -> None:
    """Make an empty database beside the one of the settings, with the letters that one knows.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    ours = sql.Literal(settings.postgres_database)
    with _connected(settings) as connection:
        apart = connection.execute(sql.SQL(_statements.locale_apart).format(name=ours)).fetchone()
        statement = _statements.create_database_apart if apart else _statements.create_database
        collate, ctype = map(sql.Literal, apart or ("", ""))
        connection.execute(sql.SQL(statement).format(name=sql.Identifier(name), collate=collate, ctype=ctype))


def drop_postgres_database(settings: Settings, name: str) -> None:
    """Drop a database with everything in it, its sessions broken off; one that is not there is no error.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    with _connected(settings) as connection:
        connection.execute(sql.SQL(_statements.drop_database).format(name=sql.Identifier(name)))


@contextmanager
def _connected(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, "postgres"), autocommit=True) as connection:
        yield connection
