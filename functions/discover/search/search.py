"""Search by word: candidates from the best known entries on, ordered by how they match, joined to their documents."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from functions.discover.search.candidates import MOST, Candidates, find_candidates
from functions.discover.search.filters import Filters, filters_of
from functions.discover.search.hits import Hit, hits_of
from functions.discover.search.nearest import Nearest, nearest_names
from functions.discover.search.numbers import Bearer, Bearers, bearers_of, releases_with
from functions.discover.search.query import Query, Understood, parse_query
from functions.discover.search.state import is_settled, notice_of_state
from functions.discover.search.suggest import Suggestion
from functions.embed.state import Vectors
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context


class SearchPage(Struct, frozen=True, kw_only=True):
    """Hits, the best first.

    Attributes:
        hits: those of this page.
        next: the cursor of the page behind, if there is one.
        total: hits that can be paged through; `more` says that there are others.
        understood: how each piece of the text was taken; `cut` says that it has more than is looked for.
        instead: the words that were looked for in the place of one that seems mistyped.
        partial: time ran out before all was seen.
        bearers: on the first page, releases that bear what was typed as a barcode or another number.
        nearest: where nothing is found, records with names near to it.
        notice: why there may be more than is found.
        vectors: what a search by meaning rests on, and why nothing is found by it; None in one by words alone.
    """

    hits: list[Hit]
    next: str | None
    total: int
    more: bool
    understood: list[Understood]
    instead: dict[str, list[str]]
    partial: bool
    cut: bool = False
    bearers: list[Bearer] = []
    nearest: list[Suggestion] = []
    notice: str | None = None
    vectors: Vectors | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the same is found a moment later: all was seen, and nothing that is looked through is being made."""
        are_settled = self.vectors is None or not (self.vectors.updating or self.vectors.off)
        return not self.partial and is_settled(self.notice) and are_settled


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
    found = _candidates_of(context, query, filters or Filters(), first + limit + 1)
    page = found.found[first : first + limit]
    rest = len(found.found) > first + limit
    hits = hits_of(context, page, query, found.instead)
    beside = tell_beside(context, query, first, has_hits=bool(found.found))
    return SearchPage(
        hits=hits.found,
        next=str(first + limit) if rest and first + limit < MOST else None,
        total=len(found.found),
        more=rest or found.full,
        understood=list(query.understood),
        instead=found.instead,
        partial=found.partial or hits.partial or beside.partial,
        cut=query.is_cut,
        bearers=beside.bearers,
        nearest=beside.nearest,
        notice=beside.notice,
    )


class Beside(NamedTuple):
    """What is told beside the hits of a search, whatever its mode; `partial`: time ran out before all was seen."""

    bearers: list[Bearer]
    nearest: list[Suggestion]
    notice: str | None
    partial: bool


def tell_beside(context: Context, query: Query, first: int, *, has_hits: bool) -> Beside:
    """Releases that bear what was typed, names near to it where there are no hits, and why there may be more.

    Args:
        context: the stores.
        query: what was typed.
        first: hits before the page.
        has_hits: whether there are hits, on whatever page.
    """
    bearers = Bearers([]) if first else bearers_of(context, query)
    nearest = Nearest([]) if has_hits or first else nearest_names(context, query)
    return Beside(bearers.found, nearest.found, notice_of_state(context, query), bearers.partial or nearest.partial)


def _candidates_of(context: Context, query: Query, filters: Filters, most: int) -> Candidates:
    """The candidates of a search, `most` of them or a few more, limited by what it says itself and beside it."""
    releases = releases_with(context, query)
    found = find_candidates(context, query, filters_of(query, filters, releases.ids), most)
    return replace(found, partial=True) if releases.partial else found


def first_of(cursor: str | None) -> int:
    """The hits before the page that a cursor stands for.

    Raises:
        RefusedError: it is no cursor.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 5 and int(cursor) < MOST):
        raise RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
    return int(cursor)
