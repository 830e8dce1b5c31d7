"""Lists in the order of a column: each page sorts what matches, of very much the first 100,000 rows of the list.

So a page costs no more than reading and sorting these, whatever is asked for. A cursor has the value and the key of the
last row of a page: what comes or goes meanwhile moves no other row to another page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from psycopg.rows import dict_row

from functions.operations.paging import MOST_SEARCHED, Total, count, no_cursor, total_of
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sorting.sql")
S = TypeVar("S", bound=Struct)

Kind = Literal["text", "bigint", "date", "timestamptz"]
Direction = Literal["asc", "desc"]


class Order(Struct, frozen=True):
    """By what a list is sorted, and whether downwards; rows without a value come last either way."""

    sort: str
    descending: bool = False


class Listed(Struct, frozen=True):
    """A list that can be sorted.

    `statement` has a `limit`, and `place` is its value that says where a page begins. `key` is a column that tells its
    rows apart, and `columns` those that it is sorted by, each with its type, by the names that are asked for.
    """

    statement: str
    place: str
    columns: Mapping[str, tuple[str, Kind]]
    key: str = "id"
    key_kind: Kind = "bigint"


class SortedPage(NamedTuple, Generic[S]):
    """Rows of a page, the cursor of the next one, and how many match."""

    rows: list[S]
    next: str | None
    total: Total


class _Place(NamedTuple):
    """Where a page begins: behind the row with this value and key, as texts."""

    value: str | None
    key: str


def order_of(sort: str | None, direction: Direction = "asc") -> Order | None:
    """The order that is asked for; None for that of the list."""
    return Order(sort, direction == "desc") if sort else None


def read_sorted(
    connection: Connection,
    struct: type[S],
    listed: Listed,
    values: Mapping[str, Any],
    limit: int,
    order: Order,
    cursor: str | None,
) -> SortedPage[S]:
    """A page of a list in an order of its own.

    Args:
        values: those of the filters.

    Raises:
        RefusedError: the cursor is none.
    """
    column, _ = listed.columns[order.sort]
    place = _place_of(cursor)
    whole = {**values, listed.place: None}
    begins = {"begins": place is None, "value": place and place.value, "key": place and place.key}
    with connection.cursor(row_factory=dict_row) as reading:
        asked = {**whole, **begins, "limit": MOST_SEARCHED, "page": limit + 1}
        rows = reading.execute(_statement(listed, order), asked, prepare=False).fetchall()
    more = len(rows) > limit
    found = [msgspec.convert(row, struct) for row in rows[:limit]]
    following = _cursor(rows[limit - 1][column], rows[limit - 1][listed.key]) if more else None
    if not more and place is None:
        return SortedPage(found, None, total_of(len(found)))
    return SortedPage(found, following, count(connection, listed.statement, whole))


def _statement(listed: Listed, order: Order) -> str:
    column, kind = listed.columns[order.sort]
    words = {
        "column": column,
        "kind": kind,
        "key": listed.key,
        "key_kind": listed.key_kind,
        "beyond": "<" if order.descending else ">",
        "way": "DESC" if order.descending else "ASC",
    }
    text: str = _sql.page
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text.replace("{statement}", listed.statement)


def _cursor(value: Any, key: str | int) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else value if value is None else str(value)
    return str(msgspec.json.encode(_Place(text, str(key))), "utf-8")


def _place_of(cursor: str | None) -> _Place | None:
    try:
        return None if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError as error:
        raise no_cursor(cursor or "") from error
