"""Links read by who is named: of an artist the releases, appearances and credits, of a label what it published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

import psycopg
from msgspec import Struct

from functions.release_links.release_links import BETWEEN
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "release_links.sql")

#: As what a release names somebody; the place of each is its number in a row.
Kind = Literal["main", "appears", "credited", "label", "company"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: As what it names artists.
OF_ARTISTS: Final[tuple[Kind, ...]] = ("main", "appears", "credited")

#: Years that no release has: before the first and behind the last.
_FIRST, _LAST = 1, 32_767

Connection = psycopg.Connection[Any]


class Place(NamedTuple):
    """Where a page ended; a year of 0 is one that is not known."""

    year: int
    release: int


class Link(Struct, frozen=True):
    """What one release says of whoever is named.

    `roles` are the roles of a credit, what a company did, or the catalogue numbers that it has of a label.
    """

    kind: Kind
    release: int
    master: int | None
    year: int | None
    roles: list[str]

    @property
    def place(self) -> Place:
        """Behind this one."""
        return Place(self.year or 0, self.release)


class Years(Struct, frozen=True):
    """How many releases name somebody in one way: by year, and without a known one."""

    by_year: dict[int, int]
    unknown: int

    @property
    def total(self) -> int:
        """In all."""
        return sum(self.by_year.values()) + self.unknown


class State(Struct, frozen=True):
    """Whether there are links, and whether they are those of all documents."""

    is_there: bool
    is_caught_up: bool


def links_of(
    connection: Connection,
    number: int,
    kind: Kind,
    limit: int,
    *,
    after: Place | None = None,
    newest_first: bool = False,
    years: tuple[int, int] | None = None,
) -> list[Link]:
    """Links of an artist or a label in the order of years, those without a known year last.

    It costs what is read, however many there are. Suppressed releases are left out.

    Args:
        number: id of the artist or label.
        limit: how many at most.
        after: behind which place.
        years: the first and the last; without one, also those whose year is not known.
    """
    first, last = years or (_FIRST, _LAST)
    values = {
        "id": number,
        "kind": KINDS.index(kind),
        "limit": limit,
        "first": first,
        "last": last,
        "with_unknown": years is None,
    }
    if newest_first:
        begin = after or Place(_LAST, 2**63 - 1)
        rows = connection.execute(_sql.newest_first, values | begin._asdict()).fetchall()
    else:
        begin = after or Place(_FIRST, -1)
        behind = {"is_unknown": begin.year == 0, "unknown_release": begin.release if begin.year == 0 else -1}
        rows = connection.execute(_sql.oldest_first, values | begin._asdict() | behind).fetchall()
    return [_link(row) for row in rows]


def years_of(connection: Connection, number: int, kinds: Sequence[Kind]) -> dict[Kind, Years]:
    """How many releases name somebody in each of these ways, by year; of hubs as it was counted beforehand."""
    wanted = [KINDS.index(kind) for kind in kinds]
    rows = connection.execute(_sql.years_of_hub, {"id": number, "kinds": wanted}).fetchall()
    hubs = {row[0] for row in rows}
    left = [kind for kind in wanted if kind not in hubs]
    if left:
        rows += connection.execute(_sql.years, {"id": number, "kinds": left}).fetchall()
    found: dict[Kind, dict[int, int]] = {kind: {} for kind in kinds}
    for kind, year, count in rows:
        found[KINDS[kind]][year] = count
    return {
        kind: Years({year: n for year, n in sorted(by.items()) if year}, by.get(0, 0)) for kind, by in found.items()
    }


def hub_kinds(connection: Connection, number: int) -> set[Kind]:
    """In which ways so many releases name somebody that nothing may read them all."""
    return {KINDS[kind] for (kind,) in connection.execute(_sql.hub_kinds, {"id": number})}


def links_on(connection: Connection, releases: Iterable[int]) -> list[tuple[int, int, Kind, list[str]]]:
    """(release, id, kind, roles) of all that these releases name."""
    rows = connection.execute(_sql.on, {"releases": list(releases)})
    return [(release, number, KINDS[kind], roles_in(text)) for release, number, kind, text in rows]


def state_of(connection: Connection) -> State:
    """How far the links are made."""
    return State(*(connection.execute(_sql.state).fetchone() or (False, False)))


def roles_in(text: str | None) -> list[str]:
    """The texts of a row, one by one."""
    return text.split(BETWEEN) if text else []


def _link(row: tuple[Any, ...]) -> Link:
    kind, release, master, year, roles = row
    return Link(KINDS[kind], release, master, year or None, roles_in(roles))
