"""The bulk load into an empty table: rows and state by COPY, without a look at what is there."""

from __future__ import annotations

from typing import Any

import psycopg

from functions.load_table.binary_copy import CopyRows
from functions.runtime.entities import Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "bulk_copy.sql")


def copy_documents(connection: psycopg.Connection[Any], entity: Entity, rows: CopyRows) -> None:
    """Put new documents into their table.

    Raises:
        psycopg.errors.UniqueViolation: one of them is there already.
    """
    _copy(connection, getattr(_sql, f"copy_{entity}"), rows.documents)


def copy_states(connection: psycopg.Connection[Any], rows: CopyRows) -> None:
    """Note the digests of every new record of a part.

    Raises:
        psycopg.errors.UniqueViolation: one of the records has a state already.
    """
    _copy(connection, _sql.copy_states, rows.states)


def _copy(connection: psycopg.Connection[Any], statement: str, rows: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)
