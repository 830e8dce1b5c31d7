"""Hits: candidates joined to their documents, with what tells them apart and what matched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.search.candidates import Candidate, Key
from functions.discover.search.query import Query
from functions.discover.search.snippets import Snippet, Wanted, best_other_name, snippet, wanted_of
from functions.discover.time_limit import TimeLimit
from functions.runtime.entities import ENTITIES, SINGULAR
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of, words_of

_sql = statements(__file__, "hits.sql")

_MATCH: Final = ("exact", "exact", "exact", "name", "words")
_ARTIST: Final = 1
#: Seconds that reading the documents of a page may take.
BUDGET_S: Final = 1.0


class Hit(Struct, frozen=True, kw_only=True):
    """A record that was found.

    Attributes:
        url: its page.
        by: the artists of a title, as credited.
        match: how it was found: `exact`, `name`, `words` or `typo` by its words, else by `meaning`.
        similarity: of its meaning to that of the question, 1 at most; None where that was not asked, or is not near.
        prior: how connected it is.
        year: of a master or release; `original` is the year of a release's master.
        label: the first one of a release.
        format: the first one of a release.
        real_name: of an artist.
        releases: how many name an artist or a label, or are versions of a master.
        first_year: of an artist's own releases, or those of a label; `last_year` likewise.
        styles: up to three; of an artist those of the first releases.
        snippets: its name, and what else matched, in pieces.
    """

    type: str
    id: int
    name: str
    url: str
    by: str
    match: str
    prior: int
    year: int | None = None
    original: int | None = None
    country: str | None = None
    label: str | None = None
    format: str | None = None
    real_name: str | None = None
    releases: int | None = None
    first_year: int | None = None
    last_year: int | None = None
    styles: list[str] = []
    snippets: list[Snippet] = []
    similarity: float | None = None


class Hits(NamedTuple):
    """Hits of a page; `partial` says that time ran out before all was read of them."""

    found: list[Hit]
    partial: bool = False


class _Told(Struct, frozen=True):
    year: int | None
    original: int | None
    country: str | None
    label: str | None
    format: str | None
    real_name: str | None
    releases: int | None
    first_year: int | None
    last_year: int | None
    styles: list[str]


def hits_of(context: Context, page: Sequence[Candidate], query: Query, instead: dict[str, list[str]]) -> Hits:
    """The candidates that have a document still, with what tells them apart."""
    if not page:
        return Hits([])
    wanted, time = wanted_of(query, instead), TimeLimit(BUDGET_S)
    told, others = dict[Key, _Told](), dict[int, list[str]]()
    with context.connection() as connection, time.within(connection):
        told = {(code, number): _Told(*rest) for code, number, *rest in _rows(connection, page)}
        others = _other_names(connection, [one for one in page if one.key in told], query)
    hits = [_hit(one, told[one.key], others.get(one.key[1], ()), wanted) for one in page if one.key in told]
    return Hits(hits, time.is_over)


def _rows(connection: Connection, page: Sequence[Candidate]) -> list[tuple[Any, ...]]:
    return connection.execute(_sql.documents, ids_by_entity(one.key for one in page)).fetchall()


def ids_by_entity(keys: Iterator[Key] | Sequence[Key]) -> dict[str, list[int]]:
    """The ids of records by their entity, each entity named."""
    ids: dict[str, list[int]] = {entity: [] for entity in ENTITIES}
    for code, number in keys:
        ids[ENTITIES[code - 1]].append(number)
    return ids


def _other_names(connection: Connection, page: Sequence[Candidate], query: Query) -> dict[int, list[str]]:
    """Other names of artists in whose own name not every word stands."""
    asked = set(query.words)
    ids = [
        one.key[1]
        for one in page
        if one.key[0] == _ARTIST and not asked <= {word.text for word in words_of(name_of(one.name))}
    ]
    return dict(connection.execute(_sql.other_names, {"ids": ids}).fetchall()) if ids and asked else {}


def _hit(one: Candidate, told: _Told, others: Sequence[str], wanted: Wanted) -> Hit:
    kind, name = SINGULAR[ENTITIES[one.key[0] - 1]], name_of(one.name)
    snippets = [snippet("name", name, wanted)]
    by = snippet("by", one.by, wanted)
    snippets += [by] if by.has_hit else []
    other = best_other_name(others, wanted)
    snippets += [other] if other else []
    return Hit(
        type=kind,
        id=one.key[1],
        name=name,
        url=record_address(kind, one.key[1], one.name),
        by=one.by,
        match=_MATCH[one.bucket] if one.bucket < len(_MATCH) else "typo",
        prior=one.prior,
        year=told.year,
        original=told.original,
        country=told.country,
        label=told.label and name_of(told.label),
        format=told.format,
        real_name=told.real_name,
        releases=told.releases,
        first_year=told.first_year,
        last_year=told.last_year,
        styles=told.styles,
        snippets=snippets,
    )
