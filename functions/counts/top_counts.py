"""Reading the counts."""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct

from functions.runtime.ledger.store import fetch
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "counts.sql")

CountKind = Literal["genre", "style", "label", "country", "format", "year"]
COUNT_KINDS: Final[tuple[CountKind, ...]] = get_args(CountKind)


class Count(Struct, frozen=True):
    """How many releases and masters have a key. A label's key is its id; `name` is null where it has no document."""

    key: str
    name: str | None
    releases: int
    masters: int


def largest(context: Context, kind: CountKind, limit: int) -> list[Count]:
    """The keys of a kind with the most releases."""
    with context.connection() as connection:
        return fetch(connection, Count, _sql.largest, kind=kind, limit=limit)
