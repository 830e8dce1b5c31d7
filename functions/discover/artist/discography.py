"""The discography of an artist: releases, appearances or credits, those of a master together, sorted and narrowed down.

Of a hub each release is listed for itself, in the order of years, so that a page costs what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.records.catalogued import Catalogued, catalogued
from functions.discover.records.names import Named, credited
from functions.discover.records.words import formats, full_date
from functions.discover.release_links.read import (
    KINDS,
    Connection,
    Kind,
    Link,
    Place,
    hub_kinds,
    links_of,
    roles_in,
    years_of,
)
from functions.discover.release_links.role_categories import CATEGORIES, Category, bit_of, category_of
from functions.extract.records.record import CatalogueEntry, Credit, Format
from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import formats_of_family

_sql = statements(__file__, "artist.sql")

SortBy = Literal["year", "title", "versions"]
SORTS: Final[tuple[SortBy, ...]] = get_args(SortBy)

#: Links of a hub that are looked through for a page, where something narrows it down.
_LOOKED_THROUGH: Final = 1_000
#: Rows at most that may come before a page.
_DEEPEST: Final = 100_000
_FIRST_YEAR, _LAST_YEAR = 1, 9_999

_ORDERS: Final[Mapping[SortBy, tuple[str, str, str]]] = {
    "year": ("", "d.year NULLS LAST, d.release", "d.year DESC NULLS LAST, d.release DESC"),
    "title": (
        "JOIN releases AS r ON r.id = d.release",
        "lower(coalesce(d.title, r.title)) NULLS LAST, d.release",
        "lower(coalesce(d.title, r.title)) DESC NULLS LAST, d.release DESC",
    ),
    "versions": (
        "",
        "d.releases, d.year NULLS LAST, d.release",
        "d.releases DESC, d.year NULLS LAST, d.release",
    ),
}

_artists = msgspec.json.Decoder(list[Credit]).decode
_labels = msgspec.json.Decoder(list[CatalogueEntry]).decode
_formats = msgspec.json.Decoder(list[Format]).decode


class Wanted(Struct, frozen=True):
    """What a discography is narrowed down to: years, a format or its family, a role or its category, a label."""

    years: tuple[int, int] | None = None
    format: str | None = None
    role: str | None = None
    label: int | None = None

    @property
    def category(self) -> Category | None:
        """The category that `role` names, if it names one."""
        return next((one for one in CATEGORIES if one == self.role), None)

    @property
    def formats(self) -> list[str] | None:
        """The names that releases of `format` have."""
        return formats_of_family(self.format) if self.format else None

    @property
    def is_everything(self) -> bool:
        """Whether nothing but years narrows it down."""
        return self.format is None and self.role is None and self.label is None


class Entry(Struct, frozen=True):
    """A line: a master, or a release without one. `year` is the original one, `released` the first date in full.

    `releases` counts those of the master that name the artist in this way. What else is shown, as labels and formats,
    is that of the first of them, whose id is `release`.
    """

    kind: Literal["master", "release"]
    id: int
    title: str
    url: str
    year: int | None
    released: str
    artists: list[Named]
    labels: list[Catalogued]
    format: str
    releases: int
    roles: list[str]
    release: int


class Discography(Struct, frozen=True):
    """A page. `total` counts lines, `releases` releases; of a hub neither is known where something narrows it down.

    `next` is the cursor of the page behind, `first` how many lines come before this one, where that is known.
    """

    entries: list[Entry]
    total: int | None
    releases: int | None
    first: int | None
    next: str | None
    is_hub: bool


class _Line(NamedTuple):
    master: int | None
    release: int
    releases: int
    year: int | None
    roles: str | None
    title: str | None


def discography(
    connection: Connection,
    artist: int,
    kind: Kind,
    wanted: Wanted,
    sort: SortBy = "year",
    cursor: str | None = None,
    *,
    descending: bool = False,
    limit: int = 50,
) -> Discography:
    """A page of a discography.

    Args:
        kind: releases, appearances or credits.
        cursor: `next` of the page before.
        limit: how many lines at most.

    Raises:
        RefusedError: the cursor is none.
    """
    if kind in hub_kinds(connection, artist):
        return _of_hub(connection, artist, kind, wanted, _place(cursor), descending=descending, limit=limit)
    first = _offset(cursor)
    first_year, last_year = wanted.years or (_FIRST_YEAR, _LAST_YEAR)
    join, up, down = _ORDERS[sort]
    statement = _sql.grouped.replace("{join}", join).replace("{order}", down if descending else up)
    values = {
        **_narrowing(artist, kind, wanted),
        "first_year": first_year,
        "last_year": last_year,
        "with_unknown": wanted.years is None,
        "limit": limit,
        "first": first,
    }
    rows = connection.execute(statement, values).fetchall()
    total, releases = rows[0][-2:] if rows else (0, 0)
    following = first + len(rows)
    entries = _entries(connection, [_Line(*row[:-2]) for row in rows])
    return Discography(entries, total, releases, first, str(following) if following < total else None, is_hub=False)


def categories_of_artist(connection: Connection, artist: int) -> dict[Category, int]:
    """On how many releases an artist is credited in each category of roles, in the order of a page."""
    is_hub = "credited" in hub_kinds(connection, artist)
    rows = connection.execute(_sql.categories_of_hub if is_hub else _sql.categories, {"id": artist})
    return {CATEGORIES[place]: count for place, count in sorted(rows) if place < len(CATEGORIES)}


def _narrowing(artist: int, kind: Kind, wanted: Wanted) -> dict[str, Any]:
    return {
        "id": artist,
        "kind": KINDS.index(kind),
        "mask": bit_of(wanted.category) if wanted.category else 0,
        "role": None if wanted.category else wanted.role,
        "formats": wanted.formats,
        "label": wanted.label,
    }


def _of_hub(
    connection: Connection,
    artist: int,
    kind: Kind,
    wanted: Wanted,
    after: Place | None,
    *,
    descending: bool,
    limit: int,
) -> Discography:
    asked = limit + 1 if wanted.is_everything else _LOOKED_THROUGH
    links = links_of(connection, artist, kind, asked, after=after, newest_first=descending, years=wanted.years)
    found = _narrowed(connection, links, wanted)[: limit + 1]
    lines = [_Line(None, one.release, 1, one.year, "\n".join(one.roles), None) for one in found[:limit]]
    following = None
    if len(found) > limit:
        following = found[limit - 1].place
    elif len(links) == asked:
        following = links[-1].place
    counted = years_of(connection, artist, [kind])[kind] if wanted.is_everything else None
    total = _total(counted.by_year, counted.unknown, wanted.years) if counted else None
    text = f"{following.year}.{following.release}" if following else None
    return Discography(_entries(connection, lines), total, total, None if after else 0, text, is_hub=True)


def _total(by_year: Mapping[int, int], unknown: int, years: tuple[int, int] | None) -> int:
    if years is None:
        return sum(by_year.values()) + unknown
    return sum(count for year, count in by_year.items() if years[0] <= year <= years[1])


def _narrowed(connection: Connection, links: Sequence[Link], wanted: Wanted) -> list[Link]:
    found = [link for link in links if _has_role(link, wanted)]
    if (wanted.format or wanted.label) and found:
        values = {"ids": [link.release for link in found], "formats": wanted.formats, "label": wanted.label}
        ids = {number for (number,) in connection.execute(_sql.narrowed, values)}
        found = [link for link in found if link.release in ids]
    return found


def _has_role(link: Link, wanted: Wanted) -> bool:
    if wanted.category:
        return any(category_of(role) == wanted.category for role in link.roles)
    return wanted.role is None or wanted.role in link.roles


def _entries(connection: Connection, lines: Sequence[_Line]) -> list[Entry]:
    shown = {row[0]: row[1:] for row in _shown(connection, [line.release for line in lines])}
    return [_entry(line, *shown[line.release]) for line in lines if line.release in shown]


def _shown(connection: Connection, ids: Iterable[int]) -> list[tuple[Any, ...]]:
    wanted = list(ids)
    return connection.execute(_sql.shown, {"ids": wanted}).fetchall() if wanted else []


def _entry(
    line: _Line, title: str | None, released: str | None, artists: str | None, labels: str | None, written: str | None
) -> Entry:
    kind: Literal["master", "release"] = "master" if line.master and line.title is not None else "release"
    number = line.master if kind == "master" and line.master else line.release
    name = (line.title if kind == "master" else title) or ""
    return Entry(
        kind,
        number,
        name,
        record_address(kind, number, name),
        line.year,
        full_date(released),
        credited(_artists(artists) if artists else ()),
        catalogued(_labels(labels) if labels else ()),
        formats(_formats(written) if written else ()),
        line.releases,
        sorted(set(roles_in(line.roles))),
        line.release,
    )


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10 and int(cursor) <= _DEEPEST):
        raise _no_cursor(cursor)
    return int(cursor)


def parse_years(text: str | None) -> tuple[int, int] | None:
    """`1977..1983`, `1977..`, `..1983` or `1977` as the first and the last year; None for nothing.

    Raises:
        RefusedError: it is none of these.
    """
    if not (text and text.strip()):
        return None
    first, dots, last = text.strip().partition("..")
    if not all(one == "" or (one.isascii() and one.isdigit() and len(one) == 4) for one in (first, last)):
        raise RefusedError(f"{text[:40]!r} are no years: write 1977, or 1977..1983.")
    return int(first or _FIRST_YEAR), int(last or _LAST_YEAR) if dots else int(first)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    year, _, release = cursor.partition(".")
    if not all(text.isascii() and text.isdigit() and len(text) < 20 for text in (year, release)):
        raise _no_cursor(cursor)
    if int(year) > _LAST_YEAR or int(release) >= 2**63:
        raise _no_cursor(cursor)
    return Place(int(year), int(release))


def _no_cursor(cursor: str) -> RefusedError:
    return RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
