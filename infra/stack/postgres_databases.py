"""Databases of the embedded PostgreSQL, made and dropped by its owner."""

from __future__ import annotations

import psycopg
from psycopg import sql

from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.query_files import statements

_statements = statements(__file__, "postgres.sql")


def create_postgres_database(settings: Settings, name: str) -> None:
    """Make an empty database beside the one of the settings.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    _run(settings, sql.SQL(_statements.create_database).format(name=sql.Identifier(name)))


def drop_postgres_database(settings: Settings, name: str) -> None:
    """Drop a database with everything in it, its sessions broken off; one that is not there is no error.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    _run(settings, sql.SQL(_statements.drop_database).format(name=sql.Identifier(name)))


def _run(settings: Settings, statement: sql.Composed) -> None:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, "postgres"), autocommit=True) as connection:
        connection.execute(statement)
