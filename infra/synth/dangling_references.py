"""References to records that are gone: which a record has, and how they are taken out of it."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from msgspec import Struct

from functions.runtime.entities import Entity

_CREDIT: Final = re.compile(r"<artist><id>(\d+)</id>.*?</artist>", re.S)
_BOND: Final = re.compile(r'<name id="(\d+)">[^<]*</name>')
_LABEL_ROW: Final = re.compile(r'<label name="[^"]*" catno="[^"]*" id="(\d+)"/>')
_SUBLABEL: Final = re.compile(r'<label id="(\d+)">[^<]*</label>')
_PARENT: Final = re.compile(r'<parentLabel id="(\d+)">[^<]*</parentLabel>')
_COMPANY: Final = re.compile(r"<company><id>(\d+)</id>.*?</company>")
_MASTER: Final = re.compile(r"<master_id [^>]*>(\d+)</master_id>")
_EMPTY: Final = re.compile(
    r"<(extraartists|aliases|members|groups|labels|sublabels|companies|artists)></\1>"
)  # what a cut may leave
_NO_ARTISTS: Final = re.compile(r"^(<release [^>]*>|<master [^>]*><main_release>\d+</main_release>)<artists></artists>")
_UNKNOWN: Final = "<artists><artist><id>355</id><name>Unknown Artist</name></artist></artists>"


class Gone(Struct, frozen=True):
    """Ids of removed records whose references were cleaned too."""

    artists: Set[int]
    labels: Set[int]
    masters: Set[int]


_PATTERNS: Final[dict[Entity, tuple[tuple[re.Pattern[str], str], ...]]] = {
    "artists": ((_BOND, "artists"),),
    "labels": ((_PARENT, "labels"), (_SUBLABEL, "labels")),
    "masters": ((_CREDIT, "artists"),),
    "releases": ((_CREDIT, "artists"), (_LABEL_ROW, "labels"), (_COMPANY, "labels"), (_MASTER, "masters")),
}


def cleaned(entity: Entity, xml: str, gone: Gone) -> str:
    """The record without what refers to records that are gone; a release left without artists is by Unknown Artist."""
    cut = xml
    for pattern, target in _PATTERNS[entity]:
        ids: Set[int] = getattr(gone, target)
        if ids and not ids.isdisjoint(map(int, pattern.findall(cut))):
            cut = pattern.sub(lambda found, ids=ids: "" if int(found[1]) in ids else found[0], cut)  # type: ignore[misc]
    if cut == xml:
        return xml
    cut = _NO_ARTISTS.sub(lambda found: found[1] + _UNKNOWN, cut)
    return _EMPTY.sub("", cut)
