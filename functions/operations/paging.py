"""Pages of lists: a cursor, how many match, and texts that are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Struct
from psycopg.rows import dict_row

from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "paging.sql")
S = TypeVar("S", bound=Struct)

#: Up to how many are counted: a person reads no more, and counting a million takes as long as reading them.
MOST_COUNTED: Final = 10_000
#: Rows in which a text, or what no index has, is looked for: the newest that match all else.
MOST_SEARCHED: Final = 100_000

_LARGEST: Final = 2**63 - 1


class Total(Struct, frozen=True):
    """How many match a filter: `count`, or `more` than that."""

    count: int
    more: bool = False


class Slice(NamedTuple):
    """Rows of a page, whether others follow, and how many match."""

    rows: list[Any]
    more: bool
    total: Total


def total_of(counted: int) -> Total:
    """How many there are, of rows that were counted up to one more than `MOST_COUNTED`."""
    return Total(min(counted, MOST_COUNTED), counted > MOST_COUNTED)


def number_of(cursor: str | None) -> int | None:
    """The number that a cursor stands for; None for the first page.

    Raises:
        RefusedError: it is no cursor.
    """
    if cursor is None or (cursor.isascii() and cursor.isdigit() and len(cursor) < 20 and int(cursor) <= _LARGEST):
        return None if cursor is None else int(cursor)
    raise no_cursor(cursor)


def no_cursor(text: str) -> RefusedError:
    """What is said of a cursor that is none."""
    return RefusedError(f"{text[:60]!r} is no cursor: give `next` of the page before, or none to begin.")


def read_page(
    connection: Connection, struct: type[S], statement: str, values: Mapping[str, Any], limit: int, place: str
) -> Slice:
    """A page of what a statement finds, and how many rows it has from the beginning.

    Args:
        statement: with `limit`, and with the values of its filters.
        place: the value that says where the page begins; NULL: with the first row.
    """
    rows = _rows(connection, struct, statement, {**values, "limit": limit + 1})
    more = len(rows) > limit
    if not more and values[place] is None:  # that was all of it
        return Slice(rows, more, total_of(len(rows)))
    return Slice(rows[:limit], more, count(connection, statement, {**values, place: None}))


def count(connection: Connection, statement: str, values: Mapping[str, Any]) -> Total:
    """How many rows a statement with `limit` finds."""
    counting = _sql.count.replace("{statement}", statement)
    row = connection.execute(counting, {**values, "limit": MOST_COUNTED + 1}, prepare=False).fetchone()
    return total_of(int(row[0]) if row else 0)


def _rows(connection: Connection, struct: type[S], statement: str, values: Mapping[str, Any]) -> list[S]:
    """Never prepared: a plan that goes for every filter would use no index."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(statement, cast("dict[str, Any]", values), prepare=False)
        return [msgspec.convert(row, struct) for row in found]
