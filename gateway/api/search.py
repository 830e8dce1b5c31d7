"""`/api/search`, `/api/search/facets` and `/api/autocomplete`: records by word and by meaning."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Meta

from functions.discover.meaning.find import Mode, find
from functions.discover.search.facet_counts import FacetCounts, facet_counts
from functions.discover.search.filters import MOST_VALUES, named_filters
from functions.discover.search.search import SearchPage, first_of
from functions.discover.search.suggest import Suggestions, suggest
from gateway.answers.answers import note_unfit
from gateway.api.list_parameters import readable_cursor
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.errors import PROBLEMS
from gateway.ndjson_answers import AlsoRows, lines_answer

#: Characters of a search that a request may have; `cut` of the answer says that they are not all read.
LONGEST: Final = 4_000
#: Hits of a page at most: all that can be paged through.
_MOST: Final = 400

_Name = Annotated[str, Meta(max_length=100)]


def _values(text: str, **more: Any) -> QueryParameter:
    return QueryParameter(max_items=MOST_VALUES, description=f"{text}; several: one of them", **more)


Asked = Annotated[
    str,
    QueryParameter(
        max_length=LONGEST, description='words, "phrases", -exclusions, prefix*, artist:, year:1977..1983, barcode:'
    ),
]
Types = Annotated[
    list[Literal["artist", "label", "master", "release"]] | None, _values("of this type only", name="type")
]
Genres = Annotated[list[_Name] | None, _values("of this genre only", name="genre")]
Styles = Annotated[list[_Name] | None, _values("of this style only", name="style")]
Countries = Annotated[list[_Name] | None, _values("of this country only", name="country")]
_Year = Annotated[int, Meta(ge=0, le=2100)]
Decades = Annotated[list[_Year] | None, _values("of this decade only, as in 1970", name="decade")]
Originals = Annotated[list[_Year] | None, _values("first released in this decade, as in 1970", name="original")]
Families = Annotated[list[_Name] | None, _values("of this family of formats only, as in Vinyl", name="family")]
Formats = Annotated[list[_Name] | None, _values("of this format only", name="format")]
Labels = Annotated[list[Annotated[int, Meta(ge=1, le=2**63 - 1)]] | None, _values("of this label's id", name="label")]
Limit = Annotated[int, QueryParameter(ge=1, le=_MOST, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=100)]
Download = Annotated[
    Literal["csv", "ndjson"] | None, QueryParameter(description="the hits alone, as a file of this form")
]

By = Annotated[
    Mode,
    QueryParameter(description="words; meaning: of what records say of themselves; hybrid: both orders put together"),
]

Suggested = Annotated[int, QueryParameter(ge=1, le=100, description="how many at most")]

_TAGS: Final = ["Search"]
_CACHED: Final = {"cached": True}
#: What a file of hits has of each.
HEADINGS: Final = (
    *("type", "id", "name", "by", "year", "original", "country", "label", "format", "releases", "match", "url"),
)


@get(
    "/api/search",
    sync_to_thread=True,
    summary="Records by word, by meaning, or both",
    opt=_CACHED,
    tags=_TAGS,
    operation_class=AlsoRows,
    responses=PROBLEMS,
)
def search_records(
    connections: Connected,
    q: Asked,
    types: Types = None,
    genres: Genres = None,
    styles: Styles = None,
    decades: Decades = None,
    originals: Originals = None,
    countries: Countries = None,
    families: Families = None,
    formats: Formats = None,
    labels: Labels = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    download: Download = None,
    mode: By = "words",
) -> Response[SearchPage]:
    """The best matches first: the exact name, then all words, then words with a typo, fewer before more.

    Of those that match alike, names with the accents that were typed come first, then the best known. Where very many
    match, the best known of them are ordered so, and behind them the next, so that pages fit together.
    By meaning those that are nearest; where nothing can be found so, it is by words, and `vectors` says why.
    """
    chosen = _chosen(types, genres, styles, decades, originals, countries, families, formats, labels)
    with readable_cursor():
        page = find(connections.context, q, named_filters(chosen), mode, limit, first_of(cursor))
    if not page.is_whole:
        note_unfit("not everything was seen")
    return Response(page) if download is None else _file(page, download)


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
    types: Types = None,
    genres: Genres = None,
    styles: Styles = None,
    decades: Decades = None,
    originals: Originals = None,
    countries: Countries = None,
    families: Families = None,
    formats: Formats = None,
    labels: Labels = None,
) -> FacetCounts:
    """How many hits there are by type, genre, style, decade, country, format and label: exact to 10,000 hits."""
    chosen = _chosen(types, genres, styles, decades, originals, countries, families, formats, labels)
    with readable_cursor():
        found = facet_counts(connections.context, q, chosen)
    if not found.is_whole:
        note_unfit("not everything was counted")
    return found


@get("/api/autocomplete", sync_to_thread=True, opt=_CACHED, summary="What may be meant", tags=_TAGS, responses=PROBLEMS)
def autocomplete(connections: Connected, q: Asked, limit: Suggested = 10) -> Suggestions:
    """Names that begin with what was typed, then names with words that do."""
    found = suggest(connections.context, q, limit)
    if not found.is_whole:
        note_unfit("not everything was seen")
    return found


def _chosen(*values: Any) -> dict[str, Any]:
    kinds = ("type", "genre", "style", "decade", "original", "country", "family", "format", "label")
    return dict(zip(kinds, values, strict=True))


def _file(page: SearchPage, form: str) -> Response[Any]:
    if form == "csv":
        return csv_answer("search", HEADINGS, [[getattr(hit, name) for name in HEADINGS] for hit in page.hits])
    return lines_answer("search", page.hits)


ROUTES: Final = [search_records, search_facets, autocomplete]
