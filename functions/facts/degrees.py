"""Degrees: how many releases name an artist, a label or a master. Counted once, then kept by what changes."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from functions.derivations.tables import begin_table
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "degrees.sql")

#: In this order whoever takes moves locks them, too.
TABLES: Final = ("degree_moves", "degrees")

Connection = psycopg.Connection[Any]


def note(connection: Connection, _entity: Entity, ids: list[int], *, are_written: bool) -> None:
    """Releases whose facts are about to go, or have come."""
    connection.execute(_sql.note, {"ids": ids, "change": 1 if are_written else -1})


def assemble(context: Context, *, building: bool) -> None:
    """Count them all where the facts of all releases were made anew; else add what has changed."""
    with context.connection() as connection:
        if building:
            for table in TABLES:
                begin_table(connection, table)
            connection.execute(_sql.forget_changes)
            for statement in (_sql.count_artists, _sql.count_labels, _sql.count_masters):
                connection.execute(statement)
            connection.execute(_sql.note_moves)
            connection.execute(_sql.have_search_move)
        else:
            connection.execute(_sql.add_changes)
            connection.execute(_sql.drop_empty)
