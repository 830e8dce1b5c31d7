"""Search entries put into their place: all of them for a new version, else those that changed and those that moved."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from functions.runtime.entities import CODE, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.build import TIERS, build, copy_deletes

_sql = statements(__file__, "search_entries.sql")

#: Changed entries that are put into their place in one transaction: what comes in order costs the indexes least.
BATCH: Final = 25_000

Connection = psycopg.Connection[Any]


def note(connection: Connection, entity: Entity, ids: list[int], *, are_written: bool) -> None:
    """Entries of documents that are gone wait to go, too."""
    if are_written:
        connection.execute(_sql.note_gone, {"entity": CODE[entity], "ids": ids})


def assemble(context: Context, *, building: bool) -> None:
    """Build all entries anew beside those that are read, or bring up what changed, batch by batch."""
    if building:
        build(context)
        return
    while _put_batch(context):
        pass
    while _move_batch(context):
        pass


def _put_batch(context: Context) -> bool:
    """Put some of what waits into its place; whether there was any."""
    with context.connection() as connection:
        count = connection.execute(_sql.batch, {"most": BATCH}).rowcount
        if not count:
            return False
        connection.execute(_sql.gone)
        for tier in TIERS:
            connection.execute(getattr(_sql, f"drop_{tier}"))
        connection.execute(_sql.place)
        for tier in TIERS:
            connection.execute(getattr(_sql, f"put_{tier}"))
        connection.execute(_sql.drop_sampled)
        connection.execute(_sql.put_sampled)
        _date_releases(connection)
        changed = connection.execute(_sql.count_changes).fetchall()
        copy_deletes(connection, _sql.copy_new_deletes, (word for word, is_new in changed if is_new))
        connection.execute(_sql.drop_staged)
    return True


def _date_releases(connection: Connection) -> None:
    """Give releases of the batch's masters their original year, where that is another one now."""
    if connection.execute(_sql.other_years).rowcount:
        for table in (*(f"entries_{tier}" for tier in TIERS), "sample"):
            connection.execute(getattr(_sql, f"date_{table}"))


def _move_batch(context: Context) -> bool:
    """Order some of those anew whose degree has changed; whether there were any."""
    with context.connection() as connection:
        count = connection.execute(_sql.moves, {"most": BATCH}).rowcount
        if not count:
            return False
        connection.execute(_sql.moved)
        for step in ("take", "weigh", "put_moved"):
            for tier in TIERS:
                connection.execute(getattr(_sql, f"{step}_{tier}"))
    return True
