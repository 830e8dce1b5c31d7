"""What may be meant while it is still being typed: names that begin so, then names with words that do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.search.query import parse_query
from functions.discover.search.tsquery import tsquery
from functions.runtime.entities import ENTITIES, SINGULAR
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of, plain_name

_sql = statements(__file__, "search.sql")

#: Milliseconds that a suggestion may take: who types on does not wait for it.
_BUDGET_MS: Final = 200
_TIERS: Final = range(4)
#: Letters of a last word by which the little known are looked through, too: fewer begin very many words.
_LONG_ENOUGH: Final = 4
_LAST: Final = "\U0010ffff"

Row = tuple[int, int, int, str, str]


class Suggestion(Struct, frozen=True):
    """A record that may be meant; `prior` says how connected it is."""

    type: str
    id: int
    name: str
    by: str
    prior: int


def suggest(context: Context, text: str, limit: int = 10) -> list[Suggestion]:
    """The best known records whose name begins so, then those that have its words, the last one as a prefix."""
    rows: dict[tuple[int, int], Row] = {}
    with context.connection() as connection:
        with suppress(QueryCanceled), connection.transaction():  # what was found in time is told
            connection.execute(_sql.settings, {"milliseconds": str(_BUDGET_MS)})
            _by_name(connection, text, limit, rows)
            if len(rows) < limit:
                _by_words(connection, text, limit, rows)
        alive = _alive(connection, rows.values())
    return [_suggestion(row) for row in rows.values() if row[:2] in alive][:limit]


def _by_name(connection: Connection, text: str, limit: int, rows: dict[tuple[int, int], Row]) -> None:
    begin = plain_name(text)[:60]
    for tier in _TIERS if begin else ():
        values = {"from": begin, "to": begin + _LAST, "most": limit}
        _add(rows, connection.execute(getattr(_sql, f"prefix_{tier}"), values))
        if len(rows) >= limit:
            return


def _by_words(connection: Connection, text: str, limit: int, rows: dict[tuple[int, int], Row]) -> None:
    query = tsquery(parse_query(text, last_is_prefix=True).terms)
    reach = _TIERS if len(plain_name(text).rpartition(" ")[2]) >= _LONG_ENOUGH else _TIERS[:2]
    for tier in reach if query else ():
        if len(rows) < limit or tier < 2:
            values = {"query": query, "most": limit}
            _add(rows, connection.execute(getattr(_sql, f"words_{tier}"), values))


def _add(rows: dict[tuple[int, int], Row], found: Iterable[Any]) -> None:
    for row in found:
        rows.setdefault((row[0], row[1]), row)


def _alive(connection: Connection, rows: Iterable[Row]) -> set[tuple[int, int]]:
    ids: dict[str, list[int]] = {entity: [] for entity in ENTITIES}
    for code, number, *_ in rows:
        ids[ENTITIES[code - 1]].append(number)
    return set(connection.execute(_sql.alive, ids).fetchall())


def _suggestion(row: Row) -> Suggestion:
    code, number, prior, name, by = row
    return Suggestion(SINGULAR[ENTITIES[code - 1]], number, name_of(name), by, prior)
