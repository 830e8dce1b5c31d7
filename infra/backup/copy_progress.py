"""How far pg_dump or pg_restore is, as the server sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from functions.runtime.stores.query_files import statements
from infra.backup.manifest import Show

_sql = statements(__file__, "backup.sql")


class Copying:
    """Counts the rows of tables that are copied. One that was seen and is seen no more is through."""

    def __init__(self, connection: psycopg.Connection[Any], rows: Mapping[str, int], show: Show) -> None:
        self._connection = connection
        self._rows = rows
        self._show = show
        self._done: dict[str, int] = {}

    def look(self) -> None:
        """Ask the server, and show what it says."""
        now = dict(self._connection.execute(_sql.copying).fetchall())
        for table in self._done.keys() - now.keys():
            self._done[table] = self._rows[table]
        self._done |= {table: min(count, self._rows[table]) for table, count in now.items() if table in self._rows}
        self._show("rows", sum(self._done.values()), sum(self._rows.values()))

    def end(self) -> None:
        """Show that all is through."""
        self._show("rows", sum(self._rows.values()), sum(self._rows.values()))
