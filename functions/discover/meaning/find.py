"""A search by words, by meaning, or by both: hits, each with what it matched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from msgspec.structs import replace

from functions.discover.meaning.fuse import fuse
from functions.discover.meaning.nearest import Nearest, nearest
from functions.discover.search.candidates import MOST, Candidate, Candidates, Key, find_candidates
from functions.discover.search.filters import Filters, filters_of
from functions.discover.search.hits import Hit, hits_of
from functions.discover.search.numbers import releases_with
from functions.discover.search.query import Query, parse_query
from functions.discover.search.search import SearchPage, search, tell_beside
from functions.runtime.entities import CODE, SINGULAR
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of, words_of

_sql = statements(__file__, "meaning.sql")

Mode = Literal["words", "meaning", "hybrid"]

#: Pieces of a search that are said, and no filters.
_SAID: Final = frozenset({"words", "phrase", "title", "name", "artist", "label", "track"})
#: Candidates of each order that are put together at once.
_FUSED: Final = 100
#: Buckets of candidates whose whole name is what was typed.
_WHOLE: Final = 2
_CODES: Final = {SINGULAR[entity]: code for entity, code in CODE.items()}


def find(
    context: Context, text: str, filters: Filters | None = None, mode: Mode = "hybrid", limit: int = 20, first: int = 0
) -> SearchPage:
    """Find records by words, by meaning, or by both orders put together.

    Where nothing can be found by meaning it is a search by words, and the answer says why.

    Args:
        context: the stores.
        text: as it was typed.
        filters: beside those of the text.
        mode: by what.
        limit: hits of the page.
        first: hits before it.
    """
    if mode == "words":
        return search(context, text, filters, limit, first)
    query = parse_query(text)
    most = min(MOST, math.ceil((first + limit + 1) / _FUSED) * _FUSED)
    releases = releases_with(context, query)
    wanted = filters_of(query, filters or Filters(), releases.ids)
    near = nearest(context, said(query), wanted, most)
    if near.told.off or not said(query):
        return replace(search(context, text, filters, limit, first), vectors=near.told)
    words = find_candidates(context, query, wanted, most, _FUSED) if mode == "hybrid" else None
    page = _page(context, query, words, near, first, limit)
    return replace(page, partial=True) if releases.partial else page


def said(query: Query) -> str:
    """What of a search means something: its words without filters, and without what is not to be there."""
    return " ".join(piece.text for piece in query.understood if piece.field in _SAID and not piece.excluded)


def _page(
    context: Context, query: Query, words: Candidates | None, near: Nearest, first: int, limit: int
) -> SearchPage:
    by_words = {one.key: one for one in words.found} if words else {}
    ordered = _ordered(words.found if words else (), near)
    named = by_words | _named(context, [key for key in ordered if key not in by_words])
    found = [named[key] for key in ordered if key in named and not _is_excluded(query, named[key])][:MOST]
    page, rest = found[first : first + limit], len(found) > first + limit
    instead = words.instead if words else {}
    similarity = {one.key: one.similarity for one in near.found}
    hits = hits_of(context, page, query, instead)
    beside = tell_beside(context, query, first, has_hits=bool(found))
    return SearchPage(
        hits=[_told(hit, similarity, by_words) for hit in hits.found],
        next=str(first + limit) if rest and first + limit < MOST else None,
        total=len(found),
        more=rest or len(near.found) >= _FUSED,
        understood=list(query.understood),
        instead=instead,
        partial=near.partial or hits.partial or beside.partial or bool(words and words.partial),
        cut=query.is_cut,
        bearers=beside.bearers,
        nearest=beside.nearest,
        notice=beside.notice,
        vectors=near.told,
    )


def _ordered(words: Sequence[Candidate], near: Nearest) -> list[Key]:
    """Both orders as one, whole names that were typed first.

    They are put together batch by batch: the sums of ranks would be others for a later page, which has more of each.
    """
    keys: dict[Key, None] = {}
    for batch, begin in enumerate(range(0, MOST, _FUSED)):
        by_words = [one for one in words if one.batch == batch]
        whole = [one.key for one in by_words if one.bucket <= _WHOLE]
        by_meaning = [one.key for one in near.found[begin : begin + _FUSED]]
        keys |= dict.fromkeys(fuse(whole, [one.key for one in by_words], by_meaning))
    return list(keys)


def _named(context: Context, keys: Sequence[Key]) -> dict[Key, Candidate]:
    """What is shown of records that no word found."""
    if not keys:
        return {}
    values = {"entities": [code for code, _ in keys], "ids": [number for _, number in keys]}
    with context.statements() as connection:
        rows = connection.execute(_sql.entries, values).fetchall()
    return {
        (code, number): Candidate((code, number), _WHOLE + 1, prior, name, by) for code, number, prior, name, by in rows
    }


def _is_excluded(query: Query, one: Candidate) -> bool:
    """Whether its name has a word that is not to be there."""
    excluded = {word for term in query.terms if term.excluded for word in term.words}
    return bool(excluded) and any(word.text in excluded for word in words_of(name_of(one.name)))


def _told(hit: Hit, similarity: dict[Key, float], by_words: dict[Key, Candidate]) -> Hit:
    """A hit with what it matched: words, meaning, or both."""
    key = (_CODES[hit.type], hit.id)
    near = similarity.get(key)
    return replace(
        hit,
        match=hit.match if key in by_words else "meaning",
        similarity=None if near is None else round(near, 3),
    )
