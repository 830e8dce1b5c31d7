"""The collation by which names are sorted for people. It belongs to the server: its migration decides there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from functions.runtime.stores.query_files import statements
from functions.runtime.stores.statement_progress import Tell, told

_MIGRATION: Final = Path(__file__).with_name("migrations") / "0027_collation.sql"
_sql = statements(__file__, "collation.sql")


def make_collation(connection: psycopg.Connection[Any]) -> None:
    """Make it in a database that has no tables yet; where it is there nothing is done."""
    connection.execute(_MIGRATION.read_bytes())


def follow_collation(connection: psycopg.Connection[Any], tell: Tell) -> list[str]:
    """Build again what is sorted by it, where an update of the system has brought another order.

    Args:
        connection: of the tables' owner.
        tell: called with what is built, and how far it is.

    Returns:
        The names of the indexes.
    """
    with connection.transaction():
        if connection.execute(_sql.is_other).fetchone() != (True,):
            return []
        names = [name for (name,) in connection.execute(_sql.sorted_by_it)]
        tell(f"PostgreSQL has another version of ICU: what is sorted by it is built again, {', '.join(names)}")
        for name in names:
            with told(connection, name, tell):
                connection.execute(sql.SQL(_sql.build).format(name=sql.SQL(name)))
        connection.execute(_sql.note)
    return names
