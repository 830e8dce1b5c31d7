"""What one document makes of the graph: its node's properties and the edges that it owns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from functions.runtime.entities import Entity
from infra.verify.document import ExpectedDocument, canonical
from infra.verify.roles import roles_of

_RELEASED = re.compile(r"([0-9]{4})(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_FIRST_YEAR = 1860
#: Characters of a name, title or country in the graph.
_LONGEST_NAME = 2_000
#: Bytes of a style and a genre that are a pair.
_LONGEST_PAIR = 2_500
_NO_PROPERTIES = canonical({})


class ExpectedEdge(NamedTuple):
    """An edge as its owner sees it. `properties` is canonical JSON, so that two edges compare by value."""

    type: str
    outgoing: bool
    label: str
    key: int | str
    properties: bytes


#: (label of the start, type, label of the end) of every edge there may be.
SHAPES: Final = frozenset(
    {
        ("Release", "BY", "Artist"),
        ("Master", "BY", "Artist"),
        ("Artist", "APPEARS_ON", "Release"),
        ("Artist", "CREDITED_ON", "Release"),
        ("Release", "ON", "Label"),
        ("Release", "DERIVED_FROM", "Master"),
        ("Release", "IS", "Genre"),
        ("Release", "IS", "Style"),
        ("Master", "IS", "Genre"),
        ("Master", "IS", "Style"),
        ("Artist", "MEMBER_OF", "Artist"),
        ("Artist", "ALIAS_OF", "Artist"),
        ("Label", "SUBLABEL_OF", "Label"),
        ("Style", "PART_OF", "Genre"),
    }
)


def year_of(entity: Entity, document: ExpectedDocument, dump: date) -> int | None:
    """The year in the row and on the node; None where the dump has none that can be."""
    if entity == "masters":
        year = document.get("year")
    else:
        match = _RELEASED.fullmatch(document.get("released", ""))
        year = int(match[1]) if match else None
    return year if year is not None and _FIRST_YEAR <= year <= dump.year + 1 else None


def properties_of(entity: Entity, document: ExpectedDocument, dump: date) -> dict[str, Any]:
    """The properties of the record's node; an absent value is an absent property."""
    names = {"masters": ("title",), "releases": ("title", "country")}.get(entity, ("name",))
    found = {"id": document["id"], **{name: _cut(document.get(name)) for name in names}}
    if entity in ("masters", "releases"):
        found["year"] = year_of(entity, document, dump)
    return {name: value for name, value in found.items() if value is not None}


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST_NAME]


def edges_of(entity: Entity, document: ExpectedDocument) -> Counter[ExpectedEdge]:
    """Every edge that the record owns, once each."""
    return Counter(dict.fromkeys(_OWNED[entity](document), 1))


def part_of(entity: Entity, document: ExpectedDocument) -> Iterator[tuple[str, str]]:
    """(style, genre) of a record with a single genre, as far as an index takes them."""
    genres = set(document.get("genres", ()))
    if entity in ("masters", "releases") and len(genres) == 1:
        (genre,) = genres
        for style in document.get("styles", ()):
            if len(f"{style}{genre}".encode()) <= _LONGEST_PAIR:
                yield style, genre


def _artist(document: ExpectedDocument) -> Iterator[ExpectedEdge]:
    for type_, field in (("MEMBER_OF", "groups"), ("ALIAS_OF", "aliases")):
        yield from (_plain(type_, "Artist", key) for key in _ids(document.get(field, ())))


def _label(document: ExpectedDocument) -> Iterator[ExpectedEdge]:
    parent = document.get("parentLabel", {})
    yield from (_plain("SUBLABEL_OF", "Label", key) for key in _ids([parent]))


def _master(document: ExpectedDocument) -> Iterator[ExpectedEdge]:
    yield from (_plain("BY", "Artist", key) for key in _ids(document.get("artists", ())))
    yield from (_plain("IS", "Genre", name) for name in document.get("genres", ()))
    yield from (_plain("IS", "Style", name) for name in document.get("styles", ()))


def _release(document: ExpectedDocument) -> Iterator[ExpectedEdge]:
    yield from _master(document)
    yield from _catalogue(document)
    if document.get("master_id", 0) > 0:
        yield _plain("DERIVED_FROM", "Master", document["master_id"])
    tracks = list(_tracks(document.get("tracklist", ())))
    by = _ids(document.get("artists", ()))
    appearing = _ids(credit for track in tracks for credit in track.get("artists", ())) - by
    yield from (ExpectedEdge("APPEARS_ON", False, "Artist", key, _NO_PROPERTIES) for key in appearing)
    yield from _credited([document, *tracks])


def _catalogue(document: ExpectedDocument) -> Iterator[ExpectedEdge]:
    for entry in document.get("labels", ()):
        if entry.get("id", 0) > 0:
            yield ExpectedEdge("ON", True, "Label", entry["id"], canonical({"catno": entry.get("catno", "")}))


def _credited(places: Iterable[ExpectedDocument]) -> Iterator[ExpectedEdge]:
    roles: dict[int, set[str]] = {}
    for place in places:
        for credit in place.get("extraartists", ()):
            if credit.get("id", 0) > 0:
                roles.setdefault(credit["id"], set()).update(roles_of(credit.get("role", "")))
    for id_, names in roles.items():
        yield ExpectedEdge("CREDITED_ON", False, "Artist", id_, canonical({"roles": sorted(names)}))


def _tracks(tracks: Iterable[ExpectedDocument]) -> Iterator[ExpectedDocument]:
    for track in tracks:
        yield track
        yield from _tracks(track.get("sub_tracks", ()))


def _ids(references: Iterable[ExpectedDocument]) -> set[int]:
    return {reference["id"] for reference in references if reference.get("id", 0) > 0}


def _plain(type_: str, label: str, key: int | str) -> ExpectedEdge:
    return ExpectedEdge(type_, True, label, key, _NO_PROPERTIES)


_OWNED: Final[dict[Entity, Callable[[ExpectedDocument], Iterator[ExpectedEdge]]]] = {
    "artists": _artist,
    "labels": _label,
    "masters": _master,
    "releases": _release,
}
