"""Where nothing is found: the nearest names, of records that have some of the words, or words like them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from functions.discover.search.candidates import similar_words
from functions.discover.search.hits import ids_by_entity
from functions.discover.search.query import Query
from functions.discover.search.suggest import Row, Suggestion, suggestion_of
from functions.discover.search.tsquery import any_of
from functions.discover.time_limit import TimeLimit
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.typos import distance, may_have_typos
from functions.search_entries.words import name_of, plain_name

_sql = statements(__file__, "search.sql")
_hits_sql = statements(__file__, "hits.sql")

_BUDGET_S: Final = 0.2
_MOST: Final = 5
#: Words of a search that are tried one by one, and letters of a name that are compared.
_WORDS, _LETTERS = 8, 60


class Nearest(NamedTuple):
    """The nearest names; `partial` says that time ran out before all was seen."""

    found: list[Suggestion]
    partial: bool = False


def nearest_names(context: Context, query: Query) -> Nearest:
    """A few records with names that are near to what was typed, the nearest first; none where it has no words."""
    if not query.words:
        return Nearest([])
    rows, alive, time = list[Row](), set[tuple[int, int]](), TimeLimit(_BUDGET_S, _sql.settings)
    with context.connection() as connection, time.within(connection):
        rows = _rows(connection, query)
        alive = set(connection.execute(_hits_sql.alive, ids_by_entity([row[:2] for row in rows])).fetchall())
    near = sorted((row for row in rows if row[:2] in alive), key=lambda row: (_distance(row[3], query), -row[2]))
    return Nearest([suggestion_of(row) for row in near[:_MOST]], time.is_over)


def _rows(connection: Connection, query: Query) -> list[Row]:
    """Entries of the first two tables with the rarest of the words or of words like them."""
    words = list(dict.fromkeys(query.words))[:_WORDS]
    every = [*words]
    for word in filter(may_have_typos, words):
        every += similar_words(connection, word)
    known = [word for (word,) in connection.execute(_sql.rarest, {"words": every})]
    found: dict[tuple[int, int], Any] = {}
    for word in known:
        for row in connection.execute(_sql.words_of_some, {"query": any_of([word])}):
            found.setdefault(row[:2], row)
    return list(found.values())


def _distance(name: str, query: Query) -> int:
    asked = plain_name(query.text) if not query.understood_fields else " ".join(query.words)
    return distance(plain_name(name_of(name))[:_LETTERS], asked[:_LETTERS])
