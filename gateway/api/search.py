"""`/api/search`, `/api/search/facets` and `/api/autocomplete`: records by word."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from litestar import get
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter
from msgspec import Struct

from functions.discover.search.facet_counts import FacetCounts, facet_counts
from functions.discover.search.search import MOST, Filters, SearchPage, search
from functions.discover.search.suggest import Suggestion, suggest
from functions.search_entries.facets import facet
from gateway.connections import Connected
from gateway.errors import PROBLEMS

Asked = Annotated[
    str,
    QueryParameter(max_length=10_000, description='words, "phrases", -exclusions, prefix*, artist:, year:1977..1983'),
]
Type = Annotated[
    Literal["artist", "label", "master", "release"] | None, QueryParameter(name="type", description="of this type only")
]
Genre = Annotated[str | None, QueryParameter(max_length=100, description="of this genre only")]
Style = Annotated[str | None, QueryParameter(max_length=100, description="of this style only")]
Country = Annotated[str | None, QueryParameter(max_length=100, description="of this country only")]
Decade = Annotated[int | None, QueryParameter(ge=1860, le=2100, description="of this decade only, as in 1970")]
Family = Annotated[
    str | None, QueryParameter(max_length=100, description="of this family of formats only, as in Vinyl")
]
FormatName = Annotated[str | None, QueryParameter(name="format", max_length=100, description="of this format only")]
LabelId = Annotated[
    int | None, QueryParameter(name="label", ge=1, le=2**63 - 1, description="of the label with this id")
]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=100)]

_TAGS: Final = ["Search"]


class Suggestions(Struct, frozen=True):
    """Records that may be meant, the best known first."""

    suggestions: list[Suggestion]


@get("/api/search", sync_to_thread=True, summary="Records by word", tags=_TAGS, responses=PROBLEMS)
def search_records(
    connections: Connected,
    q: Asked,
    kind: Type = None,
    genre: Genre = None,
    style: Style = None,
    country: Country = None,
    decade: Decade = None,
    family: Family = None,
    format_name: FormatName = None,
    label: LabelId = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> SearchPage:
    """The best matches first: the exact name, then all words, then words with a typo, and of these the best known."""
    filters = filters_of_parameters(kind, genre, style, country, decade, family, format_name, label)
    return search(connections.context, q, filters, limit, first_of(cursor))


@get("/api/search/facets", sync_to_thread=True, summary="What a search finds, counted", tags=_TAGS, responses=PROBLEMS)
def search_facets(
    connections: Connected,
    q: Asked,
    kind: Type = None,
    genre: Genre = None,
    style: Style = None,
    country: Country = None,
    decade: Decade = None,
    family: Family = None,
    format_name: FormatName = None,
    label: LabelId = None,
) -> FacetCounts:
    """How many hits there are by type, genre, style, decade, country, format and label."""
    filters = filters_of_parameters(kind, genre, style, country, decade, family, format_name, label)
    return facet_counts(connections.context, q, filters)


@get("/api/autocomplete", sync_to_thread=True, summary="What may be meant", tags=_TAGS, responses=PROBLEMS)
def autocomplete(connections: Connected, q: Asked, limit: Limit = 10) -> Suggestions:
    """Names that begin with what was typed, then names with words that do."""
    return Suggestions(suggest(connections.context, q, limit))


def filters_of_parameters(
    kind: str | None = None,
    genre: str | None = None,
    style: str | None = None,
    country: str | None = None,
    decade: int | None = None,
    family: str | None = None,
    format_name: str | None = None,
    label: int | None = None,
) -> Filters:
    """The facets of a request's parameters."""
    every = [
        facet("type", kind) if kind else None,
        facet("genre", genre) if genre else None,
        facet("style", style) if style else None,
        facet("country", country) if country else None,
        facet("decade", decade - decade % 10) if decade else None,
        facet("family", family) if family else None,
        facet("format", format_name) if format_name else None,
        facet("label", label) if label else None,
    ]
    return Filters(tuple(number for number in every if number is not None))


def first_of(cursor: str | None) -> int:
    """The hits before a page.

    Raises:
        ValidationException: the cursor is none.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor) < MOST):
        raise ValidationException(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
    return int(cursor)


ROUTES: Final = [search_records, search_facets, autocomplete]
