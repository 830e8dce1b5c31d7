"""The planner's statistics of the tables that a run has changed much."""

from __future__ import annotations

from psycopg import sql

from functions.runtime.ledger.store import Connection
from functions.runtime.statements import statements

_sql = statements(__file__, "finish.sql")


def analyze_outgrown(connection: Connection) -> None:
    """Gather those of tables that have none, or that have changed by a fifth since."""
    names = [name for (name,) in connection.execute(_sql.outgrown)]
    if names:
        tables = sql.SQL(", ").join(sql.Identifier(name) for name in names)
        connection.execute(sql.SQL(_sql.analyze).format(tables=tables))
