"""The search entry of a record: its name, its words with their weight, what it is filtered by, and its own links.

Words weigh by where they stand: A the name or title, B other names and the artists of a title, C labels, D tracks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from functions.runtime.entities import CODE, Entity
from functions.search_entries.facets import LARGEST, facet, facets_of, family_of
from functions.search_entries.lexemes import Lexemes
from functions.search_entries.words import name_of, plain_name

#: Characters of a name that are kept, and shown: the longest titles have three million.
LONGEST_NAME: Final = 500

Row = tuple[Any, ...]


class _Reference(msgspec.Struct):
    id: int = 0
    name: str = ""
    anv: str = ""
    join: str = ""


class _Named(msgspec.Struct):
    """Of a reference its id alone: there are many of them."""

    id: int = 0


class _Format(msgspec.Struct):
    name: str = ""


class _Track(msgspec.Struct):
    title: str = ""
    sub_tracks: list[_Track] = []


class _Artist(msgspec.Struct):
    name: str = ""
    namevariations: list[str] = []
    realname: str = ""
    aliases: list[_Named] = []
    groups: list[_Named] = []
    members: list[_Named] = []


class _Label(msgspec.Struct):
    name: str = ""
    parentLabel: _Reference | None = None  # noqa: N815 - the dump's own name
    sublabels: list[_Named] = []


class _Master(msgspec.Struct):
    title: str = ""
    artists: list[_Reference] = []
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


class _Release(msgspec.Struct):
    title: str = ""
    artists: list[_Reference] = []
    country: str = ""
    extraartists: list[_Named] = []
    formats: list[_Format] = []
    genres: tuple[str, ...] = ()
    labels: list[_Reference] = []
    master_id: int = 0
    styles: tuple[str, ...] = ()


class _ReleaseWithTracks(_Release):
    is_main_release: bool | str | None = None
    tracklist: list[_Track] = []


class _Entry(NamedTuple):
    """What becomes a row. `words` and `facets` are as PostgreSQL reads them; `links` the record states itself."""

    name: str
    by: str
    words: str
    facets: str
    links: int
    master: int | None = None


def rows_of(entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[Row]]:
    """The row of a record's entry, as it waits to be put into its place."""
    return {"search_staged": [_row(entity, record, _MAKE[entity](data, year), year)]}


def rows_with_main_tracks(entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[Row]]:
    """The same, with the titles of tracks of releases that are the main one of their master, or have none."""
    if entity != "releases":
        return rows_of(entity, record, data, year)
    release = _decode_release_with_tracks(data)
    is_main = release.master_id <= 0 or release.is_main_release in (True, "true")
    return {"search_staged": [_row(entity, record, _release_entry(release, year, release.tracklist * is_main), year)]}


def rows_with_tracks(entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[Row]]:
    """The same, with the titles of the tracks of every release."""
    if entity != "releases":
        return rows_of(entity, record, data, year)
    release = _decode_release_with_tracks(data)
    return {"search_staged": [_row(entity, record, _release_entry(release, year, release.tracklist), year)]}


def _row(entity: Entity, record: int, entry: _Entry, year: int | None) -> Row:
    name = entry.name[:LONGEST_NAME]
    plain = plain_name(name_of(name))
    return (CODE[entity], record, name, entry.by, plain, entry.words, entry.facets, entry.links, entry.master, year)


def _artist(data: str, _year: int | None) -> _Entry:
    artist = _decode_artist(data)
    words = Lexemes()
    words.add(name_of(artist.name), "A")
    words.add_key(name_of(artist.name))
    for name in dict.fromkeys([*artist.namevariations, artist.realname]):
        if name:
            words.add(name, "B")
            words.add_key(name)
    links = len(artist.aliases) + len(artist.groups) + len(artist.members)
    return _Entry(artist.name, "", words.text(), _ARTIST, links)


def _label(data: str, _year: int | None) -> _Entry:
    label = _decode_label(data)
    parent = label.parentLabel.name if label.parentLabel else ""
    words = Lexemes()
    words.add(name_of(label.name), "A")
    words.add_key(name_of(label.name))
    if parent:
        words.add_name(name_of(parent), "C")
    return _Entry(label.name, "", words.text(), _LABEL, len(label.sublabels) + bool(parent))


def _master(data: str, year: int | None) -> _Entry:
    master = _decode_master(data)
    words = Lexemes()
    _add_title(words, master.title, master.artists)
    words.add_key(master.title)
    facets = "{" + _master_facets(master.genres, master.styles, year) + "}"
    return _Entry(master.title, by_line(master.artists), words.text(), facets, len(master.artists))


def _release(data: str, year: int | None) -> _Entry:
    return _release_entry(_decode_release(data), year, ())


def _release_entry(release: _Release, year: int | None, tracks: Sequence[_Track]) -> _Entry:
    words = Lexemes()
    _add_title(words, release.title, release.artists)
    for label in {label.name: None for label in release.labels if label.name}:
        words.add_name(name_of(label), "C")
    for track in tracks:
        for title in (track.title, *(sub.title for sub in track.sub_tracks)):
            words.add(title, "D")
    formats = tuple([format_.name for format_ in release.formats if format_.name])
    shared = _release_facets(release.genres, release.styles, year, release.country, formats)
    labels = dict.fromkeys([label.id for label in release.labels if 0 < label.id <= LARGEST])
    facets = "{" + shared + "".join([f",{facet('label', label)}" for label in labels]) + "}"
    named = {one.id for one in release.artists}
    named.update([one.id for one in release.extraartists], [one.id for one in release.labels])
    links = len(named - {0}) + (release.master_id > 0)
    master = release.master_id if release.master_id > 0 else None
    return _Entry(release.title, by_line(release.artists), words.text(), facets, links, master)


def by_line(artists: Sequence[_Reference]) -> str:
    """The artists of a title as one line, as credited there."""
    if len(artists) == 1 and not artists[0].join:
        return (artists[0].anv or name_of(artists[0].name)).rstrip(" ,")[:LONGEST_NAME]
    text = "".join([f"{artist.anv or name_of(artist.name)}{_joint(artist.join)}" for artist in artists])
    return text.rstrip(" ,")[:LONGEST_NAME]


def _joint(join: str) -> str:
    join = join.strip()
    return ", " if join in ("", ",") else f" {join} "


def _add_title(words: Lexemes, title: str, artists: Sequence[_Reference]) -> None:
    words.add(title, "A")
    seen = set[str]()
    for artist in artists:
        for name in (name_of(artist.name), artist.anv):
            if name and name not in seen:
                seen.add(name)
                words.add_name(name, "B")


@lru_cache(50_000)
def _master_facets(genres: tuple[str, ...], styles: tuple[str, ...], year: int | None) -> str:
    return _listed([facet("type", "master"), *_shared_facets(genres, styles, year)])


@lru_cache(50_000)
def _release_facets(
    genres: tuple[str, ...], styles: tuple[str, ...], year: int | None, country: str, formats: tuple[str, ...]
) -> str:
    """Of all but the labels: the same few again and again."""
    return _listed(
        [
            facet("type", "release"),
            *_shared_facets(genres, styles, year),
            *facets_of("country", [country] if country else []),
            *facets_of("format", formats),
            *facets_of("family", map(family_of, formats)),
        ]
    )


def _shared_facets(genres: Iterable[str], styles: Iterable[str], year: int | None) -> Iterator[int]:
    yield from facets_of("genre", genres)
    yield from facets_of("style", styles)
    if year is not None:
        yield facet("decade", year - year % 10)
        yield facet("year", year)


def _listed(values: Iterable[int]) -> str:
    """Each number once, as within PostgreSQL's text of an array."""
    return ",".join(map(str, dict.fromkeys(values)))


_decode_artist = msgspec.json.Decoder(_Artist).decode
_decode_label = msgspec.json.Decoder(_Label).decode
_decode_master = msgspec.json.Decoder(_Master).decode
_decode_release = msgspec.json.Decoder(_Release).decode

_decode_release_with_tracks = msgspec.json.Decoder(_ReleaseWithTracks).decode

_ARTIST, _LABEL = (f"{{{facet('type', name)}}}" for name in ("artist", "label"))

_MAKE: Final[dict[Entity, Callable[[str, int | None], _Entry]]] = {
    "artists": _artist,
    "labels": _label,
    "masters": _master,
    "releases": _release,
}
