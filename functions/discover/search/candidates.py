"""Candidates of a search: asked for from the best known entries on, in the order of how they match.

Whoever finds records in another way too, such as by meaning, takes them from here and puts both orders together.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg
from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.search.filters import Filters, filter_text, filter_values
from functions.discover.search.query import Query, Term
from functions.discover.search.tsquery import tsquery
from functions.runtime.entities import CODE
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.typos import distance, keys_of, may_have_typos, most_typos
from functions.search_entries.words import name_key, name_of, words_of

_sql = statements(__file__, "search.sql")

#: Seconds that a search may take; what is not found by then is left out, and the answer says so.
BUDGET_S: Final = 1.0
#: Candidates of a table below the first; hits from which no further table is asked; hits that can be paged through.
CANDIDATES: Final = 1_000
ENOUGH: Final = 40
MOST: Final = 400
#: Words that may stand for one that was mistyped, and hits below which they are looked for.
_MOST_INSTEAD, _FEW = 8, 10
#: The limit of statements is set anew when this share of it is left.
_WORTH_SETTING: Final = 0.7

#: The condition of a statement that a search without words lacks.
BY_WORDS: Final = "words @@ %(query)s::tsquery"

_ARTIST: Final = CODE["artists"]

#: A record: the number of its entity, and its id.
Key = tuple[int, int]


class Candidate(Struct, frozen=True):
    """A record that may be a hit. `bucket` says how it matches, 0 best; `prior` how connected it is."""

    key: Key
    bucket: int
    prior: int
    name: str
    by: str


class Candidates(Struct, frozen=True):
    """Candidates, the best first.

    `instead` has the words that were looked for in the place of a mistyped one. `full` says that there are others,
    `partial` that time ran out before all was seen.
    """

    found: list[Candidate]
    instead: dict[str, list[str]]
    full: bool
    partial: bool


def find_candidates(context: Context, query: Query, filters: Filters, most: int) -> Candidates:
    """The candidates of a search, `most` or a few more, up to `MOST`."""
    run = _Run(context, query, filters, most)
    run.find()
    return Candidates(run.ordered(), run.instead, run.is_full, run.is_partial)


class _Run:
    """One search: what it has found, and whether it was broken off."""

    def __init__(self, context: Context, query: Query, filters: Filters, most: int) -> None:
        self.context = context
        self.query = query
        self.filters = filters
        self.most = min(max(most, ENOUGH), MOST)
        self.found: dict[Key, Candidate] = {}
        self.instead: dict[str, list[str]] = {}
        self.is_partial = False
        self.is_full = False
        self._filtered = filter_text(filters)
        self._values = {**filter_values(filters), "most": self.most, "candidates": CANDIDATES}
        self._deadline = time.monotonic() + BUDGET_S
        self._limit = 2 * BUDGET_S

    def find(self) -> None:
        """Ask for the exact name, then the words, then words that differ by a typo, while there is too little."""
        if self.query.is_empty and not (self.filters.every or self.filters.any or self.filters.releases):
            return
        with self.context.connection() as connection:
            self._connection = connection
            try:
                with connection.transaction():
                    self._find_in_order()
            except QueryCanceled:
                self.is_partial = True

    def _find_in_order(self) -> None:
        self._find_exact()
        self._find_words(self.query.terms)
        if len(self.found) < _FEW:
            self._find_typos()

    def ordered(self) -> list[Candidate]:
        """What was found: how it matches, then how well known it is."""
        return sorted(self.found.values(), key=lambda one: (one.bucket, -one.prior, one.key))[:MOST]

    def _find_exact(self) -> None:
        plain = self.query.plain
        if plain:
            for row in self._ask("exact", plain=plain):
                self._add(row, is_typo=False)
            for row in self._ask("find", query=tsquery([Term((name_key(plain),))])):
                self._add(row, is_typo=False, is_whole=True)

    def _find_words(self, terms: Sequence[Term]) -> None:
        count = 0
        for row in self._ask("find", query=tsquery(terms, self.instead)):
            self._add(row, is_typo=bool(self.instead))
            count += 1
        self.is_full |= count >= self.most

    def _find_typos(self) -> None:
        words = {word for term in self.query.terms if not term.excluded and term.kind == "word" for word in term.words}
        for word in sorted(filter(may_have_typos, words)):
            if similar := self._similar(word):
                self.instead[word] = similar
        if self.instead:
            self._find_words(self.query.terms)

    def _similar(self, word: str) -> list[str]:
        self._limit_time()
        return similar_words(self._connection, word)

    def _ask(self, name: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement as they come: what was found before it is broken off counts."""
        statement = getattr(_sql, name).replace("{filters}", self._filtered)
        if values.get("query") == "":  # by filters alone
            statement = statement.replace(BY_WORDS, "true")
        self._limit_time()
        with self._connection.cursor() as cursor:
            yield from cursor.stream(statement, {**self._values, **values})

    def _limit_time(self) -> None:
        """What is left of the budget is the limit of the next statement, once a good part of it is gone."""
        left = self._deadline - time.monotonic()
        if left < self._limit * _WORTH_SETTING:
            self._limit = max(left, 0.001)
            self._connection.execute(_sql.settings, {"milliseconds": str(int(self._limit * 1_000))})

    def _add(self, row: tuple[Any, ...], *, is_typo: bool, is_whole: bool = False) -> None:
        entity, number, prior, name, by, plain = row
        if (entity, number) not in self.found:
            bucket = self._bucket(entity, name, plain, is_typo=is_typo, is_whole=is_whole)
            self.found[entity, number] = Candidate((entity, number), bucket, prior, name, by)

    def _bucket(self, entity: int, name: str, plain: str, *, is_typo: bool, is_whole: bool) -> int:
        """How a record matches: 0 by its name, 1 but for accents, 2 in other order, 3 and 4 by words, 5 on typos.

        Words are those of its name, or of another name of an artist (3), or of the artists and labels of a title (4).
        """
        if name_of(name).casefold() == self.query.text.casefold():
            return 0
        if plain == self.query.plain:
            return 1
        if is_whole:
            return 2
        asked = self.query.words
        own = {word.text for word in words_of(name_of(name))}
        if not is_typo:
            return 3 if entity == _ARTIST or own.issuperset(asked) else 4
        corrected = [any(one in own for one in (word, *self.instead.get(word, ()))) for word in asked]
        return 5 + (not all(corrected)) * 2 + (len(own) != len(set(asked)))


def similar_words(connection: psycopg.Connection[Any], word: str) -> list[str]:
    """Words of the vocabulary that may be meant by a mistyped one, the nearest and most frequent first."""
    rows: Iterable[tuple[str, int]] = connection.execute(_sql.similar_words, {"keys": list(keys_of(word))}).fetchall()
    near = [(distance(word, other), -frequency, other) for other, frequency in rows if other != word]
    return [other for typos, _, other in sorted(near) if typos <= most_typos(word)][:_MOST_INSTEAD]
