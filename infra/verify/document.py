"""One record's XML as the document that the stores must hold, read anew from the rules of the record model.

A name (a genre, style, country or format) of more than 500 characters makes no document, and tracks that nest deeper
than 32 levels make none either.

The rules: an element or attribute with no text is absent, and so is an element that comes to nothing, in lists too. Ids
and years are integers of 64 bits, `true` and `false` of `embed` and `is_main_release` are booleans, all other values
are the text as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

import orjson

from functions.runtime.entities import Entity

ExpectedDocument = dict[str, Any]
Reader = Callable[[Element], Any]

_INTEGER = re.compile(r"[ \t\r\n]*(-?[0-9]+)[ \t\r\n]*")
_FORBIDDEN = re.compile(
    rb"&#(?:0+|[xX]0+|[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));"
)
_NAME, _DEPTH = 500, 32
_LISTS_OF_TRACKS = frozenset({"artists", "extraartists", "sub_tracks"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
"""What a NUL or a surrogate becomes; PostgreSQL takes neither."""


class Damaged(Exception):
    """The record belongs to the quarantine; the text says why."""


def repaired(xml: bytes) -> tuple[bytes, int]:
    """The bytes with each NUL and surrogate reference replaced, and how many there were."""
    zeros = xml.count(0)
    if zeros:
        xml = xml.replace(b"\0", _REPLACEMENT)
    if b"&#" not in xml:
        return xml, zeros
    xml, references = _FORBIDDEN.subn(_REPLACEMENT, xml)
    return xml, zeros + references


def tree_of(xml: bytes) -> Element:
    """The element of a repaired piece.

    Raises:
        Damaged: not UTF-8, or not well-formed.
    """
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - a piece begins with its own tag: no DOCTYPE, so no entities
    try:
        parser.feed(xml)
        return parser.close()
    except ParseError as error:
        raise Damaged(f"not well-formed: {error}") from error


def document_of(entity: Entity, record: Element) -> ExpectedDocument:
    """The document of a record.

    Raises:
        Damaged: no id, a number that is none, a name that is far too long, or tracks in tracks without end.
    """
    _refuse_depth(record)
    document = _attributes(_RECORD_ATTRIBUTES[entity], record)
    fields = _FIELDS[entity]
    for child in record:
        read = fields.get(child.tag)
        if child.tag == "master_id":
            _put(document, "is_main_release", _truth(child.get("is_main_release")))
        if read is None or (read in _LEAVES and child.tag in document):
            continue
        _put(document, child.tag, read(child))
    if document.get("id", -1) < 0:
        raise Damaged("no id from 0 to 2^63 - 1")
    return document


def canonical(document: Any) -> bytes:
    """The JSON whose SHA-256 is the row's hash: sorted keys, no spaces, UTF-8."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _put(document: ExpectedDocument, key: str, value: Any) -> None:
    """Empty values are absent; of a repeated element the first one counts."""
    if value is not None and value != [] and value != {}:
        document.setdefault(key, value)


def _refuse_depth(record: Element) -> None:
    tracks, depth = record.findall("tracklist/track"), 1
    while tracks:
        if depth > _DEPTH and any(child.tag in _LISTS_OF_TRACKS for track in tracks for child in track):
            raise Damaged(f"tracks nest deeper than {_DEPTH} levels")
        tracks, depth = [inner for track in tracks for inner in track.iterfind("sub_tracks/track")], depth + 1


def _text(element: Element) -> str | None:
    return element.text or None


def _name(text: str | None) -> str | None:
    if text and len(text) > _NAME:
        raise Damaged(f"a name of {len(text):,} characters")
    return text or None


def _named(element: Element) -> str | None:
    return _name(element.text)


def _names(tag: str) -> Reader:
    return lambda container: [name for child in container if child.tag == tag and (name := _name(child.text))]


def _integer(text: str | None) -> int | None:
    if not text:
        return None
    match = _INTEGER.fullmatch(text)
    number = int(match[1]) if match and len(match[1]) <= 4000 else None
    if number is None or not -(1 << 63) <= number < 1 << 63:
        raise Damaged(f"not an integer of 64 bits: {text[:40]!r}")
    return number


def _number(element: Element) -> int | None:
    return _integer(element.text)


def _truth(text: str | None) -> bool | str | None:
    return {"true": True, "false": False}.get(text or "", text or None)


def _attributes(names: dict[str, Callable[[str | None], Any]], element: Element) -> ExpectedDocument:
    values = ((name, names[name](value)) for name, value in element.items() if name in names)
    return {name: value for name, value in values if value is not None}


def _value(text: str | None) -> str | None:
    return text or None


def _texts(tag: str) -> Reader:
    """The texts of the children of this tag: `urls/url`, `namevariations/name`."""
    return lambda container: [child.text for child in container if child.tag == tag and child.text]


def _listed(tag: str, read: Callable[[Element], Any]) -> Reader:
    return lambda container: [value for child in container if child.tag == tag and (value := read(child))]


def _structure(fields: dict[str, Reader], attributes: dict[str, Callable[[str | None], Any]] | None = None) -> Reader:
    def read(element: Element) -> ExpectedDocument:
        made = _attributes(attributes, element) if attributes else {}
        for child in element:
            reader = fields.get(child.tag)
            if reader is not None and not (reader in _LEAVES and child.tag in made):
                _put(made, child.tag, reader(child))
        return made

    return read


def _reference(element: Element) -> ExpectedDocument:
    """`<name id="26">Alexi Delano</name>`: the id is an attribute, the name is the text."""
    made = _attributes({"id": _integer}, element)
    _put(made, "name", element.text or None)
    return made


def _references(container: Element) -> list[ExpectedDocument]:
    """Today's `<name id="26">…</name>`, or the form of 2020, `<id>26</id><name id="26">…</name>`, as one entry.

    Where the two ids differ, the name's own one counts.
    """
    entries: list[ExpectedDocument] = []
    pending: int | None = None
    for child in container:
        if child.tag == "id" and child.text:
            entries.extend([] if pending is None else [{"id": pending}])
            pending = _number(child)
        elif child.tag == "name":
            entry = _reference(child)
            if pending is not None:
                entry.setdefault("id", pending)
            entries.extend([entry] if entry else [])
            pending = None
    return entries if pending is None else [*entries, {"id": pending}]


#: Of a leaf that repeats, the later ones are not even read.
_LEAVES = frozenset({_number, _text, _named})


def _track(element: Element) -> ExpectedDocument:
    return _read_track(element)  # type: ignore[no-any-return]


_CREDIT = _structure(
    {"id": _number, "name": _text, "anv": _text, "join": _text, "role": _text, "tracks": _text},
)
_CREDITS = _listed("artist", _CREDIT)
_IMAGES = _listed("image", _structure({}, dict.fromkeys(("height", "type", "uri", "uri150", "width"), _value)))
_ENTRY = _structure({}, {"name": _value, "catno": _value, "id": _integer})
_VIDEOS = _listed(
    "video",
    _structure({"title": _text, "description": _text}, {"src": _value, "duration": _value, "embed": _truth}),
)
_FORMATS = _listed(
    "format", _structure({"descriptions": _texts("description")}, {"name": _name, "qty": _value, "text": _value})
)
_IDENTIFIERS = _listed("identifier", _structure({}, dict.fromkeys(("type", "value", "description"), _value)))
_COMPANY_TEXTS = ("name", "catno", "entity_type", "entity_type_name", "resource_url")
_COMPANIES = _listed("company", _structure({"id": _number, **dict.fromkeys(_COMPANY_TEXTS, _text)}))
_TRACKS = _listed("track", _track)
_read_track = _structure(
    {
        **dict.fromkeys(("position", "title", "duration"), _text),
        **dict.fromkeys(("artists", "extraartists"), _CREDITS),
        "sub_tracks": _TRACKS,
    }
)

_RECORD_ATTRIBUTES: dict[Entity, dict[str, Callable[[str | None], Any]]] = {
    "artists": {},
    "labels": {},
    "masters": {"id": _integer},
    "releases": {"id": _integer, "status": _value},
}
_FIELDS: dict[Entity, dict[str, Reader]] = {
    "artists": {
        "id": _number,
        "images": _IMAGES,
        **dict.fromkeys(("name", "realname", "profile", "data_quality"), _text),
        "urls": _texts("url"),
        "namevariations": _texts("name"),
        **dict.fromkeys(("aliases", "members", "groups"), _references),
    },
    "labels": {
        "id": _number,
        "images": _IMAGES,
        **dict.fromkeys(("name", "contactinfo", "profile", "data_quality"), _text),
        "urls": _texts("url"),
        "parentLabel": _reference,
        "sublabels": _listed("label", _reference),
    },
    "masters": {
        **dict.fromkeys(("main_release", "year"), _number),
        "images": _IMAGES,
        "artists": _CREDITS,
        "genres": _names("genre"),
        "styles": _names("style"),
        **dict.fromkeys(("title", "notes", "data_quality"), _text),
        "videos": _VIDEOS,
    },
    "releases": {
        "images": _IMAGES,
        **dict.fromkeys(("artists", "extraartists"), _CREDITS),
        **dict.fromkeys(("title", "released", "notes", "data_quality"), _text),
        "country": _named,
        "labels": _listed("label", _ENTRY),
        "series": _listed("series", _ENTRY),
        "formats": _FORMATS,
        "genres": _names("genre"),
        "styles": _names("style"),
        "master_id": _number,
        "tracklist": _TRACKS,
        "identifiers": _IDENTIFIERS,
        "videos": _VIDEOS,
        "companies": _COMPANIES,
    },
}
