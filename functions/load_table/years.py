"""Which years are known changes with the turn of the year: a month's end settles them in all rows of an entity.

A row that a month writes gets its year by that month. The others keep theirs, although a year that lay too far in the
future may be known by now: a run's end looks through them whenever its month is of another year than the month before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import psycopg

from functions.counts import deltas
from functions.documents.columns import FIRST_YEAR, last_year
from functions.documents.document_changes import note_changes
from functions.runtime.entities import CODE, Entity
from functions.runtime.ledger.store import GRAPH_LOCK
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "years.sql")

Connection = psycopg.Connection[Any]

#: Those that have a year.
DATED: tuple[Entity, ...] = ("masters", "releases")


def begin_years(connection: Connection, entities: Iterable[Entity], dump: dt.date, *, empty: bool) -> None:
    """A load is about to write rows of these entities: until its end their years may be of two bounds.

    Args:
        empty: no table has a row, so that all will be of this dump.
    """
    dated = [entity for entity in entities if entity in DATED]
    connection.execute(_sql.begin, {"entities": dated, "last": last_year(dump), "empty": empty})


def settle_years(connection: Connection, entity: Entity, dump: dt.date) -> int:
    """Bring the years of all rows of an entity to what they are as of a dump, with counts; have the graph follow.

    Returns:
        How many rows were written.
    """
    last = last_year(dump)
    if entity not in DATED or connection.execute(_sql.bound, {"entity": entity}).fetchone() == (last,):
        return 0
    connection.execute(_sql.stage)
    connection.execute(getattr(_sql, f"find_{entity}"), {"first": FIRST_YEAR, "last": last})
    changed = connection.execute(_sql.settled).fetchall()
    if changed:
        deltas.note_years(connection, entity, changed)
        connection.execute(getattr(_sql, f"settle_{entity}"))
        note_changes(connection, entity, [number for (number,) in connection.execute(_sql.settled_ids)])
        connection.execute(_sql.hold_graph, {"space": GRAPH_LOCK})
        connection.execute(_sql.make_due, {"code": CODE[entity]})
    connection.execute(_sql.set_bound, {"entity": entity, "last": last})
    return len(changed)
