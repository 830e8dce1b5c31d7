"""Ten places to start: artists and masters of the large genres, labels with a long life, styles that have grown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal

from msgspec import Struct

from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of

_sql = statements(__file__, "start.sql")

MOST: Final = 10
_ARTISTS: Final = 4
_LABELS: Final = 2
_STYLES: Final = 2
_MASTERS: Final = 2


class Place(Struct, frozen=True):
    """A record, or, without an id, a style; `reason` says why one might start there."""

    kind: Literal["artist", "label", "master", "style"]
    id: int | None
    name: str
    reason: str


def places_to_start(context: Context, year: int) -> list[Place]:
    """Up to ten, by kind; fewer where there is little.

    Args:
        year: the last whole year of the data.
    """
    with context.connection() as connection:
        genres = [genre for (genre,) in connection.execute(_sql.largest_genres)]
        artists = list(islice(_of_genres(connection, "artist", genres), MOST))
        found = [
            *artists[:_ARTISTS],
            *islice(_of_genres(connection, "master", genres), _MASTERS),
            *islice(_long_lived(connection), _LABELS),
            *islice(_grown(connection, year), _STYLES),
        ]
    return [*found, *artists[_ARTISTS : _ARTISTS + MOST - len(found)]]


def _of_genres(connection: Connection, kind: Literal["artist", "master"], genres: list[str]) -> Iterator[Place]:
    """Of each genre the first that is not one of a genre before it."""
    rows = connection.execute(_sql.of_genres, {"genres": genres, "dimension": kind}).fetchall()
    names = _names(connection, f"{kind}s", [number for _, number, _ in rows])
    seen: set[object] = set()
    for genre, number, releases in rows:
        if genre not in seen and number in names and number not in seen:
            seen |= {genre, number}
            what = "releases" if kind == "artist" else "versions"
            yield Place(kind, number, names[number], f"the most {what} in {genre}: {releases:,}")


def _long_lived(connection: Connection) -> Iterator[Place]:
    rows = connection.execute(_sql.longest_labels).fetchall()
    names = _names(connection, "labels", [row[0] for row in rows])
    for number, years, first, last in rows:
        if number in names and years > 1:
            yield Place("label", number, names[number], f"a long life: releases in {years:,} years, {first}–{last}")


def _grown(connection: Connection, year: int) -> Iterator[Place]:
    for name, last, before in connection.execute(_sql.grown_styles, {"year": year}).fetchall():
        times = f"{last / before:,.1f}".removesuffix(".0")
        yield Place("style", None, name, f"a style that grew: {times} times the releases of the ten years before")


def _names(connection: Connection, entity: str, ids: list[int]) -> dict[int, str]:
    rows = connection.execute(getattr(_sql, entity), {"ids": ids})
    return {number: name if entity == "masters" else name_of(name) for number, name in rows}
