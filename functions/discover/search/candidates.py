"""Candidates of a search: asked for from the best known entries on, in the order of how they match.

Whoever finds records in another way too, such as by meaning, takes them from here and puts both orders together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg.errors import QueryCanceled

from functions.discover.search.accents import accented_words, missing_accents
from functions.discover.search.filters import Filters, filter_text, filter_values
from functions.discover.search.query import Query, Term
from functions.discover.search.tsquery import one_instead, tsquery
from functions.discover.time_limit import TimeLimit
from functions.runtime.entities import CODE
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.typos import distance, keys_of, may_have_typos, most_typos
from functions.search_entries.words import name_key, name_of, words_of

_sql = statements(__file__, "search.sql")
_hits_sql = statements(__file__, "hits.sql")

#: Seconds that a search may take; what is not found by then is left out, and the answer says so.
BUDGET_S: Final = 1.0
#: Candidates of a table below the first; hits of a batch, from which on no further table is asked; hits that can be
#: paged through.
CANDIDATES: Final = 1_000
ENOUGH: Final = 40
MOST: Final = 400
#: Words that may stand for one that was mistyped, and hits below which they are looked for.
_MOST_INSTEAD, _FEW = 8, 10

#: The condition of a statement that a search without words lacks.
BY_WORDS: Final = "words @@ %(query)s::tsquery"

_ARTIST: Final = CODE["artists"]
#: The first bucket of records that are found by words in the place of mistyped ones.
_TYPOS: Final = 5

#: A record: the number of its entity, and its id.
Key = tuple[int, int]


class Candidate(Struct, frozen=True):
    """A record that may be a hit.

    `bucket` says how it matches, 0 best, with so many `typos`; `folded` how many of the words that were typed with
    accents it has only without them; `prior` how connected it is. `batch` says in which batch of the best known
    it was found, 0 first.
    """

    key: Key
    bucket: int
    prior: int
    name: str
    by: str
    typos: int = 0
    folded: int = 0
    batch: int = 0

    @property
    def place(self) -> tuple[int, int, int, int, int, int, Key]:
        """What orders candidates: batch by batch how it matches, fewer typos first, then how well known it is."""
        return self.batch, min(self.bucket, _TYPOS), self.typos, self.bucket, self.folded, -self.prior, self.key


class Candidates(Struct, frozen=True):
    """Candidates, the best first.

    `instead` has the words that were looked for in the place of a mistyped one. `full` says that there are others,
    `partial` that time ran out before all was seen.
    """

    found: list[Candidate]
    instead: dict[str, list[str]]
    full: bool
    partial: bool


def find_candidates(context: Context, query: Query, filters: Filters, most: int, at_once: int = ENOUGH) -> Candidates:
    """The candidates of a search, `most` or a few more, up to `MOST`.

    They are asked for in whole batches of `at_once`, and each batch is ordered by itself: whoever asks for more gets
    the same in the same order, and the others behind.
    """
    run = _Run(context, query, filters, most, at_once)
    run.find()
    return Candidates(run.ordered(), run.instead, run.is_full, run.is_partial)


class _Run:
    """One search: what it has found, and whether it was broken off."""

    def __init__(self, context: Context, query: Query, filters: Filters, most: int, at_once: int) -> None:
        self.context = context
        self.query = query
        self.filters = filters
        self.at_once = at_once
        self.most = min(max(math.ceil(most / at_once), 1) * at_once, MOST)
        self.found: dict[Key, Candidate] = {}
        self.instead: dict[str, list[str]] = {}
        self.is_partial = False
        self.is_full = False
        self._filtered = filter_text(filters)
        self._values = {**filter_values(filters), "most": self.most, "candidates": CANDIDATES}
        self._time = TimeLimit(BUDGET_S, _sql.settings)
        self._accented = accented_words(query)

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
        self._find_words(tsquery(self.query.terms))
        if len(self.found) < _FEW:
            self._find_typos()
        if self._accented:
            self._spell_other_names()

    def ordered(self) -> list[Candidate]:
        """What was found, the best first."""
        return sorted(self.found.values(), key=lambda one: one.place)[:MOST]

    def _find_exact(self) -> None:
        plain = self.query.plain
        if plain:
            most = MOST if self._accented else self.most  # of many names that fold alike all are asked for
            for place, row in enumerate(self._ask("exact", plain=plain, most=most)):
                self._add(row, 0 if self._accented else place)
            for place, row in enumerate(self._ask("find", query=tsquery([Term((name_key(plain),))]))):
                self._add(row, place, is_whole=True)

    def _find_words(self, words: str, typos: int = 0) -> None:
        count = 0
        for row in self._ask("find", query=words):
            self._add(row, count, typos)
            count += 1
        self.is_full |= count >= self.most

    def _find_typos(self) -> None:
        """Look for one typo in all, then for more while there is too little: of many hits the best known are found."""
        words = {word for term in self.query.terms if not term.excluded and term.kind == "word" for word in term.words}
        similar = {word: self._similar(word) for word in sorted(filter(may_have_typos, words))}
        near = {word: [one for one, typos in others.items() if typos == 1] for word, others in similar.items()}
        self.instead = {word: others for word, others in near.items() if others}
        if self.instead:
            self._find_words(one_instead(self.query.terms, self.instead), typos=1)
        every = {word: list(others) for word, others in similar.items() if others}
        if len(self.found) < _FEW and (len(every) > 1 or every != self.instead):
            self.instead = every
            before = set(self.found)
            self._find_words(tsquery(self.query.terms, every), typos=2)
            self._count_typos([key for key in self.found if key not in before], similar)

    def _similar(self, word: str) -> dict[str, int]:
        self._time.apply(self._connection)
        return similar_words(self._connection, word)

    def _count_typos(self, keys: list[Key], similar: dict[str, dict[str, int]]) -> None:
        """Tell how many typos those have that may have several: by the words that stand in their entries."""
        words = sorted({*similar, *(other for others in similar.values() for other in others)})
        values = {"entities": [key[0] for key in keys], "ids": [key[1] for key in keys], "words": words}
        self._time.apply(self._connection)
        for entity, number, has in self._connection.execute(_sql.words_within, values) if keys else ():
            typos = sum(_fewest(word, others, has) for word, others in similar.items())
            self.found[entity, number] = replace(self.found[entity, number], typos=typos)

    def _spell_other_names(self) -> None:
        """Look whether the best artists that lack an accent have a name with it."""
        lacking = [one for one in self.ordered()[:ENOUGH] if one.key[0] == _ARTIST and one.folded]
        if lacking:
            self._time.apply(self._connection)
            rows = self._connection.execute(_hits_sql.other_names, {"ids": [one.key[1] for one in lacking]})
            others = {number: names for number, names in rows if names}
            for one in lacking:
                names = (one.name, *others.get(one.key[1], ()))
                folded = min(missing_accents(self._accented, name) for name in names)
                self.found[one.key] = replace(one, folded=folded)

    def _ask(self, name: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement as they come: what was found before it is broken off counts."""
        statement = getattr(_sql, name).replace("{filters}", self._filtered)
        if values.get("query") == "":  # by filters alone
            statement = statement.replace(BY_WORDS, "true")
        self._time.apply(self._connection)
        with self._connection.cursor() as cursor:
            yield from cursor.stream(statement, {**self._values, **values})

    def _add(self, row: tuple[Any, ...], place: int, typos: int = 0, *, is_whole: bool = False) -> None:
        """Add a row of a statement, the `place`th from 0, unless its record was found in as early a batch."""
        entity, number, prior, name, by, plain = row
        batch, known = place // self.at_once, self.found.get((entity, number))
        if known is None or batch < known.batch:
            bucket = self._bucket(entity, name, plain, is_typo=typos > 0, is_whole=is_whole)
            folded = missing_accents(self._accented, f"{name} {by}")
            self.found[entity, number] = Candidate((entity, number), bucket, prior, name, by, typos, folded, batch)

    def _bucket(self, entity: int, name: str, plain: str, *, is_typo: bool, is_whole: bool) -> int:
        """How a record matches: 0 by its name, 1 but for accents, 2 in other order, 3 and 4 by words, 5 on typos.

        Words are those of its name, or of another name of an artist (3), or of the artists and labels of a title (4).
        """
        if name and name_of(name).casefold() == self.query.text.casefold():
            return 0
        if plain and plain == self.query.plain:
            return 1
        if is_whole:
            return 2
        asked = self.query.words
        own = {word.text for word in words_of(name_of(name))}
        if not is_typo:
            return 3 if entity == _ARTIST or own.issuperset(asked) else 4
        corrected = [any(one in own for one in (word, *self.instead.get(word, ()))) for word in asked]
        return _TYPOS + (not all(corrected)) * 2 + (len(own) != len(set(asked)))


def _fewest(word: str, others: dict[str, int], has: list[str]) -> int:
    """The fewest typos with which a word stands among some."""
    return 0 if word in has else min((typos for other, typos in others.items() if other in has), default=0)


def similar_words(connection: psycopg.Connection[Any], word: str) -> dict[str, int]:
    """Words that may be meant by a mistyped one, with their typos; the nearest and most frequent first."""
    rows: Iterable[tuple[str, int]] = connection.execute(_sql.similar_words, {"keys": list(keys_of(word))}).fetchall()
    near = sorted((distance(word, other), -frequency, other) for other, frequency in rows if other != word)
    return {other: typos for typos, _, other in near[:_MOST_INSTEAD] if typos <= most_typos(word)}
