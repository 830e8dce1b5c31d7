"""The planner's statistics of the tables that a run has changed much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from psycopg import sql

from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "finish.sql")

_AT_ONCE = 2


def analyze_outgrown(context: Context) -> None:
    """Gather those of tables that have none, or that have changed by a fifth since; the largest table first."""
    with context.connection() as connection:
        names = [name for (name,) in connection.execute(_sql.outgrown)]
        if names:
            connection.execute(_sql.spare)
    if names:
        with ThreadPoolExecutor(_AT_ONCE, "statistics") as threads:
            list(threads.map(lambda name: _analyze(context, name), names))


def _analyze(context: Context, name: str) -> None:
    with context.connection() as connection:
        connection.execute(sql.SQL(_sql.analyze).format(table=sql.Identifier(name)))
