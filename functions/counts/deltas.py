"""What writing and removing records changes in the counts, noted in the transaction that does it.

While the counts are not those of this version nothing is noted: the run's end counts everything anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

from functions.runtime.entities import Entity
from functions.runtime.ledger.store import COUNT_LOCK, LOCK_TIMEOUT_S
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "counts.sql")

#: Raised when records count for something else, in `counted_keys` and in `count_all`, which must agree: the next run
#: then counts everything anew.
VERSION = 3

Connection = psycopg.Connection[Any]


def note_written(connection: Connection, entity: Entity, ids: list[int]) -> None:
    """The staged rows of these ids are about to take the place of those in the table."""
    _note(connection, "write", entity, ids)


def note_removed(connection: Connection, entity: Entity, ids: list[int]) -> None:
    """The rows of these ids are about to go."""
    _note(connection, "remove", entity, ids)


def note_years(connection: Connection, entity: Entity, changes: Sequence[tuple[int | None, int | None]]) -> None:
    """The years of so many rows are about to change, each from the first to the second of a pair."""
    connection.execute(_sql.share, {"space": COUNT_LOCK})
    if is_counted(connection):
        times = Counter(after for _, after in changes)
        times.subtract(before for before, _ in changes)
        years = {str(year): count for year, count in times.items() if year is not None and count}
        connection.execute(getattr(_sql, f"years_of_{entity}"), {"years": list(years), "times": list(years.values())})


def forget_counts(connection: Connection) -> None:
    """Have everything counted anew at the end of the run, as after writing without a note of it."""
    connection.execute(_sql.set_version, {"version": None})


def is_counted(connection: Connection) -> bool:
    """Whether the counts are those of this version, but for what is noted."""
    return connection.execute(_sql.version).fetchone() == (VERSION,)


def _note(connection: Connection, what: str, entity: Entity, ids: list[int]) -> None:
    if entity not in {"masters", "releases"}:
        return
    # Whoever counts anew sees this transaction, or the reverse.
    lock(connection, _sql.share, {"space": COUNT_LOCK}, "the counts", LOCK_TIMEOUT_S)
    if is_counted(connection):
        connection.execute(getattr(_sql, f"{what}_{entity}"), {"ids": ids})
