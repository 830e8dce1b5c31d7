"""What a genre or a style is told by, from counts that were made of all releases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from functions.discover.addresses import NamedKind
from functions.discover.profiles.names import Name, slug_of
from functions.discover.release_links.names import artist_names, label_names
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of

_sql = statements(__file__, "profiles.sql")

#: Artists, labels and masters that are told, and neighbours on either side.
SHOWN: Final = 20
NEIGHBOURS: Final = 12
#: Releases that two styles have in common at least, to be called neighbours.
_LEAST_COMMON: Final = 2


class YearCount(Struct, frozen=True):
    """Releases of a year."""

    year: int
    releases: int


class ValueCount(Struct, frozen=True):
    """Releases that have something: a country, a format."""

    name: str
    releases: int


class NamedCount(Struct, frozen=True):
    """Releases that have a genre or a style as well; `slug` is how addresses have it."""

    name: str
    slug: str
    releases: int


class RecordCount(Struct, frozen=True):
    """Releases that have an artist or a label."""

    id: int
    name: str
    releases: int


class Neighbour(Struct, frozen=True):
    """A genre or style that releases have as well. Half of its own releases came out by `middle_year`."""

    name: str
    slug: str
    releases: int
    middle_year: int | None


class Start(Struct, frozen=True):
    """A master to begin with, and how many of its versions have the genre or style."""

    id: int
    title: str
    artists: list[str]
    year: int | None
    releases: int


class Profile(Struct, frozen=True, kw_only=True):
    """A genre or style.

    `releases` and `masters` have it; those without a known year or country are in no list of these. `middle_year` is
    the one by which half of the releases with a year had come out. `genres` and `styles` belong to it: counted on
    releases with a single genre. `before` and `after` go together with it on releases, and had their middle year
    earlier, or not. `counted_at` is when all this was counted; null while that is being brought up, and where it was
    never counted the lists are empty and `is_counted` is false.
    """

    kind: NamedKind
    name: str
    slug: str
    releases: int
    masters: int
    middle_year: int | None
    years: list[YearCount]
    countries: list[ValueCount]
    artists: list[RecordCount]
    labels: list[RecordCount]
    genres: list[NamedCount]
    styles: list[NamedCount]
    before: list[Neighbour]
    after: list[Neighbour]
    starts: list[Start]
    counted_at: dt.datetime | None
    is_counted: bool


Rows = Mapping[str, list[tuple[str, int]]]


def read_profile(context: Context, kind: NamedKind, name: Name) -> Profile:
    """The profile of a genre or style."""
    with context.connection() as connection:
        rows = dimensions_of(connection, kind, name.name)
        counted_at, is_counted = counted(connection)
        years = years_of(rows)
        middle = middle_year(years)
        before, after = _neighbours(connection, kind, rows, middle)
        return Profile(
            kind=kind,
            name=name.name,
            slug=name.slug,
            releases=name.releases,
            masters=name.masters,
            middle_year=middle,
            years=years,
            countries=[ValueCount(value, count) for value, count in rows["country"]],
            artists=records_of(connection, "artists", rows["artist"]),
            labels=records_of(connection, "labels", rows["label"]),
            genres=named_counts(rows["genre"]) if kind == "style" else [],
            styles=named_counts(rows["style"]) if kind == "genre" else [],
            before=before,
            after=after,
            starts=_starts(connection, rows["master"]),
            counted_at=counted_at,
            is_counted=is_counted,
        )


def dimensions_of(connection: Connection, topic: str, name: str) -> Rows:
    """The counts of a topic by dimension, the most releases first."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for dimension, value, releases in connection.execute(_sql.profile, {"topic": topic, "name": name}):
        found[dimension].append((value, releases))
    return found


def counted(connection: Connection) -> tuple[dt.datetime | None, bool]:
    """When profiles were counted (None while they are behind), and whether they ever were."""
    row: Any = connection.execute(_sql.counted).fetchone()
    return (row[0], row[1]) if row else (None, False)


def years_of(rows: Rows) -> list[YearCount]:
    """The counts by year, in their order."""
    return sorted((YearCount(int(value), count) for value, count in rows["year"]), key=lambda one: one.year)


def middle_year(years: Iterable[YearCount]) -> int | None:
    """The year by which half of the releases had come out; None without any."""
    ordered = sorted(years, key=lambda one: one.year)
    total, so_far = sum(one.releases for one in ordered), 0
    for one in ordered:
        so_far += one.releases
        if 2 * so_far >= total:
            return one.year
    return None


def named_counts(pairs: Iterable[tuple[str, int]]) -> list[NamedCount]:
    """Genres or styles with how they are addressed."""
    return [NamedCount(name, slug_of(name), count) for name, count in pairs]


def records_of(
    connection: Connection, entity: Literal["artists", "labels"], pairs: list[tuple[str, int]], most: int = SHOWN
) -> list[RecordCount]:
    """Artists or labels by their names; those that are not to be shown are left out."""
    read = artist_names if entity == "artists" else label_names
    names = read(connection, [int(value) for value, _ in pairs])
    ranked = sorted(((int(value), count) for value, count in pairs), key=lambda pair: (-pair[1], pair[0]))
    return [RecordCount(number, name_of(names[number]), count) for number, count in ranked if number in names][:most]


def _neighbours(
    connection: Connection, kind: NamedKind, rows: Rows, middle: int | None
) -> tuple[list[Neighbour], list[Neighbour]]:
    """What goes together with it most often: with an earlier middle year, and the others."""
    pairs = [(name, count) for name, count in rows[kind] if count >= _LEAST_COMMON][: 4 * NEIGHBOURS]
    years: dict[str, list[YearCount]] = defaultdict(list)
    for name, year, count in connection.execute(_sql.years_of, {"topic": kind, "names": [name for name, _ in pairs]}):
        years[name].append(YearCount(year, count))
    found = [Neighbour(name, slug_of(name), count, middle_year(years[name])) for name, count in pairs]
    before = [one for one in found if middle and one.middle_year and one.middle_year < middle]
    after = [one for one in found if one not in before]
    return before[:NEIGHBOURS], after[:NEIGHBOURS]


def _starts(connection: Connection, pairs: list[tuple[str, int]]) -> list[Start]:
    found = connection.execute(_sql.masters, {"ids": [int(value) for value, _ in pairs]}).fetchall()
    masters = {row[0]: row for row in found}
    ranked = sorted(((int(value), count) for value, count in pairs), key=lambda pair: (-pair[1], pair[0]))
    return [
        Start(number, title, [name_of(artist) for artist in artists], year, count)
        for number, count in ranked
        if number in masters
        for _, title, year, artists in [masters[number]]
    ][:10]
