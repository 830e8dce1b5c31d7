"""The search entry of a record: its name, its words with their weight, what it is filtered by, and its own links.

Words weigh by where they stand: A the name or title, B other names and the artists of a title, C labels, D tracks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from functions.runtime.entities import CODE, Entity
from functions.search_entries.facets import facet, facets_of, family_of
from functions.search_entries.words import Word, name_key, name_of, plain_name, words_of, words_of_name

#: Characters of a name that are kept, and shown: the longest titles have three million.
LONGEST_NAME: Final = 500
#: Places between two texts, so that no phrase reaches from one into the other.
_GAP: Final = 10
#: A tsvector knows no later places, nor more than so many of one word.
_LAST_PLACE, _MOST_PLACES = 16_000, 20

Row = tuple[Any, ...]


class _Reference(msgspec.Struct):
    id: int = 0
    name: str = ""
    anv: str = ""
    join: str = ""


class _Format(msgspec.Struct):
    name: str = ""


class _Artist(msgspec.Struct):
    name: str = ""
    namevariations: list[str] = []
    realname: str = ""
    aliases: list[_Reference] = []
    groups: list[_Reference] = []
    members: list[_Reference] = []


class _Label(msgspec.Struct):
    name: str = ""
    parentLabel: _Reference | None = None  # noqa: N815 - the dump's own name
    sublabels: list[_Reference] = []


class _Master(msgspec.Struct):
    title: str = ""
    artists: list[_Reference] = []
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


class _Release(msgspec.Struct):
    title: str = ""
    artists: list[_Reference] = []
    country: str = ""
    extraartists: list[_Reference] = []
    formats: list[_Format] = []
    genres: tuple[str, ...] = ()
    labels: list[_Reference] = []
    master_id: int = 0
    styles: tuple[str, ...] = ()


class _Entry(NamedTuple):
    """What becomes a row. `links` are those that the record states itself."""

    name: str
    by: str
    words: str
    facets: list[int]
    links: int


class _Words:
    """The words of a record's texts, and where they stand."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._begin = 0

    def add(self, words: Sequence[Word], weight: str) -> None:
        """Put the words of a text behind those that are there."""
        begin, known = self._begin, self._places
        for text, position, _ in words:
            places = known.get(text)
            if places is None:
                known[text] = [f"{min(begin + position, _LAST_PLACE)}{weight}"]
            elif len(places) < _MOST_PLACES:
                places.append(f"{min(begin + position, _LAST_PLACE)}{weight}")
        self._begin = begin + _GAP + (words[-1].position if words else 0)

    def add_key(self, name: str) -> None:
        """Have the record found by these words as its whole name, in any order."""
        if plain := plain_name(name):
            self._places.setdefault(name_key(plain), ["1"])

    def text(self) -> str:
        """As PostgreSQL reads a tsvector."""
        return " ".join([f"{_quoted(word)}:{','.join(places)}" for word, places in self._places.items()])


def rows_of(entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[Row]]:
    """The row of a record's entry, as it waits to be put into its place."""
    entry = _MAKE[entity](data, year)
    name = entry.name[:LONGEST_NAME]
    row = (CODE[entity], record, name, entry.by, plain_name(name_of(name)), entry.words, entry.facets, entry.links)
    return {"search_staged": [row]}


def _artist(data: str, _year: int | None) -> _Entry:
    artist = _decode_artist(data)
    words = _Words()
    words.add(words_of(name_of(artist.name)), "A")
    words.add_key(name_of(artist.name))
    for name in dict.fromkeys([*artist.namevariations, artist.realname]):
        if name:
            words.add(words_of(name), "B")
            words.add_key(name)
    links = len(artist.aliases) + len(artist.groups) + len(artist.members)
    return _Entry(artist.name, "", words.text(), [_ARTIST], links)


def _label(data: str, _year: int | None) -> _Entry:
    label = _decode_label(data)
    parent = label.parentLabel.name if label.parentLabel else ""
    words = _Words()
    words.add(words_of(name_of(label.name)), "A")
    words.add_key(name_of(label.name))
    if parent:
        words.add(words_of_name(name_of(parent)), "C")
    return _Entry(label.name, "", words.text(), [_LABEL], len(label.sublabels) + bool(parent))


def _master(data: str, year: int | None) -> _Entry:
    master = _decode_master(data)
    words = _Words()
    _add_title(words, master.title, master.artists)
    words.add_key(master.title)
    facets = [_MASTER, *_shared_facets(master.genres, master.styles, year)]
    return _Entry(master.title, by_line(master.artists), words.text(), _distinct(facets), len(master.artists))


def _release(data: str, year: int | None) -> _Entry:
    release = _decode_release(data)
    words = _Words()
    _add_title(words, release.title, release.artists)
    for label in {label.name: None for label in release.labels if label.name}:
        words.add(words_of_name(name_of(label)), "C")
    formats = tuple(format_.name for format_ in release.formats if format_.name)
    facets = [
        *_release_facets(release.genres, release.styles, year, release.country, formats),
        *facets_of("label", [label.id for label in release.labels if label.id > 0]),
    ]
    links = len({one.id for one in (*release.artists, *release.extraartists, *release.labels)}) + (
        release.master_id > 0
    )
    return _Entry(release.title, by_line(release.artists), words.text(), _distinct(facets), links)


def by_line(artists: Iterable[_Reference]) -> str:
    """The artists of a title as one line, as credited there."""
    text = ""
    for artist in artists:
        text += f"{artist.anv or name_of(artist.name)}{_joint(artist.join)}"
    return text.rstrip(" ,")[:LONGEST_NAME]


def _joint(join: str) -> str:
    join = join.strip()
    return ", " if join in ("", ",") else f" {join} "


def _add_title(words: _Words, title: str, artists: Iterable[_Reference]) -> None:
    words.add(words_of(title), "A")
    for name in dict.fromkeys(name for artist in artists for name in (name_of(artist.name), artist.anv)):
        if name:
            words.add(words_of_name(name), "B")


@lru_cache(50_000)
def _release_facets(
    genres: tuple[str, ...], styles: tuple[str, ...], year: int | None, country: str, formats: tuple[str, ...]
) -> tuple[int, ...]:
    """Of all but the labels: the same few again and again."""
    return (
        _RELEASE,
        *_shared_facets(genres, styles, year),
        *facets_of("country", [country] if country else []),
        *facets_of("format", formats),
        *facets_of("family", map(family_of, formats)),
    )


def _shared_facets(genres: Iterable[str], styles: Iterable[str], year: int | None) -> Iterator[int]:
    yield from facets_of("genre", genres)
    yield from facets_of("style", styles)
    yield from _decade(year)


def _decade(year: int | None) -> Iterator[int]:
    return facets_of("decade", [] if year is None else [year - year % 10])


def _distinct(values: list[int]) -> list[int]:
    return list(dict.fromkeys(values))


@lru_cache(100_000)
def _quoted(word: str) -> str:
    if word.isalnum():
        return word
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


_decode_artist = msgspec.json.Decoder(_Artist).decode
_decode_label = msgspec.json.Decoder(_Label).decode
_decode_master = msgspec.json.Decoder(_Master).decode
_decode_release = msgspec.json.Decoder(_Release).decode

_ARTIST, _LABEL, _MASTER, _RELEASE = (facet("type", name) for name in ("artist", "label", "master", "release"))

_MAKE: Final[dict[Entity, Callable[[str, int | None], _Entry]]] = {
    "artists": _artist,
    "labels": _label,
    "masters": _master,
    "releases": _release,
}
