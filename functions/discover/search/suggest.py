"""What may be meant while it is still being typed: names that begin so, then names with words that do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.search.hits import ids_by_entity
from functions.discover.search.query import parse_query
from functions.discover.search.state import is_settled, notice_of_state
from functions.discover.search.tsquery import tsquery
from functions.discover.time_limit import TimeLimit
from functions.runtime.entities import ENTITIES, SINGULAR
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of, plain_name

_sql = statements(__file__, "search.sql")
_hits_sql = statements(__file__, "hits.sql")

#: Seconds that a suggestion may take: who types on does not wait for it.
_BUDGET_S: Final = 0.2
_TIERS: Final = range(4)
#: Letters of a last word by which the little known are looked through, too: fewer begin very many words.
_LONG_ENOUGH: Final = 4
_LAST: Final = "\U0010ffff"

Row = tuple[int, int, int, str, str]


class Suggestion(Struct, frozen=True):
    """A record that may be meant: `url` is its page, `prior` says how connected it is."""

    type: str
    id: int
    name: str
    by: str
    prior: int
    url: str


class Suggestions(Struct, frozen=True):
    """Records that may be meant, the best known first.

    `partial` says that time ran out before all was seen, `notice` why there may be more.
    """

    suggestions: list[Suggestion]
    partial: bool
    notice: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the same is suggested a moment later."""
        return not self.partial and is_settled(self.notice)


def suggest(context: Context, text: str, limit: int = 10) -> Suggestions:
    """The best known records whose name begins so, then those that have its words, the last one as a prefix."""
    rows, alive = dict[tuple[int, int], Row](), set[tuple[int, int]]()
    time = TimeLimit(_BUDGET_S, _sql.settings)
    with context.connection() as connection:
        with time.within(connection):
            _by_name(connection, text, limit, rows)
            if len(rows) < limit:
                _by_words(connection, text, limit, rows)
        with time.within(connection):
            alive = _alive(connection, rows.values())
    found = [suggestion_of(row) for row in rows.values() if row[:2] in alive]
    return Suggestions(found[:limit], time.is_over, notice_of_state(context, parse_query(text)))


def _by_name(connection: Connection, text: str, limit: int, rows: dict[tuple[int, int], Row]) -> None:
    begin = plain_name(parse_query(text).text)[:60]
    for tier in _TIERS if begin else ():
        values = {"from": begin, "to": begin + _LAST, "most": limit}
        _add(rows, connection.execute(getattr(_sql, f"prefix_{tier}"), values))
        if len(rows) >= limit:
            return


def _by_words(connection: Connection, text: str, limit: int, rows: dict[tuple[int, int], Row]) -> None:
    query = tsquery(parse_query(text, last_is_prefix=True).terms)
    reach = _TIERS if len(plain_name(parse_query(text).text).rpartition(" ")[2]) >= _LONG_ENOUGH else _TIERS[:2]
    for tier in reach if query else ():
        if len(rows) < limit or tier < 2:
            values = {"query": query, "most": limit}
            _add(rows, connection.execute(getattr(_sql, f"words_{tier}"), values))


def _add(rows: dict[tuple[int, int], Row], found: Iterable[Any]) -> None:
    for row in found:
        rows.setdefault((row[0], row[1]), row)


def _alive(connection: Connection, rows: Iterable[Row]) -> set[tuple[int, int]]:
    return set(connection.execute(_hits_sql.alive, ids_by_entity([row[:2] for row in rows])).fetchall())


def suggestion_of(row: Row) -> Suggestion:
    """A row of an entry as a suggestion."""
    code, number, prior, name, by = row
    kind = SINGULAR[ENTITIES[code - 1]]
    return Suggestion(kind, number, name_of(name), by, prior, record_address(kind, number, name))
