"""Hits: candidates joined to their documents, with what tells them apart and what matched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.search.candidates import Candidate, Key
from functions.discover.search.found_by import found_by, lacking
from functions.discover.search.query import Query, Term
from functions.discover.search.snippets import Field, Snippet, Wanted, snippet, wanted_of
from functions.discover.time_limit import TimeLimit
from functions.runtime.entities import ENTITIES, SINGULAR
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of

_sql = statements(__file__, "hits.sql")

_MATCH: Final = ("exact", "exact", "exact", "name", "words")
#: Texts that may end in a number in brackets, which tells a name from others.
_NAMES: Final = ("artist", "label", "parent label")
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
        snippets: its name in pieces, its artists where they matched, and by what else it was found.
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

    @property
    def found_by(self) -> list[Snippet]:
        """The texts beside its name and its artists by which it was found."""
        return [one for one in self.snippets if one.field not in ("name", "by")]


class Hits(NamedTuple):
    """Hits of a page; `partial` says that time ran out before all was read of them."""

    found: list[Hit]
    partial: bool = False


#: Texts of a record by what they are.
_Texts = Mapping[Field, Sequence[str]]


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
    told, texts, open_ = dict[Key, _Told](), dict[Key, _Texts](), dict[Key, list[Term]]()
    with context.connection() as connection, time.within(connection):
        told = {(code, number): _Told(*rest) for code, number, *rest in _rows(connection, page)}
        open_ = _open(page, told, query, instead)
        if open_:
            time.apply(connection)
            texts = _texts(connection, open_, with_tracks=context.settings.search_tracks != "off")
    by = {key: found_by(query, terms, instead, texts.get(key, {})) for key, terms in open_.items()}
    hits = [_hit(one, told[one.key], by.get(one.key, ()), wanted) for one in page if one.key in told]
    return Hits(hits, time.is_over)


def _rows(connection: Connection, page: Sequence[Candidate]) -> list[tuple[Any, ...]]:
    return connection.execute(_sql.documents, ids_by_entity(one.key for one in page)).fetchall()


def ids_by_entity(keys: Iterable[Key]) -> dict[str, list[int]]:
    """The ids of records by their entity, each entity named."""
    ids: dict[str, list[int]] = {entity: [] for entity in ENTITIES}
    for code, number in keys:
        ids[ENTITIES[code - 1]].append(number)
    return ids


def _open(
    page: Sequence[Candidate], told: Collection[Key], query: Query, instead: dict[str, list[str]]
) -> dict[Key, list[Term]]:
    """Of those that have a document, what of the search stands neither in their name nor in their artists."""
    terms = {one.key: lacking(query, instead, name_of(one.name), one.by) for one in page if one.key in told}
    return {key: some for key, some in terms.items() if some}


def _texts(connection: Connection, keys: Iterable[Key], *, with_tracks: bool) -> dict[Key, _Texts]:
    """What else such records are found by; numbers in brackets are no part of a name."""
    rows = connection.execute(_sql.other_texts, {**ids_by_entity(keys), "tracks": with_tracks}).fetchall()
    return {
        (code, number): {field: _shown(field, some) for field, some in every.items()} for code, number, every in rows
    }


def _shown(field: Field, texts: list[str]) -> list[str]:
    return [name_of(text) for text in texts] if field in _NAMES else texts


def _hit(one: Candidate, told: _Told, by: Sequence[Snippet], wanted: Wanted) -> Hit:
    kind, name = SINGULAR[ENTITIES[one.key[0] - 1]], name_of(one.name)
    snippets = [snippet("name", name, wanted)]
    artists = snippet("by", one.by, wanted)
    snippets += [artists] if artists.has_hit else []
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
        snippets=[*snippets, *by],
    )
