"""The names that releases print of people, which need not be those of their records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import msgspec
from psycopg.errors import QueryCanceled

from functions.discover.release_links.read import Connection
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "credits.sql")

#: By the ids of a release and of somebody whom it names.
Printed = dict[tuple[int, int], list[str]]


class _Named(msgspec.Struct, gc=False):
    id: int = 0
    anv: str | None = None


class _Track(msgspec.Struct, gc=False):
    artists: list[_Named] = []
    extraartists: list[_Named] = []
    sub_tracks: list[_Track] = []


class _Release(msgspec.Struct, gc=False):
    artists: list[_Named] = []
    extraartists: list[_Named] = []
    tracklist: list[_Track] = []


_decode: Final = msgspec.json.Decoder(_Release).decode


def printed_names(
    connection: Connection, releases: Collection[int], seconds: float, *, as_artists: bool
) -> Printed | None:
    """The names that releases print beside those of the records, each once, in their order; None if time ran out.

    Args:
        seconds: that reading the documents may take.
        as_artists: whether names of artists of the release and its tracks count, or those in credits alone.
    """
    try:
        with connection.transaction():
            connection.execute(_sql.limit_time, {"milliseconds": str(int(seconds * 1_000))})
            rows = connection.execute(_sql.documents, {"releases": list(releases)}).fetchall()
    except QueryCanceled:
        return None
    found: Printed = {}
    for release, data in rows:
        for named in _people(_decode(data), as_artists=as_artists):
            names = found.setdefault((release, named.id), [])
            if named.anv and named.anv not in names:
                names.append(named.anv)
    return found


def _people(release: _Release, *, as_artists: bool) -> Iterator[_Named]:
    parts: list[_Release | _Track] = [release, *_tracks(release.tracklist)]
    for part in parts:
        if as_artists:
            yield from part.artists
        yield from part.extraartists


def _tracks(tracks: Iterable[_Track]) -> Iterator[_Track]:
    """Tracks and their sub-tracks, however deep."""
    for track in tracks:
        yield track
        yield from _tracks(track.sub_tracks)
