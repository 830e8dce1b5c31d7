"""What artists and labels are called: by their own documents, or, where they have none, as a release names them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "names.sql")

Connection = psycopg.Connection[Any]


def artist_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names of artists by their ids, as they are written; those that nothing names, and suppressed ones, lack."""
    return _read(connection, _sql.artists, ids)


def label_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names of labels and companies by their ids, as they are written; the same ones lack."""
    return _read(connection, _sql.labels, ids)


def _read(connection: Connection, statement: str, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = connection.execute(statement, {"ids": list(ids)}).fetchall()
    return {number: name for number, name in rows if name}
