"""The words of a search entry: which texts of a record count, with which weight, and at which places they stand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from functions.runtime.entities import Entity
from functions.search_entries.words import name_key, plain_name, words_of
from infra.verify.document import ExpectedDocument

#: Whose tracks are found by their titles.
Tracks = Literal["off", "main", "all"]

#: A text begins at a multiple of `_STEP`, with `_FREE` places or more between it and the text before.
_STEP: Final = 16
_FREE: Final = 8
#: No text begins from this place on, nor behind so many characters of words as PostgreSQL reads them.
_LAST_BEGIN: Final = 20_000
_CHARACTERS: Final = 600_000
#: PostgreSQL keeps the first places of a word, and takes every higher one for the last that there is.
_PLACES: Final = 256
_LAST_PLACE: Final = 2**14 - 1

_NUMBER: Final = re.compile(r" \([0-9]{1,4}\)")


def words_by_place(entity: Entity, document: ExpectedDocument, tracks: Tracks) -> dict[str, str]:
    """What is to stand of each word: its places and their weights as in `1A,17B`; of a whole name's key nothing."""
    places: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for word, place, weight in _placed(entity, document, tracks):
        places[word].append((place, weight))
    said = {word: _kept(some) for word, some in places.items()}
    return said | {name_key(plain): "" for name in _whole_names(entity, document) if (plain := plain_name(name))}


def distinct_words(entity: Entity, document: ExpectedDocument, tracks: Tracks) -> set[str]:
    """The words by which somebody may look for a record."""
    return {word for word, _, _ in _placed(entity, document, tracks)}


def bare_name(name: str) -> str:
    """A name without the number that tells it from others."""
    place = name.rfind(" (")
    return name[:place] if place >= 0 and _NUMBER.fullmatch(name, place) else name


def _placed(entity: Entity, document: ExpectedDocument, tracks: Tracks) -> Iterator[tuple[str, int, str]]:
    """Each word of a record with its place and its weight."""
    begin = written = 0
    for text, weight in _texts(entity, document, tracks):
        words = words_of(text)
        if not words or begin >= _LAST_BEGIN or written >= _CHARACTERS:
            continue
        yield from ((word.text, begin + word.position, weight) for word in words)
        written += sum(_characters(word.text, begin + word.position) for word in words) + len(words) - 1
        begin += max(word.position for word in words) + _FREE
        begin += -begin % _STEP


def _texts(entity: Entity, document: ExpectedDocument, tracks: Tracks) -> Iterator[tuple[str, str]]:
    """Each text in the order of their places, and its weight."""
    if entity in ("artists", "labels"):
        yield bare_name(document.get("name", "")), "A"
        for other in _once([*document.get("namevariations", []), document.get("realname", "")]):
            yield other, "B"
        yield bare_name(document.get("parentLabel", {}).get("name", "")), "C"
        return
    yield document.get("title", ""), "A"
    artists = document.get("artists", [])
    for name in _once(name for one in artists for name in (bare_name(one.get("name", "")), one.get("anv", ""))):
        yield name, "B"
    for label in _once(label.get("name", "") for label in document.get("labels", [])):
        yield bare_name(label), "C"
    if tracks == "all" or (tracks == "main" and _is_main(document)):
        for track in document.get("tracklist", []):
            for one in [track, *track.get("sub_tracks", [])]:
                yield one.get("title", ""), "D"


def _is_main(document: ExpectedDocument) -> bool:
    return document.get("master_id", 0) <= 0 or document.get("is_main_release") is True


def _whole_names(entity: Entity, document: ExpectedDocument) -> Iterator[str]:
    if entity == "masters":
        yield document.get("title", "")
    if entity in ("artists", "labels"):
        yield bare_name(document.get("name", ""))
    if entity == "artists":
        yield from document.get("namevariations", [])
        yield document.get("realname", "")


def _once(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(text for text in texts if text)


def _characters(word: str, place: int) -> int:
    """Of a word and its place, as PostgreSQL reads them: in quotes, where it has signs, which are doubled."""
    quotes = 0 if word.isalnum() else 2 + word.count("'") + word.count("\\")
    return len(word) + quotes + len(f":{place}A")


def _kept(places: Iterable[tuple[int, str]]) -> str:
    """Each place once, with its highest weight; the last one may stand for several, so that its weight says nothing."""
    best: dict[int, str] = {}
    for at, weight in places:
        place = min(at, _LAST_PLACE)
        best[place] = min(weight, best.get(place, weight))
    return ",".join(f"{place}{best[place] * (place < _LAST_PLACE)}" for place in sorted(best)[:_PLACES])
