"""What a record means, as one text: names, genres, styles, decade, country, labels, ties, a cleaned profile.

Which records have enough to say: an artist or a label of which more is known than its name (a profile, a real name, an
address, a tie to another), a master or release of which more is known than its title (artists, genres, styles). A
release with a master is found by that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import xxhash

from functions.runtime.entities import CODE, Entity
from functions.search_entries.words import name_of

#: Characters of a text, and of the profile in it: the first sentences say who it is.
LONGEST: Final = 1_200
_PROFILE: Final = 800
#: Names of one kind in a text.
_MOST: Final = 8

#: `[a=Name]` and its like become the name, `[a123]` nothing, `[url=…]text[/url]` the text, `[b]` nothing.
_NAMED: Final = re.compile(r"\[(?:a|l|r|m|g)=([^\]\[]{1,200})\]", re.IGNORECASE)
_MARK: Final = re.compile(r"\[/?(?:[a-z]{1,5}(?:=[^\]\[]{0,500})?|[almr]\d{1,18}|g\d{1,18})\]", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+", re.IGNORECASE)
_WITH_DIGIT: Final = re.compile(r"\S*\d\S*")
_NUMBER: Final = re.compile(r"\d+")


class _Reference(msgspec.Struct):
    id: int = 0
    name: str = ""
    anv: str = ""


class _Artist(msgspec.Struct):
    name: str = ""
    aliases: list[_Reference] = []
    groups: list[_Reference] = []
    members: list[_Reference] = []
    namevariations: list[str] = []
    profile: str = ""
    realname: str = ""


class _Label(msgspec.Struct):
    name: str = ""
    contactinfo: str = ""
    parentLabel: _Reference | None = None  # noqa: N815 - the dump's own name
    profile: str = ""
    sublabels: list[_Reference] = []


class _Titled(msgspec.Struct):
    """A master or a release."""

    title: str = ""
    artists: list[_Reference] = []
    country: str = ""
    genres: list[str] = []
    labels: list[_Reference] = []
    master_id: int = 0
    notes: str = ""
    styles: list[str] = []


def rows_of(entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[tuple[Any, ...]]]:
    """The row of a record's text, as it waits to be embedded; none of a record with too little to say."""
    text = text_of(entity, data, year)
    return {"vector_texts": [(CODE[entity], record, text_key(text), text)] if text else []}


def text_of(entity: Entity, data: str, year: int | None) -> str:
    """The text of a record, a blank between two words; empty where it has too little to say."""
    pieces = _PIECES[entity](data, year)
    return " ".join(". ".join(piece for piece in pieces if piece).split())[:LONGEST]


def text_key(text: str) -> int:
    """What texts that are equal share."""
    return xxhash.xxh3_64_intdigest(text.encode()) - 2**63


def plain_profile(text: str, longest: int = _PROFILE) -> str:
    """A profile without markup, addresses and line breaks, cut behind a word."""
    named = _NAMED.sub(lambda match: "" if _NUMBER.fullmatch(match[1]) else name_of(match[1]), text[: 4 * longest])
    words = " ".join(_ADDRESS.sub(" ", _MARK.sub("", named)).split())
    return words if len(words) <= longest else words[:longest].rpartition(" ")[0] or words[:longest]


def _artist(data: str, _year: int | None) -> list[str]:
    artist = _decode_artist(data)
    profile = plain_profile(artist.profile)
    ties = [_names(tied) for tied in (artist.aliases, artist.groups, artist.members)]
    if not (profile or artist.realname or any(ties)):
        return []
    variations = ", ".join(dict.fromkeys(name for name in artist.namevariations[:_MOST] if name))
    return [name_of(artist.name), artist.realname, *ties, profile, variations]


def _label(data: str, _year: int | None) -> list[str]:
    label = _decode_label(data)
    profile, place = plain_profile(label.profile), _place(label.contactinfo)
    ties = [_names([label.parentLabel] if label.parentLabel else []), _names(label.sublabels)]
    if not (profile or place or any(ties)):
        return []
    return [name_of(label.name), *ties, profile, place]


def _titled(data: str, year: int | None) -> list[str]:
    record = _decode_titled(data)
    artists = ", ".join(
        dict.fromkeys(one.anv or name_of(one.name) for one in record.artists[:_MOST] if one.anv or one.name)
    )
    kinds = [", ".join(record.genres), ", ".join(record.styles)]
    if not (artists or any(kinds)):
        return []
    decade = "" if year is None else f"{year - year % 10}s"
    return [
        record.title, artists, *kinds, decade, record.country, _names(record.labels), plain_profile(record.notes, 300),
    ]  # fmt: skip


def _release(data: str, year: int | None) -> list[str]:
    return [] if _decode_titled(data).master_id > 0 else _titled(data, year)


def _names(references: Iterable[_Reference]) -> str:
    names = dict.fromkeys(name_of(one.name) for one in references if one.name)
    return ", ".join(list(names)[:_MOST])


def _place(contact: str) -> str:
    """Of an address the words: neither numbers nor what one writes or calls to."""
    return " ".join(_WITH_DIGIT.sub(" ", _ADDRESS.sub(" ", contact[:500])).split())[:200]


_decode_artist = msgspec.json.Decoder(_Artist).decode
_decode_label = msgspec.json.Decoder(_Label).decode
_decode_titled = msgspec.json.Decoder(_Titled).decode

_PIECES: Final[dict[Entity, Callable[[str, int | None], list[str]]]] = {
    "artists": _artist,
    "labels": _label,
    "masters": _titled,
    "releases": _release,
}
