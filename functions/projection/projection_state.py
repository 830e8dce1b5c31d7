"""Which records the graph does not show as they are, and noting that it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
import xxhash
from msgspec import Struct

from functions.extract.records.record_digest import signed
from functions.projection.projection import GRAPH_VERSION
from functions.runtime.entities import CODE, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "projection_state.sql")

#: Mixed into each digest, so that records shown by an older version of the projection are due again.
SHOWN_VERSION = signed(xxhash.xxh3_64_intdigest(f"graph {GRAPH_VERSION}".encode()))


_READ_BATCH = 100_000


class Due(Struct, frozen=True):
    """A record that the graph does not show as it is; `data` is None for one that is gone."""

    id: int
    doc: int | None
    year: int | None
    data: str | None


def due_of(connection: psycopg.Connection[Any], entity: Entity, ids: list[int]) -> list[Due]:
    """Those of the ids that are due, by id."""
    rows = connection.execute(getattr(_sql, f"due_{entity}"), {"ids": ids, "version": SHOWN_VERSION})
    return [Due(*row) for row in rows]


def all_due_ids(context: Context, entity: Entity) -> Iterator[int]:
    """Every id of an entity that is due, in order, read a range at a time: after a new version it is all of them."""
    values = {"entity": CODE[entity], "version": SHOWN_VERSION, "after": -(2**63), "limit": _READ_BATCH}
    while True:
        with context.connection() as connection:
            ids = [row[0] for row in connection.execute(_sql.due_ids, values)]
        yield from ids
        if len(ids) < _READ_BATCH:
            return
        values["after"] = ids[-1]


def some_due_ids(connection: psycopg.Connection[Any], entity: Entity, limit: int) -> list[int]:
    """The lowest ids of an entity that are due, so many at most."""
    values = {"entity": CODE[entity], "version": SHOWN_VERSION, "limit": limit}
    return [row[0] for row in connection.execute(_sql.some_due_ids, values)]


def note_shown(connection: psycopg.Connection[Any], entity: Entity, records: Iterable[Due]) -> None:
    """Note that the graph shows these records as they are."""
    shown = list(records)
    values = {
        "entity": CODE[entity],
        "version": SHOWN_VERSION,
        "ids": [record.id for record in shown],
        "docs": [record.doc for record in shown],
    }
    connection.execute(_sql.note_shown, values)


def note_all_shown(connection: psycopg.Connection[Any]) -> None:
    """Note that the graph shows every record as it is."""
    connection.execute(_sql.note_all_shown, {"version": SHOWN_VERSION})
