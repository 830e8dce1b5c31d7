"""Where nothing is found: the nearest names, of records that have some of the words, or words like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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
#: Names whose distance is measured at most, a millisecond each where both are long.
_MEASURED: Final = 100


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
    near = nearest_of([row for row in rows if row[:2] in alive], _asked(query))
    return Nearest([suggestion_of(row) for row in near], time.is_over)


def nearest_of(rows: Iterable[Row], asked: str) -> list[Row]:
    """The rows with the names that are nearest to what was asked, the nearest first, then the best known.

    A distance takes as many steps as the two have pairs of letters: it is measured where too few are surely nearer, and
    of so many at most, those with the most letters in common.
    """
    wanted = asked[:_LETTERS]
    letters = Counter(wanted)
    bounds = [(_least_distance(name, wanted, letters), -row[2], row[:2], name, row) for row, name in _compared(rows)]
    near: list[tuple[int, int, tuple[int, int], Row]] = []
    for least, prior, record, name, row in sorted(bounds)[:_MEASURED]:
        if len(near) == _MOST and least > near[-1][0]:
            break
        near = sorted([*near, (distance(name, wanted), prior, record, row)])[:_MOST]
    return [row for *_, row in near]


def _compared(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    return ((row, plain_name(name_of(row[3]))[:_LETTERS]) for row in rows)


def _least_distance(name: str, wanted: str, letters: Counter[str]) -> int:
    """What the distance is at least: letters of the longer one that the other has not got are put in or changed."""
    return max(len(name), len(wanted)) - (Counter(name) & letters).total()


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


def _asked(query: Query) -> str:
    return " ".join(query.words) if query.understood_fields else plain_name(query.text)
