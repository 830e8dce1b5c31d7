"""Records as other records name them: the name as it is credited, and where its page is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from functions.discover.addresses import named_address, record_address
from functions.extract.records.record import Credit, Reference
from functions.runtime.entities import Entity
from functions.search_entries.words import name_of

Kind = Literal["artist", "label", "master", "release"]

ENTITY_OF: Final[dict[Kind, Entity]] = {
    "artist": "artists",
    "label": "labels",
    "master": "masters",
    "release": "releases",
}
#: What stands between two artists of which the record does not say what joins them.
_COMMA: Final = ","


class Named(Struct, frozen=True, omit_defaults=True):
    """A record that another one names.

    `text` is how it is named there, without the number that tells it from others of its name; `name` is its own name
    where that is another one. `url` is that of its page; None for a name without a record. `join` follows it in a line
    of artists, as `&` or `feat.`.
    """

    kind: str
    text: str
    id: int | None = None
    name: str | None = None
    url: str | None = None
    join: str | None = None


def named(kind: Kind, record: int | None, name: str | None, as_credited: str | None = None) -> Named:
    """A record by its id and name; id 0, or none, names no record."""
    own = name_of(name or "")
    text = as_credited or own or f"{kind} without a name"
    other = own if own and own != text else None
    if not record or record < 0:
        return Named(kind, text, name=other)
    return Named(kind, text, record, other, record_address(kind, record, own))


def referred(kind: Kind, references: Iterable[Reference] | None) -> list[Named]:
    """Aliases, members, groups or sub-labels."""
    return [named(kind, one.id, one.name) for one in references or ()]


def credited(written: Iterable[Credit] | None) -> list[Named]:
    """Artists of a record or track in their order, with what joins them; the last one needs nothing behind it."""
    found = []
    every = list(written or ())
    for place, one in enumerate(every, 1):
        artist = named("artist", one.id, one.name, one.anv)
        join = one.join or ("" if place == len(every) else _COMMA)
        found.append(Named(artist.kind, artist.text, artist.id, artist.name, artist.url, join or None))
    return found


def in_words(artists: Iterable[Named]) -> str:
    """Artists in one line: `A, B & C`."""
    said = ""
    for artist in artists:
        join = artist.join or ""
        said += artist.text + ("" if join == _COMMA else " ") + join + " "
    return said.strip(" ")


def genre(name: str) -> Named:
    """A genre, which has no id."""
    return Named("genre", name, url=named_address("genre", name))


def style(name: str) -> Named:
    """A style, which has no id."""
    return Named("style", name, url=named_address("style", name))
