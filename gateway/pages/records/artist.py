"""`/artist/ID`: an artist in figures, its discography, with whom and on which labels; the lists also as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.exceptions import ValidationException
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.artist.discography import (
    SORTS,
    Discography,
    Entry,
    SortBy,
    Wanted,
    categories_of_artist,
    discography,
    parse_years,
)
from functions.discover.artist.summary import PlayedWith, Summary, played_with, summary
from functions.discover.records.artist import artist_page
from functions.discover.records.names import in_words
from functions.discover.release_links.names import artist_names
from functions.discover.release_links.read import OF_ARTISTS, Connection, Kind
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context
from functions.search_entries.facets import FAMILIES
from functions.search_entries.words import name_of
from gateway.answers.answers import Answers, answers_of
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.records.record_page import AnyRequest, page_without_record, record_handlers, record_page
from gateway.pages.records.year_chart import YearChart, year_chart

_ROWS: Final = 50
#: What each kind of link is called, in the address and on the page.
KIND_WORDS: Final[Mapping[Kind, str]] = {"main": "Main", "appears": "Appears on", "credited": "Credits"}
_STACKED: Final = ("own", "appears on", "credited")
_HEADINGS: Final = (
    "year", "kind", "id", "title", "artists", "roles", "released", "labels", "catalogue numbers", "format", "releases",
)  # fmt: skip
_YEAR_HEADINGS: Final = ("year", "main", "appears on", "credited")
_PEOPLE_HEADINGS: Final = ("artist", "name", "releases", "first", "last")
_COLUMNS: Final[tuple[tuple[str, SortBy | None], ...]] = (
    ("Year", "year"), ("Title", "title"), ("Label", None), ("Format", None), ("Releases", "versions"),
)  # fmt: skip
_FILTERS: Final[tuple[str, ...]] = ("years", "format", "role", "label")


class Heading(Struct, frozen=True):
    """A column's heading: its address sorts by it, the other way round where the list is sorted by it now."""

    label: str
    url: str
    sorted: str
    number: bool


class Tab(Struct, frozen=True):
    """A kind of link, how many there are, and its address."""

    label: str
    count: int
    url: str
    chosen: bool


class Asked(Struct, frozen=True):
    """What an address asks for."""

    kind: Kind
    wanted: Wanted
    sort: SortBy
    descending: bool
    cursor: str | None
    kept: dict[str, str]


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    kept = answers_of(request)
    artist = kept.call(artist_page, context, record)
    if artist is None:
        return _without_record(request, context, record)
    with context.statements() as connection:
        figures = kept.recall("summary", record, Summary, lambda: summary(connection, record))
        asked = _asked(request.query_params, figures)
        download = request.query_params.get("download")
        if download in _DOWNLOADS:
            return _DOWNLOADS[download](connection, record, figures)
        listed = _listed(kept, connection, record, asked)
        if download == "csv":
            return csv_answer(f"discography-of-artist-{record}", _HEADINGS, map(_row, listed.entries))
        people = kept.recall("played with", record, PlayedWith, lambda: played_with(connection, record))
        categories = categories_of_artist(connection, record) if figures.credited else {}
    path = record_address("artist", record, artist.name)
    return record_page(
        request,
        "artist",
        "records/artist.html",
        record=record,
        name=artist.name,
        changed=artist.changed,
        facts=[f"real name {artist.real_name}" if artist.real_name else ""],
        artist=artist,
        figures=figures,
        chart=_chart(figures),
        people=people,
        categories=categories,
        families=FAMILIES[:-1],
        asked=asked,
        listed=listed,
        tabs=_tabs(path, asked, figures),
        headings=_headings(path, asked, listed),
        links=_links(path, record, asked, listed),
        plain_url=_url(path, {"show": asked.kind}),
    )


def _without_record(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    """Of an artist whom releases name, and who never had a record: under which name, and the credits."""
    with context.connection() as connection:
        name = artist_names(connection, [record]).get(record)
    if name is None:
        return None
    releases = urlencode({"q": f'artist:"{name_of(name)[:200]}"', "type": "release"})
    ways = {"Credits": f"/credits?by={record}", "Releases by that name": f"/search?{releases}"}
    return page_without_record(request, context, "artist", record, name, ways)


def _asked(parameters: Mapping[str, str], figures: Summary) -> Asked:
    """What to list; without a word for it, the first kind that there is something of."""
    given = {name: value for name, value in parameters.items() if value}
    kind = next((kind for kind in OF_ARTISTS if kind == given.get("show")), figures.styles_of)
    sort = next((sort for sort in SORTS if sort == given.get("sort")), SORTS[0])
    label = given.get("label", "")
    try:
        wanted = Wanted(
            parse_years(given.get("years")),
            given.get("format", "")[:100] or None,
            given.get("role", "")[:200] or None if kind == "credited" else None,
            int(label) if label.isascii() and label.isdigit() and len(label) < 19 else None,
        )
    except RefusedError as error:
        raise ValidationException(str(error)) from error
    kept = {name: given[name] for name in _FILTERS if name in given}
    if kind != "credited":
        kept.pop("role", None)
    return Asked(kind, wanted, sort, given.get("order") == "desc", given.get("cursor"), kept)


def _listed(kept: Answers, connection: Connection, record: int, asked: Asked) -> Discography:
    what = (record, asked.kind, asked.wanted, asked.sort, asked.cursor)

    def read() -> Discography:
        return discography(connection, *what, descending=asked.descending, limit=_ROWS)

    try:
        return kept.recall("discography", (*what, asked.descending), Discography, read)
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _chart(figures: Summary) -> YearChart | None:
    counts = {bar.year: dict(zip(_STACKED, (bar.main, bar.appears, bar.credited), strict=True)) for bar in figures.bars}
    return year_chart(counts, _STACKED)


def _tabs(path: str, asked: Asked, figures: Summary) -> list[Tab]:
    counts = zip(KIND_WORDS.items(), (figures.main, figures.appears, figures.credited), strict=True)
    return [Tab(word, count, _url(path, {"show": kind}), kind == asked.kind) for (kind, word), count in counts]


def _headings(path: str, asked: Asked, listed: Discography) -> list[Heading]:
    found = []
    for label, sort in _COLUMNS:
        is_sorted = sort is not None and sort == asked.sort
        turned = {"sort": sort or "", "order": "desc" if is_sorted and not asked.descending else ""}
        can = sort is not None and (not listed.is_hub or sort == "year")
        way = ("descending" if asked.descending else "ascending") if is_sorted else ""
        url = _url(path, {"show": asked.kind} | asked.kept | turned) if can else ""
        found.append(Heading(label, url, way, sort == "versions"))
    return found


def _links(path: str, record: int, asked: Asked, listed: Discography) -> dict[str, str]:
    """Addresses around the list: other pages of it, and the same as CSV and JSON."""
    order = {"sort": asked.sort if asked.sort != SORTS[0] else "", "order": "desc" if asked.descending else ""}
    kept = {"show": asked.kind} | asked.kept | order
    here = kept | {"cursor": asked.cursor or ""}
    return {
        "next": _url(path, kept | {"cursor": listed.next}) if listed.next else "",
        "first": _url(path, kept) if asked.cursor else "",
        "csv": _url(path, here | {"download": "csv"}, anchor=""),
        "json": _url(f"/api/artists/{record}/discography", here, anchor=""),
        "years_csv": _url(path, {"download": "years"}, anchor=""),
        "years_json": f"/api/artists/{record}/summary",
        "people_csv": _url(path, {"download": "played-with"}, anchor=""),
        "people_json": f"/api/artists/{record}/played-with",
    }


def _url(path: str, values: Mapping[str, str], anchor: str = "#discography") -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}{anchor}" if query else path + anchor


def _row(entry: Entry) -> Sequence[Any]:
    labels = " / ".join(one.who.text for one in entry.labels)
    catnos = " / ".join(one.catno or "" for one in entry.labels)
    texts = (entry.title, in_words(entry.artists), ", ".join(entry.roles), entry.released, labels, catnos, entry.format)
    return [entry.year, entry.kind, entry.id, *map(plain_cell, texts), entry.releases]


def _years_csv(_connection: Connection, record: int, figures: Summary) -> Response[Any]:
    rows = [(bar.year, bar.main, bar.appears, bar.credited) for bar in figures.bars]
    return csv_answer(f"years-of-artist-{record}", _YEAR_HEADINGS, rows)


def _people_csv(connection: Connection, record: int, _figures: Summary) -> Response[Any]:
    people = played_with(connection, record).people
    rows = [(one.who.id, plain_cell(one.who.text), one.releases, one.first, one.last) for one in people]
    return csv_answer(f"played-with-artist-{record}", _PEOPLE_HEADINGS, rows)


_DOWNLOADS: Final = {"years": _years_csv, "played-with": _people_csv}

ROUTES: Final = record_handlers("artist", _show)
