"""Search by word: candidates from the best known entries on, ordered by how they match, joined to their documents."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.search.filters import Filters, filters_of
from functions.discover.search.query import Query, Term, Understood, parse_query
from functions.discover.search.tsquery import tsquery
from functions.runtime.entities import ENTITIES, SINGULAR
from functions.runtime.errors import RefusedError
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

Key = tuple[int, int]


class Hit(Struct, frozen=True):
    """A record that was found. `match` says how: `exact`, `name`, `words` or `typo`; `prior` how connected it is."""

    type: str
    id: int
    name: str
    by: str
    match: str
    prior: int
    year: int | None = None
    country: str | None = None
    label: str | None = None
    format: str | None = None


class SearchPage(Struct, frozen=True):
    """Hits, the best first.

    `total` counts the hits that can be paged through; `more` says that there are others. `instead` has the words that
    were looked for in the place of one that seems mistyped. `partial` says that time ran out before all was seen.
    """

    hits: list[Hit]
    next: str | None
    total: int
    more: bool
    understood: list[Understood]
    instead: dict[str, list[str]]
    partial: bool


class _Found(Struct):
    bucket: int
    prior: int
    name: str
    by: str


def search(context: Context, text: str, filters: Filters | None = None, limit: int = 20, first: int = 0) -> SearchPage:
    """Find records by words.

    Args:
        context: the stores.
        text: as it was typed.
        filters: beside those of the text.
        limit: hits of the page.
        first: hits before it.
    """
    query = parse_query(text)
    wanted = filters_of(query, filters or Filters())
    run = _Run(context, query, wanted, first + limit + 1)
    run.find()
    ordered = run.ordered()
    page, rest = ordered[first : first + limit], len(ordered) > first + limit
    hits = _with_documents(context, page, query.years)
    following = str(first + limit) if rest and first + limit < MOST else None
    return SearchPage(
        hits, following, len(ordered), rest or run.is_full, list(query.understood), run.instead, run.is_partial
    )


def first_of(cursor: str | None) -> int:
    """The hits before the page that a cursor stands for.

    Raises:
        RefusedError: it is no cursor.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor) < MOST):
        raise RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
    return int(cursor)


class _Run:
    """One search: what it has found, and whether it was broken off."""

    def __init__(self, context: Context, query: Query, filters: Filters, wanted: int) -> None:
        self.context = context
        self.query = query
        self.filters = filters
        self.most = min(max(wanted, ENOUGH), MOST)
        self.found: dict[Key, _Found] = {}
        self.instead: dict[str, list[str]] = {}
        self.is_partial = False
        self.is_full = False
        self._deadline = time.monotonic() + BUDGET_S
        self._limit = 2 * BUDGET_S

    def find(self) -> None:
        """Ask for the exact name, then the words, then words that differ by a typo, while there is too little."""
        if self.query.is_empty:
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

    def ordered(self) -> list[tuple[Key, _Found]]:
        """What was found: how it matches, then how well known it is."""
        return sorted(self.found.items(), key=lambda item: (item[1].bucket, -item[1].prior, item[0]))[:MOST]

    def _find_exact(self) -> None:
        plain = self.query.plain
        if plain:
            self._add(self._ask("exact", plain=plain), is_typo=False)
            self._add(self._ask("find", query=tsquery([Term((name_key(plain),))])), is_typo=False, is_whole=True)

    def _find_words(self, terms: Sequence[Term]) -> None:
        rows = self._ask("find", query=tsquery(terms, self.instead))
        self.is_full |= len(rows) >= self.most
        self._add(rows, is_typo=bool(self.instead))

    def _find_typos(self) -> None:
        words = {word for term in self.query.terms if not term.excluded and term.kind == "word" for word in term.words}
        for word in filter(may_have_typos, words):
            if similar := self._similar(word):
                self.instead[word] = similar
        if self.instead:
            self._find_words(self.query.terms)

    def _similar(self, word: str) -> list[str]:
        rows = self._connection.execute(_sql.similar_words, {"keys": list(keys_of(word))}).fetchall()
        near = [(distance(word, other), -frequency, other) for other, frequency in rows if other != word]
        return [other for typos, _, other in sorted(near) if typos <= most_typos(word)][:_MOST_INSTEAD]

    def _ask(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        statement = getattr(_sql, name).replace("{filters}", filter_text(self.filters))
        if values.get("query") == "":  # by filters alone
            statement = statement.replace(BY_WORDS, "true")
        limits = {"most": self.most, "candidates": CANDIDATES}
        asked = {"facets": list(self.filters.every), "any": list(self.filters.any), "none": list(self.filters.none)}
        self._limit_time()
        return self._connection.execute(statement, {**asked, **limits, **values}).fetchall()

    def _limit_time(self) -> None:
        """What is left of the budget is the limit of the next statement, once a good part of it is gone."""
        left = self._deadline - time.monotonic()
        if left < self._limit * _WORTH_SETTING:
            self._limit = max(left, 0.001)
            self._connection.execute(_sql.settings, {"milliseconds": str(int(self._limit * 1_000))})

    def _add(self, rows: Iterable[tuple[Any, ...]], *, is_typo: bool, is_whole: bool = False) -> None:
        for entity, number, prior, name, by, plain in rows:
            if (entity, number) not in self.found:
                bucket = self._bucket(name, plain, is_typo=is_typo, is_whole=is_whole)
                self.found[entity, number] = _Found(bucket, prior, name, by)

    def _bucket(self, name: str, plain: str, *, is_typo: bool, is_whole: bool) -> int:
        """How a name matches: 0 by letter, 1 but for accents, 2 in other order, 3 and 4 by its words, 5 on typos."""
        if name_of(name).casefold() == self.query.text.casefold():
            return 0
        if plain == self.query.plain:
            return 1
        if is_whole:
            return 2
        asked = [word for term in self.query.terms if not term.excluded for word in term.words]
        own = {word.text for word in words_of(name_of(name))}
        if not is_typo:
            return 3 if own.issuperset(asked) else 4
        corrected = [any(one in own for one in (word, *self.instead.get(word, ()))) for word in asked]
        return 5 + (not all(corrected)) * 2 + (len(own) != len(set(asked)))


def filter_text(filters: Filters) -> str:
    """The conditions of a statement, for those that are given: an empty one would have the whole index read."""
    pieces = ((filters.every, _sql.by_facets), (filters.any, _sql.by_any), (filters.none, _sql.by_none))
    return " ".join(text for values, text in pieces if values)


#: The condition of a statement that a search without words lacks.
BY_WORDS: Final = "words @@ %(query)s::tsquery"
_MATCH: Final = ("exact", "exact", "exact", "name", "words")


def _with_documents(context: Context, page: Sequence[tuple[Key, _Found]], years: tuple[int, int] | None) -> list[Hit]:
    """The hits that have a document still, with what tells them apart."""
    ids: dict[str, list[int]] = {entity: [] for entity in ENTITIES}
    for (code, number), _ in page:
        ids[ENTITIES[code - 1]].append(number)
    with context.statements() as connection:
        rows = connection.execute(_sql.documents, ids).fetchall() if page else []
    return list(_hits(page, {(code, number): tuple(fields) for code, number, *fields in rows}, years))


def _hits(
    page: Iterable[tuple[Key, _Found]], told: Mapping[Key, tuple[Any, ...]], years: tuple[int, int] | None
) -> Iterator[Hit]:
    for (code, number), found in page:
        if (code, number) not in told:
            continue
        year, country, label, format_ = told[code, number]
        if years and not (year and years[0] <= year <= years[1]):
            continue
        match = _MATCH[found.bucket] if found.bucket < len(_MATCH) else "typo"
        kind = SINGULAR[ENTITIES[code - 1]]
        label = label and name_of(label)
        yield Hit(kind, number, name_of(found.name), found.by, match, found.prior, year, country, label, format_)
