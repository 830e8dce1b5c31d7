"""The releases of a label, and those for which it did something as a company: sorted, narrowed down, page by page.

Of a large label they are listed in the order of years, so that a page costs what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import msgspec
import psycopg
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.records.names import Named, credited
from functions.discover.records.words import formats, full_date
from functions.discover.release_links.read import KINDS, Link, Place, hub_kinds, links_of, roles_in, years_of
from functions.extract.records.record import Credit, Format
from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import formats_of_family

_sql = statements(__file__, "label.sql")

SortBy = Literal["year", "title", "catno"]
As = Literal["label", "company"]
SORTS: Final[tuple[SortBy, ...]] = get_args(SortBy)

#: Links of a large label that are looked through for a page, where something narrows it down.
_LOOKED_THROUGH: Final = 2_000
#: Rows at most that may come before a page.
_DEEPEST: Final = 100_000
_FIRST_YEAR, _LAST_YEAR = 1, 9_999

_JOIN: Final = "JOIN releases r ON r.id = d.release"
_ORDERS: Final[Mapping[SortBy, tuple[str, str, str]]] = {
    "year": ("", "d.year NULLS LAST, d.release", "d.year DESC NULLS LAST, d.release DESC"),
    "title": (
        _JOIN,
        "lower(r.title) NULLS LAST, d.release",
        "lower(r.title) DESC NULLS LAST, d.release DESC",
    ),
    "catno": ("", "lower(d.roles) NULLS LAST, d.release", "lower(d.roles) DESC NULLS LAST, d.release DESC"),
}

_artists = msgspec.json.Decoder(list[Credit]).decode
_formats = msgspec.json.Decoder(list[Format]).decode

Connection = psycopg.Connection[Any]


class Wanted(Struct, frozen=True):
    """What the list is narrowed down to: years, a format or its family, a genre, a style, what a company did."""

    years: tuple[int, int] | None = None
    format: str | None = None
    genre: str | None = None
    style: str | None = None
    role: str | None = None

    @property
    def formats(self) -> list[str] | None:
        """The names that releases of `format` have."""
        return formats_of_family(self.format) if self.format else None

    @property
    def is_everything(self) -> bool:
        """Whether nothing but years narrows it down."""
        return self.format is None and self.genre is None and self.style is None and self.role is None


class LabelRelease(Struct, frozen=True):
    """A release: `texts` are its catalogue numbers on the label, or what the company did for it."""

    id: int
    title: str
    url: str
    year: int | None
    released: str
    country: str | None
    artists: list[Named]
    format: str
    texts: list[str]


class LabelReleases(Struct, frozen=True):
    """A page. `total` is None where a large label is narrowed down by more than years.

    `first` is how many come before this page, where that is known; `next` the cursor of the page behind. Of a large
    label (`is_hub`) they are sorted by year alone.
    """

    releases: list[LabelRelease]
    total: int | None
    first: int | None
    next: str | None
    is_hub: bool


class _Line(Struct, frozen=True):
    release: int
    year: int | None
    texts: list[str]


def label_releases(
    connection: Connection,
    number: int,
    kind: As,
    wanted: Wanted,
    sort: SortBy = "year",
    cursor: str | None = None,
    *,
    descending: bool = False,
    limit: int = 50,
) -> LabelReleases:
    """A page of the releases of a label, or of those that it did something for.

    Raises:
        RefusedError: the cursor is none.
    """
    if kind in hub_kinds(connection, number):
        return _of_hub(connection, number, kind, wanted, _place(cursor), descending=descending, limit=limit)
    first = _offset(cursor)
    join, up, down = _ORDERS[sort]
    statement = _sql.sorted.replace("{join}", join).replace("{order}", down if descending else up)
    rows = connection.execute(statement, _values(number, kind, wanted) | {"limit": limit, "first": first}).fetchall()
    total = rows[0][-1] if rows else 0
    following = first + len(rows)
    lines = [_Line(release, year, roles_in(texts)) for release, year, texts, _ in rows]
    more = str(following) if following < total else None
    return LabelReleases(_entries(connection, lines), total, first, more, is_hub=False)


def _values(number: int, kind: As, wanted: Wanted) -> dict[str, Any]:
    first_year, last_year = wanted.years or (_FIRST_YEAR, _LAST_YEAR)
    return {
        "id": number,
        "kind": KINDS.index(kind),
        "first_year": first_year,
        "last_year": last_year,
        "with_unknown": wanted.years is None,
        "formats": wanted.formats,
        "genre": wanted.genre,
        "style": wanted.style,
        "role": wanted.role,
    }


def _of_hub(
    connection: Connection,
    number: int,
    kind: As,
    wanted: Wanted,
    after: Place | None,
    *,
    descending: bool,
    limit: int,
) -> LabelReleases:
    asked = limit + 1 if wanted.is_everything else _LOOKED_THROUGH
    links = links_of(connection, number, kind, asked, after=after, newest_first=descending, years=wanted.years)
    found = _narrowed(connection, links, wanted)[: limit + 1]
    following = None
    if len(found) > limit:
        following = found[limit - 1].place
    elif len(links) == asked:
        following = links[-1].place
    total = _total(connection, number, kind, wanted.years) if wanted.is_everything else None
    more = f"{following.year}.{following.release}" if following else None
    lines = [_Line(one.release, one.year, one.roles) for one in found[:limit]]
    return LabelReleases(_entries(connection, lines), total, None if after else 0, more, is_hub=True)


def _total(connection: Connection, number: int, kind: As, years: tuple[int, int] | None) -> int:
    counted = years_of(connection, number, [kind])[kind]
    if years is None:
        return counted.total
    return sum(count for year, count in counted.by_year.items() if years[0] <= year <= years[1])


def _narrowed(connection: Connection, links: Sequence[Link], wanted: Wanted) -> list[Link]:
    found = [link for link in links if wanted.role is None or wanted.role in link.roles]
    if found and (wanted.format or wanted.genre or wanted.style):
        values: dict[str, Any] = {"ids": [link.release for link in found], "formats": wanted.formats}
        values |= {"genre": wanted.genre, "style": wanted.style}
        ids = {one for (one,) in connection.execute(_sql.narrowed, values)}
        found = [link for link in found if link.release in ids]
    return found


def _entries(connection: Connection, lines: Sequence[_Line]) -> list[LabelRelease]:
    ids = [line.release for line in lines]
    shown = {row[0]: row[1:] for row in connection.execute(_sql.shown, {"ids": ids})} if ids else {}
    return [_entry(line, *shown[line.release]) for line in lines if line.release in shown]


def _entry(
    line: _Line, title: str | None, country: str | None, released: str | None, artists: str | None, written: str | None
) -> LabelRelease:
    return LabelRelease(
        line.release,
        title or "",
        record_address("release", line.release, title),
        line.year,
        full_date(released),
        country,
        credited(_artists(artists) if artists else ()),
        formats(_formats(written) if written else ()),
        line.texts,
    )


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10 and int(cursor) <= _DEEPEST):
        raise _no_cursor(cursor)
    return int(cursor)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    year, _, release = cursor.partition(".")
    is_place = all(text.isascii() and text.isdigit() and len(text) < 20 for text in (year, release))
    if not is_place or int(year) > _LAST_YEAR or int(release) >= 2**63:
        raise _no_cursor(cursor)
    return Place(int(year), int(release))


def _no_cursor(cursor: str) -> RefusedError:
    return RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
