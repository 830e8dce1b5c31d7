"""The versions of a master: releases sorted, narrowed down and cut into pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
import psycopg
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.records.catalogued import Catalogued, catalogued
from functions.discover.records.words import formats, full_date
from functions.extract.records.record import CatalogueEntry, Format
from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import plain_name

_sql = statements(__file__, "versions.sql")

SortBy = Literal["year", "country", "label", "format"]
SORTS: Final[tuple[SortBy, ...]] = get_args(SortBy)

#: Between the names of a release's formats.
_BETWEEN: Final = "\x1f"

Connection = psycopg.Connection[Any]

_labels = msgspec.json.Decoder(list[CatalogueEntry]).decode
_formats = msgspec.json.Decoder(list[Format]).decode


class Version(Struct, frozen=True):
    """A release of a master. `released` is its date in full, `format` tells all formats in a line."""

    id: int
    title: str
    url: str
    year: int | None
    released: str
    country: str | None
    labels: list[Catalogued]
    format: str


class Wanted(Struct, frozen=True):
    """Which versions are wanted: of a country, with a format, with a text in label or catalogue number, of years.

    `years` are the first and the last one; a version whose year is not known is of none.
    """

    country: str | None = None
    format: str | None = None
    label: str | None = None
    years: tuple[int, int] | None = None


class Choice(Struct, frozen=True):
    """A value that versions are narrowed down by, and how many have it."""

    value: str
    count: int


class Versions(Struct, frozen=True):
    """A page of versions, and the cursor of the next one.

    `total` counts those that are wanted, `every` all of the master; the choices are those of all.
    """

    versions: list[Version]
    next: str | None
    total: int
    every: int
    countries: list[Choice]
    formats: list[Choice]


class _Row(NamedTuple):
    id: int
    year: int | None
    country: str | None
    released: str | None
    formats: str | None
    label: str | None
    catno: str | None


def wanted_of(values: Mapping[str, str], years: tuple[int, int] | None = None) -> Wanted:
    """What is wanted: texts by the names of the fields of `Wanted`, and years; other names are left alone."""
    country, format_name, label = (values.get(name) or None for name in ("country", "format", "label"))
    return Wanted(country, format_name, label, years)


def parse_sort(text: str | None) -> SortBy:
    """What to sort by; the year if nothing is said.

    Raises:
        RefusedError: versions cannot be sorted by that.
    """
    if text is not None and text not in SORTS:
        raise RefusedError(f"Versions are not sorted by {text[:60]!r}: give {', '.join(SORTS)}.")
    return text or SORTS[0]


def parse_place(cursor: str | None) -> int:
    """How many versions come before the page that a cursor stands for.

    Raises:
        RefusedError: it is no cursor.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
    return int(cursor)


def versions_of(
    connection: Connection,
    master: int,
    wanted: Wanted,
    sort: SortBy = "year",
    *,
    descending: bool = False,
    first: int = 0,
    limit: int = 100,
) -> Versions:
    """Versions of a master. What is not known stands last, whichever way they are sorted.

    Args:
        first: how many come before this page.
        limit: how many at most.
    """
    rows = [_Row(*row) for row in connection.execute(_sql.every, {"master": master})]
    found = _sorted([row for row in rows if _is_wanted(row, wanted)], sort, descending=descending)
    ids = [row.id for row in found[first : first + limit]]
    shown = {one.id: one for one in _shown(connection.execute(_sql.shown, {"ids": ids}))} if ids else {}
    return Versions(
        [shown[number] for number in ids if number in shown],
        str(first + limit) if first + limit < len(found) else None,
        len(found),
        len(rows),
        _choices(row.country for row in rows),
        _choices(name for row in rows for name in dict.fromkeys(_formats_of(row))),
    )


def other_versions(connection: Connection, master: int, but: int, most: int) -> tuple[str | None, list[Version]]:
    """The title of a master, None where it is not there, and its first releases without one of them."""
    (_, title, *_), *rows = connection.execute(_sql.others, {"master": master, "but": but, "most": most}).fetchall()
    return title, _shown(rows)


def _shown(rows: Iterable[Sequence[Any]]) -> list[Version]:
    return [
        Version(
            number,
            title or "",
            record_address("release", number, title),
            year,
            full_date(released),
            country,
            catalogued(_labels(labels) if labels else ()),
            formats(_formats(written) if written else ()),
        )
        for number, title, year, country, released, labels, written in rows
    ]


def _is_wanted(row: _Row, wanted: Wanted) -> bool:
    if wanted.country and row.country != wanted.country:
        return False
    if wanted.format and wanted.format not in _formats_of(row):
        return False
    if wanted.years and not (row.year and wanted.years[0] <= row.year <= wanted.years[1]):
        return False
    return not wanted.label or plain_name(wanted.label) in plain_name(f"{row.label or ''} {row.catno or ''}")


def _formats_of(row: _Row) -> list[str]:
    return row.formats.split(_BETWEEN) if row.formats else []


#: What a row is sorted by; None for what is not known.
_KEYS: Final[Mapping[SortBy, Callable[[_Row], Any]]] = {
    "year": lambda row: (row.year, row.released or "") if row.year else None,
    "country": lambda row: plain_name(row.country) if row.country else None,
    "label": lambda row: (plain_name(row.label), row.catno or "") if row.label else None,
    "format": lambda row: plain_name(row.formats.partition(_BETWEEN)[0]) if row.formats else None,
}


def _sorted(rows: list[_Row], sort: SortBy, *, descending: bool) -> list[_Row]:
    """Rows that come in the order of their dates; those that are alike keep it."""
    key = _KEYS[sort]
    known, unknown = list[tuple[Any, _Row]](), list[_Row]()
    for row in rows:
        value = key(row)
        if value is None:
            unknown.append(row)
        else:
            known.append((value, row))
    known.sort(key=itemgetter(0), reverse=descending)
    return [row for _, row in known] + unknown


def _choices(values: Iterable[str | None]) -> list[Choice]:
    counted = Counter(value for value in values if value)
    return [Choice(value, count) for value, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
