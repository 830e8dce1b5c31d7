"""`/api/search`, `/api/search/facets` and `/api/autocomplete`: records by word."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from functions.discover.search.facet_counts import EXACT_TO, FacetCounts, facet_counts
from functions.discover.search.filters import Filters, named_filters
from functions.discover.search.search import SearchPage, first_of, search
from functions.discover.search.suggest import Suggestion, suggest
from gateway.answers.answers import note_unfit
from gateway.api.list_parameters import readable_cursor
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
_CACHED: Final = {"cached": True}
#: The kinds of facets in the order of the handlers' parameters.
_PARAMETERS: Final = ("type", "genre", "style", "country", "decade", "family", "format", "label")


class Suggestions(Struct, frozen=True):
    """Records that may be meant, the best known first."""

    suggestions: list[Suggestion]


@get("/api/search", sync_to_thread=True, opt=_CACHED, summary="Records by word", tags=_TAGS, responses=PROBLEMS)
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
    filters = _filters(kind, genre, style, country, decade, family, format_name, label)
    with readable_cursor():
        found = search(connections.context, q, filters, limit, first_of(cursor))
    if found.partial:
        note_unfit("time ran out")
    return found


@get(
    "/api/search/facets",
    sync_to_thread=True,
    opt=_CACHED,
    summary="What a search finds, counted",
    tags=_TAGS,
    responses=PROBLEMS,
)
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
    filters = _filters(kind, genre, style, country, decade, family, format_name, label)
    found = facet_counts(connections.context, q, filters)
    if not found.exact and found.hits < EXACT_TO:
        note_unfit("time ran out")
    return found


@get("/api/autocomplete", sync_to_thread=True, opt=_CACHED, summary="What may be meant", tags=_TAGS, responses=PROBLEMS)
def autocomplete(connections: Connected, q: Asked, limit: Limit = 10) -> Suggestions:
    """Names that begin with what was typed, then names with words that do."""
    found = suggest(connections.context, q, limit)
    if not found:
        note_unfit("time may have run out")
    return Suggestions(found)


def _filters(*values: str | int | None) -> Filters:
    return named_filters(dict(zip(_PARAMETERS, values, strict=True)))


ROUTES: Final = [search_records, search_facets, autocomplete]
